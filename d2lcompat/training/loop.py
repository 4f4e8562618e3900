"""What training is in every framework: epochs, metrics, progress, timing. Floats, never tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Protocol

from ..backend import Step
from ..measures import Accumulator, Timer
from .history import History
from .progress import Display

ENOUGH = 50  # batches an epoch, after which the loss should have moved


class DataIter(Protocol):
    """A data iterator as `train_ch6` takes it: batches `(X, y)` and their number."""

    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


class Keeper:
    """Be told of each epoch, its number and what was measured so far. This one does nothing."""

    path: str = ""
    kept: int = 0  # epochs

    def begin(self, epoch: int) -> None:
        """Prepare an epoch."""

    def end(self, history: History) -> None:
        """Keep what a whole epoch has come to."""
        self.kept = len(history.train_loss)


def device_name(device: Any) -> str:
    """Return a framework's device in the same words in all four: `cpu`, `gpu:0`."""
    found = re.search(r"(cpu|gpu|cuda)\W*(\d*)", str(device).lower())
    if found is None:
        return str(device)
    return "cpu" if found[1] == "cpu" else f"gpu:{found[2] or 0}"


def fit(
    step: Step,
    evaluate: Callable[[], float],
    train_iter: DataIter,
    num_epochs: int,
    history: History,
    check: Callable[[Any, str], None] = lambda y, where: None,
    keeper: Keeper | None = None,
) -> History:
    """Train until there are `num_epochs` in `history`, with curves or a bar for who looks.

    `step(X, y)` trains on a batch and returns (sum of its losses, number right, number seen);
    `evaluate()` returns the test accuracy; `check(y, where)` raises an error for labels that do
    not fit. Prints the closing lines and returns the history. Stopped from the keyboard, it
    returns the history of the whole epochs, and says so.
    Raises `FloatingPointError` when the loss is no longer a number, `ValueError` without data.
    """
    keeper, display = keeper or Keeper(), Display(train_iter, num_epochs, history)
    begun, stuck = len(history.train_loss), False
    try:
        for epoch in range(begun, num_epochs):
            keeper.begin(epoch)
            first_loss = _epoch(step, evaluate, train_iter, epoch, history, check, display)
            if epoch == 0 and display.num_batches >= ENOUGH:
                stuck = history.train_loss[0] > 0.98 * first_loss
            keeper.end(history)
    except KeyboardInterrupt:
        history.interrupted = True
        if keeper.kept < len(history.train_loss):  # while it was being kept
            keeper.end(history)
    display.close()
    _tell(history, num_epochs, keeper.path)
    if stuck:
        print(
            "The loss did not move in the first epoch. d2l.diagnose(net, batch) says what may be "
            "wrong; a batch is next(iter(train_iter))."
        )
    return history


def _epoch(
    step: Step,
    evaluate: Callable[[], float],
    train_iter: DataIter,
    epoch: int,
    history: History,
    check: Callable[[Any, str], None],
    display: Display,
) -> float:
    """Train for one epoch, note in the history what it gave, and return the first batch's loss."""
    metric, timer, first_loss = Accumulator(3), Timer(), 0.0
    for i, (X, y) in enumerate(train_iter):
        history.input_shape = tuple(X.shape[1:])
        check(y, f"epoch {epoch + 1}, batch {i + 1}")
        metric.add(*step(X, y))
        _check_loss(metric[0], epoch, i)
        first_loss = first_loss or metric[0] / max(metric[2], 1)
        display.batch(epoch, i, metric)
    seconds = timer.stop()
    if metric[2] == 0:
        raise ValueError("the training iterator holds no example")
    accuracy = evaluate()
    # All at once: what stops the training stops it between whole epochs.
    history.train_loss.append(metric[0] / metric[2])
    history.train_acc.append(metric[1] / metric[2])
    history.test_acc.append(accuracy)
    history.seconds += seconds
    history.examples_per_sec = metric[2] * (epoch + 1) / history.seconds
    display.epoch(epoch, history)
    return first_loss


def _check_loss(total: float, epoch: int, batch: int) -> None:
    if not math.isfinite(total):
        raise FloatingPointError(
            f"the loss is no longer a finite number (epoch {epoch + 1}, batch {batch + 1}). Try a "
            "learning rate ten times smaller; then check that the network returns logits and "
            "that the inputs are scaled to [0, 1]."
        )


def _tell(history: History, num_epochs: int, path: str) -> None:
    done = len(history.train_loss)
    if history.interrupted:
        kept = f" What they have come to is in {path}: the same call goes on from there."
        print(f"Interrupted: {done} of {num_epochs} epochs are whole.{kept if path else ''}")
    if not done:
        return
    print(
        f"loss {history.train_loss[-1]:.3f}, train acc {history.train_acc[-1]:.3f}, "
        f"test acc {history.test_acc[-1]:.3f}"
    )
    print(f"{history.examples_per_sec:.1f} examples/sec on {history.device}")
