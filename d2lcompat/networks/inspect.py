"""What a network is made of: its layers, and, printed, the shapes that go through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..backends.base import Backend

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Describe one call of a block or layer: its class, the shape of its output, its parameters.

    A layer that the network holds and does not call has no shape.
    """

    name: str
    shape: Shape | None
    parameters: int = 0


def layers(backend: Backend, net: Any) -> dict[str, Any]:
    """Return the layers of a network, each once, by the path that first leads to it.

    A layer is what has no parts, or what holds weights as a layer of the framework does.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def visit(path: str, part: Any) -> None:
        if id(part) in seen:
            return
        seen.add(id(part))
        children = backend.children(part)
        if not children or held(backend, part):
            found[path] = part
        else:
            for name, child in children:
                visit(f"{path}.{name}" if path else name, child)

    visit("", net)
    return found


def held(backend: Backend, layer: Any) -> list[tuple[str, Any]]:
    """Return the roles and weights of a layer of the framework, or of one derived from it.

    A weight that is computed from others, as weight normalization does it, is none of them.
    """
    theirs = [b for b in type(layer).__mro__ if b.__module__.partition(".")[0] == backend.library]
    if all(any(issubclass(kind, base) for kind in backend.containers) for base in theirs):
        return []
    named = [(role, backend.attribute(layer, name)) for role, name in backend.roles]
    return [(role, weight) for role, weight in named if backend.is_weight(layer, role, weight)]


def calls(backend: Backend, net: Any, X: Any) -> list[str]:
    """Return the paths of the layers in the order in which a batch goes through them."""
    found = layers(backend, net)
    paths = {id(layer): path for path, layer in found.items()}
    called: list[str] = []
    backend.watch(net, list(found.values()), X, lambda part, _: called.append(paths[id(part)]))
    return called


def count(backend: Backend, part: Any) -> int:
    """Return the number of trainable parameters of a network, a block or a layer."""
    return sum(size(weight) for weight in backend.parameters(part) if backend.trains(weight))


def size(weight: Any) -> int:
    """Return how many numbers a weight has."""
    return int(np.prod([int(n) for n in weight.shape]))


def shape_of(output: Any) -> Shape | None:
    """Return the shape of what a part gives: of its first tensor where there are several."""
    if hasattr(output, "shape"):
        return tuple(int(n) for n in output.shape)
    parts = list(output.values()) if isinstance(output, dict) else output
    return shape_of(parts[0]) if isinstance(parts, list | tuple) and parts else None


def shape_trace(backend: Backend, net: Any, input_shape: Sequence[Any]) -> None:
    """Print the shape of the output of each block of `net`, one line a block.

    `input_shape` is `(n, c, h, w)`, in TensorFlow too, or a list of such shapes for a network of
    several inputs. A network whose only part is a sequence is looked into. Raises `ValueError`
    if it holds anything but whole numbers above 0.
    """
    X = _zeros(backend, net, input_shape)
    blocks = backend.children(net)
    while len(blocks) == 1 and backend.children(blocks[0][1]):
        blocks = backend.children(blocks[0][1])
    rows = _rows(backend, net, [part for _, part in blocks] or [net], X)
    called = [row for row in rows if row.shape is not None]
    width = max((len(row.name) for row in called), default=0)
    for row in called:
        print(f"{row.name:<{width}} output shape: {row.shape}")


def summary(backend: Backend, net: Any, input_shape: Sequence[Any]) -> None:
    """Print a table of the layers of `net`, their output shapes and parameters.

    `input_shape` is `(n, c, h, w)`, in TensorFlow too, or a list of such shapes for a network of
    several inputs. Parameters count once, where they are used first, and a block that holds some
    of its own has a row too; a layer that is not called has the shape "-". The total counts what
    training changes. Raises `ValueError` if the shape holds anything but whole numbers above 0.
    """
    X = _zeros(backend, net, input_shape)
    parts = [*layers(backend, net).values(), *_with_own_weights(backend, net)]
    rows = _rows(backend, net, parts, X)
    body = [(row.name, str(row.shape or "-"), f"{row.parameters:,}") for row in rows]
    head, foot = ("Layer", "Output shape", "Parameters"), ("Total", "", f"{count(backend, net):,}")
    widths = [max(len(line[i]) for line in (head, foot, *body)) for i in range(3)]
    rule = "-" * (sum(widths) + 4)
    for line in (head, None, *body, None, foot):
        if line is None:
            print(rule)
        else:
            print(f"{line[0]:<{widths[0]}}  {line[1]:<{widths[1]}}  {line[2]:>{widths[2]}}")


def _zeros(backend: Backend, net: Any, input_shape: Sequence[Any]) -> Any:
    """Return a batch of zeros, or a list of several inputs, for which the network is built."""
    several = bool(input_shape) and isinstance(input_shape[0], list | tuple)
    shapes = [_whole(shape) for shape in (input_shape if several else [input_shape])]
    zeros = [backend.zeros(shape, net) for shape in shapes]
    X = zeros if several else zeros[0]
    backend.build(net, X)
    return X


def _rows(backend: Backend, net: Any, parts: Sequence[Any], X: Any) -> list[Row]:
    rows: list[Row] = []
    counted: set[int] = set()

    def not_yet_counted(part: Any) -> int:
        new = [weight for weight in backend.parameters(part) if id(weight) not in counted]
        counted.update(map(id, new))
        return sum(size(weight) for weight in new if backend.trains(weight))

    def note(part: Any, output: Any) -> None:
        if (shape := shape_of(output)) is not None:
            rows.append(Row(type(part).__name__, shape, not_yet_counted(part)))

    backend.watch(net, unique(parts), X, note)
    left = [Row(type(part).__name__, None, not_yet_counted(part)) for part in parts]
    return rows + [row for row in left if row.parameters]


def _with_own_weights(backend: Backend, part: Any) -> list[Any]:
    """Return the blocks of a network that hold weights beside those of their parts."""
    children = [child for _, child in backend.children(part)]
    theirs = {id(weight) for child in children for weight in backend.parameters(child)}
    own = any(id(weight) not in theirs for weight in backend.parameters(part))
    found = [block for child in children for block in _with_own_weights(backend, child)]
    return [*found, part] if own and children else found


def _whole(input_shape: Sequence[Any]) -> Shape:
    shape = tuple(input_shape)
    if not shape or any(not isinstance(n, int) or n < 1 for n in shape):
        raise ValueError(f"input_shape holds whole numbers above 0, such as (1, 1, 224, 224), "
                         f"not {input_shape!r}")  # fmt: skip
    return shape


def unique(parts: Sequence[Any]) -> list[Any]:
    """Return the parts without those that stand there again."""
    return list({id(part): part for part in parts}.values())
