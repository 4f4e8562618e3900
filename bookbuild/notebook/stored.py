"""Stored notebooks: read, compared with the code of their pages, and what is wrong with them."""

import json
import math
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookbuild.files import write_whole
from bookbuild.notebook import METADATA, SETUP_ID, code_digest, setup_code, source_digest, to_text
from bookbuild.notebook.outputs import problems, shorten
from bookbuild.page import Page

OLDEST = (4, 5)  # of the format: before it cells had no names
RESTORE = "restore its last version from the repository, or "


class Unusable(Exception):
    """A notebook that cannot be used: what follows its path, as in `:3: cannot be read: …`."""


@dataclass(frozen=True)
class Stored:
    """Hold the notebook that is stored for a framework of a page, or the `problem` with it."""

    page: Page
    key: str
    notebook: NotebookNode | None
    problem: str = ""

    @property
    def path(self) -> Path:
        """Where the notebook is stored: beside its page."""
        return self.page.notebook(self.key)

    @property
    def name(self) -> str:
        """The name for people, as in `intro/torch`."""
        return f"{self.page.name}/{self.key}"

    @property
    def note(self) -> dict[str, object]:
        """What we have noted in it."""
        return self.notebook.metadata.get(METADATA, {}) if self.notebook else {}

    @property
    def valid(self) -> bool:
        """Whether the outputs are those of the page's code, all of it, in the full setting."""
        return not (self.notebook is None or self.stale or self.unexecuted)

    @property
    def pending(self) -> bool:
        """Whether the page declares that this framework has not been run in full yet."""
        return self.key in self.page.front.pending

    @cached_property
    def stale(self) -> bool:
        """Whether code, or the digest noted with the outputs, is not that of the page."""
        if self.notebook is None:
            return False
        code = [(cell.id, cell.source) for cell in self.notebook.cells if cell.cell_type == "code"]
        mine = [(f"cell-{c.index}", c.source) for c in self.page.cells if self.key in c.frameworks]
        same = bool(code) and code[0][0] == SETUP_ID and code[1:] == mine
        return not same or self.note.get("digest") != code_digest(self.page, self.key)

    @property
    def unexecuted(self) -> bool:
        """Whether it has not been run, or not in the full setting."""
        cells = self.notebook.cells if self.notebook else []
        code = [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]
        return self.note.get("setting") != "full" or not all(c.execution_count for c in code)

    def renewed(self, fresh: NotebookNode) -> NotebookNode:
        """Return a notebook of the page with the stored outputs, if they are valid."""
        if self.notebook is None or not self.valid:
            return fresh
        cells = {cell.id: cell for cell in self.notebook.cells}
        for cell in fresh.cells:
            if cell.cell_type == "code":
                cell.outputs = cells[cell.id].outputs
                cell.execution_count = cells[cell.id].execution_count
        fresh.metadata[METADATA] = {**self.note, "source": fresh.metadata[METADATA]["source"]}
        return fresh

    def faults(self) -> list[str]:
        """Return what is wrong with it, and what to do about each."""
        path = self.path
        run = f"run `make run PAGE={self.page.name} FRAMEWORK={self.key}`"
        if self.notebook is None:
            lost = path.exists() or path.is_symlink()
            return [f"{path}{self.problem}: {RESTORE if lost else ''}{run}"]
        if self.pending and self.valid:
            return [f"{path}: executed, but {self.page.path} still says that it is `pending`"]
        if self.stale:
            return [f"{path}: stale, its code is not that of the page: {run}"]
        if self.unexecuted and not self.pending:
            return [f"{path}: not executed in full: {run}"]
        code = (cell for cell in self.notebook.cells if cell.cell_type == "code")
        found = [f"{path}: {cell.id} {told}: {run}" for cell in code for told in problems(cell)]
        first = [cell.source for cell in self.notebook.cells if cell.id == SETUP_ID]
        if not found and first != [setup_code(self.page, self.key, self.page.book.source)]:
            found.append(f"{path}: its first cell is of another day: run `make notebooks`")
        if not found and self.note.get("source") != source_digest(self.page):
            found.append(f"{path}: its prose is not that of the page: run `make notebooks`")
        return found


def load(page: Page, key: str) -> Stored:
    """Read the notebook stored for a page; one that cannot be used is no error here."""
    try:
        found = Stored(page, key, read_notebook(page.notebook(key)))
    except Unusable as error:
        return Stored(page, key, None, str(error))
    name = f"{found.note.get('page')}/{found.note.get('framework')}"
    if found.note and name != found.name:
        return Stored(page, key, None, f": is the notebook of {name}")
    return found


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write a notebook in one step; False if it is unchanged."""
    return write_whole(path, to_text(notebook).encode())


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook that a file holds; raises `Unusable` where there is no whole one."""
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Unusable(": is missing") from None
    except json.JSONDecodeError as error:
        raise Unusable(f":{error.lineno}: cannot be read: no JSON: {error.msg}") from None
    except Exception as error:  # nbformat and jsonschema let many kinds through
        kinds = (getattr(error, name, None) for name in ("strerror", "message"))
        said = next(filter(None, kinds), None) or str(error) or type(error).__name__
        raise Unusable(f": cannot be read: {shorten(str(said), 120)}") from None


def _parse(text: str) -> NotebookNode:
    data = json.loads(text)
    json.dumps(data, ensure_ascii=False).encode()  # fails on half a character
    if not isinstance(data, dict) or "cells" not in data:
        raise ValueError("JSON, but no notebook")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nbformat would mend the cells of a copy, and go on
        notebook = nbformat.reads(text, as_version=OLDEST[0])
        nbformat.validate(notebook)
    if (notebook.nbformat, notebook.nbformat_minor) < OLDEST:
        raise ValueError(f"its format is older than {OLDEST[0]}.{OLDEST[1]}")
    note = notebook.metadata.get(METADATA, {})  # the site shows it
    if not isinstance(note, dict):
        raise ValueError(f"its metadata `{METADATA}` is no mapping")
    for name, value in note.items():
        good = isinstance(value, str)
        if name == "seconds":
            good = isinstance(value, int | float) and math.isfinite(value)
        if not good:
            raise ValueError(f"its metadata `{METADATA}` has a wrong {name!r}")
    return notebook
