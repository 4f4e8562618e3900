"""Take a page's own network and settings out of its cells, without running the rest."""

import ast
from typing import Any

from bookbuild.page import Page


def definitions(page: Page, key: str) -> dict[str, Any]:
    """Return what the imports, functions, classes and parameters of a page's cells define.

    `key` is a framework, which is imported. The rest of the page is not executed.
    """
    names: dict[str, Any] = {"__name__": f"{page.name}_{key}"}
    for cell in page.cells:
        if key not in cell.frameworks:
            continue
        tree = ast.parse(cell.source)
        if "parameters" not in cell.tags:
            kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
            tree.body = [node for node in tree.body if isinstance(node, kept)]
        exec(compile(tree, f"{page.path}:{cell.line}", "exec"), names)
    return names


def parameters(page: Page) -> dict[str, Any]:
    """Return what the page's cell of parameters sets; raises `LookupError` if it has none."""
    for cell in page.cells:
        if "parameters" in cell.tags:
            names: dict[str, Any] = {}
            exec(compile(cell.source, f"{page.path}:{cell.line}", "exec"), {}, names)
            return names
    raise LookupError(f"{page.path}: no cell is tagged parameters")


def keywords(page: Page, function: str) -> dict[str, Any]:
    """Return the keyword arguments of a page's first call of `function`, or raise `LookupError`."""
    for cell in page.cells:
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == function:
                return {str(word.arg): eval(ast.unparse(word.value)) for word in node.keywords}
    raise LookupError(f"{page.path}: no cell calls {function}")
