"""Every helper on every network of the zoo: what it gives, and that it leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import load_file

Fresh = Callable[..., Any]
Batch = Callable[..., tuple[Any, Any]]
pytestmark = pytest.mark.compiled(False)
UNSAVED = "layers whose weights can be saved"


@pytest.fixture(autouse=True)
def no_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, which would take most of the time."""
    monkeypatch.setattr("d2lcompat.training.progress.Animator", Mock)


@pytest.fixture
def entry(zoo: ModuleType, network: str) -> Any:
    return zoo.ZOO[network]


@pytest.fixture
def batch(plain: ModuleType, entry: Any) -> Batch:
    """Return a function from a number of examples to a batch of them."""
    return lambda n, seed=0: plain.batch(*entry.examples(n, seed))


@pytest.fixture
def fresh(d2l: ModuleType, plain: ModuleType, entry: Any, batch: Batch) -> Fresh:
    """Return a function that builds the network, the same for the same seed.

    `called`: on a batch, as a reader does who wants to see it.
    """

    def build(seed: int = 0, called: bool = False) -> Any:
        d2l.seed(seed)
        net = entry.build()
        if called:
            plain.logits(net, batch(2)[0], entry)
        return net

    return build


@pytest.fixture
def noticed(plain: ModuleType, shared: ModuleType) -> Callable[[Any], dict[str, Any]]:
    """Return a function that tells what can be noticed, but for the values of weights."""

    def look(net: Any) -> dict[str, Any]:
        found = [plain.footprint(net), plain.process(), shared.process()]
        assert len(set().union(*found)) == sum(map(len, found)), "one name for two things"
        return {name: value for part in found for name, value in part.items()}

    return look


def assert_close(got: list[np.ndarray], want: list[np.ndarray], rtol: float, atol: float) -> None:
    for one, other in zip(got, want, strict=True):
        assert_allclose(one, other, rtol=rtol, atol=atol)


def test_the_zoo_is_the_same_everywhere(zoo: ModuleType, shared: ModuleType) -> None:
    assert set(shared.NAMES) <= set(zoo.ZOO) | set(zoo.LACKS)
    assert not set(zoo.ZOO) & set(zoo.LACKS)
    assert set(zoo.LACKS) <= set(shared.NAMES)


@pytest.mark.compiled(True)
def test_a_step_is_the_frameworks_own(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch
) -> None:
    X, y = batch(6)
    before = plain.values(fresh(called=True))
    by_hand = fresh()
    plain.step(by_hand, X, y, entry, lr=0.1)
    want, drawn = plain.values(by_hand), plain.draw()
    net = fresh()
    assert d2l.train_ch6(net, [(X, y)], [(X, y)], 1, 0.1, init="keep") is net
    assert_array_equal(plain.draw(), drawn)
    assert_close(plain.values(net), want, 1e-5, 1e-6)
    assert max(abs(a - b).max(initial=0) for a, b in zip(before, want, strict=True)) > 1e-3


def test_training_leaves_nothing_behind(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch, noticed: Any
) -> None:
    net = fresh(called=True)
    data = [batch(4), batch(4, 1), batch(1, 2)]
    before = noticed(net)
    d2l.train_ch6(net, data, data[1:], 1, 0.05)
    after = noticed(net)
    for name in before.keys() - plain.DRAWS_FROM:
        assert after[name] == before[name], name
    assert bool(net.history.input_shape) == (len(entry.shapes) == 1)
    assert len(net.history.train_loss) == 1


def test_a_training_that_stops_leaves_nothing_behind(
    d2l: ModuleType, fresh: Fresh, batch: Batch, noticed: Any
) -> None:
    net = fresh(called=True)
    X, y = batch(4)
    before = noticed(net)
    with pytest.raises(ValueError, match="epoch 1, batch 2: a label is 93"):
        d2l.train_ch6(net, [(X, y), (X, y + 90)], [(X, y)], 1, 0.05, init="keep")
    assert noticed(net) == before


def test_looks_leave_nothing_behind(
    d2l: ModuleType,
    plain: ModuleType,
    entry: Any,
    fresh: Fresh,
    batch: Batch,
    noticed: Any,
    tmp_path: Path,
) -> None:
    net, data = fresh(called=True), [batch(4), batch(1)]
    values, before = plain.values(net), noticed(net)
    d2l.evaluate_accuracy_gpu(net, data)
    d2l.predict(net, data)
    d2l.diagnose(net, data[0])
    d2l.summary(net, entry.input_shape(2))
    d2l.shape_trace(net, entry.input_shape(2))
    with nullcontext() if entry.saved else pytest.raises(ValueError, match=UNSAVED):
        d2l.save_weights(net, tmp_path / "weights")
    assert noticed(net) == before
    assert_close(plain.values(net), values, 0, 0)
    drawn = plain.draw()
    fresh(called=True)
    assert_array_equal(plain.draw(), drawn)


def test_predictions(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch
) -> None:
    net, data = fresh(), [batch(4), batch(1, 1)]
    logits, labels = d2l.predict(net, data)
    want = np.concatenate([plain.logits(net, X, entry) for X, _ in data])
    assert_allclose(logits, want, rtol=1e-5, atol=1e-6)
    assert_array_equal(labels, [0, 1, 2, 3, 0])
    assert d2l.evaluate_accuracy_gpu(net, data) == (want.argmax(1) == labels).mean()
    assert (logits.dtype, labels.dtype) == (np.float32, np.int64)


def test_first_weights(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch, tmp_path: Path
) -> None:
    def first(init: str) -> Any:
        net, data = fresh(), [batch(2)]
        bias = 0.5 if entry.biased else 0.0
        return d2l.train_ch6(net, data, data, 1, 1e-9, init=init, gain=3.0, head_bias=bias)

    drawn = first("xavier")
    biases = [t for t in plain.values(drawn) if t.shape == (10,) and abs(t - 0.5).max() < 1e-6]
    assert len(biases) == entry.biased
    if not entry.saved:
        with pytest.raises(ValueError, match=UNSAVED):
            first("shared")
        return
    d2l.save_weights(first("shared"), tmp_path / "one")
    d2l.save_weights(first("shared"), tmp_path / "other")
    one, other = load_file(tmp_path / "one"), load_file(tmp_path / "other")
    assert one.keys() == other.keys()
    assert_close(list(one.values()), [other[name] for name in one], 0, 0)


def test_checkpoint(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch, tmp_path: Path
) -> None:
    data = [batch(4)]

    def train(epochs: int, name: str) -> Any:
        net, path = fresh(), tmp_path / name
        return d2l.train_ch6(net, data, data, epochs, 0.05, momentum=0.9, checkpoint=path)

    if not entry.saved:
        with pytest.raises(ValueError, match=UNSAVED):
            train(1, "none")
        return
    whole = train(2, "whole")
    train(1, "halves")
    resumed = train(2, "halves")
    assert_close(plain.values(resumed), plain.values(whole), 1e-6, 1e-7)
    assert resumed.history.train_loss == pytest.approx(whole.history.train_loss)
    loaded = fresh(1, called=len(entry.shapes) > 1)
    d2l.load_weights(loaded, tmp_path / "halves")
    assert_allclose(d2l.predict(loaded, data)[0], d2l.predict(whole, data)[0], rtol=1e-4, atol=1e-6)


def test_round_trip(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, batch: Batch, tmp_path: Path
) -> None:
    net, other, (X, _) = fresh(called=True), fresh(1, called=True), batch(3)
    if not entry.saved:
        with pytest.raises(ValueError, match=UNSAVED):
            d2l.save_weights(net, tmp_path / "weights")
        assert not list(tmp_path.iterdir())
        return
    want = plain.logits(net, X, entry)
    assert abs(plain.logits(other, X, entry) - want).max() > 1e-3
    d2l.save_weights(net, tmp_path / "weights")
    d2l.load_weights(other, tmp_path / "weights")
    assert_allclose(plain.logits(other, X, entry), want, rtol=1e-6, atol=1e-6)
    assert_close(plain.values(other), plain.values(net), 1e-6, 0)


def test_summary(
    d2l: ModuleType, plain: ModuleType, entry: Any, fresh: Fresh, capsys: pytest.CaptureFixture[str]
) -> None:
    net = fresh()
    d2l.summary(net, entry.input_shape(3))
    _, _, *rows, _, total = capsys.readouterr().out.splitlines()
    numbers = [int(row.split()[-1].replace(",", "")) for row in [*rows, total]]
    assert sum(numbers[:-1]) == numbers[-1] == plain.trainable(net) > 0
    assert len(rows) >= entry.rows


def test_shape_trace(
    d2l: ModuleType, entry: Any, fresh: Fresh, capsys: pytest.CaptureFixture[str]
) -> None:
    d2l.shape_trace(fresh(), entry.input_shape(3))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    assert all(re.fullmatch(r"\w+ +output shape: \(3,[ \d,]*\)", line) for line in lines)
    assert lines[-1].endswith(" (3, 10)")


def test_diagnosis(
    d2l: ModuleType, entry: Any, fresh: Fresh, batch: Batch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = d2l.diagnose(fresh(), batch(5))
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["Layer", "scale", "zero", "dead", "channels"]
    assert rows[-max(len(found), 1) :] == (found or ["Nothing stands out."])
    assert len(rows) - max(len(found), 1) >= entry.rows
