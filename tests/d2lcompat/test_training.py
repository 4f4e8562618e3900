"""What training does, compared with float64, and what it leaves behind, in every framework."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

Batch = tuple[np.ndarray, np.ndarray]
EARLY = ("tensorflow", "mxnet")  # add Adam's epsilon before the correction of the bias


@pytest.mark.parametrize(
    ("steps", "settings"),
    [(1, {}), (2, {"momentum": 0.9}), (2, {"optimizer": "adam"})],
    ids=["plain", "momentum", "adam"],
)
def test_steps_equal_those_in_float64(
    d2l: ModuleType,
    key: str,
    nets: ModuleType,
    reference: ModuleType,
    put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]],
    noise: Batch,
    steps: int,
    settings: dict[str, Any],
) -> None:
    before = reference.draw(reference.SMALL, seed=1)
    X, y = noise[0].astype(np.float32).astype(np.float64), noise[1]
    batches = [(X, y), (np.flip(X, 2).copy(), y)][:steps]
    if "optimizer" in settings:
        expected, loss = reference.adam(before, batches, 0.2, early=key in EARLY)
    else:
        expected, loss = reference.sgd(before, batches, 0.2, settings.get("momentum", 0.0))
    net = nets.small()
    put(net, before)
    tensors = [nets.batch(*batch) for batch in batches]
    d2l.train_ch6(net, tensors, tensors, 1, 0.2, init="keep", **settings)
    after = get(net)
    assert after.keys() == expected.keys()
    # One comparison of all: each tensor's error is then measured by that tensor's own size.
    errors = {name: np.abs(after[name] - expected[name]).max() for name in expected}
    moved = {name: np.abs(before[name] - expected[name]).max() for name in expected}
    assert_allclose(
        np.array(list(errors.values())), 0, atol=1e-4 * min(moved.values()), err_msg=str(errors)
    )
    assert_allclose(net.history.train_loss, [loss], rtol=1e-5)


def test_gradients_from_before_do_not_count(
    d2l: ModuleType, nets: ModuleType, put: Callable[..., None], noise: Batch,
    get: Callable[[Any], dict[str, np.ndarray]], reference: ModuleType,
) -> None:  # fmt: skip
    batches, after = [nets.batch(*noise)], []
    for disturbed in (False, True):
        net = nets.small()
        if disturbed:
            put(net, reference.draw(reference.SMALL, seed=2))
            nets.backward(net, *batches[0])
        put(net, reference.draw(reference.SMALL, seed=1))
        d2l.train_ch6(net, batches, batches, 1, 0.2, init="keep")
        after.append(get(net))
    for name, tensor in after[0].items():
        assert_allclose(after[1][name], tensor, rtol=1e-5, atol=1e-6, err_msg=name)


def train_twice(
    d2l: ModuleType, nets: ModuleType, seeds: tuple[int, int], name: str = "normalized"
) -> list[Any]:
    """Train a network of `nets` on images of 8 pixels from each seed."""
    nets_trained = []
    for seed in seeds:
        d2l.seed(seed)
        net = getattr(nets, name)()
        nets_trained.append(d2l.train_ch6(net, *d2l.load_data_fashion_mnist(7, 8), 1, 0.1))
    return nets_trained


@pytest.mark.parametrize("name", ["normalized", "dropping"])
def test_the_same_seed_trains_the_same_network(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None],
    get: Callable[[Any], dict[str, np.ndarray]], name: str,
) -> None:  # fmt: skip
    examples(20)
    first, second = train_twice(d2l, nets, (3, 3), name)
    one, other = get(first), get(second)
    for held, tensor in one.items():
        assert_allclose(other[held], tensor, rtol=1e-6, atol=1e-6, err_msg=held)
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


def test_training_again_and_again_says_nothing_of_its_own(
    d2l: ModuleType, nets: ModuleType, noise: Batch, capfd: pytest.CaptureFixture[str]
) -> None:
    batches = [nets.batch(*noise)]
    said: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger = logging.getLogger("tensorflow")  # pytest replaces the stream that it writes to
    logger.addHandler(listener)
    for _ in range(7):
        d2l.train_ch6(nets.small(), batches, batches, 1, 0.1)
    logger.removeHandler(listener)
    out, err = capfd.readouterr()
    assert len(out.splitlines()) == 14
    assert (err, said) == ("", [])


def test_bfloat16_is_offered_or_refused(
    d2l: ModuleType, nets: ModuleType, put: Callable[..., None], noise: Batch,
    get: Callable[[Any], dict[str, np.ndarray]], reference: ModuleType,
) -> None:  # fmt: skip
    before, batches = reference.draw(reference.SMALL, seed=1), [nets.batch(*noise)]

    def train(precision: str) -> dict[str, np.ndarray]:
        net = nets.small()
        put(net, before)
        d2l.train_ch6(net, batches, batches, 1, 0.2, init="keep", precision=precision)
        return get(net)

    if "bfloat16" not in d2l.backend.precisions:
        with pytest.raises(ValueError, match="precision must be one of 'float32', not 'bfloat16'"):
            train("bfloat16")
        return
    exact, coarse = train("float32"), train("bfloat16")
    assert {tensor.dtype for tensor in coarse.values()} == {np.dtype(np.float32)}
    errors = {
        name: np.abs(coarse[name] - tensor).max() / np.abs(tensor - before[name]).max()
        for name, tensor in exact.items()
    }
    # On a processor without AVX-512, oneDNN leaves the graphs of TensorFlow as they are: all of
    # them in float32, or none.
    processor = Path("/proc/cpuinfo")
    plain = processor.is_file() and "avx512f" not in processor.read_text()
    if plain and set(errors.values()) == {0.0}:
        return
    assert all(1e-5 < error < 0.05 for error in errors.values()), f"bfloat16 has 8 bits: {errors}"
