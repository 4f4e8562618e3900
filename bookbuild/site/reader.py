"""Read a page and put the stored outputs of its notebooks on its cells.

MyST-NB calls `read_page` for every Markdown file and runs nothing. A page, what its notebooks were
run with and their outputs are kept in the environment, as long as Sphinx keeps the page.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

import nbformat.v4 as nb
from nbformat import NotebookNode, from_dict
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from bookbuild.notebook import stored
from bookbuild.notebook.make import KERNEL
from bookbuild.notebook.outputs import shown
from bookbuild.page.blocks import Block, Page
from bookbuild.page.cells import parse_page
from bookbuild.page.markup import PageError
from bookbuild.site.weave import Cells, Outputs, weave

LOGGER = logging.getLogger(__name__)
READING: ContextVar[BuildEnvironment] = ContextVar("the environment that reads a page")
PAGES: ContextVar[dict[str, Page]] = ContextVar("the pages that are about to be read")


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
    cells = list(_cells(page))
    notebook.cells = [cell for cell, _ in cells]
    notebook.metadata["source_map"] = [line for _, line in cells]
    if page.cells:
        # Outputs are of the site: neither notebooks nor catalogues show them.
        outputs = load(env, page) if env.app.builder.format == "html" else Outputs()
        env.metadata[env.docname]["book_page"] = page
        env.metadata[env.docname]["book_runs"] = outputs.runs
        env.temp_data["book_outputs"] = outputs  # for {gathered}
        weave(notebook, outputs, page)
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    return notebook


def _cells(page: Page) -> Iterator[tuple[NotebookNode, int]]:
    """Yield the cells of the page as MyST-NB reads them, each with its line.

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
        yield nb.new_code_cell(block.source, metadata=dict(block.options)), block.line - 2
    yield from text()


def load(env: BuildEnvironment, page: Page) -> Outputs:
    """Read the notebooks of a page; warn about each that is not this page's own and whole."""
    found = Outputs()
    for key in page.frameworks:
        notebook = stored.load(page, key)
        name = Path(os.path.relpath(notebook.path, env.srcdir)).as_posix()
        env.note_dependency(name)
        if notebook.notebook is None:
            at = f", line {notebook.line}," if notebook.line else ""
            warn(env, f"{name}{at} {notebook.problem}: write it with `make run`")
            continue
        if notebook.foreign:
            warn(env, f"{name} is the notebook of {notebook.foreign}: write it with `make run`")
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
