"""Training in one call, for all frameworks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..backends.base import Rule
from ..data.batches import Seeds
from ..errors import telling_batch_size
from ..networks.evaluate import mean_accuracy
from ..networks.weights import has_only_finite_numbers
from ..plots import hide_in_this_cell
from .checkpoint import Keeper
from .checks import check_data, check_images, check_settings, on_few
from .first_weights import FirstWeights
from .history import History
from .loop import DataIter, Task, device_name, fit
from .source import Source

if TYPE_CHECKING:
    from ..backends.base import Backend


def train_ch6(
    backend: Backend,
    net: Any,
    train_iter: DataIter,
    test_iter: Iterable[Any],
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

    - `net`: a network or, in TensorFlow, also a function that builds one. It may be any that gives
      logits of shape `(n, classes)`; it is left in the mode and in the layout that it had.
    - `train_iter`, `test_iter`: batches `(X, y)`. `X` is a tensor of images, float32, or a list
      of several inputs, `y` whole numbers from 0 of shape `(n,)` or `(n, 1)` and of any type. A
      list of batches will do, or a loader of the framework's; `train_iter` has a length.
    - `num_epochs`: passes over `train_iter`, each followed by one over `test_iter`.
    - `lr`: the learning rate.
    - `device`: where to train, as the framework names it; `try_gpu()` by default.
    - `init`: `"xavier"` draws the weights of convolutions and dense layers anew (uniform; Glorot
      and Bengio, 2010) and sets their biases to zero; `"shared"` does so with NumPy's random
      numbers, so that after `seed(n)` all frameworks start from the same weights; `"keep"` leaves
      what there is.
    - `gain`: what drawn weights are multiplied by. With the square root of 2, the size of the
      activations stays about the same from layer to layer where ReLUs follow (He et al., 2015).
    - `head_bias`: where the biases of the last layer begin instead of zero or, as a tuple, those of
      the last few layers. A number added to all logits does not change the softmax; but in a
      network that ends in ReLUs, as Network in Network does, it keeps classes from starting
      below zero, where no gradient reaches them.
    - `optimizer`: `"sgd"`, stochastic gradient descent, or `"adam"` (Kingma and Ba, 2015) with
      decay rates 0.9 and 0.999 and epsilon 1e-8, which TensorFlow and MXNet add before the bias
      is corrected, PyTorch and PaddlePaddle after.
    - `momentum`: that of `"sgd"`, at least 0 and below 1.
    - `precision`: `"bfloat16"` lets convolutions and dense layers compute in bfloat16 during
      training, which is faster where the hardware has it; weights, loss and evaluation stay in
      float32. PyTorch offers it, and TensorFlow on the CPU.
    - `checkpoint`: a file in which the training is kept, from its beginning and after each
      epoch: weights, optimizer, seed, order of the data, history. The same call, after a crash
      or an interruption, goes on from the last whole epoch and ends with the same weights as if
      nothing had happened; with a larger `num_epochs` it goes further. `load_weights` reads the
      weights in it. Each epoch then draws dropout from random numbers of its own; the order of a
      loader of yours is repeated in PyTorch alone.

    The returned network has a `history`: `train_loss`, `train_acc` and `test_acc` with an entry an
    epoch, `examples_per_sec`, `device`. Interrupted from the keyboard, it has one too, that ends
    with the last whole epoch, and the `KeyboardInterrupt` goes on.
    Raises `ValueError` for settings, a device, images or labels that do not fit, before any
    work is done; `FloatingPointError` when the loss is no longer a finite number,
    `MemoryError` when a mini-batch is too large. Errors of the network itself come through.
    """
    first, rule = FirstWeights(init, gain, head_bias), Rule(optimizer, lr, momentum, precision)
    check_settings(backend, num_epochs, first, rule)
    rule = Rule(optimizer, float(lr), float(momentum), precision)  # NumPy's numbers as well
    device = backend.try_gpu() if device is None else backend.usable(device)
    with telling_batch_size(getattr(train_iter, "batch_size", None)):
        data = Source(backend.near(train_iter, device), "training")
        tests = Source(backend.near(test_iter, device), "test")
        keeper = None
        if checkpoint is not None:
            settings = _settings(first, rule, data)
            keeper = Keeper(backend, Path(checkpoint), settings, int(num_epochs))
            data.begin_anew()
        built = _prepared(backend, net, device, data, tests)
        with backend.training(built, backend.to_device(data.few, device)):
            check = check_data(backend, built, device, data, tests)
            if keeper is None or keeper.found is None:
                first.set(backend, built, device, backend.to_device(data.few, device))
            moving = backend.optimizer(built, rule)
            history = History(device_name(device), input_shape=data.input_shape)
            if keeper is not None:
                history = keeper.take_up(built, moving, history)
            _attach(history, built, net)
            step = backend.step(built, moving, rule, device)
            evaluate = _evaluation(backend, built, device, tests)
            fit(Task(step, evaluate, check), data, int(num_epochs), history, keeper)
    hide_in_this_cell(built)
    return built


def _settings(first: FirstWeights, rule: Rule, data: Source) -> dict[str, Any]:
    """Return what must be the same for a training to go on."""
    return {
        "seed": Seeds.seed, "init": first.init, "gain": float(first.gain),
        "head_bias": [float(bias) for bias in first.biases], **vars(rule),
        "batch_size": len(data.y), "batches": len(data), "input_shape": list(data.input_shape),
    }  # fmt: skip


def _prepared(backend: Backend, net: Any, device: Any, data: Source, tests: Source) -> Any:
    """Return the network on `device`, with all weights there; refuses images it cannot take."""
    if not backend.is_network(net) and not (backend.builders and callable(net)):
        raise ValueError(f"net must be a network of {backend.key}, not a {type(net).__name__}")
    built = backend.network(net, device)
    if not backend.is_network(built):
        raise ValueError(f"the function that builds the network returns a {type(built).__name__}")
    check_images(backend, built, data, tests)
    if not backend.is_built(built):
        on_few(backend, data, device, lambda few: backend.build(built, few))
    return built


def _attach(history: History, built: Any, given: Any) -> None:
    """Let the network have its history, and the function that built it, if one did."""
    built.history = history
    if given is not built:
        with suppress(AttributeError):  # a bound method takes none
            given.history = history


def _evaluation(backend: Backend, net: Any, device: Any, tests: Source) -> Callable[[], float]:
    """Return what gives the test accuracy; raises an error for weights that are no numbers."""
    forward = backend.forward(net, device)

    def evaluate() -> float:
        if not has_only_finite_numbers(backend, net):
            epoch = len(net.history.train_loss) + 1
            raise FloatingPointError(
                f"after epoch {epoch} a weight of the network is no longer a finite number. Try a "
                "learning rate ten times smaller"
            )
        return mean_accuracy(backend, forward, iter(tests))  # which need no length

    return evaluate
