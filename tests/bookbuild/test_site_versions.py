"""Any file of the engine, or of this book's own part, that changes makes pages be read again."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import MagicMock

import pytest

import book
import bookbuild
from bookbuild import site as extension

# What else than code says how pages are read and shown: of each kind, one file.
ENGINE = Path(bookbuild.__file__).parent
OWN = Path(book.__file__).parent


def kinds(folder: Path) -> list[str]:
    """Return a file of each kind in each folder of a package, by its place."""
    found: dict[tuple[Path, str], Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.setdefault((path.parent, path.suffix), path)
    return [path.relative_to(folder).as_posix() for path in found.values()]


def version(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the version of environments that an extension states, were its package there."""
    if name == "engine":
        monkeypatch.setattr(extension, "PACKAGE", folder)
        return int(extension.setup(MagicMock())["env_version"])
    monkeypatch.setattr(book, "__file__", str(folder / "__init__.py"))
    return int(book.setup(MagicMock())["env_version"])


@pytest.mark.parametrize(
    ("name", "place"),
    [*(("engine", place) for place in kinds(ENGINE)), *(("book", place) for place in kinds(OWN))],
)
def test_a_changed_file_makes_environments_stale(
    name: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ENGINE if name == "engine" else OWN
    folder = tmp_path / source.name
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = version(name, folder, monkeypatch)
    assert before == version(name, source, monkeypatch)
    with (folder / place).open("ab") as file:
        file.write(b"\n")
    assert version(name, folder, monkeypatch) != before
