"""A guest in the reader's process: what importing and calling the helpers leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

X, Y = np.random.default_rng(0).random((6, 1, 8, 8)), np.arange(6)


@pytest.fixture
def batch(nets: ModuleType) -> Any:
    return nets.batch(X, Y)


def test_the_reader_s_data_are_made_outside_of_evaluation(
    d2l: ModuleType, nets: ModuleType, batch: Any
) -> None:
    told: list[Any] = []

    class Data:
        def __len__(self) -> int:
            return 1

        def __iter__(self) -> Iterator[Any]:
            told.append(nets.state())
            yield batch

    usual = nets.state()
    net = d2l.train_ch6(nets.normalized(), [batch], [batch], 1, 0.1)
    d2l.evaluate_accuracy_gpu(net, Data())
    d2l.predict(net, Data())
    assert told == [usual, usual]


def test_an_error_of_the_reader_s_own_comes_as_it_is(
    d2l: ModuleType, nets: ModuleType, batch: Any
) -> None:
    def raising(_: Any) -> None:
        raise NameError("name 'sefl' is not defined")

    for call in (
        lambda net: d2l.train_ch6(net, [batch], [batch], 1, 0.1),
        lambda net: d2l.evaluate_accuracy_gpu(net, [batch]),
        lambda net: d2l.diagnose(net, batch),
        lambda net: d2l.summary(net, (1, 1, 8, 8)),
    ):
        with pytest.raises(NameError, match="sefl") as caught:
            call(nets.calling(nets.small(), raising))
        assert any(entry.name == "raising" for entry in caught.traceback)


def test_a_refusal_keeps_the_error_that_it_comes_from(
    d2l: ModuleType, nets: ModuleType, batch: Any
) -> None:
    def raising(_: Any) -> None:
        raise ValueError("only for square images")

    with pytest.raises(ValueError, match=r"cannot take images of shape .*: only for sq") as caught:
        d2l.train_ch6(nets.calling(nets.small(), raising), [batch], [batch], 1, 0.1)
    assert isinstance(caught.value.__cause__, ValueError)
    frames = []
    trace = caught.value.__cause__.__traceback__
    while trace:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert "raising" in frames


def test_every_batch_goes_to_the_device(
    d2l: ModuleType, nets: ModuleType, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No GPU is needed: what the network gets is what `move` has given."""
    moved: list[Any] = []
    move = d2l.backend.move

    def moving(tensor: Any, device: Any) -> Any:
        found = move(tensor, device)
        moved.append(found)
        return found

    seen: list[Any] = []
    net = nets.calling(nets.normalized(), seen.append)
    d2l.train_ch6(net, [batch], [batch], 1, 0.1)
    monkeypatch.setattr(d2l.backend, "move", moving)
    for call in (
        lambda: d2l.evaluate_accuracy_gpu(net, [batch]),
        lambda: d2l.predict(net, [batch]),
        lambda: d2l.diagnose(net, batch),
        lambda: d2l.train_ch6(net, [batch], [batch], 1, 0.1),
    ):
        seen.clear()
        moved.clear()
        with nets.eager():
            call()
        assert seen
        assert all(any(one is other for other in moved) for one in seen)


def test_a_device_moves_tensors_and_arrays(d2l: ModuleType, nets: ModuleType) -> None:
    for tensor in (nets.batch(X, Y)[0], X.astype(np.float32)):
        for device in nets.devices():
            assert nets.is_on(d2l.backend.move(tensor, device), device)


def test_evaluation_takes_functions_and_lists_of_inputs(
    d2l: ModuleType, nets: ModuleType, batch: Any
) -> None:
    net = d2l.train_ch6(nets.normalized(), [batch], [batch], 1, 0.1)
    accuracy = d2l.evaluate_accuracy_gpu(net, [batch])
    assert d2l.evaluate_accuracy_gpu(lambda X: net(X), [batch]) == pytest.approx(accuracy, abs=0.5)
    pair = [batch[0], batch[0]], batch[1]
    assert d2l.evaluate_accuracy_gpu(lambda inputs: net(inputs[0]), [pair]) <= 1
    first, labels = d2l.predict(lambda a, b: net(a) - net(b), [pair])
    assert (first.shape, labels.tolist()) == ((6, 10), Y.tolist())


def test_the_display_is_closed_after_an_error(
    d2l: ModuleType, nets: ModuleType, batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from d2lcompat.training import progress

    closed: list[bool] = []
    leave = progress.Display.__exit__

    def leaving(*error: Any) -> None:
        closed.append(True)
        leave(*error)

    monkeypatch.setattr(progress.Display, "__exit__", leaving)
    bad = nets.batch(X, Y + 5)
    with pytest.raises(ValueError, match="epoch 1, batch 2: a label is 10"):
        d2l.train_ch6(nets.small(), [batch, bad], [batch], 1, 0.1)
    assert closed == [True]


@pytest.mark.parametrize("number", ["float64", "int64"])
def test_python_s_and_numpy_s_random_numbers_go_on(
    d2l: ModuleType, nets: ModuleType, batch: Any, number: str, tmp_path: Path
) -> None:
    import random

    net = d2l.train_ch6(nets.dropping(), [batch], [batch], 1, 0.1)
    before = random.getstate(), np.random.get_state()[1].tolist()
    checkpoint = tmp_path / "kept" if number == "int64" else None
    d2l.train_ch6(net, [batch], [batch], 2, 0.1, init="keep", checkpoint=checkpoint)
    d2l.diagnose(net, batch)
    d2l.summary(net, (1, 1, 8, 8))
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
