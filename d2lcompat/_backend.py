"""The helpers once, for all frameworks: what a framework adds are its hooks.

A framework's module makes one `Backend` and gives its methods as functions. Tensors stay in the
hooks; here are arrays and numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from . import _batches, _checkpoint, _train
from ._diagnose import Diagnosis
from ._hooks import Rule
from ._plot import as_array
from ._weights import Weights


class Backend(Diagnosis, Weights):
    """The public helpers, on top of a framework's hooks."""

    def __init__(self) -> None:
        self._draw = np.random.default_rng()  # what init="shared" draws from

    def seed(self, n: int) -> None:
        """Fix the order of the data, the initial weights and dropout, from now on, by `n`.

        The order of the data for one `n` is the same in all frameworks. Raises `ValueError`
        unless `n` is a whole number from 0 to 2**32 - 1.
        """
        if not isinstance(n, int) or not 0 <= n < 2**32:
            raise ValueError(f"a seed is a whole number from 0 to 2**32 - 1, not {n!r}")
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

    def train_ch6(
        self,
        net: Any,
        train_iter: _train.DataIter,
        test_iter: _train.DataIter,
        num_epochs: int,
        lr: float,
        device: Any = None,
        *,
        init: str = "xavier",
        gain: float = 1.0,
        head_bias: float | Sequence[float] = 0.0,
        optimizer: str = "sgd",
        momentum: float = 0.0,
        precision: str = "float32",
    ) -> Any:
        """Train a classifier on the cross-entropy of its logits, and return it.

        `net` is a network or, in TensorFlow, also a function that builds one. `init="xavier"`
        draws the weights of convolutions and dense layers anew (uniform; Glorot and Bengio,
        2010) and sets their biases to zero; `init="shared"` does so with NumPy's random numbers,
        so that after `seed(n)` all frameworks start from the same weights; `init="keep"` leaves
        what there is.

        Weights that are drawn are multiplied by `gain`. With the square root of 2, the size of the
        activations stays about the same from layer to layer where ReLUs follow (He et al., 2015).
        `head_bias` is where the biases of the last layer begin instead, or, as a tuple, those of
        the last few layers. A number added to all logits does not change the softmax; but in a
        network that ends in ReLUs, as Network in Network does, it keeps classes from starting
        below zero, where no gradient reaches them.

        `optimizer="sgd"` is stochastic gradient descent with learning rate `lr` and `momentum`
        (plain by default); `"adam"` is Adam (Kingma and Ba, 2015) with decay rates 0.9 and 0.999
        and epsilon 1e-8, which TensorFlow and MXNet add before the bias is corrected, PyTorch
        and PaddlePaddle after.

        `precision="bfloat16"` lets convolutions and dense layers compute in bfloat16 during
        training, which is faster where the hardware has it; weights, loss and evaluation stay in
        float32. PyTorch offers it, and TensorFlow on the CPU.

        `device` defaults to `try_gpu()`. The returned network has a `history`:
        `train_loss`, `train_acc` and `test_acc` with an entry an epoch, `examples_per_sec`,
        `device`.
        Raises `ValueError` for settings that make no sense, `FloatingPointError` when the loss
        is no longer a finite number.
        """
        rule = Rule(optimizer, lr, momentum, precision)
        biases = tuple(head_bias) if isinstance(head_bias, Sequence) else (head_bias,)
        _train.check_settings(num_epochs, init, gain, biases, rule)
        _train.check_word("precision", precision, self.precisions)
        device = self.try_gpu() if device is None else device
        net = self._network(net, lambda: _train.peek(train_iter)[0], device)
        if init == "xavier":
            self._xavier(net, device)
        elif init == "shared":
            _checkpoint.xavier(self._slots(net), self._draw)
        if gain != 1:
            _checkpoint.scale(self._slots(net), gain)
        if any(biases):
            _checkpoint.fill_last_biases(self._slots(net), biases)
        step = self._step(net, rule, device)
        train_iter, test_iter = (self._near(data, device) for data in (train_iter, test_iter))
        history = _train.fit(
            step,
            lambda: self.evaluate_accuracy_gpu(net, test_iter, device),
            train_iter,
            num_epochs,
            _train.device_name(device),
        )
        net.history = history
        return net

    def evaluate_accuracy_gpu(
        self, net: Any, data_iter: Iterable[Any], device: Any = None
    ) -> float:
        """Return the fraction of the examples that `net` classifies rightly, dropout off.

        `device` defaults to where the network is. Raises `ValueError` without any example.
        """
        metric = _train.Accumulator(2)
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
