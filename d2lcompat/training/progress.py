"""The progress of a training where somebody looks: curves in a notebook, a bar in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Sized

from ..measures import Accumulator
from ..plots import Animator, in_notebook
from .history import History

BAR = "epoch {n:.2f}/{total_fmt} |{bar}| {elapsed}<{remaining} {postfix}"


class Display:
    """Show progress, in a notebook or a terminal; `history` holds what was trained before."""

    def __init__(self, train_iter: Sized, num_epochs: int, history: History) -> None:
        self.num_batches = len(train_iter)
        self.every = max(1, self.num_batches // 5)  # also with fewer than five batches
        self.animator = self.bar = None
        if in_notebook():
            legend = ["train loss", "train acc", "test acc"]
            self.animator = Animator(xlabel="epoch", xlim=[0, num_epochs], legend=legend)
            curves = zip(history.train_loss, history.train_acc, history.test_acc, strict=True)
            for epoch, values in enumerate(curves, 1):
                self.animator.add(epoch, values)
        elif sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=num_epochs, unit="epoch", bar_format=BAR)
        self.began = time.perf_counter()

    def batch(self, epoch: int, i: int, metric: Accumulator) -> None:
        """Show what an epoch has come to after batch `i`."""
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
        """Show what a whole epoch has come to."""
        self.began = time.perf_counter()
        if self.animator:
            self.animator.add(epoch + 1, (None, None, history.test_acc[-1]))
        if self.bar is not None:
            self.bar.refresh()

    def close(self) -> None:
        """Show what was not shown yet, and end."""
        if self.animator:
            self.animator.flush()
        if self.bar is not None:
            self.bar.close()
