"""What a network is made of, printed: the shape after each block, a table of its layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..backend import Hooks

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Describe one block or layer: its class, the shape of its output, its parameters."""

    name: str
    shape: Shape
    parameters: int = 0


def image_shape(input_shape: Sequence[int]) -> Shape:
    """Return `input_shape` as a tuple of whole numbers, `(n, c, h, w)` for images.

    Raises `ValueError` if one of them is not a whole number above 0.
    """
    shape = tuple(input_shape)
    if not shape or any(not isinstance(n, int) or n < 1 for n in shape):
        raise ValueError(f"input_shape holds whole numbers above 0, such as (1, 1, 224, 224), "
                         f"not {input_shape!r}")  # fmt: skip
    return shape


def print_trace(rows: Sequence[Row]) -> None:
    """Print one line a block: its class and the shape of its output."""
    width = max(len(row.name) for row in rows)
    for row in rows:
        print(f"{row.name:<{width}} output shape: {row.shape}")


def print_summary(rows: Sequence[Row], total: int) -> None:
    """Print a table of layers, output shapes and parameters, with the total below."""
    body = [(row.name, str(row.shape), f"{row.parameters:,}") for row in rows]
    head, foot = ("Layer", "Output shape", "Parameters"), ("Total", "", f"{total:,}")
    widths = [max(len(line[i]) for line in (head, foot, *body)) for i in range(3)]
    rule = "-" * (sum(widths) + 4)
    for line in (head, None, *body, None, foot):
        if line is None:
            print(rule)
        else:
            print(f"{line[0]:<{widths[0]}}  {line[1]:<{widths[1]}}  {line[2]:>{widths[2]}}")


class Layers(Hooks):
    """The public helpers that look into a network."""

    def shape_trace(self, net: Any, input_shape: Sequence[int]) -> None:
        """Print the shape of the output of each block of `net`, one line a block.

        `input_shape` is `(n, c, h, w)`, in TensorFlow too. A network whose only part is a
        sequence is looked into. Raises `ValueError` for a shape that is none.
        """
        X = self._zeros(net, image_shape(input_shape))
        blocks = self._children(net)
        while len(blocks) == 1 and self._children(blocks[0]):
            blocks = self._children(blocks[0])
        print_trace(self._rows(net, blocks or [net], X))

    def summary(self, net: Any, input_shape: Sequence[int]) -> None:
        """Print a table of the layers of `net`, their output shapes and parameters.

        `input_shape` is `(n, c, h, w)`, in TensorFlow too. The total counts what training
        changes. Raises `ValueError` for a shape that is none.
        """
        X = self._zeros(net, image_shape(input_shape))
        rows = self._rows(net, self._leaves(net), X)
        print_summary(rows, self._count(net))

    def _rows(self, net: Any, parts: Sequence[Any], X: Any) -> list[Row]:
        rows: list[Row] = []

        def note(part: Any, output: Any) -> None:
            rows.append(Row(type(part).__name__, tuple(output.shape), self._count(part)))

        self._watch(net, parts, X, note)
        return rows

    def _leaves(self, net: Any) -> list[Any]:
        """Return the layers: what has no parts, or is of the library and holds weights itself."""
        children = self._children(net)
        if not children or self._held(net):
            return [net]
        return [leaf for child in children for leaf in self._leaves(child)]

    def _held(self, layer: Any) -> list[tuple[str, Any]]:
        """Return the roles and tensors of a layer of the library; a reader's own may hide more."""
        if type(layer).__module__.partition(".")[0] != self.library:
            return []
        held = [(role, getattr(layer, name, None)) for role, name in self.roles]
        return [(role, tensor) for role, tensor in held if hasattr(tensor, "shape")]
