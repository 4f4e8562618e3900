"""What `train_ch6` returns, and with which data it works, in every framework."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

pytestmark = pytest.mark.compiled(False)
Examples = Callable[[int], None]


@pytest.mark.parametrize(("number", "batch_size"), [(8, 4), (10, 4), (3, 100), (1, 1)])
def test_tiny_data(
    d2l: ModuleType, nets: ModuleType, examples: Examples, number: int, batch_size: int
) -> None:
    examples(number)
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size)
    assert len(train_iter) == -(-number // batch_size)
    net = d2l.train_ch6(nets.small(), train_iter, test_iter, 2, 0.1)
    history = net.history
    assert [len(history.train_loss), len(history.train_acc), len(history.test_acc)] == [2, 2, 2]
    assert all(np.isfinite(history.train_loss))
    assert all(0 <= accuracy <= 1 for accuracy in history.train_acc + history.test_acc)
    assert all(isinstance(value, float) for value in history.train_loss + history.train_acc)
    assert history.examples_per_sec > 0
    assert history.device in ("cpu", "gpu:0")


def test_the_returned_network_is_the_one_given(
    d2l: ModuleType, nets: ModuleType, examples: Examples
) -> None:
    examples(4)
    net = nets.small()
    returned = d2l.train_ch6(
        nets.given(net), *d2l.load_data_fashion_mnist(4, 8), 1, 0.1, d2l.try_gpu()
    )
    assert returned is net


def test_the_closing_lines(
    d2l: ModuleType, nets: ModuleType, examples: Examples, capsys: pytest.CaptureFixture[str]
) -> None:
    examples(6)
    net = d2l.train_ch6(nets.small(), *d2l.load_data_fashion_mnist(4), 1, 0.1)
    h = net.history
    metrics = f"train acc {h.train_acc[0]:.3f}, test acc {h.test_acc[0]:.3f}"
    assert capsys.readouterr().out.splitlines() == [
        f"loss {h.train_loss[0]:.3f}, {metrics}",
        f"{h.examples_per_sec:.1f} examples/sec on {h.device}",
    ]


def test_training_leaves_the_order_of_the_data_to_the_seed(
    d2l: ModuleType, nets: ModuleType, examples: Examples
) -> None:
    examples(30)
    train_iter, test_iter = d2l.load_data_fashion_mnist(30, 8)
    everything = np.asarray(train_iter.split.labels)
    d2l.seed(8)
    d2l.train_ch6(nets.small(), train_iter, test_iter, 2, 0.1)
    order = np.random.default_rng(8)
    third = [order.permutation(30) for _ in range(3)][2]
    labels = d2l.predict(nets.small(), train_iter)[1]
    assert_array_equal(labels, everything[third])


@pytest.mark.compiled(True)
def test_evaluation_equals_prediction(
    d2l: ModuleType, nets: ModuleType, examples: Examples
) -> None:
    examples(50)
    train_iter, test_iter = d2l.load_data_fashion_mnist(16, 12)
    net = d2l.train_ch6(nets.normalized(), train_iter, test_iter, 1, 0.1)
    logits, labels = d2l.predict(net, test_iter)
    assert (logits.shape, logits.dtype, labels.dtype) == ((50, 10), np.float32, np.int64)
    assert_array_equal(labels, test_iter.split.labels)
    right = float((logits.argmax(1) == labels).mean())
    assert d2l.evaluate_accuracy_gpu(net, test_iter) == pytest.approx(right, abs=1e-9)
    assert net.history.test_acc == [pytest.approx(right, abs=1e-9)]


@pytest.mark.compiled(True)
def test_prediction_has_dropout_off(d2l: ModuleType, nets: ModuleType) -> None:
    batches = [nets.batch(np.random.default_rng(0).random((5, 1, 8, 8)), np.zeros(5, np.int64))]
    net = d2l.train_ch6(nets.dropping(), batches, batches, 1, 0.1)
    (first, _), (second, _) = d2l.predict(net, batches), d2l.predict(net, batches)
    assert np.abs(first).max() > 0
    assert_array_equal(first, second)


@pytest.mark.parametrize("function", ["predict", "evaluate_accuracy_gpu"])
def test_no_data_is_an_error(d2l: ModuleType, nets: ModuleType, function: str) -> None:
    with pytest.raises(ValueError, match="no example"):
        getattr(d2l, function)(nets.small(), [])


@pytest.mark.parametrize("function", ["predict", "evaluate_accuracy_gpu"])
def test_batches_that_are_no_pairs(d2l: ModuleType, nets: ModuleType, function: str) -> None:
    X, y = nets.batch(np.random.default_rng(0).random((2, 1, 8, 8)), np.arange(2))
    net = d2l.train_ch6(nets.small(), [(X, y)], [(X, y)], 1, 0.1)
    for batch in (X, [X], {"X": X, "y": y}, (X, y, y)):
        with pytest.raises(ValueError, match=r"must be images and labels, `\(X, y\)`"):
            getattr(d2l, function)(net, [batch])


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        ((0, 0.1), {}, "num_epochs must be a whole number above 0, not 0"),
        ((1, -0.1), {}, "lr, the learning rate, must be a number above 0, not -0.1"),
        ((1, float("nan")), {}, "lr, the learning rate"),
        (
            (1, 0.1),
            {"init": "kaiming"},
            "init must be one of 'xavier', 'shared', 'keep', not 'kaiming'",
        ),
        (
            (1, 0.1),
            {"head_bias": float("inf")},
            "head_bias must be a finite number, or several, not inf",
        ),
        ((1, 0.1), {"head_bias": (0, "1")}, "head_bias must be a finite number, .*, not '1'"),
        ((1, 0.1), {"head_bias": 1, "init": "keep"}, "init='keep' leaves all as it is"),
        ((1, 0.1), {"gain": 2, "init": "keep"}, "init='keep' leaves all as it is"),
        ((1, 0.1), {"precision": "float8"}, "precision must be one of 'float32'"),
        ((1, 0.1), {"gain": 0.0}, "gain must be a number above 0, not 0.0"),
        ((1, 0.1), {"momentum": 1.0}, "momentum must be at least 0 and below 1, not 1.0"),
        ((1, 0.1), {"optimizer": "lion"}, "optimizer must be one of 'sgd', 'adam', not 'lion'"),
        ((1, 0.1), {"optimizer": "adam", "momentum": 0.5}, "momentum is a setting of 'sgd'"),
    ],
)
def test_settings_that_make_no_sense(
    d2l: ModuleType, nets: ModuleType, arguments: Any, settings: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        d2l.train_ch6(nets.small(), [], [], *arguments, **settings)
