"""Document d2lcompat from its docstrings, read with `ast`: the site imports no framework."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import d2lcompat
from d2lcompat import FRAMEWORKS

Definition = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Source:
    """Hold the place where a public name is defined; `node` is None where it is made on access."""

    path: Path
    node: Definition | None
    docstring: str
    method: bool = False


def public_names(path: Path) -> list[str]:
    """Return `__all__` of a module, written there or imported from a neighbour."""
    node = find(path, "__all__").node
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if value is None:
        raise LookupError(f"{path} has no __all__")
    return list(ast.literal_eval(value))


def find(path: Path, name: str) -> Source:
    """Find what defines `name` in a module, through imports from neighbours and assignments.

    Falls back on the module's `__getattr__`. Raises `LookupError` if there is neither.
    """
    found = None
    body = statements(path)
    for node, following in zip_longest(body, body[1:]):
        if isinstance(node, ast.ImportFrom) and node.level and node.module:
            for alias in node.names:
                if alias.name == "*":
                    found = defined(neighbour(path, node), name) or found
                elif (alias.asname or alias.name) == name:
                    found = find(neighbour(path, node), alias.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            found = Source(path, node, ast.get_docstring(node) or "")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                found = follow(path, node.value) or Source(path, node, text_of(following))
    if found:
        return found
    if name.startswith("__"):
        raise LookupError(f"{path} does not define {name}")
    maker = find(path, "__getattr__")
    _, quoted, rest = maker.docstring.partition(f"`{name}`")
    return Source(maker.path, None, quoted + rest)


def statements(path: Path) -> list[ast.stmt]:
    """Return the statements of a module, those under an `if` among them, but for type checkers'."""
    found: list[ast.stmt] = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found += node.orelse
        else:
            found.append(node)
    return found


def neighbour(path: Path, node: ast.ImportFrom, name: str = "") -> Path:
    """Return the file of a module, or of the module `name` in a package, that is imported."""
    room = path.parents[node.level - 1] / (node.module or "").replace(".", "/")
    return room / f"{name}.py" if name else room.with_suffix(".py")


def defined(path: Path, name: str) -> Source | None:
    """Return what defines a name in a module, if anything in it does but `__getattr__`."""
    try:
        source = find(path, name)
    except LookupError:
        return None
    return source if source.node else None


def module_of(path: Path, name: str) -> Path | None:
    """Return the file of the module that a module imports from a package under this name."""
    for node in statements(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            for alias in node.names:
                file = neighbour(path, node, alias.name)
                if (alias.asname or alias.name) == name and file.is_file():
                    return file
    return None


def follow(path: Path, value: ast.expr | None) -> Source | None:
    """Return what an expression like `other` or `Class().method` refers to, if that is known."""
    try:
        if isinstance(value, ast.Name):
            return find(path, value.id)
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "bind":
            function = follow(path, value.args[1])  # without its first parameter
            return function and replace(function, method=True)
        if isinstance(value, ast.Call):
            return follow(path, value.func)
        if isinstance(value, ast.Attribute):
            module = isinstance(value.value, ast.Name) and module_of(path, value.value.id)
            if module:
                return find(module, value.attr)
            return member(follow(path, value.value), value.attr)
    except LookupError:
        pass
    return None


def member(source: Source | None, name: str) -> Source | None:
    """Find a method in a class or in those it is derived from."""
    if source is None or not isinstance(source.node, ast.ClassDef):
        return None
    for node in source.node.body:
        if isinstance(node, ast.FunctionDef) and node.name == name and ast.get_docstring(node):
            return Source(source.path, node, ast.get_docstring(node) or "", method=True)
    bases = (member(follow(source.path, base), name) for base in source.node.bases)
    return next(filter(None, bases), None)


def text_of(node: ast.stmt | None) -> str:
    """Return the string that stands alone as a statement: how a variable is documented."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    return ""


def signature(path: Path, function: ast.FunctionDef, method: bool = False) -> str:
    """Return the parameters with their defaults, without annotations and without `self`.

    A default that is a constant of the module is shown by its value.
    """
    arguments = ast.parse(f"def f({ast.unparse(function.args)}): ...").body[0]
    assert isinstance(arguments, ast.FunctionDef)
    parameters = arguments.args
    every = parameters.posonlyargs + parameters.args + parameters.kwonlyargs
    for parameter in [*every, parameters.vararg, parameters.kwarg]:
        if parameter:
            parameter.annotation = None
    for i, default in enumerate(parameters.defaults):
        constant = find(path, default.id).node if isinstance(default, ast.Name) else None
        if isinstance(constant, ast.Assign):
            parameters.defaults[i] = constant.value
    if method:
        (parameters.posonlyargs or parameters.args).pop(0)
    return f"({ast.unparse(parameters)})"


def render(name: str, source: Source) -> list[str]:
    """Return the MyST lines that document one name."""
    node, text = source.node, source.docstring
    if isinstance(node, ast.FunctionDef):
        return block("py:function", name + signature(source.path, node, source.method), text)
    if not isinstance(node, ast.ClassDef):
        return block("py:data", name, text)
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    first = methods.pop("__init__", None)
    lines = [text, ""]
    for method, item in methods.items():
        described = ast.get_docstring(item)
        if described and not method.startswith("_"):
            lines += block(
                "py:method", method + signature(source.path, item, method=True), described
            )
    return block(
        "py:class",
        name + (signature(source.path, first, method=True) if first else ""),
        "\n".join(lines),
    )


def block(directive: str, argument: str, text: str) -> list[str]:
    """Return a directive that contains `text`, with a fence longer than those inside."""
    fence = "`" * max(4, 1 + max(len(line) - len(line.lstrip("`")) for line in text.split("\n")))
    return [f"{fence}{{{directive}}} {argument}", *text.split("\n"), fence, ""]


class ApiDirective(SphinxDirective):
    """Render every public name of d2lcompat: ```` ```{d2lcompat-api} ````."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes; a name without a docstring is a warning."""
        package = Path(d2lcompat.__file__).parent
        module = package / f"{next(iter(FRAMEWORKS))}.py"
        lines: list[str] = []
        try:
            for name in public_names(module):
                source = find(module, name)
                self.env.note_dependency(str(source.path))
                if not source.docstring:
                    self.state.document.reporter.warning(
                        f"{name} has no docstring in {source.path.name}", line=self.lineno
                    )
                lines += render(f"d2l.{name}", source)
        except LookupError as error:
            raise self.error(str(error)) from None
        self.env.note_dependency(str(module))
        result = nodes.Element()
        content = StringList(lines, source=self.env.doc2path(self.env.docname))
        self.state.nested_parse(content, self.content_offset, result)
        return result.children
