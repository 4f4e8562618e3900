"""Put stored outputs on the cells of a page."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from bookbuild.page.blocks import Block, Page

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


def weave(notebook: NotebookNode, outputs: Outputs, page: Page) -> None:
    """Put the stored outputs on the cells of a page, in place."""
    woven = []
    blocks = iter(page.cells)
    for cell, line in zip(notebook.cells, notebook.metadata["source_map"], strict=True):
        woven.append((cell, line))
        if cell.cell_type == "code":
            woven += [(extra, line) for extra in fill(cell, next(blocks), outputs)]
    notebook.cells = [cell for cell, _ in woven]
    notebook.metadata["source_map"] = [line for _, line in woven]


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
