"""Take a page's own network and settings out of its notebook, without running the rest."""

from __future__ import annotations

import ast
from typing import Any

from bookbuild.notebooks import SETUP_ID, make_notebook
from bookbuild.page import Page


def definitions(page: Page, key: str) -> dict[str, Any]:
    """Return what the imports, functions, classes and parameters of a page's notebook define.

    Imports the framework. The rest of the notebook is not executed.
    """
    names: dict[str, Any] = {"__name__": f"{page.name}_{key}"}
    for cell in make_notebook(page, key).cells:
        if cell.cell_type != "code" or cell.id == SETUP_ID:
            continue
        tree = ast.parse(cell.source)
        if "parameters" not in cell.metadata.get("tags", []):
            kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
            tree.body = [node for node in tree.body if isinstance(node, kept)]
        exec(compile(tree, f"{page.name}/{key}.ipynb {cell.id}", "exec"), names)
    return names
