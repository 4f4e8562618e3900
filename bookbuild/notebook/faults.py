"""Say what is wrong with stored notebooks, and what to do."""

from __future__ import annotations

from pathlib import Path

from bookbuild.notebook.make import to_text
from bookbuild.notebook.outputs import problems
from bookbuild.notebook.stored import Stored, renewed
from bookbuild.page.cells import Page
from d2lcompat import FRAMEWORKS

RESTORE = "restore its last version from the repository, or "


def faults(stored: Stored) -> list[str]:
    """Return what is wrong with a stored notebook, and what to do about each."""
    page, key, path = stored.page.name, stored.key, stored.path
    run = f"run `make run PAGE={page} FRAMEWORK={key}`"
    if stored.old is None:
        place = f"{path}:{stored.line}" if stored.line else str(path)
        lost = path.exists() or path.is_symlink()
        return [f"{place}: {stored.problem}: {RESTORE if lost else ''}{run}"]
    if stored.foreign:
        return [f"{path}: is the notebook of {stored.foreign}: {RESTORE}{run}"]
    if stored.pending and stored.valid:
        return [f"{path}: executed, but {stored.page.path} still says that it is `pending`"]
    if stored.stale:
        return [f"{path}: stale, its code is not that of the page: {run}"]
    if stored.unexecuted and not stored.pending:
        return [f"{path}: not executed in full: {run}"]
    found = [
        f"{path}: {cell.id} {problem}: {run}"
        for cell in stored.old.cells
        if cell.cell_type == "code"
        for problem in problems(cell)
    ]
    if not found and path.read_text(encoding="utf-8") != to_text(renewed(stored)):
        found.append(f"{path}: its prose is not that of the page: run `make notebooks`")
    return found


def strays(page: Page) -> list[Path]:
    """Return notebooks beside a page that belong to no framework of it."""
    known = {f"{key}.ipynb" for key in FRAMEWORKS if key in page.frameworks}
    return [path for path in sorted(page.path.parent.glob("*.ipynb")) if path.name not in known]
