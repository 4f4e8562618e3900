"""Train two small networks with checkpoints, and be killed where asked: run by test_resume.py.

    python dying.py torch FOLDER

Each line that it reads is a life: it forks, so that the framework is imported once, and prints the
exit status of the child, minus the signal that ended it. Lines are such as

    normalized step 2 3       killed before batch 3 of epoch 2 of this network
    normalized write 3        killed while it writes what epoch 3 has come to
    dropping evaluate 2       killed between the training and the test of epoch 2
    none                      trained to the end
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

EPOCHS, SEED = 4, 3
# One network has running means, one has dropout; the optimizers remember different things.
TRAININGS: dict[str, dict[str, Any]] = {
    "normalized": {"momentum": 0.9},
    "dropping": {"optimizer": "adam"},
}


class Watched:
    """Give the batches of `data_iter`; tell before each its pass and its number, from 1."""

    def __init__(self, data_iter: Any, tell: Callable[[int, int], None], passes: int = 0) -> None:
        self.data_iter, self.tell, self.passes = data_iter, tell, passes
        self.peek, self.split = data_iter.peek, data_iter.split

    def __len__(self) -> int:
        return len(self.data_iter)

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        for i, batch in enumerate(self.data_iter, 1):
            self.tell(self.passes, i)
            yield batch


def train(
    d2l: Any,
    nets: Any,
    name: str,
    path: Path | None,
    tell: Callable[..., None],
    epochs: int = EPOCHS,
    build: Callable[[], Any] | None = None,
) -> Any:
    """Train a network of `nets`, kept in `path`; `tell` hears of each batch that is due."""
    d2l.seed(SEED)
    train_iter, test_iter = d2l.load_data_fashion_mnist(7, 8)
    watched = (
        Watched(train_iter, lambda *at: tell("step", *at)),
        Watched(test_iter, lambda *at: tell("evaluate", *at)),
    )
    return d2l.train_ch6(
        (build or getattr(nets, name))(), *watched, epochs, 0.05, checkpoint=path, **TRAININGS[name]
    )


def main() -> None:
    """Live once for each line of the standard input."""
    key, folder = sys.argv[1:]
    sys.path.insert(0, str(Path(__file__).parent))
    d2l = importlib.import_module(f"d2lcompat.{key}")
    nets = importlib.import_module(f"nets_{key}")
    for line in sys.stdin:
        if child := os.fork():
            print(
                os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=sys.__stdout__, flush=True
            )
        else:
            live(d2l, nets, Path(folder), *line.split())
            os._exit(0)


def live(d2l: Any, nets: Any, folder: Path, dying: str, where: str = "", *numbers: str) -> None:
    """Train both networks, and die in the one named `dying`."""
    at = [int(number) for number in numbers]
    written = 0
    replace = Path.replace

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def replacing(draft: Path, target: Path) -> Path:
        nonlocal written
        written += 1
        if [where, written] == ["write", *at]:
            die()
        return replace(draft, target)

    Path.replace = replacing  # type: ignore[method-assign]
    for name in TRAININGS:
        written = 0

        def tell(what: str, *now: int, name: str = name) -> None:
            if name == dying and [what, *now[: len(at)]] == [where, *at]:
                die()

        train(d2l, nets, name, folder / f"{name}.safetensors", tell)


if __name__ == "__main__":
    main()
