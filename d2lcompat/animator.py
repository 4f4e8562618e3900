"""Curves that grow while a loop runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .live import LiveFigure

FORMATS = ("-", "m--", "g-.", "r:")


class Animator:
    """Draw curves that grow while a loop runs.

    In a notebook one SVG is shown and kept; drawing takes at most a twentieth of the time. In a
    script the figure, `fig`, is the current one of pyplot, to be shown or saved.
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] = FORMATS,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        self._live = LiveFigure(figsize)
        self.fig = self._live.fig
        self.axes = self.fig.subplots(nrows, ncols, squeeze=False).flatten().tolist()
        self.legend, self.fmts = legend, fmts
        look = {"xlabel": xlabel, "ylabel": ylabel, "xscale": xscale, "yscale": yscale,
                "xlim": xlim, "ylim": ylim}  # fmt: skip
        given = {name: value for name, value in look.items() if value is not None}
        for name in {"xlim", "ylim"} & given.keys():
            if given[name][0] == given[name][-1]:  # d2l's [1, num_epochs], of one epoch
                del given[name]
        self.axes[0].set(**given)
        self.axes[0].grid()
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve: `y` holds one value a curve, None where there is none."""
        ys = list(y) if hasattr(y, "__len__") else [y]
        xs = list(x) if hasattr(x, "__len__") else [x] * len(ys)
        while len(self.X) < len(ys):
            self.axes[0].plot([], [], self.fmts[len(self.X) % len(self.fmts)])
            self.X.append([])
            self.Y.append([])
            if self.legend:
                self.axes[0].legend(self.legend)
        for i, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(float(a))
                self.Y[i].append(float(b))
            self.axes[0].lines[i].set_data(self.X[i], self.Y[i])
        self.axes[0].set_title("", loc="right")
        self.axes[0].relim()
        self.axes[0].autoscale_view()
        self._live.changed()

    def preview(self, x: float, y: Sequence[float | None], title: str = "") -> None:
        """Show one more point a curve, and a title, until the next point is added."""
        for line, xs, ys, value in zip(self.axes[0].lines, self.X, self.Y, y, strict=False):
            if value is not None:
                line.set_data([*xs, x], [*ys, value])
        self.axes[0].set_title(title, loc="right", fontsize="small", color="gray")
        self.axes[0].relim()
        self.axes[0].autoscale_view()
        self._live.changed()

    def flush(self) -> None:
        """Show now, in a notebook, whatever has not been shown."""
        self._live.flush()
