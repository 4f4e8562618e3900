"""Compare stored notebooks with their pages; write them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from bookbuild.config import BookError
from bookbuild.notebook.make import METADATA, digest, make_notebook, to_text
from bookbuild.notebook.saved import Unusable, read_notebook
from bookbuild.page.cells import Page
from d2lcompat.files import write_whole

DRAFT = 60  # seconds after which a draft is nobody's


@dataclass(frozen=True)
class Stored:
    """Hold the notebook a page should have and the one it has, if that can be read.

    `problem` says why it cannot, `line` in which line of the file, or is 0.
    """

    page: Page
    key: str
    fresh: NotebookNode
    old: NotebookNode | None
    problem: str = ""
    line: int = 0

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
        return not (self.old is None or self.foreign or self.stale or self.unexecuted)

    @property
    def foreign(self) -> str:
        """Whose notebook it says it is, as in `nin/torch`; empty if it is this page's own."""
        noted = self.old.metadata.get(METADATA, {}) if self.old else {}
        name = f"{noted.get('page')}/{noted.get('framework')}"
        return name if noted and name != self.name else ""

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
    fresh = make_notebook(page, key)
    try:
        return Stored(page, key, fresh, read_notebook(page.path.parent / f"{key}.ipynb"))
    except Unusable as error:
        return Stored(page, key, fresh, None, str(error), error.line)


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
    """Write a notebook in one step, so that no reader meets half of it; False if unchanged.

    Raises `BookError` where it cannot be written.
    """
    content = to_text(notebook).encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        write_whole(path, content)
    except OSError as error:
        raise BookError(f"{path}: cannot be written: {error.strerror}") from None
    return True


def _sweep(path: Path) -> None:
    """Remove the drafts of a notebook that were left by a process which was killed."""
    for draft in path.parent.glob(f".{path.name}.*"):
        if time.time() - draft.stat().st_mtime > DRAFT:
            draft.unlink(missing_ok=True)
