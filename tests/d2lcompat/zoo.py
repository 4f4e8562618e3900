"""What the zoos of the frameworks share: what an entry says, which there are, the process's state.

`zoo_<framework>.py` has the networks, as readers write them; `plain_<framework>.py` what the tests
compare with: the framework's own step, its logits, and what can be noticed of a network.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# In every zoo, or among what the framework lacks.
NAMES = (
    "sequence", "view", "reshape", "twice", "over_two", "tied", "frozen", "frozen_norm", "subclass",
    "subclass_with_part", "lazy", "norm", "norm_no_scale", "norm_scratch", "layer_norm",
    "two_arguments", "one_list", "residual", "other_order", "unused", "own_weight", "oblong", "rgb",
    "pixel", "wide_output", "conv1d", "conv3d", "grouped", "transposed_conv", "no_bias",
    "dropout", "lstm", "attention", "spectral_norm", "weight_norm", "own_forward", "hooked",
    "listed", "data_parallel", "data_parallel_two", "compiled", "compiled_list", "float64",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Say what is special about a network.

    `shapes` are those of an example's inputs, channels first. `listed`: several inputs go in as one
    list. `saved`: all its weights are in layers whose weights can be saved. `biased`: so is its
    last layer. `dtype` is that of its weights. `rows`: how many calls of layers a table shows.
    `asked` is the shape of an example that is no image in the framework's order.
    """

    build: Callable[[], Any]
    shapes: tuple[tuple[int, ...], ...] = ((1, 8, 8),)
    listed: bool = False
    saved: bool = True
    biased: bool = True
    dtype: str = "float32"
    rows: int = 2
    asked: tuple[int, ...] = ()

    def examples(self, n: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the inputs of `n` examples, noise, and their labels from 0 to 9."""
        draw = np.random.default_rng(seed)
        inputs = [draw.normal(size=(n, *shape)).astype(self.dtype) for shape in self.shapes]
        return inputs, np.arange(n) % 10

    def input_shape(self, n: int) -> Any:
        """Return what `summary` and `shape_trace` are told."""
        shapes = [(n, *shape) for shape in ([self.asked] if self.asked else self.shapes)]
        return shapes if len(shapes) > 1 else shapes[0]


def process() -> dict[str, Any]:
    """Return what of the process, beside the framework, a reader can notice."""
    return {
        "environment": dict(os.environ),
        "python": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "numpy errors": np.geterr(),
        "warnings": list(warnings.filters),
        "interrupt": signal.getsignal(signal.SIGINT),
        "streams": (sys.stdout, sys.stderr),
        "folder": Path.cwd(),
        "last words": (sys.excepthook, threading.excepthook, sys.gettrace(), sys.displayhook),
    }
