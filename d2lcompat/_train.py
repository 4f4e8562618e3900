"""What training is in every framework: epochs, metrics, progress, timing. Floats, never tensors."""

from __future__ import annotations

import math
import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any, Protocol

from ._hooks import Rule, Step
from ._plot import Animator, in_notebook

INITS = ("xavier", "shared", "keep")
OPTIMIZERS = ("sgd", "adam")
ENOUGH = 50  # batches an epoch, after which the loss should have moved


class DataIter(Protocol):
    """A data iterator as `train_ch6` takes it: batches `(X, y)` and their number."""

    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


@dataclass
class History:
    """Hold what training measured: one entry an epoch in each list.

    `train_loss` is the mean cross-entropy in nats, the accuracies are fractions of 1.
    `examples_per_sec` counts training examples over the wall-clock time of the training passes,
    data loading included, evaluation left out; `device` is where they ran, `cpu` or `gpu:0`;
    `input_shape` is the shape of one example.
    """

    device: str
    train_loss: list[float] = field(default_factory=list)
    train_acc: list[float] = field(default_factory=list)
    test_acc: list[float] = field(default_factory=list)
    examples_per_sec: float = 0.0
    input_shape: tuple[int, ...] = ()


class Timer:
    """Record several running times, in seconds, begun at construction."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Begin a measurement."""
        self._began = time.perf_counter()

    def stop(self) -> float:
        """End the measurement, keep it, and return it."""
        self.times.append(time.perf_counter() - self._began)
        return self.times[-1]

    def avg(self) -> float:
        """Return the mean of the times."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """Return the sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Return the accumulated times."""
        return [sum(self.times[: i + 1]) for i in range(len(self.times))]


class Accumulator:
    """Add up `n` numbers at once."""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """Add one number to each sum. Raises `ValueError` if there are more or fewer."""
        self.data = [a + float(b) for a, b in zip(self.data, args, strict=True)]

    def reset(self) -> None:
        """Set every sum to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]


def device_name(device: Any) -> str:
    """Return a framework's device in the same words in all four: `cpu`, `gpu:0`."""
    found = re.search(r"(cpu|gpu|cuda)\W*(\d*)", str(device).lower())
    if found is None:
        return str(device)
    return "cpu" if found[1] == "cpu" else f"gpu:{found[2] or 0}"


def check_settings(
    num_epochs: int, init: str, gain: float, biases: Sequence[float], rule: Rule
) -> None:
    """Raise `ValueError` for training settings that make no sense, before any work is done."""
    if not isinstance(num_epochs, int) or num_epochs < 1:
        raise ValueError(f"num_epochs must be a whole number above 0, not {num_epochs!r}")
    lr, momentum = rule.lr, rule.momentum
    if not (isinstance(lr, (int, float)) and math.isfinite(lr) and lr > 0):
        raise ValueError(f"lr, the learning rate, must be a number above 0, not {lr!r}")
    check_word("init", init, INITS)
    if not (isinstance(gain, (int, float)) and math.isfinite(gain) and gain > 0):
        raise ValueError(f"gain must be a number above 0, not {gain!r}")
    for bias in biases:
        if not (isinstance(bias, (int, float)) and math.isfinite(bias)):
            raise ValueError(f"head_bias must be a finite number, or several, not {bias!r}")
    if init == "keep" and (gain != 1 or any(biases)):
        raise ValueError("init='keep' leaves all as it is; gain and head_bias would change it")
    check_word("optimizer", rule.optimizer, OPTIMIZERS)
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be at least 0 and below 1, not {momentum!r}")
    if momentum and rule.optimizer != "sgd":
        raise ValueError(f"momentum is a setting of 'sgd'; {rule.optimizer!r} has its own")


def check_word(name: str, word: str, words: Sequence[str]) -> None:
    """Raise `ValueError` if a setting is none of the words it may be."""
    if word not in words:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}, not {word!r}")


def peek(data_iter: Iterable[Any]) -> tuple[Any, Any]:
    """Return one batch, without disturbing the order of the samples where the iterator can."""
    batch = data_iter.peek() if hasattr(data_iter, "peek") else next(iter(data_iter))
    return batch[0], batch[1]


def fit(
    step: Step,
    evaluate: Callable[[], float],
    train_iter: DataIter,
    num_epochs: int,
    device: str,
) -> History:
    """Train for `num_epochs`, drawing the curves in a notebook, a progress bar in a terminal.

    `step(X, y)` trains on a batch and returns (sum of its losses, number right, number seen);
    `evaluate()` returns the test accuracy. Prints the closing lines and returns the history.
    Raises `FloatingPointError` when the loss is no longer a number, `ValueError` without data.
    """
    history, timer, first_loss = History(device), Timer(), 0.0
    timer.times.clear()
    display = _Display(train_iter, num_epochs)
    for epoch in range(num_epochs):
        metric = Accumulator(3)
        timer.start()
        for i, (X, y) in enumerate(train_iter):
            history.input_shape = tuple(X.shape[1:])
            metric.add(*step(X, y))
            _check_loss(metric[0], epoch, i)
            first_loss = first_loss or metric[0] / max(metric[2], 1)
            display.batch(epoch, i, metric)
        timer.stop()
        if metric[2] == 0:
            raise ValueError("the training iterator holds no example")
        history.train_loss.append(metric[0] / metric[2])
        history.train_acc.append(metric[1] / metric[2])
        history.test_acc.append(evaluate())
        history.examples_per_sec = metric[2] * (epoch + 1) / timer.sum()
        display.epoch(epoch, history)
    display.close()
    print(
        f"loss {history.train_loss[-1]:.3f}, train acc {history.train_acc[-1]:.3f}, "
        f"test acc {history.test_acc[-1]:.3f}"
    )
    print(f"{history.examples_per_sec:.1f} examples/sec on {device}")
    if display.num_batches >= ENOUGH and history.train_loss[0] > 0.98 * first_loss:
        print(
            "The loss did not move in the first epoch. d2l.diagnose(net, batch) says what may be "
            "wrong; a batch is next(iter(train_iter))."
        )
    return history


def _check_loss(total: float, epoch: int, batch: int) -> None:
    if not math.isfinite(total):
        raise FloatingPointError(
            f"the loss is no longer a finite number (epoch {epoch + 1}, batch {batch + 1}). Try a "
            "learning rate ten times smaller; then check that the network returns logits and "
            "that the inputs are scaled to [0, 1]."
        )


class _Display:
    """Show progress where somebody looks: curves in a notebook, a bar in a terminal."""

    def __init__(self, train_iter: Sized, num_epochs: int) -> None:
        self.num_batches = len(train_iter)
        self.every = max(1, self.num_batches // 5)  # also with fewer than five batches
        self.animator = self.bar = None
        if in_notebook():
            legend = ["train loss", "train acc", "test acc"]
            self.animator = Animator(xlabel="epoch", xlim=[0, num_epochs], legend=legend)
        elif sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=num_epochs, unit="epoch", bar_format=_BAR)
        self.began = time.perf_counter()

    def batch(self, epoch: int, i: int, metric: Accumulator) -> None:
        loss, right, seen = metric.data
        if self.animator and ((i + 1) % self.every == 0 or i + 1 == self.num_batches):
            x = epoch + (i + 1) / self.num_batches
            self.animator.add(x, (loss / seen, right / seen, None))
        if self.bar is not None:
            rate = seen / (time.perf_counter() - self.began)
            self.bar.n = round(epoch + (i + 1) / self.num_batches, 3)
            self.bar.set_postfix_str(
                f"loss {loss / seen:.3f}, acc {right / seen:.3f}, {rate:.0f} examples/s", False
            )
            self.bar.update(0)

    def epoch(self, epoch: int, history: History) -> None:
        self.began = time.perf_counter()
        if self.animator:
            self.animator.add(epoch + 1, (None, None, history.test_acc[-1]))
        if self.bar is not None:
            self.bar.refresh()

    def close(self) -> None:
        if self.animator:
            self.animator.flush()
        if self.bar is not None:
            self.bar.close()


_BAR = "epoch {n:.2f}/{total_fmt} |{bar}| {elapsed}<{remaining} {postfix}"
