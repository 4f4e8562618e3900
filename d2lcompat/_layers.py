"""What a network is made of, printed: the shape after each block, a table of its layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
