"""What every framework's module has in common: names that need no framework, and how to bind.

`plt` is matplotlib.pyplot, loaded when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from .animator import Animator
from .curves import plot, set_axes
from .data.download import (
    DATA_HUB,
    DATA_URL,
    download,
    download_all,
    download_extract,
    extract,
)
from .names import NAMES
from .plots import (
    get_fashion_mnist_labels,
    pyplot,
    set_figsize,
    show_images,
    use_svg_display,
)
from .utils import Accumulator, Timer, corr2d, get_dataloader_workers
from .v0.chapter3 import linreg
from .v1.board import ProgressBoard
from .v1.hyperparameters import HyperParameters, add_to_class

if TYPE_CHECKING:
    import matplotlib.pyplot

    plt = matplotlib.pyplot

__all__ = [
    "DATA_HUB", "DATA_URL", "NAMES", "Accumulator", "Animator", "HyperParameters", "ProgressBoard",
    "Timer", "add_to_class", "bind", "corr2d", "download", "download_all", "download_extract",
    "extract", "get_dataloader_workers", "get_fashion_mnist_labels", "linreg", "plot", "set_axes",
    "set_figsize", "show_images", "use_svg_display",
]  # fmt: skip
T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")


def bind(first: T, function: Callable[Concatenate[T, P], R]) -> Callable[P, R]:
    """Return a helper for one framework, with its docstring and without its first parameter."""

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(first, *args, **kwargs)

    whole = signature(function)
    vars(bound)["__signature__"] = whole.replace(parameters=list(whole.parameters.values())[1:])
    return bound


def lazy_plt(name: str) -> Any:
    """Serve a module as its `__getattr__`: load `plt` when it is asked for."""
    if name == "plt":
        return pyplot()
    near = get_close_matches(name, NAMES, n=5)
    meant = f"; did you mean {', '.join(near)}?" if near else ""
    raise AttributeError(f"d2lcompat has no name {name!r}{meant}")
