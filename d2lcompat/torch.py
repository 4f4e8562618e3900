"""The helpers of the book for PyTorch: `from d2lcompat import torch as d2l`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backends.torch import Torch
from .data import batches
from .networks import diagnose as diagnosis
from .networks import evaluate, inspect, weights
from .public import *
from .training import train

if TYPE_CHECKING:
    from .public import plt
else:
    from .public import lazy_plt as __getattr__

__all__ = [
    "Accumulator", "Animator", "Timer", "accuracy", "corr2d", "diagnose", "evaluate_accuracy_gpu",
    "get_fashion_mnist_labels", "load_data_fashion_mnist", "load_weights", "plt", "predict",
    "save_weights", "seed", "set_figsize", "shape_trace", "show_images", "summary", "train_ch6",
    "try_gpu", "use_svg_display",
]  # fmt: skip

backend = Torch()
accuracy = bind(backend, evaluate.accuracy)
diagnose = bind(backend, diagnosis.diagnose)
evaluate_accuracy_gpu = bind(backend, evaluate.evaluate_accuracy_gpu)
load_data_fashion_mnist = bind(backend, batches.load_data_fashion_mnist)
load_weights = bind(backend, weights.load_weights)
predict = bind(backend, evaluate.predict)
save_weights = bind(backend, weights.save_weights)
seed = bind(backend, batches.seed)
shape_trace = bind(backend, inspect.shape_trace)
summary = bind(backend, inspect.summary)
train_ch6 = bind(backend, train.train_ch6)
try_gpu = backend.try_gpu
