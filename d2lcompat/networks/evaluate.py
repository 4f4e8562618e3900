"""What a network is worth: right answers, accuracy, logits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..backend import Hooks
from ..measures import Accumulator
from ..plots import as_array


class Evaluation(Hooks):
    """The public helpers that ask a network for its answers."""

    def accuracy(self, y_hat: Any, y: Any) -> float:
        """Return how many predictions are right.

        `y_hat` holds scores of shape `(n, classes)`, or predicted labels of shape `(n,)`; `y`
        the labels, `n` of them. Raises `ValueError` if their numbers differ.
        """
        scores, labels = as_array(y_hat), as_array(y).reshape(-1)
        guesses = scores.argmax(1) if scores.ndim > 1 and scores.shape[1] > 1 else scores.ravel()
        if len(guesses) != len(labels):
            raise ValueError(f"{len(guesses)} predictions for {len(labels)} labels")
        return float((guesses.astype(labels.dtype) == labels).sum())

    def evaluate_accuracy_gpu(
        self, net: Any, data_iter: Iterable[Any], device: Any = None
    ) -> float:
        """Return the fraction of the examples that `net` classifies rightly, dropout off.

        `device` defaults to where the network is. Raises `ValueError` without any example.
        """
        metric = Accumulator(2)
        with self._inference(net, device) as forward:
            for X, y in data_iter:
                metric.add(self.accuracy(forward(X), y), len(y))
        if metric[1] == 0:
            raise ValueError("the data iterator holds no example to evaluate on")
        return metric[0] / metric[1]

    def predict(
        self, net: Any, data_iter: Iterable[Any], device: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits of all examples and their labels, dropout off.

        The logits are float32 of shape `(n, classes)`, the labels int64 of shape `(n,)`, both
        NumPy arrays in the order of `data_iter`. Raises `ValueError` without any example.
        """
        logits, labels = [], []
        with self._inference(net, device) as forward:
            for X, y in data_iter:
                logits.append(forward(X).astype(np.float32))
                labels.append(as_array(y).reshape(-1).astype(np.int64))
        if not logits:
            raise ValueError("the data iterator holds no example to predict")
        return np.concatenate(logits), np.concatenate(labels)
