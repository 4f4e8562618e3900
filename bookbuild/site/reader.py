"""Read a page and put the stored outputs of its notebooks on its cells.

MyST-NB calls `read_page` for every Markdown file and runs nothing. What a page and its notebooks
say about themselves (declared absences, versions, dates) is kept in the environment's metadata
of that page, under `book_page`, for the row of links under the title.
"""

from __future__ import annotations

import os.path
from contextvars import ContextVar
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from bookbuild.notebook import stored
from bookbuild.notebook.make import METADATA
from bookbuild.notebook.shown import sort
from bookbuild.page.cells import Page, parse_page
from bookbuild.page.markup import PageError
from bookbuild.site.weave import Cells, Outputs, weave

LOGGER = logging.getLogger(__name__)
READING: ContextVar[BuildEnvironment] = ContextVar("the environment that reads a page")


class PagesInvalid(SphinxError):
    """Stop the build: a page breaks a rule of ours, and the message says where."""

    category = "Invalid page"


def validate(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Check every page that is about to be read; raise `PagesInvalid` naming all errors."""
    errors = []
    for docname in docnames:
        path = Path(env.doc2path(docname))
        try:
            if path.suffix == ".md":
                parse_page(path)
        except PageError as error:
            errors.append(located(env, error))
    if errors:
        raise PagesInvalid("\n".join(errors))


def located(env: BuildEnvironment, error: PageError) -> str:
    """Return an error of a page as `path:line: message`, its path as seen from the book."""
    return f"{os.path.relpath(error.path, env.srcdir)}:{error.line}: {error.message}"


def remember(app: Sphinx, docname: str, content: list[str]) -> None:
    """Keep the environment for `read_page`, which is given nothing but the text."""
    READING.set(app.env)


def read_page(text: str) -> NotebookNode:
    """Return the page as a notebook whose cells carry the outputs of all frameworks.

    Each code cell gets `metadata.book = {"cell": k, "framework": key or None}`. A cell tagged with
    several frameworks becomes one cell for each; a shared cell whose outputs differ is followed
    by one cell per framework that has outputs only.
    """
    env = READING.get()
    path = Path(env.doc2path(env.docname))
    # MyST-NB's own attribute of the environment
    config = env.myst_config  # type: ignore[attr-defined]
    notebook = read_myst_markdown_notebook(text, config=config, add_source_map=True, path=path)
    if any(cell.cell_type == "code" for cell in notebook.cells):
        page = parse_page(path)
        try:
            outputs = load(env, page)
            env.temp_data["book_page"] = page, outputs  # for {gathered}
        except PageError as error:  # prose that a notebook cannot hold
            raise PagesInvalid(located(env, error)) from None
        env.metadata[env.docname]["book_page"] = {
            "absent": page.front.absent,
            "pending": page.front.pending,
            "runs": outputs.runs,
        }
        weave(notebook, outputs)
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    return notebook


def load(env: BuildEnvironment, page: Page) -> Outputs:
    """Read the notebooks of a page; warn about each that is not this page's own and whole."""
    found = Outputs()
    for key in page.frameworks:
        notebook = stored.load(page, key)
        name = Path(os.path.relpath(notebook.path, env.srcdir)).as_posix()
        env.note_dependency(name)
        if notebook.old is None:
            at = f", line {notebook.line}," if notebook.line else ""
            warn(env, f"{name}{at} {notebook.problem}: write it with `make run`")
            continue
        if notebook.foreign:
            warn(env, f"{name} is the notebook of {notebook.foreign}: write it with `make run`")
            continue
        found.runs[key] = dict(notebook.old.metadata.get(METADATA, {}))
        if notebook.stale:
            warn(env, f"{name} is stale, its code is not the page's: renew it with `make run`")
        elif notebook.unexecuted and notebook.pending:
            continue  # the page says so
        elif notebook.unexecuted:
            warn(env, f"{name} has not been executed in full: fill it with `make run`")
        else:
            found.cells[key] = _shown(env, name, notebook.old)
    return found


def _shown(env: BuildEnvironment, name: str, notebook: NotebookNode) -> Cells:
    """Return what the site shows of each cell; warn of what it cannot show."""
    found: Cells = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found[cell.id], problems = sort(cell.outputs)
            for problem in problems:
                warn(env, f"{name}: {cell.id} {problem}")
    return found


def warn(env: BuildEnvironment, message: str) -> None:
    """Warn about the page that is being read."""
    LOGGER.warning(message, type="book", subtype="notebook", location=env.docname)
