"""Bilinear resizing as two matrix products, the same numbers for every framework."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from ..utils import usable_cores

Multiply = Callable[[Any, np.ndarray, np.ndarray], Any]

BANDS = 4
WORTH_THREADS = 2**20  # numbers in a batch


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
    images: Any,
    to: tuple[int, int] | None,
    by: Multiply = multiply,
    floats: Callable[[Any], Any] = floats,
) -> Any:
    """Scale uint8 images of shape `(n, h, w)` to [0, 1], and resize them to `to`, `(h, w)`.

    `to=None` keeps the size. Tensors of another library than NumPy need its `floats`, which
    converts, and its `by`, which multiplies; `by` alone may serve NumPy's images too. Returns
    float32 of shape `(n, *to)`.
    """
    pixels = floats(images) * np.float32(1 / 255)
    if to is None:
        return pixels
    return by(pixels, *map(resize_matrix, images.shape[1:], to))
