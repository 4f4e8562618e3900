"""Plots of functions and points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from .animator import FORMATS
from .plots import pyplot, set_figsize
from .utils import as_array


def set_axes(
    axes: Any,
    xlabel: str | None,
    ylabel: str | None,
    xlim: Sequence[float] | None,
    ylim: Sequence[float] | None,
    xscale: str,
    yscale: str,
    legend: Sequence[str] | None,
) -> None:
    """Set labels, ranges, scales and legend of matplotlib's `axes`, with a grid."""
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale)
    axes.set(xlim=xlim, ylim=ylim)
    if legend:
        axes.legend(legend)
    axes.grid()


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = FORMATS,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Any = None,
) -> None:
    """Plot points: `Y` over `X`, one curve or a list of several; without `Y`, `X` over its places.

    Arrays, lists and tensors of any framework will do. Several curves may share one `X`. Raises
    `ValueError` if there are several of both, and not as many.
    """
    set_figsize(figsize)
    axes = pyplot().gca() if axes is None else axes
    xs, ys = ([None], _curves(X)) if Y is None else (_curves(X), _curves(Y))
    if len(xs) not in (1, len(ys)):
        raise ValueError(f"{len(xs)} curves have x, {len(ys)} have y")
    axes.cla()
    for x, y, fmt in zip(xs * len(ys) if len(xs) == 1 else xs, ys, cycle(fmts), strict=False):
        axes.plot(*([y] if x is None else [x, y]), fmt)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def _curves(values: Any) -> list[Any]:
    """Return one curve, or several, as a list of arrays."""
    several = isinstance(values, list | tuple) and len(values) and hasattr(values[0], "__len__")
    if several and getattr(values[0], "shape", (1,)) != ():  # tensors of one number have a __len__
        return [as_array(curve) for curve in values]
    if isinstance(values, list | tuple):
        return [[float(as_array(value)) for value in values]]
    array = as_array(values)
    return list(array) if array.ndim > 1 else [array]
