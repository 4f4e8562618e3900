"""Read a page and put the stored outputs of its notebooks on its cells.

MyST-NB calls `read_page` for every Markdown file and runs nothing. A page and what its notebooks
were run with are kept in the environment, as long as Sphinx keeps the page.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

import nbformat.v4 as nb
from nbformat import NotebookNode, from_dict
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging

from bookbuild.notebook import KERNEL, stored
from bookbuild.notebook.outputs import shown, tidy
from bookbuild.page import Block, Page
from bookbuild.page.cells import parse_page
from bookbuild.page.markup import PageError

LOGGER = logging.getLogger(__name__)
Outputs = dict[str, dict[str, list[NotebookNode]]]  # by framework, then by the cell's id
# `read_page` is given nothing but the text.
READING: ContextVar[tuple[BuildEnvironment, dict[str, Page]]] = ContextVar("pages to be read")


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
            errors.append(str(error))
    if errors:
        raise PagesInvalid("\n".join(errors))
    READING.set((env, pages))


def read_page(text: str) -> NotebookNode:
    """Return the page as a notebook whose cells carry the outputs of all frameworks.

    Each code cell has `metadata.book = {"cell": k, "framework": key or None}`.
    """
    env, pages = READING.get()
    page = pages.get(env.docname)
    if page is None:
        return nb.new_notebook(metadata={"kernelspec": dict(KERNEL), "source_map": []})
    notebook = nb.new_notebook(metadata=from_dict({**page.front.data, "kernelspec": KERNEL}))
    outputs: Outputs = {}
    if page.cells:
        # Outputs are of the site: neither notebooks nor catalogues show them.
        outputs, runs = load(env, page) if env.app.builder.format == "html" else ({}, {})
        env.metadata[env.docname] |= {"book_page": page, "book_runs": runs}
        env.temp_data["book_outputs"] = outputs  # for {gathered}
        notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata["source_map"] = []
    for block in page.blocks:
        text = nb.new_markdown_cell(block.source)
        cells = list(fill(block, outputs)) if block.kind == "code" else [text]
        notebook.cells += cells
        # Counted from -1: MyST-NB adds one to a line, and MyST another.
        notebook.metadata["source_map"] += [block.line - 2] * len(cells)
    return notebook


def load(env: BuildEnvironment, page: Page) -> tuple[Outputs, dict[str, dict[str, object]]]:
    """Read the notebooks of a page; warn about each that is not this page's own and whole.

    Returns the outputs of those that are as the page is now, and what is noted in each of them.
    """
    outputs: Outputs = {}
    runs: dict[str, dict[str, object]] = {}
    for key in page.frameworks:
        found = stored.load(page, key)
        env.note_dependency(str(found.path))
        problems: list[str] = []
        if found.notebook:
            runs[key] = dict(found.note)
        if found.notebook and found.valid:
            outputs[key] = {}
            for cell in found.notebook.cells:
                if cell.cell_type == "code":
                    tidy(cell)  # it may have been run otherwise than by us
                    outputs[key][cell.id], hidden = shown(cell.outputs)
                    problems += [f"{found.path}: {cell.id} {problem}" for problem in hidden]
        elif found.stale or not (found.notebook and found.pending):
            problems = found.faults()
        for problem in problems:
            LOGGER.warning(problem, type="book", subtype="notebook", location=env.docname)
    return outputs, runs


def fill(block: Block, outputs: Outputs) -> Iterator[NotebookNode]:
    """Yield the cell of a block; if it is shared, and outputs differ, one more a framework."""
    owner = block.frameworks[0] if block.tagged else None
    book = {"cell": block.index, "framework": owner}
    cell = nb.new_code_cell(block.source, metadata={**block.options, "book": book})
    found = {key: cells.get(f"cell-{block.index}", []) for key, cells in outputs.items()}
    first, *others = found.values() or [[]]
    same = all(other == first for other in others)
    if owner or same:
        cell.outputs = found.get(owner, []) if owner else first
    yield cell
    for key, own in found.items() if not (owner or same) else ():
        # The source is hidden, but MyST-NB drops a cell that has none.
        metadata = {
            **cell.metadata,
            "tags": [*cell.metadata.get("tags", []), "remove-input"],
            "book": {"cell": block.index, "framework": key, "outputs_only": True},
        }
        name = f"outputs-{block.index}-{key}"
        yield nb.new_code_cell(block.source, id=name, metadata=metadata, outputs=own)
