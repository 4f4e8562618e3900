"""What the command line says of translations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bookbuild.execute.runs import complain
from bookbuild.i18n import catalogues

if TYPE_CHECKING:
    from bookbuild.i18n.coverage import Row


def check(root: Path) -> int:
    """Tell which share of each page is translated, and what is wrong; returns the exit status."""
    from bookbuild.i18n import coverage as i18n  # needs Sphinx

    if not (root / catalogues.FOLDER).is_dir():
        return 0
    status, rows = 0, i18n.report(root, i18n.wanted(root))
    print(*map(share, rows), sep="\n")
    for fault in i18n.faults(root, rows):
        status = complain(fault)
    return status


def refresh(root: Path) -> int:
    """Bring the catalogues up to the pages, and tell how they are; returns the exit status."""
    from bookbuild.i18n import coverage as i18n

    print(*map(share, i18n.refresh(root)), sep="\n")
    return 0


def share(row: Row) -> str:
    """Return one line on a page in a language."""
    found = row.coverage
    return (
        f"{row.language} {row.domain}: {found.translated / max(found.total, 1):.0%} translated, "
        f"{found.fuzzy} fuzzy, {found.missing} missing"
    )
