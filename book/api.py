"""Document d2lcompat from its docstrings: its shared modules are imported, no framework is."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import d2lcompat
from d2lcompat import public
from d2lcompat.backends.base import Backend

BOUND = re.compile(r"(?:bind\(backend, (\w+)|backend)\.(\w+)\)?")


def names() -> Iterator[tuple[str, Any, int]]:
    """Yield the public names, what each is, and how many first parameters it has bound."""
    # What a module of a framework binds is read from its source.
    path = Path(d2lcompat.__file__).with_name(f"{next(iter(d2lcompat.FRAMEWORKS))}.py")
    rooms, bound = dict[str, str](), dict[str, Any]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            rooms |= {a.asname or a.name: f"d2lcompat.{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Assign) and (found := BOUND.fullmatch(ast.unparse(node.value))):
            room, name = found.groups()
            owner = import_module(rooms[room]) if room else Backend
            bound[ast.unparse(node.targets[0])] = getattr(owner, name)
    for name in public.NAMES:
        yield name, bound.get(name, getattr(public, name, None)), name in bound


def signature(function: Callable[..., Any], bound: int) -> str:
    """Return the parameters with their defaults, without annotations and those that are bound."""
    found = list(inspect.signature(function).parameters.values())[bound:]
    empty = inspect.Parameter.empty
    return str(inspect.Signature([each.replace(annotation=empty) for each in found]))


def render(name: str, what: Any, bound: int) -> list[str]:
    """Return the MyST lines that document one name."""
    if what is None:  # made when asked for, as its maker says
        _, quoted, rest = (inspect.getdoc(public.lazy_plt) or "").partition("`plt`")
        return block("py:data", f"d2l.{name}", quoted + rest)
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


class ApiDirective(SphinxDirective):
    """Render every public name of d2lcompat: ```` ```{d2lcompat-api} ````."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes."""
        for path in Path(d2lcompat.__file__).parent.rglob("*.py"):
            self.env.note_dependency(str(path))
        lines = [line for name in names() for line in render(*name)]
        return self.parse_text_to_nodes("\n".join(lines))
