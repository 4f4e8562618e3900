"""Pictures: axes, images, curves that grow. matplotlib and IPython load on first use."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

LABELS = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
FORMATS = ("-", "m--", "g-.", "r:")
SIDES = ("left", "right", "bottom", "top")
STABLE = {"svg.hashsalt": "d2lcompat"}  # the same picture gives the same bytes


def in_notebook() -> bool:
    """Return whether the code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


def pyplot() -> Any:
    """Return `matplotlib.pyplot`, set to draw SVG in a notebook."""
    import matplotlib.pyplot as plt

    use_svg_display()
    return plt


def use_svg_display() -> None:
    """Show figures as SVG in a notebook; elsewhere do nothing."""
    import matplotlib as mpl

    mpl.rcParams.update(STABLE)
    if in_notebook():
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the size of the figures that follow: width and height in inches."""
    pyplot().rcParams["figure.figsize"] = figsize


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """Return the names of Fashion-MNIST's classes for labels from 0 to 9.

    Raises `ValueError` for a label outside that range.
    """
    numbers = [int(label) for label in labels]
    if wrong := [n for n in numbers if not 0 <= n < len(LABELS)]:
        raise ValueError(f"a label of Fashion-MNIST lies between 0 and 9, not {wrong[0]}")
    return [LABELS[n] for n in numbers]


def show_images(
    imgs: Any,
    num_rows: int,
    num_cols: int,
    titles: Sequence[str] | None = None,
    scale: float = 1.5,
) -> Any:
    """Show `num_rows` × `num_cols` images, arrays or tensors of any framework, in a grid.

    An image has the shape `(h, w)`, `(1, h, w)`, `(h, w, 1)` or `(h, w, 3)`. `scale` is the side
    of one in inches. Returns the flat array of axes.
    """
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = pyplot().subplots(
        num_rows, num_cols, figsize=figsize, squeeze=False, layout="constrained"
    )
    axes = axes.flatten()
    for ax in axes:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes, imgs, strict=False)):
        array = as_array(image)
        ax.imshow(array.reshape([n for n in array.shape if n != 1] or (1, 1)))
        if titles is not None:
            ax.set_title(titles[i])
    return axes


def as_array(tensor: Any) -> np.ndarray:
    """Return a tensor of any framework as a NumPy array."""
    if hasattr(tensor, "asnumpy"):  # MXNet
        return np.asarray(tensor.asnumpy())
    if hasattr(tensor, "detach"):  # PyTorch and PaddlePaddle, on whichever device
        tensor = tensor.detach().cpu().numpy()
    return np.asarray(tensor)


class Animator:
    """Draw curves that grow while a loop runs, one SVG kept at the end.

    Drawing is limited so that it takes at most a twentieth of the time. Outside a notebook
    nothing is shown, and `fig` holds the figure.
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
        from matplotlib.figure import Figure

        use_svg_display()
        self.fig = Figure(figsize=(figsize[0], figsize[1]), layout="tight")
        self.axes = self.fig.subplots(nrows, ncols, squeeze=False).flatten().tolist()
        self.legend, self.fmts = legend, fmts
        self._look = {
            "xlabel": xlabel, "ylabel": ylabel, "xscale": xscale, "yscale": yscale,
            "xlim": xlim, "ylim": ylim,
        }  # fmt: skip
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        self._margins = {side: vars(self.fig.subplotpars)[side] for side in SIDES}
        self._handle: Any = None
        self._drawn, self._next = True, 0.0
        if in_notebook():
            from IPython import get_ipython

            get_ipython().events.register("post_run_cell", self._after_cell)

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve: `y` holds one value a curve, None where there is none."""
        ys = list(y) if hasattr(y, "__len__") else [y]
        xs = list(x) if hasattr(x, "__len__") else [x] * len(ys)
        while len(self.X) < len(ys):
            self.X.append([])
            self.Y.append([])
        for i, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(float(a))
                self.Y[i].append(float(b))
        self._drawn = False
        if in_notebook() and time.perf_counter() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Draw now whatever has not been drawn."""
        if self._drawn:
            return
        began = time.perf_counter()
        self._draw()
        if in_notebook():
            self._show()
        self._drawn = True
        cost = time.perf_counter() - began
        self._next = began + max(0.5, 20 * cost)

    def _draw(self) -> None:
        # The tight layout begins from the last one: how often was drawn before must not show.
        self.fig.subplots_adjust(**self._margins)
        ax = self.axes[0]
        ax.cla()
        for i, (x, y) in enumerate(zip(self.X, self.Y, strict=True)):
            ax.plot(x, y, self.fmts[i % len(self.fmts)])
        ax.set(**{name: value for name, value in self._look.items() if value is not None})
        if self.legend:
            ax.legend(self.legend)
        ax.grid()

    def _show(self) -> None:
        from IPython.display import display

        buffer = io.StringIO()
        self.fig.savefig(buffer, format="svg", metadata={"Date": None})
        bundle = {"image/svg+xml": buffer.getvalue(), "text/plain": "<Figure: training curves>"}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def _after_cell(self, *_: Any) -> None:
        self.flush()
