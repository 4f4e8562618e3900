"""The progress of a training where somebody looks: curves, and a bar in a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from ..animator import Animator
from ..plots import in_notebook
from ..utils import Accumulator
from .history import History

OFTEN = 1.5  # seconds between two looks at a training
BAR = "epoch {n:.2f}/{total_fmt} |{bar}| {elapsed}<{remaining} {postfix}"


class Display:
    """Show progress in a `with` block; `history` holds what was trained before.

    A notebook shows the curves as they grow; in a script they are the current figure of pyplot,
    to be shown or saved afterwards, and a terminal shows a bar.
    """

    def __init__(self, num_batches: int, num_epochs: int, history: History) -> None:
        self.num_batches = num_batches
        self.every = max(1, num_batches // 5)  # also with fewer than five batches
        self.bar = None
        legend = ["train loss", "train acc", "test acc"]
        self.animator = Animator(xlabel="epoch", xlim=[0, num_epochs], legend=legend)
        curves = zip(history.train_loss, history.train_acc, history.test_acc, strict=True)
        for epoch, values in enumerate(curves, 1):
            self.animator.add(epoch, values)
        if not in_notebook() and sys.stderr is not None and sys.stderr.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=num_epochs, unit="epoch", bar_format=BAR)
        self.began = self.begun = self.shown = time.perf_counter()
        self.num_epochs, self.before = num_epochs, len(history.train_loss)

    def __enter__(self) -> Display:
        self.animator.preview(0, ())  # empty axes: a sign of life before the first batch is done
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.animator.flush()
        if self.bar is not None:
            self.bar.close()

    def batch(self, epoch: int, i: int, metric: Accumulator) -> None:
        """Show what an epoch has come to after batch `i`."""
        loss, right, seen = metric.data
        if (i + 1) % self.every == 0 or i + 1 == self.num_batches:
            x = epoch + (i + 1) / self.num_batches
            self.animator.add(x, (loss / seen, right / seen, None))
        elif in_notebook() and time.perf_counter() - self.shown > OFTEN:
            x = epoch + (i + 1) / self.num_batches
            self.animator.preview(x, (loss / seen, right / seen, None), self._left(x))
            self.shown = time.perf_counter()
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
        self.animator.add(epoch + 1, (None, None, history.test_acc[-1]))
        if self.bar is not None:
            self.bar.refresh()

    def _left(self, x: float) -> str:
        """Return how long the epochs after `x`, of which a part is done, will take."""
        seconds = (time.perf_counter() - self.begun) * (self.num_epochs - x) / (x - self.before)
        return f"about {seconds / 60:.0f} min left" if seconds > 90 else f"{seconds:.0f} s left"
