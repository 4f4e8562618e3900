"""Small tools: times and sums as d2l's chapters use them, arrays of tensors, cores."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np


class Timer:
    """Record several running times, in seconds, begun at construction."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Begin a measurement."""
        self._began = time.perf_counter()

    def stop(self) -> float:
        """End the measurement, keep it, and return it."""
        self.times.append(time.perf_counter() - self._began)
        return self.times[-1]

    def avg(self) -> float:
        """Return the mean of the times."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """Return the sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Return the accumulated times."""
        return [sum(self.times[: i + 1]) for i in range(len(self.times))]


class Accumulator:
    """Add up `n` numbers at once."""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """Add one number to each sum. Raises `ValueError` if there are more or fewer."""
        self.data = [a + float(b) for a, b in zip(self.data, args, strict=True)]

    def reset(self) -> None:
        """Set every sum to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]


def corr2d(X: Any, K: Any) -> Any:
    """Return the two-dimensional cross-correlation of `X` with the kernel `K`, unpadded.

    Both are tensors of one framework, of shapes `(h, w)` and `(k, l)`; the result has the shape
    `(h - k + 1, w - l + 1)`. Raises `ValueError` if either is not two-dimensional or `K` is
    larger than `X`.
    """
    if len(X.shape) != 2 or len(K.shape) != 2:
        raise ValueError(f"corr2d takes two matrices, not shapes {X.shape} and {K.shape}")
    (h, w), (k, m) = X.shape, K.shape
    if h < k or w < m:
        raise ValueError(f"the kernel, {k} by {m}, is larger than the input, {h} by {w}")
    parts = [K[a, b] * X[a : h - k + 1 + a, b : w - m + 1 + b] for a in range(k) for b in range(m)]
    return sum(parts[1:], parts[0])


def as_array(tensor: Any) -> np.ndarray:
    """Return a tensor of any framework, on whichever device, as a NumPy array.

    bfloat16, which NumPy does not have, becomes float32.
    """
    if hasattr(tensor, "asnumpy"):  # MXNet
        return np.asarray(tensor.asnumpy())
    if hasattr(tensor, "detach"):  # PyTorch and PaddlePaddle
        tensor = tensor.detach().cpu()
        if "bfloat16" in str(tensor.dtype):
            tensor = tensor.astype("float32") if hasattr(tensor, "astype") else tensor.float()
        tensor = tensor.numpy()
    array = np.asarray(tensor)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def get_dataloader_workers() -> int:
    """Return how many processes a loader may read data with: 4, and none on Windows."""
    return 0 if os.name == "nt" else 4


def usable_cores() -> int:
    """Return the number of cores that this process may use, as far as the system tells."""
    if hasattr(os, "sched_getaffinity"):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
