"""The training loop of all frameworks, with a step of known losses; the timer, the sums."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import time
from typing import Any

import numpy as np
import pytest

from d2lcompat import utils
from d2lcompat.training import loop, progress
from d2lcompat.training.history import History
from d2lcompat.training.source import Source

Batches = list[tuple[np.ndarray, np.ndarray]]


def batches(*sizes: int) -> Batches:
    return [(np.zeros((n, 1, 2, 3)), np.zeros(n)) for n in sizes]


def fit(losses: list[float], data: Batches, num_epochs: int = 1) -> History:
    """Train with these mean losses, one a batch, half of each batch right."""
    given = iter(losses)

    def step(X: np.ndarray, y: np.ndarray) -> tuple[float, float, int]:
        return next(given) * len(y), len(y) / 2, len(y)

    accuracies = iter([0.25, 0.5, 0.75])
    task = loop.Task(step, lambda: next(accuracies))
    return loop.fit(task, data, num_epochs, History("cpu"))


def test_history_holds_means_over_examples(capsys: pytest.CaptureFixture[str]) -> None:
    history = fit([1.0, 4.0, 2.0, 5.0], batches(4, 2), num_epochs=2)
    assert history.train_loss == [pytest.approx(2.0), pytest.approx(3.0)]
    assert history.train_acc == [0.5, 0.5]
    assert history.test_acc == [0.25, 0.5]
    assert history.device == "cpu"
    assert capsys.readouterr().out.splitlines() == [
        "loss 3.000, train acc 0.500, test acc 0.500",
        f"{history.examples_per_sec:.1f} examples/sec on cpu",
    ]


def test_examples_a_second_count_the_loading_and_not_the_evaluation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def passing(seconds: float, value: Any = None) -> Any:
        clock[0] += seconds
        return value

    class Data:
        def __len__(self) -> int:
            return 2

        def __iter__(self) -> Any:
            return (passing(1, batch) for batch in batches(6, 4))

    task = loop.Task(lambda X, y: passing(1, (0.0, 0.0, len(y))), lambda: passing(100, 0.5))
    history = loop.fit(task, Data(), 3, History("cpu"))
    assert history.examples_per_sec == pytest.approx(3 * 10 / (3 * 4))


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops(loss: float) -> None:
    with pytest.raises(FloatingPointError, match=r"epoch 2, batch 1\).*ten times smaller"):
        fit([1.0, 1.0, loss], batches(4, 4), num_epochs=2)


@pytest.mark.parametrize("number", [1, 4, 5, 11])
def test_any_number_of_batches(number: int) -> None:
    assert fit([1.0] * number, batches(*[2] * number)).train_loss == [pytest.approx(1.0)]


def test_no_example_is_an_error() -> None:
    with pytest.raises(ValueError, match="the training iterator holds no example"):
        fit([], [])


def test_a_terminal_shows_examples_a_second() -> None:
    program = """
import numpy, time
from d2lcompat.training import loop
from d2lcompat.training.history import History
def step(X, y):
    time.sleep(0.02)
    return 8.0, 4.0, 8
data = [(numpy.zeros((8, 1, 2, 2)), numpy.zeros(8))] * 20
loop.fit(loop.Task(step, lambda: 0.5), data, 2, History("cpu"))
"""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    assert process.stdout is not None
    out = process.stdout.read()
    process.stdout.close()
    assert out.startswith("loss 1.000, train acc 0.500, test acc 0.500\n")
    text = shown.decode()
    assert "examples/s" in text
    assert "loss 1.000, acc 0.500" in text
    assert "epoch 2.00/2" in text


def test_the_bar_counts_the_examples_of_its_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, texts = [0.0], []

    class Bar:
        n = 0.0

        def set_postfix_str(self, text: str, refresh: bool) -> None:
            texts.append(text.rpartition(", ")[2])

        def update(self, n: int) -> None: ...

        def refresh(self) -> None: ...

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    display, metric = progress.Display(2, 2, History("cpu")), utils.Accumulator(3)
    display.bar = Bar()
    metric.add(1, 1, 8)
    for epoch in range(2):
        for i, seconds in enumerate((2, 1000)):  # the second passes in evaluation
            clock[0] += seconds
            if i == 0:
                display.batch(epoch, i, metric)
        display.epoch(epoch, History("cpu", test_acc=[0.5]))
    assert texts == ["4 examples/s"] * 2


def test_no_terminal_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    fit([1.0], batches(4))
    assert capsys.readouterr().err == ""


def test_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 10.0, 13.0, 20.0, 21.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(times))
    timer = utils.Timer()
    for _ in range(2):
        timer.start()
        timer.stop()
    assert timer.times == [3.0, 1.0]
    assert (timer.avg(), timer.sum(), timer.cumsum()) == (2.0, 4.0, [3.0, 4.0])


def test_accumulator() -> None:
    metric = utils.Accumulator(2)
    metric.add(1, np.float32(2.5))
    metric.add(np.array(3), 0.5)
    assert (metric.data, metric[0], metric[1]) == ([4.0, 3.0], 4.0, 3.0)
    metric.reset()
    assert metric.data == [0.0, 0.0]


@pytest.mark.parametrize("arguments", [(1,), (1, 2, 3)])
def test_accumulator_of_another_number(arguments: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="zip"):
        utils.Accumulator(2).add(*arguments)


def test_peek() -> None:
    source = Source(batches(2, 3), "training")
    assert (source.y.tolist(), source.input_shape, len(source)) == ([0, 0], (1, 2, 3), 2)


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("cpu", "cpu"), ("cpu(0)", "cpu"), ("Place(cpu)", "cpu"), ("/CPU:0", "cpu"),
        ("cuda", "gpu:0"), ("cuda:1", "gpu:1"), ("gpu(1)", "gpu:1"), ("Place(gpu:1)", "gpu:1"),
        ("/job:localhost/replica:0/task:0/device:GPU:1", "gpu:1"), ("mps", "mps"),
    ],
)  # fmt: skip
def test_devices_have_the_same_names_in_all_frameworks(device: str, name: str) -> None:
    assert loop.device_name(device) == name


@pytest.mark.parametrize(("losses", "hint"), [([2.3] * 60, True), ([2.3] + [1.5] * 59, False)])
def test_a_loss_that_does_not_move_is_pointed_out(
    losses: list[float], hint: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    fit(losses, batches(*[2] * 60))
    assert ("d2l.diagnose(net, batch)" in capsys.readouterr().out) == hint
