"""Put stored outputs on the cells of a page."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from d2lcompat import FRAMEWORKS

Cells = dict[str, list[NotebookNode]]  # the outputs of each cell, by its id


@dataclass
class Outputs:
    """Hold what the notebooks of a page have stored.

    `cells` maps framework, then cell id, to the cell's outputs, for the notebooks that belong
    to the page as it is now; `runs` maps a framework to the metadata of its notebook, for every
    notebook that can be read.
    """

    cells: dict[str, Cells] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)


def weave(notebook: NotebookNode, outputs: Outputs) -> None:
    """Put the stored outputs on the cells of a page, in place."""
    woven = []
    code_cells = 0
    lines = notebook.metadata.get("source_map", [])
    for cell, line in zip(notebook.cells, lines, strict=True):
        woven.append((cell, line))
        if cell.cell_type != "code":
            continue
        woven += [(extra, line) for extra in fill(cell, code_cells, outputs)]
        code_cells += 1
    notebook.cells = [cell for cell, _ in woven]
    notebook.metadata["source_map"] = [line for _, line in woven]


def fill(cell: NotebookNode, index: int, outputs: Outputs) -> list[NotebookNode]:
    """Give one cell its outputs; return the cells that must follow it."""
    tags = cell.metadata.get("tags", [])
    cell.metadata["book"] = {"cell": index, "framework": None}
    found = {name: cells.get(f"cell-{index}", []) for name, cells in outputs.cells.items()}
    owners = [key for key in FRAMEWORKS if key in tags]
    if owners:
        copies = [cell] + [deepcopy(cell) for _ in owners[1:]]
        for key, copy in zip(owners, copies, strict=True):
            copy.id = f"cell-{index}-{key}"
            copy.metadata["book"]["framework"] = key
            copy.outputs = found.get(key, [])
        return copies[1:]
    first, *others = [visible(outputs) for outputs in found.values()] or [[]]
    if all(outputs == first for outputs in others):
        cell.outputs = next(iter(found.values()), [])
        return []
    return [output_cell(cell, name, outputs) for name, outputs in found.items()]


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
