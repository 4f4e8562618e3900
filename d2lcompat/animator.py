"""Curves that grow while a loop runs."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from typing import Any

from .plots import in_notebook, pyplot, shell, use_svg_display

FORMATS = ("-", "m--", "g-.", "r:")
SIDES = ("left", "right", "bottom", "top")


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
        self.fig = _figure((figsize[0], figsize[1]))
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
        self._margins = {side: vars(self.fig.subplotpars)[side] for side in SIDES}
        self._handle: Any = None
        self._shown, self._next = True, 0.0
        if in_notebook():
            shell().events.register("post_run_cell", self._after_cell)

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
        self.axes[0].relim()
        self.axes[0].autoscale_view()
        self._shown = False
        if in_notebook() and time.perf_counter() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Show now, in a notebook, whatever has not been shown."""
        if self._shown or not in_notebook():
            return
        began = time.perf_counter()
        # The tight layout begins from the last one: how often was drawn before must not be seen.
        self.fig.subplots_adjust(**self._margins)
        buffer = io.StringIO()
        self.fig.savefig(buffer, format="svg", metadata={"Date": None})
        bundle = {"image/svg+xml": buffer.getvalue(), "text/plain": "<Figure: training curves>"}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        self._shown = True
        self._next = began + max(0.5, 20 * (time.perf_counter() - began))

    def _after_cell(self, *_: Any) -> None:
        self.flush()
        shell().events.unregister("post_run_cell", self._after_cell)


def _figure(figsize: tuple[float, float]) -> Any:
    """Return a figure: in a notebook one that is not shown by itself, else pyplot's current one."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    use_svg_display()
    if in_notebook():
        return Figure(figsize=figsize, layout="tight")
    with mpl.rc_context({"figure.max_open_warning": 0}):  # a reader may train many times
        return pyplot().figure(figsize=figsize, layout="tight")
