"""Measure one thing in one process, and print the number: `bench.py` calls this."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

PIXELS, BATCH, EXAMPLES = 224, 128, 60_000
WARM_UP = 2
NIN_OPERATIONS = 6 * 762_297_352  # of a training step, per image: twice the multiply-adds, thrice
RESULT = "measured: "
Module = Any


class Stamped:
    """Give the same batch `n` times, and note when each was asked for."""

    def __init__(self, batch: tuple[Any, Any], n: int) -> None:
        self.batch, self.n = batch, n
        self.times: list[float] = []

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[Any]:
        for _ in range(self.n):
            self.times.append(time.perf_counter())
            yield self.batch


def d2l_of(who: str, key: str, site: str = "site") -> Module:
    """Import ours, or the peer that is installed in a folder."""
    if who != "d2l":
        return import_module(f"d2lcompat.{key}")
    from benchmarks import peer

    return peer.load(key, site)


def loader(who: str, key: str, batches: int) -> float:
    """Return images per second of the training data, from the first batch on, workers started."""
    if who == "limit":
        return _limit(batches)
    train_iter, _ = d2l_of(who, key).load_data_fashion_mnist(BATCH, resize=PIXELS)
    began, seen = 0.0, 0
    for i, (X, _) in enumerate(train_iter):
        if i == WARM_UP:
            began, seen = time.perf_counter(), 0
        seen += int(X.shape[0])
        if i == WARM_UP + batches:
            break
    return (seen - int(X.shape[0])) / (time.perf_counter() - began)


def _limit(batches: int) -> float:
    """Return how fast NumPy writes such batches: new memory, filled with one number."""
    began = time.perf_counter()
    for _ in range(batches):
        np.full((BATCH, 1, PIXELS, PIXELS), 0.5, np.float32)
    return batches * BATCH / (time.perf_counter() - began)


def memory(who: str, key: str) -> float:
    """Return by how many MB one pass over the training data raises the peak of memory."""
    d2l = d2l_of(who, key)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for X, _ in d2l.load_data_fashion_mnist(BATCH, resize=PIXELS)[0]:
        assert int(X.shape[1]) in (1, PIXELS)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (after - before) / 1024


def step(who: str, key: str, batch_size: int, steps: int, settings: dict[str, Any]) -> float:
    """Return examples per second of `train_ch6` on NiN: the median step, the first two left out."""
    if who == "limit":
        return _matrix_rate(settings.get("precision", "float32")) / NIN_OPERATIONS
    d2l = d2l_of(who, key)
    # The page's own network: its first line then imports whom we measure.
    sys.modules[f"d2lcompat.{key}"] = d2l
    setattr(import_module("d2lcompat"), key, d2l)
    make = _nin_page(key)[0]["NiN"]
    batch = next(iter(d2l.load_data_fashion_mnist(batch_size, resize=PIXELS)[0]))
    stamped = Stamped(batch, steps + WARM_UP + 1)
    few: Any = [batch]
    train: Any = stamped
    net: Any = make(in_channels=1, num_classes=10)
    if who == "d2l" and key == "tensorflow":
        net = lambda: make(in_channels=1, num_classes=10)  # noqa: E731
        train, few = _dataset(stamped), _dataset(Stamped(batch, 1))  # fit() takes no list
    device = d2l.try_gpu()
    with contextlib.redirect_stdout(io.StringIO()):
        d2l.train_ch6(net, train, few, 1, 0.01, device, **settings)
    times = np.diff(stamped.times)[WARM_UP:]
    return batch_size / statistics.median(times)


def fit(who: str, key: str) -> float:
    """Return examples per second of an epoch of `Trainer.fit` on LeNet, its validation included.

    The peer is d2l 1.0.3, the limit `train_ch6` of ours. An epoch before it is not counted.
    """
    d2l = d2l_of(who, key, "site1")
    data, model = d2l.FashionMNIST(batch_size=BATCH), d2l.LeNet(lr=0.1)
    model.__dict__.pop("loss", None)  # the peer's method of this name is hidden by Keras 3
    if key == "torch":
        model.apply_init([next(iter(data.get_dataloader(True)))[0]], d2l.init_cnn)
    loaders = [data.get_dataloader(True), data.get_dataloader(False)]
    for _ in range(2):
        began = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            if who == "limit":
                d2l.train_ch6(model.net, *loaders, 1, 0.1, init="keep")
            else:
                d2l.Trainer(max_epochs=1).fit(model, data)
        seconds = time.perf_counter() - began
    return EXAMPLES / seconds


def _nin_page(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the NiN page defines, and with which keywords it trains."""
    from book.definitions import definitions, keywords
    from bookbuild.config import read_book
    from bookbuild.page.cells import parse_page

    root = Path(__file__).parents[1]
    page = parse_page(root / "chapters/nin/index.md", read_book(root))
    return definitions(page, key), keywords(page, "d2l.train_ch6")


def _matrix_rate(precision: str) -> float:
    """Return the operations a second of PyTorch's product of two matrices of 4096 × 4096."""
    import torch

    n = 4096
    matrix, times = torch.rand(n, n, dtype=getattr(torch, precision)), []
    product = torch.empty_like(matrix)
    for _ in range(6):
        began = time.perf_counter()
        torch.mm(matrix, matrix, out=product)
        times.append(time.perf_counter() - began)
    return 2 * n**3 / statistics.median(times[1:])


def accuracy(who: str, key: str, precision: str) -> float:
    """Return the test accuracy, in percent, after one epoch of the NiN page's recipe."""
    d2l = d2l_of(who, key)
    d2l.seed(5)
    page, recipe = _nin_page(key)
    net = page["NiN"](in_channels=1, num_classes=10)
    train_iter, test_iter = d2l.load_data_fashion_mnist(page["batch_size"], page["resize"])
    with contextlib.redirect_stdout(io.StringIO()):
        d2l.train_ch6(net, train_iter, test_iter, 1, page["lr"], precision=precision, **recipe)
    return 100 * float(net.history.test_acc[-1])


def _dataset(stamped: Stamped) -> Any:
    import tensorflow as tf

    parts = map(tf.convert_to_tensor, stamped.batch)
    kinds = tuple(tf.TensorSpec(part.shape, part.dtype) for part in parts)
    data = tf.data.Dataset.from_generator(lambda: iter(stamped), output_signature=kinds)
    return data.apply(tf.data.experimental.assert_cardinality(len(stamped)))


def importing(who: str, key: str) -> float:
    """Return the seconds that importing ours takes after the framework and NumPy."""
    from d2lcompat import FRAMEWORKS

    package = FRAMEWORKS[key].package
    program = (
        f"import time, numpy, {package}; t = time.perf_counter(); import d2lcompat.{key}; "
        "print(time.perf_counter() - t)"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return float(out.stdout.split()[-1])


def book(who: str, key: str) -> float:
    """Return the seconds that the site takes, from nothing or after one notebook was touched."""
    root = Path(__file__).resolve().parents[1]
    folder = root / "_build" / "bench" / "book"
    if key == "nothing":
        shutil.rmtree(folder, ignore_errors=True)
    else:
        (root / "chapters" / "nin" / "torch.ipynb").touch()
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(root), "-W", "-n"]
    command += ["--keep-going", "-q", "--path-output", str(folder)]
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - began


WHAT: dict[str, Callable[..., float]] = {
    "loader": loader, "memory": memory, "step": step, "fit": fit, "import": importing,
    "book": book, "accuracy": accuracy,
}  # fmt: skip


def main() -> None:
    """Measure, and print the number behind all that the frameworks print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=list(WHAT))
    parser.add_argument("who", choices=["ours", "d2l", "limit"])
    parser.add_argument("key")
    parser.add_argument("settings", nargs="?", default="{}")
    asked = parser.parse_args()
    found = WHAT[asked.what](asked.who, asked.key, **json.loads(asked.settings))
    print(f"{RESULT}{found}", flush=True)
    os._exit(0)  # without waiting for workers of a loader that was left half way


if __name__ == "__main__":
    main()
