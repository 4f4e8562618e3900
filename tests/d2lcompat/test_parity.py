"""Every framework computes the same NiN: forwards, backwards, and over ten steps of training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from d2lcompat.data import fashion_mnist as _data

NIN = Path(__file__).parents[2] / "chapters" / "nin"
Tensors = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def expected(parity: ModuleType) -> Tensors:
    """Return what float64 gives."""
    return dict(parity.reference())


@pytest.fixture
def net(nets: ModuleType, parity: ModuleType, put: Callable[..., None]) -> Any:
    """Return NiN without dropout, with the weights of the reference."""
    network = nets.nin(dropout=0.0)
    put(network, parity.weights(), input_shape="[1, 224, 224]")
    return network


def error(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest error, relative to the largest value expected."""
    return float(np.abs(got - expected).max() / np.abs(expected).max())


def errors(got: Tensors, expected: Tensors, kind: str) -> dict[str, float]:
    """Return the error of each tensor."""
    wanted = {name.removeprefix(kind): t for name, t in expected.items() if name.startswith(kind)}
    assert got.keys() == wanted.keys()
    return {name: error(got[name], t) for name, t in wanted.items()}


def test_the_reference_is_not_trivial(parity: ModuleType, expected: Tensors, key: str) -> None:
    assert (expected["narrow"] > 5e-7).all(), "a rounding error could turn a gradient aside"
    assert (expected["logits"] > 0).all(), "a class channel is zero, its gradient says nothing"
    for name in parity.weights():
        assert np.abs(expected[f"gradient {name}"]).max() > 1e-3, name


def test_logits_loss_and_gradients(
    d2l: ModuleType, nets: ModuleType, net: Any, expected: Tensors, get: Callable[[Any], Tensors],
) -> None:  # fmt: skip
    X, y = nets.batch(expected["X"], expected["y"])
    logits, _ = d2l.predict(net, [(X, y)])
    assert error(logits, expected["logits"]) <= 1e-5
    loss = nets.backward(net, X, y)
    assert error(np.array(loss), expected["loss"]) <= 1e-5
    found = errors(get(net), expected, "gradient ")
    assert max(found.values()) <= 1e-4, found


def test_ten_steps_of_sgd(
    d2l: ModuleType, nets: ModuleType, parity: ModuleType, net: Any, expected: Tensors,
    get: Callable[[Any], Tensors],
) -> None:  # fmt: skip
    train_iter = [nets.batch(*batch) for batch in parity.batches()]
    d2l.train_ch6(net, train_iter, train_iter[:1], 1, parity.LR, init="keep")
    # Ten steps carry each rounding on: 1.1e-5 in PaddlePaddle on a processor with AVX-512.
    assert error(np.array(net.history.train_loss[0]), expected["losses"].mean()) <= 2e-5
    after, before = get(net), parity.weights()
    found = errors(after, expected, "after ")
    assert max(found.values()) <= 1e-4, found
    # The weights hardly move in ten steps: so the way they went is compared as well.
    ways = {n: error(after[n] - t, expected[f"after {n}"] - t) for n, t in before.items()}
    assert max(ways.values()) <= 1e-2, ways


def test_the_trained_network_predicts_the_same(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None]
) -> None:
    examples(512)
    net = nets.nin()
    d2l.load_weights(net, NIN / "nin.safetensors")
    logits, labels = d2l.predict(net, d2l.load_data_fashion_mnist(64, resize=224)[1])
    precise = np.load(NIN / "logits.npy")[:512]
    assert error(logits, precise) < 1e-5
    best = np.sort(precise, axis=1)
    clear = best[:, -1] - best[:, -2] > 1e-4
    assert clear.sum() > 500
    assert (logits.argmax(1) == precise.argmax(1))[clear].all()
    assert (logits.argmax(1) == labels).mean() > 0.85  # 0.9 of all, four standard errors below


def test_the_trained_network_is_right_in_nine_of_ten(key: str) -> None:
    precise, labels = np.load(NIN / "logits.npy"), _data.fashion_mnist()[1].labels
    assert (precise.argmax(1) == labels).mean() >= 0.9
