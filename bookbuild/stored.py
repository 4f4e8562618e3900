"""Compare stored notebooks with their pages; write them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookbuild.notebooks import METADATA, digest, make_notebook, to_text
from bookbuild.outputs import problems
from bookbuild.page import Page
from d2lcompat import FRAMEWORKS
from d2lcompat._files import write_whole


@dataclass(frozen=True)
class Stored:
    """Hold the notebook a page should have and the one it has, if that can be read."""

    page: Page
    key: str
    fresh: NotebookNode
    old: NotebookNode | None
    problem: str

    @property
    def path(self) -> Path:
        """Where the notebook is stored: beside its page."""
        return self.page.path.parent / f"{self.key}.ipynb"

    @property
    def name(self) -> str:
        """The name for people, as in `nin/torch`."""
        return f"{self.page.name}/{self.key}"

    @property
    def digest(self) -> str:
        """The digest of the page's code for this framework."""
        return str(self.fresh.metadata[METADATA]["digest"])

    @property
    def valid(self) -> bool:
        """Whether the outputs are those of the page's code, all of it, in the full setting."""
        return self.old is not None and not self.stale and not self.unexecuted

    @property
    def pending(self) -> bool:
        """Whether the page declares that this framework has not been run in full yet."""
        return self.key in self.page.front.pending

    @property
    def stale(self) -> bool:
        """Whether code, or the digest noted with the outputs, is not that of the page."""
        old = self.old
        return old is not None and not (
            old.metadata.get(METADATA, {}).get("digest") == digest(old) == self.digest
        )

    @property
    def unexecuted(self) -> bool:
        """Whether it has not been run, or not in the full setting."""
        cells = [cell for cell in (self.old or self.fresh).cells if cell.cell_type == "code"]
        noted = self.old.metadata.get(METADATA, {}) if self.old else {}
        ran = all(cell.execution_count for cell in cells if cell.source.strip())
        return noted.get("setting") != "full" or not ran


def load(page: Page, key: str) -> Stored:
    """Make a page's notebook and read the stored one; what cannot be read is no error here."""
    fresh, old, problem = make_notebook(page, key), None, ""
    try:
        old = nbformat.read(page.path.parent / f"{key}.ipynb", as_version=4)
        nbformat.validate(old)
        _check_notes(old.metadata.get(METADATA, {}))
    except FileNotFoundError:
        problem = "is missing"
    except Exception as error:  # nbformat lets errors of json and jsonschema through
        old, problem = None, f"cannot be read ({type(error).__name__})"
    return Stored(page, key, fresh, old, problem)


def _check_notes(noted: object) -> None:
    """Raise `TypeError` if what a notebook notes of its run is not what bookbuild writes."""
    if not isinstance(noted, dict):
        raise TypeError("expected a mapping")
    kinds: dict[str, type | tuple[type, ...]] = {"seconds": (int, float), "files": dict}
    for name, value in noted.items():
        if not isinstance(value, kinds.get(name, str)):
            raise TypeError(f"{name}: {value!r}")
    if not isfinite(noted.get("seconds", 0)):
        raise TypeError("seconds: not a number")


def renewed(stored: Stored) -> NotebookNode:
    """Return the notebook with the page's prose, and the old outputs if they are valid."""
    fresh = stored.fresh
    if stored.old is None or not stored.valid:
        return fresh
    _take_outputs(fresh, stored.old)
    return fresh


def translated(stored: Stored, language: str) -> NotebookNode:
    """Return the notebook with its prose in another language; code and outputs are those stored."""
    fresh = make_notebook(stored.page, stored.key, language)
    if stored.old is not None and stored.valid:
        _take_outputs(fresh, stored.old)
    return fresh


def _take_outputs(fresh: NotebookNode, old: NotebookNode) -> None:
    cells = {cell.id: cell for cell in old.cells}
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs = cells[cell.id].outputs
            cell.execution_count = cells[cell.id].execution_count
    fresh.metadata[METADATA] = old.metadata[METADATA]


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook in one step, so that no reader meets half of it; False if unchanged."""
    text = to_text(notebook)
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return True


def faults(stored: Stored) -> list[str]:
    """Return what is wrong with a stored notebook, and what to do about each."""
    page, key = stored.page.name, stored.key
    run = f"run `make run PAGE={page} FRAMEWORK={key}`"
    if stored.old is None:
        return [f"{stored.path}: {stored.problem}: {run}"]
    if stored.pending and stored.valid:
        return [f"{stored.path}: executed, but {stored.page.path} still says that it is `pending`"]
    if stored.stale:
        return [f"{stored.path}: stale, its code is not that of the page: {run}"]
    if stored.unexecuted and not stored.pending:
        return [f"{stored.path}: not executed in full: {run}"]
    found = [
        f"{stored.path}: {cell.id} {problem}: {run}"
        for cell in stored.old.cells
        if cell.cell_type == "code"
        for problem in problems(cell)
    ]
    if not found and stored.path.read_text(encoding="utf-8") != to_text(renewed(stored)):
        found.append(f"{stored.path}: its prose is not that of the page: run `make notebooks`")
    return found


def strays(page: Page) -> list[Path]:
    """Return notebooks beside a page that belong to no framework of it."""
    known = {f"{key}.ipynb" for key in FRAMEWORKS if key in page.frameworks}
    return [path for path in sorted(page.path.parent.glob("*.ipynb")) if path.name not in known]
