"""Curves by name, drawn point by point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np

from ..live import LiveFigure
from ..utils import as_array
from .hyperparameters import HyperParameters


class Point(NamedTuple):
    """Hold a point of a curve."""

    x: float
    y: float


class ProgressBoard(HyperParameters):
    """Draw curves that grow while a loop runs, one a label.

    What it was given are attributes, which may change at any time: `xlim`, `yscale` and others of
    matplotlib's axes; `ls` and `colors` of the curves in turn; `display=False` draws nothing.
    `data` holds the points by label. In a notebook one SVG is shown and kept; drawing takes at most
    a twentieth of the time.
    """

    fig: Any
    axes: Any

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        ls: Sequence[str] = ("-", "--", "-.", ":"),
        colors: Sequence[str] = ("C0", "C1", "C2", "C3"),
        fig: Any = None,
        axes: Any = None,
        figsize: tuple[float, float] = (3.5, 2.5),
        display: bool = True,
    ) -> None:
        self.save_hyperparameters()
        self.data: dict[str, list[Point]] = {}
        self.raw_points: dict[str, list[Point]] = {}
        self._live: LiveFigure | None = None
        self._lines: dict[str, Any] = {}

    def draw(self, x: Any, y: Any, label: str, every_n: int = 1) -> None:
        """Add a point to the curve `label`, or the mean of `every_n` of them once they are there.

        `x` and `y` are numbers or tensors, of whose elements the mean is taken.
        """
        points = self.raw_points.setdefault(label, [])
        points.append(Point(_number(x), _number(y)))
        if len(points) < every_n:
            return
        mean = Point(*np.mean(points, axis=0).tolist())
        self.data.setdefault(label, []).append(mean)
        points.clear()
        if self.display:
            self._show(label)

    def flush(self) -> None:
        """Show now, in a notebook, whatever has not been shown."""
        if self._live is not None:
            self._live.flush()

    def _show(self, label: str) -> None:
        if self._live is None:
            given = self.axes.figure if self.axes is not None else self.fig
            self._live = LiveFigure(self.figsize, given)
            self.fig = self._live.fig
            self.axes = self.fig.gca() if self.axes is None else self.axes
        if label not in self._lines:
            looks = zip(cycle(self.ls), cycle(self.colors), strict=False)
            look = next(look for i, look in enumerate(looks) if i == len(self._lines))
            self._lines[label] = self.axes.plot([], [], ls=look[0], color=look[1])[0]
            self.axes.legend(self._lines.values(), self._lines)
        self._lines[label].set_data(*zip(*self.data[label], strict=True))
        self.axes.set(xlabel=self.xlabel, ylabel=self.ylabel, xscale=self.xscale)
        self.axes.set(yscale=self.yscale)
        self.axes.relim()
        self.axes.autoscale_view()
        if self.xlim:
            self.axes.set_xlim(self.xlim)
        if self.ylim:
            self.axes.set_ylim(self.ylim)
        self._live.changed()


def _number(value: Any) -> float:
    return float(np.mean(as_array(value))) if hasattr(value, "shape") else float(value)
