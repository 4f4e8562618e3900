"""Document d2lcompat from its docstrings: its shared modules are imported, no framework is."""

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import d2lcompat
import d2lcompat.v1.data
import d2lcompat.v1.module
import d2lcompat.v1.trainer
from d2lcompat import aliases, public, v1
from d2lcompat.backends.base import Backend
from d2lcompat.names import CHAPTERS, DATA

ROOMS = ("v1", "v0", "models")
GENERATIONS = ("1.0", "0.17", "both")  # as the fields of a row
SHARED = (v1.module, v1.trainer, v1.data)


def names() -> Iterator[tuple[str, Any, int]]:
    """Yield the public names, what each is, and how many first parameters it has bound."""
    bound, own = _bound(), _of_a_framework()
    shared = {name: vars(room)[name] for room in SHARED for name in own if name in vars(room)}
    for name in public.NAMES:
        if name in aliases.NAMES:  # the frameworks' own
            continue
        what, parameters = bound.get(name, (None, 0))
        found = (what, shared.get(name), getattr(public, name, None), own.get(name))
        yield name, next((one for one in found if one is not None), None), parameters


def _module(room: str = "") -> ast.Module:
    """Return the source of a framework's module, which is like that of the others."""
    path = Path(d2lcompat.__file__).parent / room / f"{next(iter(d2lcompat.FRAMEWORKS))}.py"
    return ast.parse(path.read_text(encoding="utf-8"))


def _bound() -> dict[str, tuple[Any, int]]:
    """Return the functions that a framework's module binds, and how many parameters each loses."""
    rooms, found = dict[str, str](), dict[str, tuple[Any, int]]()
    for node in _module().body:
        if isinstance(node, ast.ImportFrom):
            rooms |= {a.asname or a.name: f"d2lcompat.{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Assign):
            value, depth = node.value, 0
            while isinstance(value, ast.Call) and len(value.args) == 2:  # bind(first, function)
                value, depth = value.args[1], depth + 1
            if isinstance(value, ast.Attribute):
                room = ast.unparse(value.value)
                owner = import_module(rooms[room]) if room in rooms else Backend
                method = owner is Backend
                found[ast.unparse(node.targets[0])] = getattr(owner, value.attr), depth + method
    return found


def _of_a_framework() -> dict[str, Any]:
    """Return the functions and classes that each framework has of its own, with empty bodies."""
    found = dict[str, Any]()
    for node in (node for room in ROOMS for node in _module(room).body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            exec(ast.unparse(_without_body(node)), found)
    return found


def _without_body(node: ast.FunctionDef | ast.ClassDef) -> ast.AST:
    """Return a definition with its docstring, its parameters and its methods alone."""
    inner = [n for n in node.body if isinstance(n, ast.FunctionDef)]
    methods = [_without_body(n) for n in inner] if isinstance(node, ast.ClassDef) else []
    node.body = [ast.Expr(ast.Constant(ast.get_docstring(node) or "")), *methods]  # type: ignore[list-item]
    node.decorator_list = []
    if isinstance(node, ast.ClassDef):
        node.bases = []
    else:
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
    return node


def signature(function: Callable[..., Any], bound: int) -> str:
    """Return the parameters with their defaults, without annotations and those that are bound."""
    found = list(inspect.signature(function).parameters.values())[bound:]
    empty = inspect.Parameter.empty
    return str(inspect.Signature([each.replace(annotation=empty) for each in found]))


def render(name: str, what: Any, bound: int) -> list[str]:
    """Return the MyST lines that document one name."""
    if name in DATA:
        return block("py:data", f"d2l.{name}", DATA[name])
    text = inspect.getdoc(what) or ""
    if not inspect.isclass(what):
        return block("py:function", f"d2l.{name}{signature(what, bound)}", text)
    lines = [text, ""]
    for method, function in vars(what).items():
        described = inspect.getdoc(function)
        if inspect.isfunction(function) and described and not method.startswith("_"):
            lines += block("py:method", method + signature(function, 1), described)
    return block("py:class", f"d2l.{name}{signature(what, 0)}", "\n".join(lines))


def block(directive: str, argument: str, text: str) -> list[str]:
    """Return a directive that contains `text`, with a fence longer than those inside."""
    fence = "`" * max(4, 1 + max(len(line) - len(line.lstrip("`")) for line in text.split("\n")))
    return [f"{fence}{{{directive}}} {argument}", *text.split("\n"), fence, ""]


def table() -> list[str]:
    """Return the MyST lines of a table: what the chapters of d2l take from both generations."""
    lines = ["| Chapter | d2l | Names |", "|---|---|---|"]
    for row in CHAPTERS:
        chapter = row.chapter
        for generation, cell in zip(GENERATIONS, row[1:], strict=True):
            if cell:
                shown = " ".join(f"`{name}`" for name in cell.split())
                lines.append(f"| {chapter} | {generation} | {shown} |")
                chapter = ""
    return lines


class _Rendered(SphinxDirective):
    """Render lines that are made of d2lcompat's source."""

    lines: Callable[[], list[str]]

    def run(self) -> list[nodes.Node]:
        """Return the nodes."""
        for path in Path(d2lcompat.__file__).parent.rglob("*.py"):
            self.env.note_dependency(str(path))
        return self.parse_text_to_nodes("\n".join(type(self).lines()))


class ApiDirective(_Rendered):
    """Render every public name of d2lcompat: ```` ```{d2lcompat-api} ````."""

    lines = staticmethod(lambda: [line for name in names() for line in render(*name)])


class NamesDirective(_Rendered):
    """Render the names by chapters of d2l: ```` ```{d2lcompat-names} ````."""

    lines = staticmethod(table)
