"""The helpers once, for all frameworks: what a framework adds are its hooks.

A framework's module makes one `Backend` and gives its methods as functions. Tensors stay in the
hooks; here are arrays and numbers.
"""

from __future__ import annotations

import numpy as np

from .data import batches as _batches
from .training import loop as _train
from .training.train import Training


class Backend(Training):
    """The public helpers, on top of a framework's hooks."""

    def __init__(self) -> None:
        self._draw = np.random.default_rng()
        self._seeded = None

    def seed(self, n: int) -> None:
        """Fix the order of the data, the initial weights and dropout, from now on, by `n`.

        The order of the data for one `n` is the same in all frameworks. Raises `ValueError`
        unless `n` is a whole number from 0 to 2**32 - 1.
        """
        if not isinstance(n, int) or not 0 <= n < 2**32:
            raise ValueError(f"a seed is a whole number from 0 to 2**32 - 1, not {n!r}")
        self._seeded = n
        _batches.seed_order(n)
        self._draw = np.random.default_rng([n, 1])  # another stream than the order's
        self._seed(n)

    def load_data_fashion_mnist(
        self, batch_size: int, resize: int | None = None
    ) -> tuple[_train.DataIter, _train.DataIter]:
        """Return the training and the test batches of Fashion-MNIST.

        A batch is `X`, float32 in [0, 1] of shape `(n, 1, resize, resize)` (in TensorFlow
        `(n, resize, resize, 1)`; 28 pixels where `resize` is None), and `y`, the labels, of shape
        `(n,)`. Training samples are shuffled one by one, anew in each pass.
        Raises `ValueError` for sizes below 1, `FileNotFoundError` where the data cannot be had.
        """
        train, test = _batches.load(batch_size, resize, self._tensors, self._resize)
        return self._data_iter(train), self._data_iter(test)
