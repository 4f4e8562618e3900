"""Training in one call, for all frameworks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..backend import Rule, taking
from ..networks import slots as _slots
from ..networks.diagnose import Diagnosis
from ..networks.evaluate import Evaluation
from ..networks.weights import Weights
from ..workarounds.malloc import is_out_of_memory
from . import checks as _checks
from . import loop as _train
from .history import History
from .keeper import Keeper


class Training(Evaluation, Diagnosis, Weights):
    """The public helper that trains."""

    _draw: np.random.Generator  # what init="shared" draws from
    _seeded: int | None  # what `seed` was last told

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
        checkpoint: str | os.PathLike[str] | None = None,
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

        `checkpoint` names a file in which the training is kept, from its beginning and after each
        epoch: weights, optimizer, seed, order of the data, history. The same call, after a crash
        or an interruption, goes on from the last whole epoch and ends with the same weights as if
        nothing had happened; with a larger `num_epochs` it goes further. `load_weights` reads the
        weights in it. Each epoch then draws dropout from random numbers of its own.

        `device` defaults to `try_gpu()`. The returned network has a `history`:
        `train_loss`, `train_acc` and `test_acc` with an entry an epoch, `examples_per_sec`,
        `device`. Interrupted from the keyboard, it returns too: the history ends with the last
        whole epoch, and `history.interrupted` is true.
        Raises `ValueError` for settings, a device, images or labels that do not fit, before any
        work is done; `FloatingPointError` when the loss is no longer a finite number,
        `MemoryError` when a mini-batch is too large.
        """
        rule = Rule(optimizer, lr, momentum, precision)
        biases = tuple(head_bias) if isinstance(head_bias, Sequence) else (head_bias,)
        _checks.check_settings(num_epochs, init, gain, biases, rule)
        rule = Rule(optimizer, float(lr), float(momentum), precision)  # NumPy's numbers as well
        _checks.check_word("precision", precision, self.precisions)
        device = self.try_gpu() if device is None else self._usable(device)
        with _telling_batch_size(train_iter):
            X, y = _checks.peek(train_iter, "training")
            tested = _checks.peek(test_iter, "test")
            settings = {
                "seed": self._seeded, "init": init, "gain": float(gain),
                "head_bias": [float(bias) for bias in biases], "optimizer": optimizer,
                "lr": rule.lr, "momentum": rule.momentum, "precision": precision,
                "batch_size": len(y), "batches": len(train_iter), "input_shape": list(X.shape[1:]),
            }  # fmt: skip
            keeper = None
            if checkpoint is not None:
                keeper = Keeper(self, Path(checkpoint), settings, int(num_epochs))
            net = self._network(net, lambda: X, device)
            check = self._check_data(net, (train_iter, X, y), (test_iter, *tested))
            if keeper is None or keeper.found is None:
                self._first_weights(net, init, gain, biases, device)
            moving = self._optimizer(net, rule)
            history = History(_train.device_name(device))
            if keeper is not None:
                history = keeper.take(net, moving, history)
            net.history = history
            near, tests = (self._near(data, device) for data in (train_iter, test_iter))

            def evaluate() -> float:
                self._check_weights(net, len(history.train_loss) + 1)
                return self.evaluate_accuracy_gpu(net, tests, device)

            _train.fit(
                self._step(net, moving, rule, device),
                evaluate,
                near,
                int(num_epochs),
                history,
                check,
                keeper,
            )
        return net

    def _first_weights(
        self, net: Any, init: str, gain: float, biases: Sequence[float], device: Any
    ) -> None:
        if init == "xavier":
            self._xavier(net, device)
        elif init == "shared":
            _slots.xavier(self._slots(net), self._draw)
        if gain != 1:
            _slots.scale(self._slots(net), gain)
        if any(biases):
            _slots.fill_last_biases(self._slots(net), biases)

    def _check_weights(self, net: Any, epoch: int) -> None:
        """Raise `FloatingPointError` unless all weights are numbers: a ReLU may hide it."""
        for layer in self._leaves(net):
            for role, tensor in self._held(layer):
                if not np.isfinite(self._read(tensor)).all():
                    raise FloatingPointError(
                        f"after epoch {epoch} the {role} of a {type(layer).__name__} is no longer "
                        "of finite numbers. Try a learning rate ten times smaller"
                    )

    def _check_data(self, net: Any, *data: tuple[Any, Any, Any]) -> Callable[[Any, str], None]:
        """Raise `ValueError` unless the network takes the images and the labels fit its outputs.

        Returns what checks the labels of further batches.
        """
        classes = 0
        for name, (data_iter, X, y) in zip(("training", "test"), data, strict=True):
            classes = _checks.check_logits(self._outputs(net, X), 2)
            _checks.check_split(data_iter, classes, name)
            _checks.check_labels(y, classes, f"the first batch of the {name} data")
        return lambda y, where: _checks.check_labels(y, classes, where)

    def _outputs(self, net: Any, X: Any) -> tuple[int, ...]:
        """Return the shape that the network gives for two images like those of a batch."""
        shape, shapes = tuple(X.shape[1:]), []
        canonical = shape[-1:] + shape[:-1] if self.layout == "NHWC" and len(shape) == 3 else shape
        parts = [part for part in self._leaves(net) if part is not net]

        def note(part: Any, output: Any) -> None:
            shapes.append(tuple(output.shape))
            if 0 in shapes[-1]:  # which PaddlePaddle goes on with
                raise ValueError(f"of its {type(part).__name__} nothing is left, {shapes[-1]}")

        with taking(X):
            self._watch(net, [*parts, net], self._zeros(net, (2, *canonical)), note)
        return shapes[-1]


@contextmanager
def _telling_batch_size(train_iter: Any) -> Iterator[None]:
    """Turn whatever says that there is no memory left into a `MemoryError` with advice."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        size = getattr(train_iter, "batch_size", None)
        tried = f"batch_size={size}" if size else "these mini-batches"
        smaller = f"batch_size={size // 2}" if size and size > 1 else "smaller ones"
        raise MemoryError(
            f"there is not enough memory for {tried}: try {smaller}, or smaller images"
        ) from None
