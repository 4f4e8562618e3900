"""What `diagnose` says of networks that were made sick on purpose."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from d2lcompat.networks import diagnose as _diagnose

Tensors = dict[str, np.ndarray]
Batch = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def diagnose(
    d2l: ModuleType, nets: ModuleType, put: Callable[..., None], reference: ModuleType,
    noise: Batch, capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:  # fmt: skip
    """Return a function that changes some weights of a small network and diagnoses it."""

    def changed(**factors: Any) -> str:
        weights = {n: t.astype(np.float32) for n, t in reference.draw(reference.SMALL, 1).items()}
        for name, value in factors.items():
            key = name.replace("_", ".", 1).lstrip("t")
            weights[key] = np.asarray(value(weights[key]), np.float32)
        net = nets.small()
        put(net, weights)
        found = d2l.diagnose(net, nets.batch(*noise))
        out = capsys.readouterr().out
        assert out.endswith("\n".join(found or ["Nothing stands out."]) + "\n")
        return str(out)

    return changed


def test_a_network_that_learns_nothing(diagnose: Callable[..., str]) -> None:
    out = diagnose(t1_weight=np.zeros_like, t1_bias=np.zeros_like)
    assert "The loss is 2.303, that of a guess among 10 classes." in out
    assert "10 of 10 outputs are zero for all 6 examples (number 0, 1, 2," in out


def test_a_dead_class(diagnose: Callable[..., str]) -> None:
    alive = np.arange(10) != 3
    out = diagnose(t1_weight=lambda W: W * alive[:, None, None, None], t1_bias=lambda b: b * alive)
    assert "1 of 10 outputs are zero for all 6 examples (number 3):" in out
    assert "9 of 10" not in out


def test_dead_hidden_channels(diagnose: Callable[..., str]) -> None:
    out = diagnose(t0_bias=lambda b: np.where(np.arange(4) < 3, -100, b))
    assert "more than half of the channels are zero for all examples" in out
    assert "3 of 4" in out


def test_shrinking_activations(diagnose: Callable[..., str]) -> None:
    out = diagnose(t1_weight=lambda W: W * 1e-4, t1_bias=np.zeros_like)
    assert "activations shrink to 1/" in out
    assert "gain=2**0.5" in out


def test_sure_of_wrong_answers(diagnose: Callable[..., str]) -> None:
    out = diagnose(t1_bias=lambda b: np.where(np.arange(10) == 9, 50, b))
    assert "worse than a guess (2.303)" in out


def test_numbers_that_are_none(diagnose: Callable[..., str]) -> None:
    out = diagnose(t1_bias=lambda b: np.full_like(b, np.nan))
    assert "no finite numbers" in out


def test_the_table_has_a_line_for_each_layer(diagnose: Callable[..., str]) -> None:
    head, *lines = diagnose().splitlines()
    assert head.split() == ["Layer", "scale", "zero", "dead", "channels"]
    assert any(line.startswith("Conv2") and line.endswith("0 of 10") for line in lines)


def test_the_network_is_left_as_it_was(
    d2l: ModuleType, nets: ModuleType, get: Callable[[Any], Tensors], noise: Batch
) -> None:
    net, batch = nets.dropping(), nets.batch(*noise)
    net = d2l.train_ch6(nets.given(net), [batch], [batch], 1, 0.1)
    before = get(net)
    d2l.diagnose(net, batch)
    for name, tensor in get(net).items():
        np.testing.assert_array_equal(tensor, before[name])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.arange(5), "the batch has 6 images and 5 labels"),
        (np.array([0, 1, 2, 3, 4, 10]), "a label is 10, and the network has 10 outputs"),
        (np.array([0, 1, 2, 3, 4, -1]), "a label is -1, and the network has 10 outputs"),
    ],
)
def test_labels_that_do_not_fit(
    d2l: ModuleType, nets: ModuleType, noise: Batch, labels: np.ndarray, message: str
) -> None:
    batch = nets.batch(noise[0], noise[1])[0], labels
    net = d2l.train_ch6(
        nets.given(nets.small()), [nets.batch(*noise)], [nets.batch(*noise)], 1, 0.1
    )
    with pytest.raises(ValueError, match=message):
        d2l.diagnose(net, batch)


def test_probabilities_are_no_logits(key: str) -> None:
    scores = np.random.default_rng(0).random((6, 10))
    scores /= scores.sum(1, keepdims=True)
    found = _diagnose.findings([], scores, np.arange(6))
    assert any("leave out the softmax" in line for line in found)
    assert not _diagnose.findings([], 3 * np.eye(10)[:6] - 1, np.arange(6))


def test_outputs_that_do_not_see_the_image(key: str) -> None:
    found = _diagnose.findings([], np.tile(np.linspace(-1, 2, 10), (6, 1)), np.arange(6))
    assert any("the same for every example" in line for line in found)


def test_twelve_layers_that_each_halve_the_variance(key: str) -> None:
    layers = [_diagnose.Activity("A", 2 ** (-i / 2), 0, 0, 4) for i in range(12)]
    (found,) = _diagnose.findings(layers, 3 * np.eye(10)[:6] - 1, np.arange(6))
    assert "activations shrink to 1/45 of" in found
    assert not _diagnose.findings(layers[:8], 3 * np.eye(10)[:6] - 1, np.arange(6))


def test_growing_activations(key: str) -> None:
    layers = [_diagnose.Activity("A", 0.1, 0, 0, 4), _diagnose.Activity("B", 100.0, 0, 0, 4)]
    found = _diagnose.findings(layers, 3 * np.eye(10)[:6] - 1, np.arange(6))
    assert found == [
        "From the first layer to the last, activations grow 1,000 times. Draw smaller weights, or "
        "lower the learning rate."
    ]


def scores(loss: float) -> np.ndarray:
    """Return logits of ten examples whose cross-entropy for the labels 0 to 9 is `loss`."""
    odds = np.log(9 / (np.exp(loss) - 1))
    return odds * np.eye(10) + np.tile(np.linspace(-0.3, 0.3, 10), (10, 1)).T


CHANCE = float(np.log(10))
ACTIVE = _diagnose.Activity("A", 1.0, 0.0, 0, 8)
# What is just within a threshold and what is just beyond it.
THRESHOLDS: dict[str, tuple[Any, Any, str]] = {
    "guess": (([], scores(1.009 * CHANCE)), ([], scores(1.012 * CHANCE)), "that of a guess"),
    "guess below": (([], scores(0.991 * CHANCE)), ([], scores(0.988 * CHANCE)), "of a guess"),
    "worse": (([], scores(1.52 * CHANCE)), ([], scores(1.48 * CHANCE)), "worse than a guess"),
    "dead": (
        ([_diagnose.Activity("A", 1.0, 0, 5, 8), ACTIVE], scores(1.0)),
        ([_diagnose.Activity("A", 1.0, 0, 4, 8), ACTIVE], scores(1.0)),
        "more than half of the channels",
    ),
    "faded": (
        ([ACTIVE, _diagnose.Activity("B", 1 / 31, 0, 0, 8)], scores(1.0)),
        ([ACTIVE, _diagnose.Activity("B", 1 / 29, 0, 0, 8)], scores(1.0)),
        "activations shrink to 1/31 of",
    ),
    "grown": (
        ([ACTIVE, _diagnose.Activity("B", 101, 0, 0, 8)], scores(1.0)),
        ([ACTIVE, _diagnose.Activity("B", 99, 0, 0, 8)], scores(1.0)),
        "activations grow 101 times",
    ),
    "same": (
        ([], np.linspace(-1, 2, 10) + 1.9e-4 * (np.arange(10)[:, None] % 2)),
        ([], np.linspace(-1, 2, 10) + 9e-4 * (np.arange(10)[:, None] % 2)),
        "the same for every example",
    ),
    "probabilities": (
        ([], np.abs(scores(1.0)) / np.abs(scores(1.0)).sum(1, keepdims=True) * 1.0009),
        ([], np.abs(scores(1.0)) / np.abs(scores(1.0)).sum(1, keepdims=True) * 1.002),
        "add up to one",
    ),
}


@pytest.mark.parametrize("name", THRESHOLDS)
def test_each_finding_begins_where_it_should(name: str) -> None:
    beyond, within, words = THRESHOLDS[name]
    labels = np.arange(10)
    assert any(words in line for line in _diagnose.findings(*beyond, labels))
    begin = words.split(" 1")[0].split(" 101")[0]
    assert not any(begin in line for line in _diagnose.findings(*within, labels))
