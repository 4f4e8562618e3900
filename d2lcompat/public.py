"""What every framework's module has in common: names that need no framework, and how to bind.

`plt` is matplotlib.pyplot, loaded when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from .animator import Animator
from .backends.base import Backend
from .plots import (
    get_fashion_mnist_labels,
    pyplot,
    set_figsize,
    show_images,
    use_svg_display,
)
from .utils import Accumulator, Timer, corr2d

if TYPE_CHECKING:
    import matplotlib.pyplot

    plt = matplotlib.pyplot

# Of every framework's module; each has them written out, for type checkers.
NAMES = [
    "Accumulator", "Animator", "Timer", "accuracy", "corr2d", "diagnose", "evaluate_accuracy_gpu",
    "get_fashion_mnist_labels", "load_data_fashion_mnist", "load_weights", "plt", "predict",
    "save_weights", "seed", "set_figsize", "shape_trace", "show_images", "summary", "train_ch6",
    "try_gpu", "use_svg_display",
]  # fmt: skip
__all__ = [
    "Accumulator", "Animator", "Timer", "bind", "corr2d", "get_fashion_mnist_labels",
    "set_figsize", "show_images", "use_svg_display",
]  # fmt: skip
P = ParamSpec("P")
R = TypeVar("R")


def bind(backend: Backend, function: Callable[Concatenate[Backend, P], R]) -> Callable[P, R]:
    """Return a helper for one framework, with its docstring and without its first parameter."""

    @wraps(function)
    def bound(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(backend, *args, **kwargs)

    whole = signature(function)
    vars(bound)["__signature__"] = whole.replace(parameters=list(whole.parameters.values())[1:])
    return bound


def lazy_plt(name: str) -> Any:
    """Serve a module as its `__getattr__`: `plt` is matplotlib.pyplot, loaded when asked for."""
    if name == "plt":
        return pyplot()
    raise AttributeError(f"d2lcompat has no name {name!r}; it has {', '.join(NAMES)}")
