"""Whatever gives batches: loaders of the frameworks, lists, generators; labels of any type."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from d2lcompat.utils import as_array

pytestmark = pytest.mark.compiled(False)


@pytest.fixture(autouse=True)
def no_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, which would take most of the time."""
    monkeypatch.setattr("d2lcompat.training.progress.Animator", Mock)


class Counted:
    """Batches with a length, or `length`; counts its passes and the batches that were taken."""

    def __init__(self, batches: list[Any], endless: bool = False) -> None:
        self.batches, self.endless = batches, endless
        self.passes = self.taken = 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[Any]:
        self.passes += 1
        while True:
            for batch in self.batches:
                self.taken += 1
                yield batch
            if not self.endless:
                return


class Once:
    """A generator with a length, which cannot begin anew."""

    def __init__(self, batches: list[Any]) -> None:
        self.rest, self.length = iter(batches), len(batches)

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Once:
        return self

    def __next__(self) -> Any:
        return next(self.rest)


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    inputs = np.random.default_rng(0).normal(size=(10, 1, 8, 8)).astype(np.float32)
    return inputs, np.arange(10)


@pytest.fixture
def batches(plain: ModuleType, arrays: Any) -> list[Any]:
    """Return batches of 4, 4 and 2 examples."""
    X, y = arrays
    return [plain.batch([X[i : i + 4]], y[i : i + 4]) for i in (0, 4, 8)]


@pytest.fixture
def train(d2l: ModuleType, zoo: ModuleType, plain: ModuleType) -> Any:
    """Return a function that trains the same network on batches and returns its weights."""

    def run(data: Any, tests: Any, epochs: int = 2, **settings: Any) -> list[np.ndarray]:
        d2l.seed(0)
        net = zoo.ZOO["sequence"].build()
        d2l.train_ch6(net, data, tests, epochs, 0.1, init="keep", **settings)
        return plain.values(net)

    return run


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for a, b in zip(one, other, strict=True):
        assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_the_loader_of_the_framework(
    d2l: ModuleType, zoo: ModuleType, plain: ModuleType, arrays: Any, batches: Any, train: Any
) -> None:
    loader = plain.loader(*arrays, 4)
    assert_same(train(loader, loader), train(batches, batches))
    net = zoo.ZOO["sequence"].build()
    assert_array_equal(d2l.predict(net, loader)[1], arrays[1])
    assert d2l.evaluate_accuracy_gpu(net, loader) == d2l.evaluate_accuracy_gpu(net, batches)


@pytest.mark.parametrize("endless", [False, True], ids=["ends", "endless"])
def test_no_pass_is_lost(batches: Any, train: Any, endless: bool) -> None:
    data, tests = Counted(batches, endless), Counted(batches, endless)
    got = train(data, tests, 3)
    assert (data.passes, tests.passes) == (3, 3)
    assert (data.taken, tests.taken) == (9, 9)
    assert_same(got, train(batches, batches, 3))


@pytest.mark.parametrize("endless", [False, True], ids=["ends", "endless"])
def test_one_pass_of_evaluation(
    d2l: ModuleType, zoo: ModuleType, batches: Any, endless: bool
) -> None:
    net, data = zoo.ZOO["sequence"].build(), Counted(batches, endless)
    assert len(d2l.predict(net, data)[1]) == 10
    d2l.evaluate_accuracy_gpu(net, data)
    assert (data.passes, data.taken) == (2, 6)


def test_a_generator_with_a_length(batches: Any, train: Any) -> None:
    assert_same(train(Once(batches), Once(batches), 1), train(batches, batches, 1))


def test_a_generator_with_a_length_and_a_checkpoint(
    batches: Any, train: Any, tmp_path: Any
) -> None:
    kept = {"checkpoint": tmp_path / "kept"}
    assert_same(train(Once(batches), batches, 1, **kept), train(batches, batches, 1))


def test_a_generator_is_spent_after_an_epoch(batches: Any, train: Any) -> None:
    with pytest.raises(ValueError, match="the training iterator holds no example"):
        train(Once(batches), batches, 2)


def test_test_data_need_no_length(batches: Any, train: Any) -> None:
    class Stream:
        def __iter__(self) -> Iterator[Any]:
            return iter(batches)

    assert_same(train(batches, Stream()), train(batches, batches))


def test_training_data_without_a_length(batches: Any, train: Any) -> None:
    with pytest.raises(ValueError, match="do not say how many batches make an epoch") as caught:
        train((batch for batch in batches), batches)
    assert "\n" not in str(caught.value)


def test_the_order_of_the_first_epoch(
    d2l: ModuleType, zoo: ModuleType, plain: ModuleType, arrays: Any
) -> None:
    """A look at the first batch draws nothing: the order is that of a loop of one's own."""
    d2l.seed(3)
    np.random.seed(3)  # of it some loaders draw
    want = [as_array(y) for _, y in plain.loader(*arrays, 4, shuffle=True)]
    seen: list[np.ndarray] = []

    class Noted:
        def __len__(self) -> int:
            return len(loader)

        def __iter__(self) -> Iterator[Any]:
            for X, y in loader:
                seen.append(as_array(y))
                yield X, y

    d2l.seed(0)
    net = zoo.ZOO["sequence"].build()
    d2l.predict(net, plain.loader(*arrays, 4))  # which makes weights that wait
    tests = [plain.batch([arrays[0]], arrays[1])]
    d2l.seed(3)
    np.random.seed(3)
    loader = plain.loader(*arrays, 4, shuffle=True)
    d2l.train_ch6(net, Noted(), tests, 1, 0.1, init="keep")
    assert len(seen) == len(want) == 3
    for got, expected in zip(seen, want, strict=True):
        assert_array_equal(got, expected)


def test_labels_of_any_type(
    plain: ModuleType, arrays: Any, batches: Any, train: Any, label_type: str
) -> None:
    X, y = arrays
    convert, images = plain.LABELS[label_type], plain.batch([X], y)[0]
    want = train([(images, plain.batch([X], y)[1])], batches)
    assert_same(train([(images, convert(y))], [(images, convert(y))]), want)
    column = convert(y.reshape(-1, 1))
    assert_same(train([(images, column)], [(images, column)]), want)


def test_one_example(train: Any, plain: ModuleType, arrays: Any) -> None:
    one = [plain.batch([arrays[0][:1]], arrays[1][:1])]
    train(one, one, 1)


def test_equal_shapes_registered_the_other_way_round(
    d2l: ModuleType, zoo: ModuleType, plain: ModuleType, batches: Any, tmp_path: Any
) -> None:
    """The same names are found by name; other names are taken in order, with a warning."""
    X, entry = batches[0][0], zoo.ZOO["other_order"]
    d2l.seed(0)
    net, other, renamed = zoo.Pair("ab"), zoo.Pair("ba"), zoo.Pair("cd")
    want, before, _ = (plain.logits(n, X, entry) for n in (net, other, renamed))
    assert abs(want - before).max() > 1e-4
    d2l.save_weights(net, tmp_path / "weights")
    d2l.load_weights(other, tmp_path / "weights")
    assert_array_equal(plain.logits(other, X, entry), want)
    with pytest.warns(UserWarning, match="holds weights of layers named"):
        d2l.load_weights(renamed, tmp_path / "weights")
