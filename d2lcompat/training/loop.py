"""What training is in every framework: epochs, metrics, progress, timing. Floats, never tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..utils import Accumulator, Timer
from .history import History
from .progress import Display

if TYPE_CHECKING:
    from ..backends.base import Step
    from .checkpoint import Keeper

ENOUGH = 50  # batches an epoch, after which the loss should have moved


class DataIter(Protocol):
    """A data iterator as `train_ch6` takes it: batches `(X, y)` and their number."""

    def __iter__(self) -> Any: ...
    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Task:
    """Say what training consists of.

    `step(X, y)` trains on a batch and returns (sum of its losses, number right, number seen);
    `evaluate()` returns the test accuracy; `check(y, where)` raises an error for labels that do
    not fit.
    """

    step: Step
    evaluate: Callable[[], float]
    check: Callable[[Any, str], None] = lambda y, where: None


def device_name(device: Any) -> str:
    """Return a framework's device in the same words in all four: `cpu`, `gpu:0`."""
    found = re.search(r"(cpu|gpu|cuda)\W*(\d*)", str(device).lower())
    if found is None:
        return str(device)
    return "cpu" if found[1] == "cpu" else f"gpu:{found[2] or 0}"


def fit(
    task: Task, data: DataIter, num_epochs: int, history: History, keeper: Keeper | None = None
) -> History:
    """Train until there are `num_epochs` in `history`, with curves or a bar for who looks.

    Prints the closing lines and returns the history. Stopped from the keyboard, it keeps the whole
    epochs, says so, and lets the interruption through.
    Raises `FloatingPointError` when the loss is no longer a number, `ValueError` without data.
    """
    begun, first_loss, interrupted = len(history.train_loss), 0.0, False
    with Display(len(data), num_epochs, history) as display:
        try:
            for epoch in range(begun, num_epochs):
                if keeper:
                    keeper.begin(epoch)
                loss = _epoch(task, data, epoch, history, display)
                first_loss = first_loss or loss
                if keeper:
                    keeper.end(history)
        except KeyboardInterrupt:
            history.interrupted = interrupted = True
            if keeper and keeper.kept < len(history.train_loss):  # while it was being kept
                keeper.end(history)
    if interrupted:
        _tell_interruption(history, num_epochs, keeper)
    _tell_results(history)
    if not begun and history.train_loss and len(data) >= ENOUGH:
        _tell_stuck(first_loss, history.train_loss[0])
    if interrupted:
        raise KeyboardInterrupt
    return history


def _epoch(
    task: Task, data: Iterable[Any], epoch: int, history: History, display: Display
) -> float:
    """Train for one epoch, note in the history what it gave, and return the first batch's loss."""
    metric, timer, first_loss = Accumulator(3), Timer(), 0.0
    for i, (X, y) in enumerate(data):
        task.check(y, f"epoch {epoch + 1}, batch {i + 1}")
        metric.add(*task.step(X, y))
        if not math.isfinite(metric[0]):
            raise FloatingPointError(
                f"the loss is no longer a finite number (epoch {epoch + 1}, batch {i + 1}). Try a "
                "learning rate ten times smaller; then check that the network returns logits and "
                "that the inputs are scaled to [0, 1]."
            )
        first_loss = first_loss or metric[0] / max(metric[2], 1)
        display.batch(epoch, i, metric)
    seconds = timer.stop()
    if metric[2] == 0:
        raise ValueError(
            f"the training iterator holds no example in epoch {epoch + 1}; a generator can be gone "
            "through only once"
        )
    accuracy = task.evaluate()
    # All at once: what stops the training stops it between whole epochs.
    history.train_loss.append(metric[0] / metric[2])
    history.train_acc.append(metric[1] / metric[2])
    history.test_acc.append(accuracy)
    history.seconds += seconds
    history.examples_per_sec = metric[2] * (epoch + 1) / history.seconds
    display.epoch(epoch, history)
    return first_loss


def _tell_interruption(history: History, num_epochs: int, keeper: Keeper | None) -> None:
    if keeper:
        further = f"What they have come to is in {keeper.path}: the same call goes on from there."
    else:
        further = "Without checkpoint= they are in the network alone: init='keep' goes on with it."
    print(f"Interrupted: {len(history.train_loss)} of {num_epochs} epochs are whole. {further}")


def _tell_results(history: History) -> None:
    if not history.train_loss:
        return
    print(
        f"loss {history.train_loss[-1]:.3f}, train acc {history.train_acc[-1]:.3f}, "
        f"test acc {history.test_acc[-1]:.3f}"
    )
    print(f"{history.examples_per_sec:.1f} examples/sec on {history.device}")


def _tell_stuck(first_batch: float, first_epoch: float) -> None:
    if first_epoch > 0.98 * first_batch:
        print(
            "The loss did not move in the first epoch. d2l.diagnose(net, batch) says what may be "
            "wrong; a batch is next(iter(train_iter))."
        )
