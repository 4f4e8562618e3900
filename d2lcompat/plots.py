"""Pictures: axes and images. matplotlib and IPython load on first use."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .utils import as_array

LABELS = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
PIXELS = 96  # an inch, as browsers count
COLORS = 64  # of a PNG: they are enough, and half of the bytes
MANY = 10_000  # pixels
STABLE = {"svg.hashsalt": "d2lcompat"}  # the same picture gives the same bytes


def in_notebook() -> bool:
    """Return whether the code runs in a Jupyter kernel."""
    return hasattr(shell(), "kernel")


def shell() -> Any:
    """Return the IPython that runs, if one does."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def hide_in_this_cell(value: Any) -> None:
    """Keep a value from being printed as the last line of the cell that runs now."""
    ipython = shell()
    if ipython is None:
        return

    def after_cell(*_: Any) -> None:
        vars(value).pop("_ipython_display_", None)
        ipython.events.unregister("post_run_cell", after_cell)

    vars(value)["_ipython_display_"] = _Nothing()
    ipython.events.register("post_run_cell", after_cell)


class _Nothing:
    """Show nothing; a network that is pickled meanwhile is pickled without it."""

    def __call__(self) -> None:
        return

    def __reduce__(self) -> Any:
        return type(None), ()


def pyplot() -> Any:
    """Return `matplotlib.pyplot`, set to draw SVG in a notebook."""
    import matplotlib.pyplot as plt

    use_svg_display()
    return plt


def use_svg_display() -> None:
    """Show figures as SVG in a notebook; elsewhere do nothing.

    With it goes a PNG: JupyterLab shows no SVG of a notebook that comes from somebody else.
    Photographs are a PNG alone.
    """
    import matplotlib as mpl

    mpl.rcParams.update(STABLE)
    if in_notebook():
        from matplotlib.figure import Figure
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        set_matplotlib_formats("svg", metadata={"Date": None})
        formatters = shell().display_formatter.formatters
        drawn = formatters["image/svg+xml"].lookup_by_type(Figure)
        formatters["image/svg+xml"].for_type(
            Figure, lambda fig: None if has_photographs(fig) else drawn(fig)
        )
        formatters["image/png"].for_type(Figure, lambda fig: png(fig, bbox_inches="tight"))


def has_photographs(fig: Any) -> bool:
    """Return whether a figure shows images of many pixels, of which SVG would be a mere wrapper."""
    return (
        sum(image.get_size()[0] * image.get_size()[1] for ax in fig.axes for image in ax.images)
        > MANY
    )


def png(fig: Any, **settings: Any) -> tuple[bytes, dict[str, int]]:
    """Return a figure as PNG, legible at twice its size, and its width and height in pixels.

    `settings` are those of `savefig`.
    """
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    fig.savefig(drawn, format="png", dpi=2 * PIXELS, **settings)
    image = Image.open(drawn).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    image.save(packed, "PNG", optimize=True)
    return packed.getvalue(), {"width": image.width // 2, "height": image.height // 2}


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

    An image has the shape `(h, w)`, or `(1, h, w)` or `(3, h, w)`, or `(h, w, 1)` or `(h, w, 3)`.
    `scale` is the side of one in inches. Returns the flat array of axes.
    """
    figsize = (num_cols * scale, num_rows * scale)
    _, axes = pyplot().subplots(
        num_rows, num_cols, figsize=figsize, squeeze=False, layout="constrained"
    )
    axes = axes.flatten()
    for ax in axes:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes, imgs, strict=False)):
        ax.imshow(_pixels(as_array(image)))
        if titles is not None:
            ax.set_title(titles[i])
    return axes


def _pixels(image: np.ndarray) -> np.ndarray:
    """Return an image as matplotlib takes it, `(h, w)` or `(h, w, 3)`."""
    if image.ndim == 3 and image.shape[0] == 1:
        return image[0]
    if image.ndim == 3 and image.shape[-1] == 1:
        return image[..., 0]
    if image.ndim == 3 and image.shape[0] == 3 and image.shape[-1] not in (3, 4):
        return np.moveaxis(image, 0, -1)
    return image
