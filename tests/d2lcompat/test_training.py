"""What training does, compared with float64, and what it leaves behind, in every framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

Batch = tuple[np.ndarray, np.ndarray]


@pytest.mark.parametrize(("steps", "momentum"), [(1, 0.0), (2, 0.9)], ids=["plain", "momentum"])
def test_steps_equal_those_in_float64(
    d2l: ModuleType,
    nets: ModuleType,
    reference: ModuleType,
    put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]],
    noise: Batch,
    steps: int,
    momentum: float,
) -> None:
    before = reference.draw(reference.SMALL, seed=1)
    X, y = noise[0].astype(np.float32).astype(np.float64), noise[1]
    batches = [(X, y), (np.flip(X, 2).copy(), y)][:steps]
    expected, loss = reference.sgd(before, batches, 0.2, momentum)
    net = nets.small()
    put(net, before)
    tensors = [nets.batch(*batch) for batch in batches]
    d2l.train_ch6(net, tensors, tensors, 1, 0.2, init="keep", momentum=momentum)
    after = get(net)
    assert after.keys() == expected.keys()
    # One comparison of all: each tensor's error is then measured by that tensor's own size.
    errors = {name: np.abs(after[name] - expected[name]).max() for name in expected}
    moved = {name: np.abs(before[name] - expected[name]).max() for name in expected}
    assert_allclose(
        np.array(list(errors.values())), 0, atol=1e-4 * min(moved.values()), err_msg=str(errors)
    )
    assert_allclose(net.history.train_loss, [loss], rtol=1e-5)


class Spy:
    """Give one batch, and note the network's weights before it."""

    def __init__(self, batch: Any, look: Callable[[], Any]) -> None:
        self.batch, self.look, self.seen = batch, look, None

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        self.seen = self.look()
        yield self.batch

    def peek(self) -> Any:
        return self.batch


@pytest.fixture
def drawn(
    d2l: ModuleType, nets: ModuleType, get: Callable[[Any], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Return the weights with which training begins."""
    net, batch = nets.wide(), nets.batch(np.ones((2, 1, 12, 12)), np.arange(2))
    d2l.seed(1)
    spy = Spy(batch, lambda: get(net))
    d2l.train_ch6(net, spy, [batch], 1, 0.1)
    assert spy.seen is not None
    return spy.seen


@pytest.mark.parametrize(("layer", "fans"), [(0, 17 * 25), (1, 80 * 9), (2, 264), (3, 400), (4, 400), (5, 210)])
def test_initial_weights_are_xavier_uniform(
    drawn: dict[str, np.ndarray], layer: int, fans: int
) -> None:
    bound = np.sqrt(6 / fans)
    weight = drawn[f"{layer}.weight"].ravel()
    assert np.abs(weight).max() <= bound * (1 + 1e-6)
    assert stats.kstest(weight, stats.uniform(-bound, 2 * bound).cdf).pvalue > 1e-3


@pytest.mark.parametrize("layer", range(6))
def test_initial_biases_are_zero(drawn: dict[str, np.ndarray], layer: int) -> None:
    assert_array_equal(drawn[f"{layer}.bias"], 0)


def test_layers_of_one_shape_are_drawn_anew(drawn: dict[str, np.ndarray]) -> None:
    similarity = np.corrcoef(drawn["3.weight"].ravel(), drawn["4.weight"].ravel())[0, 1]
    assert abs(similarity) < 0.05


def test_keep_keeps(
    d2l: ModuleType, nets: ModuleType, reference: ModuleType, put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]], noise: Batch,
) -> None:  # fmt: skip
    before = reference.draw(reference.SMALL, seed=2)
    net, batch = nets.small(), nets.batch(*noise)
    put(net, before)
    spy = Spy(batch, lambda: get(net))
    d2l.train_ch6(net, spy, [batch], 1, 0.1, init="keep")
    assert spy.seen is not None
    for name, tensor in before.items():
        assert_array_equal(spy.seen[name], tensor, err_msg=name)


def test_xavier_sets_every_weight(
    d2l: ModuleType, nets: ModuleType, put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]], reference: ModuleType, noise: Batch,
) -> None:  # fmt: skip
    before = reference.draw(reference.SMALL, seed=2)
    net, batch = nets.small(), nets.batch(*noise)
    put(net, before)
    spy = Spy(batch, lambda: get(net))
    d2l.train_ch6(net, spy, [batch], 1, 0.1)
    assert spy.seen is not None
    for name, tensor in before.items():
        assert not np.isin(spy.seen[name], tensor).any(), name


def train_twice(d2l: ModuleType, nets: ModuleType, seeds: tuple[int, int]) -> list[Any]:
    nets_trained = []
    for seed in seeds:
        d2l.seed(seed)
        net = nets.normalized()
        nets_trained.append(d2l.train_ch6(net, *d2l.load_data_fashion_mnist(7, 12), 1, 0.1))
    return nets_trained


def test_the_same_seed_trains_the_same_network(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None],
    get: Callable[[Any], dict[str, np.ndarray]],
) -> None:  # fmt: skip
    examples(20)
    first, second = train_twice(d2l, nets, (3, 3))
    one, other = get(first), get(second)
    for name, tensor in one.items():
        assert_allclose(other[name], tensor, rtol=1e-6, atol=1e-6, err_msg=name)
    assert_allclose(second.history.train_loss, first.history.train_loss, rtol=1e-6)


def test_another_seed_trains_another_network(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None],
    get: Callable[[Any], dict[str, np.ndarray]],
) -> None:  # fmt: skip
    examples(20)
    one, other = map(get, train_twice(d2l, nets, (3, 4)))
    assert np.abs(one["0.weight"] - other["0.weight"]).max() > 0.01


def test_a_loss_that_is_not_a_number_stops(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None]
) -> None:
    examples(64)
    train_iter, test_iter = d2l.load_data_fashion_mnist(8)
    with pytest.raises(FloatingPointError, match=r"epoch 1, batch \d.*learning rate ten times"):
        d2l.train_ch6(nets.small(), train_iter, test_iter, 1, 1e30)
