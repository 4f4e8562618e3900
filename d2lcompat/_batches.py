"""Mini-batches: shuffled, resized and scaled in NumPy, the same bytes for every framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from ._data import Split, fashion_mnist

ToTensors = Callable[[np.ndarray, np.ndarray], tuple[Any, Any]]

_order = np.random.default_rng()


def seed_order(n: int) -> None:
    """Make the order of the samples, from now on, a function of `n` alone."""
    global _order
    _order = np.random.default_rng(n)


@lru_cache(maxsize=16)
def resize_matrix(size: int, to: int) -> np.ndarray:
    """Return the matrix that resizes one image axis bilinearly.

    Multiplying an axis of `size` pixels by it gives `to` pixels, sampled at pixel centres
    (the convention of `align_corners=False`).

    Returns a float32 array of shape `(to, size)` whose rows sum to 1.
    Raises `ValueError` if either length is below 1.
    """
    if size < 1 or to < 1:
        raise ValueError(f"an image axis has at least one pixel, not {min(size, to)}")
    centre = np.clip((np.arange(to) + 0.5) * size / to - 0.5, 0, size - 1)
    left = np.floor(centre).astype(np.intp)
    right = np.minimum(left + 1, size - 1)
    weight = centre - left
    matrix = np.zeros((to, size))
    np.add.at(matrix, (np.arange(to), left), 1 - weight)
    np.add.at(matrix, (np.arange(to), right), weight)
    return matrix.astype(np.float32)


def resize(images: np.ndarray, to: int | None) -> np.ndarray:
    """Scale uint8 images of shape `(n, h, w)` to [0, 1] and resize them to `to` × `to` pixels.

    `to=None` keeps the size. Returns float32 of shape `(n, to, to)`.
    """
    pixels = images.astype(np.float32) * np.float32(1 / 255)
    if to is None:
        return pixels
    n, height, width = images.shape
    across = pixels.reshape(n * height, width) @ resize_matrix(width, to).T
    return np.matmul(resize_matrix(height, to), across.reshape(n, height, to))


class Batches:
    """Iterate over a split in mini-batches, shuffled anew in each pass where asked.

    The images stay uint8 in memory; a batch is resized when it is due. `len()` is the number of
    batches, the last of which may be smaller.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        to_tensors: ToTensors,
        *,
        resize: int | None = None,
        shuffle: bool = False,
    ) -> None:
        self.split, self.batch_size, self.to_tensors = split, batch_size, to_tensors
        self.resize, self.shuffle = resize, shuffle

    def __len__(self) -> int:
        return -(-len(self.split.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        n = len(self.split.labels)
        order = _order.permutation(n) if self.shuffle else np.arange(n)
        return (self._batch(order[i : i + self.batch_size]) for i in range(0, n, self.batch_size))

    def peek(self) -> tuple[Any, Any]:
        """Return a first batch without drawing an order, which leaves the seed's order alone."""
        return self._batch(np.arange(min(self.batch_size, len(self.split.labels))))

    def _batch(self, index: np.ndarray) -> tuple[Any, Any]:
        return self.to_tensors(
            resize(self.split.images[index], self.resize), self.split.labels[index]
        )


def load(batch_size: int, size: int | None, to_tensors: ToTensors) -> tuple[Batches, Batches]:
    """Return Fashion-MNIST's training batches, shuffled, and its test batches, in file order.

    Raises `ValueError` if `batch_size` or `size` is not a whole number above 0.
    """
    for name, value in (("batch_size", batch_size), ("resize", 1 if size is None else size)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a whole number above 0, not {value!r}")
    train, test = fashion_mnist()
    return (
        Batches(train, batch_size, to_tensors, resize=size, shuffle=True),
        Batches(test, batch_size, to_tensors, resize=size),
    )
