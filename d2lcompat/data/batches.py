"""Fashion-MNIST in mini-batches: the same images in the same order for every framework."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .fashion_mnist import Split, fashion_mnist
from .resize import Multiply, multiply, resize

if TYPE_CHECKING:
    from ..backends.base import Backend

ToTensors = Callable[[Any, np.ndarray], tuple[Any, Any]]
Size = tuple[int, int] | None


class Seeds:
    """Hold what `seed` was last told, and the random numbers that are the same in every framework.

    `order` shuffles the samples; `weights` draws them where `init="shared"`.
    """

    seed: int | None = None
    order = np.random.default_rng()
    weights = np.random.default_rng()


def seed(backend: Backend, n: int) -> None:
    """Fix the order of the data, the initial weights and dropout, from now on, by `n`.

    The order of the data for one `n` is the same in all frameworks. Raises `ValueError`
    unless `n` is a whole number from 0 to 2**32 - 1.
    """
    if not isinstance(n, int | np.integer) or isinstance(n, bool) or not 0 <= n < 2**32:
        raise ValueError(f"a seed is a whole number from 0 to 2**32 - 1, not {n!r}")
    Seeds.seed = int(n)
    Seeds.order = np.random.default_rng(Seeds.seed)
    Seeds.weights = np.random.default_rng([Seeds.seed, 1])  # another stream than the order's
    backend.seed(Seeds.seed)


class Batches:
    """Iterate over a split in mini-batches, shuffled anew in each pass where asked.

    The images stay uint8 in memory; a batch is resized, to `(h, w)`, when it is due. `len()` is
    the number of batches, the last of which may be smaller. `to_tensors` turns images `(n, h, w)`
    and labels into what a batch consists of; `by` is how images are resized, see `resize`.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        to_tensors: ToTensors,
        *,
        resize: Size = None,
        shuffle: bool = False,
        by: Multiply = multiply,
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
        order = Seeds.order.permutation(n) if self.shuffle else np.arange(n)
        return (order[i : i + self.batch_size] for i in range(0, n, self.batch_size))

    def peek(self) -> tuple[Any, Any]:
        """Return a first batch without drawing an order, which leaves the seed's order alone."""
        return self._batch(np.arange(min(self.batch_size, len(self.split.labels))))

    def _batch(self, index: np.ndarray) -> tuple[Any, Any]:
        images = resize(self.split.images[index], self.resize, self.by)
        return self.to_tensors(images, self.split.labels[index])


def load(
    batch_size: int,
    size: int | tuple[int, int] | None,
    to_tensors: ToTensors,
    by: Multiply = multiply,
) -> tuple[Batches, Batches]:
    """Return Fashion-MNIST's training batches, shuffled, and its test batches, in file order.

    Raises `ValueError` if `batch_size` or `size` is not a whole number above 0.
    """
    batch_size = _positive("batch_size", batch_size)
    to: Size = None
    if size is not None:
        pair = size if isinstance(size, list | tuple) else (size, size)
        if len(pair) != 2:
            raise ValueError(f"resize is one size or two, (height, width), not {size!r}")
        to = (_positive("resize", pair[0]), _positive("resize", pair[1]))
    train, test = fashion_mnist()
    return (
        Batches(train, batch_size, to_tensors, resize=to, shuffle=True, by=by),
        Batches(test, batch_size, to_tensors, resize=to, by=by),
    )


def _positive(name: str, value: Any) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number above 0, not {value!r}")
    return operator.index(value)


def load_data_fashion_mnist(
    backend: Backend, batch_size: int, resize: int | tuple[int, int] | None = None
) -> tuple[Any, Any]:
    """Return the training and the test batches of Fashion-MNIST.

    A batch is `X`, float32 in [0, 1] of shape `(n, 1, h, w)` (in TensorFlow `(n, h, w, 1)`), and
    `y`, the labels, of shape `(n,)`. Images have 28 × 28 pixels, or `resize` × `resize`, or the
    height and width of a pair. Training samples are shuffled one by one, anew in each pass.
    Raises `ValueError` for sizes below 1, `FileNotFoundError` where the data cannot be had.
    """
    train, test = load(batch_size, resize, backend.tensors, backend.resize)
    return backend.data_iter(train), backend.data_iter(test)
