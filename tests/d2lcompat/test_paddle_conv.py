"""Convolutions of PaddlePaddle with each of their options, against PaddlePaddle's own.

Collected with `--framework paddle` alone: see `pytest_ignore_collect` in conftest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import d2lcompat.paddle as d2l  # isort: skip

import paddle
from paddle import nn
from paddle.nn import functional as F

from d2lcompat.backends import paddle as backend

pytestmark = pytest.mark.usefixtures("key")  # they belong to a framework

# Options of a convolution of 4 to 6 channels; `size` of its kernel is 3 if it is not said.
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "1x1": {"size": 1},
    "1x1_stride": {"size": 1, "stride": 2},
    "1x1_padding": {"size": 1, "padding": 1},
    "oblong_kernel": {"size": (3, 2)},
    "padding": {"padding": 2},
    "padding_list": {"padding": [1, 2]},
    "padding_pairs": {"padding": [[0, 0], [0, 0], [1, 2], [0, 1]]},
    "padding_four": {"padding": [1, 2, 0, 1]},
    "padding_four_equal": {"padding": [1, 1, 2, 2]},
    "same": {"padding": "SAME"},
    "same_stride": {"padding": "SAME", "stride": 2},
    "valid": {"padding": "VALID"},
    "stride": {"stride": [2, 1]},
    "dilation": {"dilation": (2, 1), "padding": 1},
    "groups": {"groups": 2},
    "depthwise": {"groups": 4, "channels": 8},
    "one_channel": {"inputs": 1, "padding": 1, "stride": 2, "dilation": 2},
    "one_channel_1x1": {"inputs": 1, "size": 1},
    "one_channel_four": {"inputs": 1, "padding": [1, 2, 0, 1]},
    "nhwc": {"data_format": "NHWC", "padding": 1},
    "nhwc_1x1": {"data_format": "NHWC", "size": 1},
    "reflect": {"padding_mode": "reflect", "padding": 1},
    "circular": {"padding_mode": "circular", "padding": 2},
    "replicate_1x1": {"padding_mode": "replicate", "size": 1, "padding": 1},
    "no_bias": {"bias_attr": False},
    "no_bias_1x1": {"bias_attr": False, "size": 1},
    "weight_attr": {"weight_attr": paddle.ParamAttr(learning_rate=0.5)},
}


def nothing(conv: Any) -> Any:
    return conv


def frozen_weight(conv: Any) -> Any:
    conv.weight.stop_gradient = True
    return conv


def frozen_bias(conv: Any) -> Any:
    conv.bias.stop_gradient = True
    return conv


def hooked(conv: Any) -> Any:
    conv.register_forward_post_hook(lambda layer, inputs, output: 2 * output)
    conv.register_forward_pre_hook(lambda layer, inputs: (inputs[0] + 0.1,))
    return conv


def own_forward(conv: Any) -> Any:
    conv.forward = lambda X: paddle.tanh(nn.Conv2D.forward(conv, X))
    return conv


CHANGES: dict[str, Callable[[Any], Any]] = {
    "nothing": nothing, "frozen_weight": frozen_weight, "frozen_bias": frozen_bias,
    "hooked": hooked, "own_forward": own_forward, "weight_norm": nn.utils.weight_norm,
    "spectral_norm": nn.utils.spectral_norm,
}  # fmt: skip
CASES = [
    *((name, "nothing") for name in OPTIONS),
    *(
        (name, change)
        for name in ("plain", "1x1", "one_channel")
        for change in CHANGES
        if change != "nothing"
    ),
]


@pytest.fixture(autouse=True)
def no_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, which would take most of the time."""
    monkeypatch.setattr("d2lcompat.training.progress.Animator", Mock)


class Net(nn.Layer):
    """A convolution, behind another of another kind, and a dense layer."""

    def __init__(self, change: str, size: Any = 3, **options: Any) -> None:
        super().__init__()
        self.nhwc = options.get("data_format") == "NHWC"
        inputs, channels = options.pop("inputs", 4), options.pop("channels", 6)
        self.first = nn.Conv2D(2, inputs, 3, padding="SAME")
        self.conv = CHANGES[change](nn.Conv2D(inputs, channels, size, **options))
        self.dense = nn.Linear(channels, 10)

    def forward(self, X: Any) -> Any:
        Y = F.relu(self.first(X))
        Y = self.conv(Y.transpose([0, 2, 3, 1]) if self.nhwc else Y)
        return self.dense((Y**2).mean((1, 2) if self.nhwc else (2, 3)))


def build(options: str, change: str) -> Net:
    paddle.seed(0)
    return Net(change, **OPTIONS[options])


@pytest.fixture
def data() -> tuple[Any, Any]:
    images = np.random.default_rng(0).normal(size=(5, 2, 7, 8)).astype("float32")
    return paddle.to_tensor(images), paddle.to_tensor([1, 2, 3, 0, 9])


@pytest.mark.parametrize(("options", "change"), CASES, ids=map("-".join, CASES))
def test_convolution(plain: ModuleType, data: Any, options: str, change: str) -> None:
    """Predicted and trained, it is PaddlePaddle's own, and `forward` is the reader's again."""
    X, y = data
    own, net = build(options, change), build(options, change)
    entry = Mock(listed=False)
    want = plain.logits(own, X, entry)
    assert_allclose(d2l.predict(net, [data])[0], want, rtol=1e-4, atol=1e-5)
    own.train()
    for _ in range(2):
        plain.step(own, X, y, entry, 0.1)
        own.clear_gradients()
    forward, before = vars(net.conv).get("forward"), plain.values(net)
    d2l.train_ch6(net, [data, data], [data], 1, 0.1, init="keep")
    assert vars(net.conv).get("forward") is forward
    for got, expected in zip(plain.values(net), plain.values(own), strict=True):
        assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
    moved = [abs(a - b).max() for a, b in zip(plain.values(net), before, strict=True)]
    assert max(moved) > 1e-3


@pytest.mark.parametrize("options", ["plain", "1x1", "one_channel", "groups"])
@pytest.mark.parametrize("first", ["trains", "frozen", "absent"])
def test_gradients_after_an_evaluation(data: Any, options: str, first: str) -> None:
    """Whatever was compiled before, in `no_grad` for example, each weight gets its gradient."""

    def gradients(fast: bool) -> list[np.ndarray]:
        net = build(options, "nothing")
        X = paddle.concat([data[0]] * 2, 1)[:, : net.conv.weight.shape[1] * net.conv._groups]
        if first == "frozen":
            net.first.weight.stop_gradient = net.first.bias.stop_gradient = True
        part = net.conv if first == "absent" else net
        images = X if first == "absent" else data[0]
        steps = backend.fast_convolutions(part) if fast else nullcontext()
        with steps:
            with paddle.no_grad():
                part(images)
            (part(images) ** 2).mean().backward()
        return [p.grad.numpy() for p in part.parameters() if not p.stop_gradient]

    for got, expected in zip(gradients(True), gradients(False), strict=True):
        assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
        assert abs(expected).max() > 0


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_of_any_size(data: Any, size: int) -> None:
    net = build("plain", "nothing")
    whole = d2l.predict(net, [data])[0]
    parts = [(data[0][i : i + size], data[1][i : i + size]) for i in range(0, 5, size)]
    assert_allclose(d2l.predict(net, parts)[0], whole, rtol=1e-4, atol=1e-5)
    assert_array_equal(d2l.predict(net, parts)[1], data[1].numpy())
