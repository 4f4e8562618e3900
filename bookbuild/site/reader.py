"""Read a page and put the stored outputs of its notebooks on its cells.

MyST-NB calls `read_page` for every Markdown file and runs nothing. A page, what its notebooks were
run with and their outputs are kept in the environment, as long as Sphinx keeps the page.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat.v4 as nb
from nbformat import NotebookNode, from_dict
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from bookbuild.notebook import KERNEL, stored
from bookbuild.notebook.outputs import shown
from bookbuild.page import Block, Page
from bookbuild.page.cells import parse_page
from bookbuild.page.markup import PageError

LOGGER = logging.getLogger(__name__)
READING: ContextVar[BuildEnvironment] = ContextVar("the environment that reads a page")
PAGES: ContextVar[dict[str, Page]] = ContextVar("the pages that are about to be read")


Cells = dict[str, list[NotebookNode]]  # the outputs of each cell, by its id


@dataclass
class Outputs:
    """Hold what the notebooks of a page have stored.

    `cells` maps framework, then cell id, to the cell's outputs, for the notebooks that belong
    to the page as it is now; `runs` maps a framework to what is noted in its notebook, for every
    notebook that can be read.
    """

    cells: dict[str, Cells] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)


class PagesInvalid(SphinxError):
    """Stop the build: a page breaks a rule of ours, and the message says where."""

    category = "Invalid page"


def validate(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Check every page that is about to be read; raise `PagesInvalid` naming all errors.

    Where notebooks alone are written, warn of each, and take the page for empty.
    """
    errors, pages = [], {}
    for docname in docnames:
        path = Path(env.doc2path(docname))
        try:
            if path.suffix == ".md":
                pages[docname] = parse_page(path, app.config.book)
        except PageError as error:
            if app.builder.name == "notebooks":  # those of other pages can be written
                LOGGER.warning(error.message, location=(docname, error.line))
                continue
            place = os.path.relpath(error.path, env.srcdir)
            errors.append(f"{place}:{error.line}: {error.message}")
    if errors:
        raise PagesInvalid("\n".join(errors))
    PAGES.set(pages)


def remember(app: Sphinx, docname: str, content: list[str]) -> None:
    """Keep the environment for `read_page`, which is given nothing but the text."""
    READING.set(app.env)


def read_page(text: str) -> NotebookNode:
    """Return the page as a notebook whose cells carry the outputs of all frameworks.

    Each code cell gets `metadata.book = {"cell": k, "framework": key or None}`; a shared cell
    whose outputs differ is followed by one cell per framework that has outputs only.
    """
    env = READING.get()
    page = PAGES.get().get(env.docname)
    if page is None:
        return nb.new_notebook(metadata={"kernelspec": dict(KERNEL), "source_map": []})
    notebook = nb.new_notebook(metadata=from_dict({**page.front.data, "kernelspec": KERNEL}))
    outputs = Outputs()
    if page.cells:
        # Outputs are of the site: neither notebooks nor catalogues show them.
        if env.app.builder.format == "html":
            outputs = load(env, page)
        env.metadata[env.docname]["book_page"] = page
        env.metadata[env.docname]["book_runs"] = outputs.runs
        env.temp_data["book_outputs"] = outputs  # for {gathered}
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    cells = list(_cells(page, outputs))
    notebook.cells = [cell for cell, _ in cells]
    notebook.metadata["source_map"] = [line for _, line in cells]
    return notebook


def _cells(page: Page, outputs: Outputs) -> Iterator[tuple[NotebookNode, int]]:
    """Yield the cells of the page as MyST-NB reads them, with their outputs, each with its line.

    It counts from -1: MyST-NB adds one to a line, and MyST another.
    """
    prose: list[Block] = []

    def text() -> Iterator[tuple[NotebookNode, int]]:
        if prose:
            # As many empty lines between them as in the page: warnings name lines.
            first, source = prose[0].line, prose[0].source
            for block in prose[1:]:
                gap = block.line - first - source.count("\n")
                source += "\n" * max(gap, 2) + block.source
            yield nb.new_markdown_cell(source), first - 2

    for block in page.blocks:
        if block.kind != "code":
            prose.append(block)
            continue
        yield from text()
        prose.clear()
        cell = nb.new_code_cell(block.source, metadata=dict(block.options))
        for each in (cell, *fill(cell, block, outputs)):
            yield each, block.line - 2
    yield from text()


def load(env: BuildEnvironment, page: Page) -> Outputs:
    """Read the notebooks of a page; warn about each that is not this page's own and whole."""
    found = Outputs()
    for key in page.frameworks:
        notebook = stored.load(page, key)
        name = Path(os.path.relpath(notebook.path, env.srcdir)).as_posix()
        env.note_dependency(name)
        if notebook.notebook is None:
            warn(env, f"{name}{notebook.problem}: write it with `make run`")
            continue
        found.runs[key] = dict(notebook.note)
        if notebook.stale:
            warn(env, f"{name} is stale, its code is not the page's: renew it with `make run`")
        elif notebook.unexecuted and notebook.pending:
            continue  # the page says so
        elif notebook.unexecuted:
            warn(env, f"{name} has not been executed in full: fill it with `make run`")
        else:
            found.cells[key] = _shown(env, name, notebook.notebook)
    return found


def _shown(env: BuildEnvironment, name: str, notebook: NotebookNode) -> Cells:
    """Return what the site shows of each cell; warn of what it cannot show."""
    found: Cells = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[cell.id], problems = shown(cell.outputs)
            for problem in problems:
                warn(env, f"{name}: {cell.id} {problem}")
    return found


def warn(env: BuildEnvironment, message: str) -> None:
    """Warn about the page that is being read."""
    LOGGER.warning(message, type="book", subtype="notebook", location=env.docname)


def fill(cell: NotebookNode, block: Block, outputs: Outputs) -> list[NotebookNode]:
    """Give one cell its outputs; return the cells that must follow it."""
    owner = block.frameworks[0] if block.tagged else None
    cell.metadata["book"] = {"cell": block.index, "framework": owner}
    found = {key: cells.get(f"cell-{block.index}", []) for key, cells in outputs.cells.items()}
    if owner:
        cell.outputs = found.get(owner, [])
        return []
    first, *others = [visible(outputs) for outputs in found.values()] or [[]]
    if all(outputs == first for outputs in others):
        cell.outputs = next(iter(found.values()), [])
        return []
    return [output_cell(cell, key, outputs) for key, outputs in found.items()]


def visible(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs without what a reader cannot see: counts, and how a stream was cut."""
    kept: list[NotebookNode] = []
    for output in deepcopy(outputs):
        output.pop("execution_count", None)
        same = kept and output.output_type == "stream" and kept[-1].get("name") == output.name
        if same:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def output_cell(cell: NotebookNode, key: str, outputs: list[NotebookNode]) -> NotebookNode:
    """Return a copy of a shared cell that shows only one framework's outputs."""
    copy = deepcopy(cell)
    # The source is hidden, but MyST-NB drops a cell that has none.
    copy.id = f"outputs-{cell.metadata['book']['cell']}-{key}"
    copy.metadata["tags"] = [*cell.metadata.get("tags", []), "remove-input"]
    copy.metadata["book"] |= {"framework": key, "outputs_only": True}
    copy.outputs = outputs
    return copy
