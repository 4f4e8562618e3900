"""Mini-batches: shuffled, scaled and resized, the same numbers for every framework."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..cores import usable_cores
from .fashion_mnist import Split, fashion_mnist

ToTensors = Callable[[Any, np.ndarray], tuple[Any, Any]]
Resize = Callable[[Any, np.ndarray, np.ndarray], Any]

BANDS = 4
WORTH_THREADS = 2**20  # numbers in a batch

_order = np.random.default_rng()


def seed_order(n: int) -> None:
    """Make the order of the samples, from now on, a function of `n` alone."""
    global _order
    _order = np.random.default_rng(n)


def order() -> dict[str, Any]:
    """Return the state of what orders the samples, plain numbers and words."""
    return dict(_order.bit_generator.state)


def set_order(state: dict[str, Any]) -> None:
    """Let the order of the samples go on from a state that `order` gave."""
    global _order
    _order = np.random.default_rng()
    _order.bit_generator.state = state


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


@lru_cache(maxsize=16)
def bands(size: int, to: int) -> list[tuple[slice, slice]]:
    """Return which rows of the resizing matrix need which columns, in `BANDS` parts.

    All other entries of these rows are zero: multiplying by them would take most of the time.
    """
    matrix, found = resize_matrix(size, to), []
    edges = [to * i // BANDS for i in range(BANDS + 1)]
    for a, b in pairwise(edges):
        if used := np.flatnonzero(matrix[a:b].any(0)).tolist():
            found.append((slice(a, b), slice(used[0], used[-1] + 1)))
    return found


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(usable_cores(), "d2lcompat-resize")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)  # threads do not survive a fork


def multiply(pixels: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Resize float32 images of shape `(n, h, w)` by the matrices of their two axes, in NumPy."""
    n, height, width = pixels.shape
    images = np.empty((n, len(down), len(across)), np.float32)

    def part(first: int, last: int) -> None:
        some = pixels[first:last]
        wide = (some.reshape(-1, width) @ across.T).reshape(len(some), height, -1)
        for rows, columns in bands(height, len(down)):
            np.matmul(down[rows, columns], wide[:, columns], out=images[first:last, rows])

    parts = 2 * usable_cores() if images.size > WORTH_THREADS and usable_cores() > 1 else 1
    edges = [n * i // parts for i in range(parts + 1)]
    if parts == 1:
        part(0, n)
    else:
        list(_threads().map(part, edges, edges[1:]))  # NumPy multiplies without Python's lock
    return images


def floats(images: np.ndarray) -> np.ndarray:
    """Return integers as float32."""
    return images.astype(np.float32)


def resize(
    images: Any, to: int | None, by: Resize = multiply, floats: Callable[[Any], Any] = floats
) -> Any:
    """Scale uint8 images of shape `(n, h, w)` to [0, 1] and resize them to `to` × `to` pixels.

    `to=None` keeps the size. Tensors of another library than NumPy need its `floats`, which
    converts, and its `by`, which multiplies; `by` alone may serve NumPy's images too. Returns
    float32 of shape `(n, to, to)`.
    """
    pixels = floats(images) * np.float32(1 / 255)
    if to is None:
        return pixels
    return by(pixels, *(resize_matrix(length, to) for length in images.shape[1:]))


class Batches:
    """Iterate over a split in mini-batches, shuffled anew in each pass where asked.

    The images stay uint8 in memory; a batch is resized when it is due. `len()` is the number of
    batches, the last of which may be smaller. `to_tensors` turns images `(n, h, w)` and labels
    into what a batch consists of; `by` is how images are resized, see `resize`.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        to_tensors: ToTensors,
        *,
        resize: int | None = None,
        shuffle: bool = False,
        by: Resize = multiply,
    ) -> None:
        self.split, self.batch_size, self.to_tensors = split, batch_size, to_tensors
        self.resize, self.shuffle, self.by = resize, shuffle, by

    def __len__(self) -> int:
        return -(-len(self.split.labels) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return map(self._batch, self.places())

    def places(self) -> Iterator[np.ndarray]:
        """Return, for one pass, where in the split the samples of each batch are."""
        n = len(self.split.labels)
        order = _order.permutation(n) if self.shuffle else np.arange(n)
        return (order[i : i + self.batch_size] for i in range(0, n, self.batch_size))

    def peek(self) -> tuple[Any, Any]:
        """Return a first batch without drawing an order, which leaves the seed's order alone."""
        return self._batch(np.arange(min(self.batch_size, len(self.split.labels))))

    def _batch(self, index: np.ndarray) -> tuple[Any, Any]:
        images = resize(self.split.images[index], self.resize, self.by)
        return self.to_tensors(images, self.split.labels[index])


def load(
    batch_size: int, size: int | None, to_tensors: ToTensors, by: Resize = multiply
) -> tuple[Batches, Batches]:
    """Return Fashion-MNIST's training batches, shuffled, and its test batches, in file order.

    Raises `ValueError` if `batch_size` or `size` is not a whole number above 0.
    """
    for name, value in (("batch_size", batch_size), ("resize", 1 if size is None else size)):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name} must be a whole number above 0, not {value!r}")
    train, test = fashion_mnist()
    return (
        Batches(train, batch_size, to_tensors, resize=size, shuffle=True, by=by),
        Batches(test, batch_size, to_tensors, resize=size, by=by),
    )
