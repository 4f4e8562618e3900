"""The weights with which training begins, in every framework."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import load_file
from scipy import stats

pytestmark = pytest.mark.compiled(False)
Batch = tuple[np.ndarray, np.ndarray]


class Spy:
    """Give one batch, and note the network's weights before it."""

    def __init__(self, batch: Any, look: Callable[[], Any]) -> None:
        self.batch, self.look = batch, look
        self.seen: Any = None

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Any]:
        self.seen = self.look()
        yield self.batch

    def peek(self) -> Any:
        return self.batch


@pytest.fixture(scope="module", params=["xavier", "shared"])
def init(request: pytest.FixtureRequest) -> str:
    """Return a way to draw the first weights."""
    return str(request.param)


@pytest.fixture(scope="module")
def drawn(
    d2l: ModuleType, nets: ModuleType, init: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, np.ndarray]:
    """Return the weights with which training begins."""
    net, batch = nets.wide(), nets.batch(np.ones((2, 1, 12, 12)), np.arange(2))
    path = tmp_path_factory.mktemp("drawn") / "first.safetensors"
    d2l.seed(1)
    spy = Spy(batch, lambda: d2l.save_weights(net, path))
    d2l.train_ch6(net, spy, [batch], 1, 0.1, init=init)
    return load_file(path)


@pytest.mark.parametrize(
    ("layer", "fans"), [(0, 17 * 25), (1, 80 * 9), (2, 264), (3, 400), (4, 400), (5, 210)]
)
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


@pytest.mark.parametrize("init", ["shared"], indirect=True, scope="module")
def test_shared_weights_are_the_same_in_every_framework(drawn: dict[str, np.ndarray]) -> None:
    digest = hashlib.sha256()
    for name in sorted(drawn):
        digest.update(name.encode() + np.ascontiguousarray(drawn[name], "<f4").tobytes())
    # Written out, for each framework is tested in a process of its own.
    assert digest.hexdigest() == "74e5a2c23bc4f62cfd9ffe3fab3193499e4466324872fc33e1f87547f0297457"


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


def test_gain_widens_the_first_weights(
    d2l: ModuleType, nets: ModuleType, get: Callable[[Any], dict[str, np.ndarray]], noise: Batch
) -> None:
    batch, seen = nets.batch(*noise), []
    for gain in (1.0, 3.0):
        d2l.seed(1)
        net = nets.small()
        spy = Spy(batch, lambda net=net: get(net))
        d2l.train_ch6(net, spy, [batch], 1, 0.1, init="shared", gain=gain)
        seen.append(spy.seen)
    for name, tensor in seen[0].items():
        assert_allclose(seen[1][name], 3 * tensor, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("init", ["xavier", "shared"], scope="function")
@pytest.mark.parametrize(("head_bias", "expected"), [(1.5, [0, 1.5]), ((0.5, 1.5), [0.5, 1.5])])
def test_head_bias_is_where_the_last_biases_begin(
    d2l: ModuleType, nets: ModuleType, get: Callable[[Any], dict[str, np.ndarray]], noise: Batch,
    init: str, head_bias: Any, expected: list[float],
) -> None:  # fmt: skip
    net, batch = nets.small(), nets.batch(*noise)
    spy = Spy(batch, lambda: get(net))
    d2l.train_ch6(net, spy, [batch], 1, 0.1, init=init, head_bias=head_bias)
    biases = [tensor for name, tensor in sorted(spy.seen.items()) if name.endswith("bias")]
    assert len(biases) == len(expected)
    for bias, value in zip(biases, expected, strict=True):
        assert_array_equal(bias, value)


@pytest.mark.parametrize(
    ("head_bias", "message"),
    [(1.0, "no '0.bias'"), ((1.0, 1.0), "for 2 layers, the network has 1")],
)
def test_head_bias_needs_biases(
    d2l: ModuleType, nets: ModuleType, noise: Batch, head_bias: Any, message: str
) -> None:
    batch = nets.batch(*noise)
    with pytest.raises(ValueError, match=message):
        d2l.train_ch6(nets.unbiased(), [batch], [batch], 1, 0.1, head_bias=head_bias)


@pytest.mark.parametrize("name", ["transposed_conv", "grouped", "norm", "subclass"])
def test_xavier_draws_convolutions_and_dense_layers_alone(
    d2l: ModuleType, zoo: ModuleType, plain: ModuleType, name: str,
    get: Callable[[Any], dict[str, np.ndarray]], put: Callable[..., None],
) -> None:  # fmt: skip
    entry = zoo.ZOO[name]
    net, batch = entry.build(), plain.batch(*entry.examples(4))
    d2l.train_ch6(net, [batch], [batch], 1, 1e-30, init="keep")
    before = {held: np.full_like(tensor, 0.25) for held, tensor in get(net).items()}
    put(net, before, layout=d2l.backend.layout)
    d2l.train_ch6(net, [batch], [batch], 1, 1e-30)
    for held, tensor in get(net).items():
        if tensor.ndim > 1:
            assert np.ptp(tensor) > 0.1, held
        elif held.endswith(".weight"):
            assert_array_equal(tensor, 0.25, err_msg=held)
        elif held.endswith(".running_var"):
            assert tensor.max() < 1, "kept, and moved by one step from a quarter"
