"""What a network is worth: right answers, accuracy, logits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..utils import Accumulator, as_array

if TYPE_CHECKING:
    from ..backends.base import Backend, Forward


def accuracy(backend: Backend, y_hat: Any, y: Any) -> float:
    """Return how many predictions are right.

    `y_hat` holds scores of shape `(n, classes)`, for each pixel of shape `(n, classes, h, w)` (in
    TensorFlow `(n, h, w, classes)`), or predicted labels; `y` the labels, as many of them.
    Raises `ValueError` if their numbers differ.
    """
    return count_right(y_hat, y, backend.layout)


def count_right(y_hat: Any, y: Any, layout: str = "NCHW") -> float:
    """Return how many predictions are right; the classes of pixels are where `layout` has C."""
    scores, labels = as_array(y_hat), as_array(y).ravel()
    axis = 1 if layout == "NCHW" or scores.ndim == 2 else -1
    guesses = scores.argmax(axis) if scores.ndim > 1 and scores.shape[axis] > 1 else scores
    if guesses.size != labels.size:
        raise ValueError(f"{guesses.size} predictions for {labels.size} labels")
    return float((guesses.ravel() == labels).sum())


def evaluate_accuracy_gpu(
    backend: Backend, net: Any, data_iter: Iterable[Any], device: Any = None
) -> float:
    """Return the fraction of the examples that `net` classifies rightly, dropout off.

    `net` is a network or any function from a batch to scores. `device` defaults to where the
    network is. Raises `ValueError` without any example.
    """
    return mean_accuracy(backend, backend.forward(net, device), data_iter)


def mean_accuracy(backend: Backend, forward: Forward, data_iter: Iterable[Any]) -> float:
    """Return the fraction of the examples that a function from a batch to scores gets right."""
    metric = Accumulator(2)
    for X, y in one_pass(data_iter):
        metric.add(accuracy(backend, forward(X), y), as_array(y).size)
    if metric[1] == 0:
        raise ValueError("the data iterator holds no example to evaluate on")
    return metric[0] / metric[1]


def predict(
    backend: Backend, net: Any, data_iter: Iterable[Any], device: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of all examples and their labels, dropout off.

    The logits are float32 of shape `(n, classes)`, the labels int64 of shape `(n,)`, both
    NumPy arrays in the order of `data_iter`. `device` defaults to where the network is.
    Raises `ValueError` without any example.
    """
    logits, labels = [], []
    forward = backend.forward(net, device)
    for X, y in one_pass(data_iter):
        logits.append(as_array(forward(X)).astype(np.float32))
        labels.append(as_array(y).reshape(-1).astype(np.int64))
    if not logits:
        raise ValueError("the data iterator holds no example to predict")
    return np.concatenate(logits), np.concatenate(labels)


def one_pass(data_iter: Iterable[Any]) -> Iterator[Any]:
    """Return the batches of one pass: `len` of them, where the iterator has a length.

    Some, such as those of Keras' image generators, have one and never end. Raises `ValueError`
    for a data set that is known to be endless.
    """
    for batch in islice(iter(data_iter), number_of_batches(data_iter)):
        if not isinstance(batch, list | tuple) or len(batch) != 2:
            raise ValueError("a batch of the data iterator must be images and labels, `(X, y)`")
        yield batch


def number_of_batches(data_iter: Iterable[Any]) -> int | None:
    """Return the length of a data iterator, None if it does not know it.

    Raises `ValueError` for a data set that is known to be endless.
    """
    if not isinstance(data_iter, Sized):
        return None
    try:
        return len(data_iter)
    except TypeError as error:  # of PyTorch for streams, of TensorFlow for these and endless ones
        if "infinite" in str(error):
            raise ValueError(
                "the data set is endless: say how many batches make a pass, such as with take(n)"
            ) from None
        return None
