"""A figure that is shown while a loop changes it; that takes at most a twentieth of the time."""

from __future__ import annotations

import io
import time
from base64 import b64encode
from typing import Any

from .plots import in_notebook, png, pyplot, shell, use_svg_display

SIDES = ("left", "right", "bottom", "top")


class LiveFigure:
    """Hold a figure, `fig`, and show it: in a notebook as one picture, which is replaced and kept.

    In a script the figure is the current one of pyplot, to be shown or saved.
    """

    def __init__(self, figsize: tuple[float, float], fig: Any = None) -> None:
        self.fig = _figure((figsize[0], figsize[1])) if fig is None else fig
        self._margins = {side: vars(self.fig.subplotpars)[side] for side in SIDES}
        self._handle: Any = None
        self._shown, self._waiting, self._next = True, False, 0.0

    def changed(self) -> None:
        """Show, below the cell that runs, what has changed: now, if it is time, or at its end."""
        self._shown = False
        if not in_notebook():
            return
        if not self._waiting:
            shell().events.register("post_run_cell", self._after_cell)
            self._waiting = True
        if time.perf_counter() >= self._next:
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
        image, size = png(self.fig)
        bundle = {
            "image/svg+xml": buffer.getvalue(), "image/png": b64encode(image).decode() + "\n",
            "text/plain": "<Figure: training curves>",
        }  # fmt: skip
        sizes = {"image/png": size}
        if self._handle is None:
            from IPython.display import display

            self._handle = display(bundle, metadata=sizes, raw=True, display_id=True)
        else:
            self._handle.update(bundle, metadata=sizes, raw=True)
        self._shown = True
        self._next = began + max(0.5, 20 * (time.perf_counter() - began))

    def _after_cell(self, *_: Any) -> None:
        self.flush()
        shell().events.unregister("post_run_cell", self._after_cell)
        self._waiting, self._handle = False, None


def _figure(figsize: tuple[float, float]) -> Any:
    """Return a figure: in a notebook one that is not shown by itself, else pyplot's current one."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    use_svg_display()
    if in_notebook():
        return Figure(figsize=figsize, layout="tight")
    with mpl.rc_context({"figure.max_open_warning": 0}):  # a reader may train many times
        return pyplot().figure(figsize=figsize, layout="tight")
