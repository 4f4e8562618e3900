"""How often does NiN stall? Runs of one epoch from many seeds: `make stability`, hours.

Each run trains the NiN page's network with the page's settings on all training images, and adds a
line to `chapters/parity/stability.csv`. Runs that are there already are not repeated.
Frameworks never share a process.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from book.definitions import definitions, keywords
from bookbuild.config import read_book
from bookbuild.page.cells import parse_page
from d2lcompat import FRAMEWORKS
from d2lcompat.data.fashion_mnist import fashion_mnist

CHAPTERS = Path(__file__).parents[1] / "chapters"
TABLE = CHAPTERS / "parity" / "stability.csv"
TESTED = 2_048
START = ("init", "gain", "head_bias")
COLUMNS = ("framework", "version", "seed", "resize", "batch_size", "lr", *START, "images", "tested",
        "loss", "accuracy", "never")  # fmt: skip


class First:
    """Hold the first `n` batches of an iterator."""

    def __init__(self, data_iter: Any, n: int) -> None:
        self.data_iter, self.n = data_iter, n

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[Any]:
        return islice(self.data_iter, self.n)


def measure(key: str, seed: int, page: dict[str, Any], recipe: dict[str, Any]) -> dict[str, Any]:
    """Train from a seed, and return test loss, accuracy and the number of classes not predicted."""
    d2l = import_module(f"d2lcompat.{key}")
    d2l.seed(seed)
    size = page["batch_size"]
    train_iter, test_iter = d2l.load_data_fashion_mnist(size, page["resize"])
    test_iter = First(test_iter, TESTED // size)
    net = page["NiN"](in_channels=1, num_classes=10)
    net = d2l.train_ch6(net, train_iter, test_iter, 1, page["lr"], **recipe)
    logits, labels = d2l.predict(net, test_iter)
    logits = logits.astype(float) - logits.max(1, keepdims=True)
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(labels)), labels]
    predicted = logits.argmax(1)
    return {
        "loss": f"{losses.mean():.3f}",
        "accuracy": f"{(predicted == labels).mean():.4f}",
        "never": 10 - len(np.unique(predicted)),
    }


def stored(settings: dict[str, Any]) -> list[dict[str, str]]:
    """Return the runs in the table. Raises `ValueError` if any has other settings."""
    rows = []
    if TABLE.exists():
        with TABLE.open(newline="") as file:
            rows = list(csv.DictReader(file))
    for row in rows:
        if any(row.get(name) != str(value) for name, value in settings.items()):
            raise ValueError(f"{TABLE} holds runs of other settings: move it away, then run again")
    return rows


def main() -> None:
    """Make the runs that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--framework", choices=list(FRAMEWORKS), required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=range(10))
    asked = parser.parse_args()
    key = asked.framework
    source = parse_page(CHAPTERS / "nin/index.md", read_book(CHAPTERS), find_files=False)
    page, recipe = definitions(source, key), keywords(source, "d2l.train_ch6")
    settings = {name: page[name] for name in ("resize", "batch_size", "lr")}
    settings |= {name: recipe[name] for name in START}
    settings |= {"images": len(fashion_mnist()[0].labels), "tested": TESTED}
    version = import_module(FRAMEWORKS[key].package).__version__
    for seed in asked.seeds:
        try:
            rows = stored(settings)
        except ValueError as error:
            parser.error(str(error))
        if (key, str(seed)) in {(row["framework"], row["seed"]) for row in rows}:
            continue
        row = {"framework": key, "version": version, "seed": seed, **settings}
        row |= measure(key, seed, page, recipe)
        with TABLE.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            if not rows:
                writer.writeheader()
            writer.writerow(row)
        print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
