"""What every framework's module has in common: the public names, and pyplot when asked for."""

from __future__ import annotations

from typing import Any

from . import FRAMEWORKS
from .plots import pyplot

NAMES = [
    "Accumulator", "Animator", "Timer", "accuracy", "corr2d", "diagnose", "evaluate_accuracy_gpu",
    "get_fashion_mnist_labels", "load_data_fashion_mnist", "load_weights", "plt", "predict",
    "save_weights", "seed", "set_figsize", "shape_trace", "show_images", "summary", "train_ch6",
    "try_gpu", "use_svg_display",
]  # fmt: skip


def lazy_plt(name: str) -> Any:
    """Serve a module as its `__getattr__`: `plt` is matplotlib.pyplot, loaded when asked for."""
    if name == "plt":
        return pyplot()
    raise AttributeError(f"this module has no name {name!r}; it has {', '.join(NAMES)}")


def missing(key: str, error: ModuleNotFoundError) -> ImportError:
    """Return what to raise when the framework's package cannot be imported.

    If it is there and something that it needs is not, that is said instead.
    """
    row = FRAMEWORKS[key]
    if error.name != row.package:
        return ImportError(f"{row.label} cannot be imported: {error}")
    return ImportError(f"d2lcompat.{key} needs {row.label}: pip install {row.install}")
