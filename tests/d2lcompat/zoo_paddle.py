"""The zoo in PaddlePaddle: networks as readers write them, each with something special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle
from paddle import nn
from paddle.nn import functional as F
from zoo import Entry

LACKS = {
    "lazy": "PaddlePaddle's layers have their weights from the start",
    "data_parallel": "it wants a process group",
    "data_parallel_two": "it wants a process group",
}


class Net(nn.Layer):
    """A convolution, then a dense layer; `middle` is what happens between, with `parts`."""

    def __init__(
        self, middle: Callable[[Any, Any], Any], features: int = 256, **parts: Any
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2D(1, 4, 3, padding=1)
        for name, part in parts.items():
            setattr(self, name, part)
        self.dense = nn.Linear(features, 10)
        self.middle = middle

    def forward(self, X: Any) -> Any:
        return self.dense(self.middle(self, F.relu(self.conv(X))))


def sequence(*middle: Any, conv: Any = None, channels: int = 4) -> Any:
    first = nn.Conv2D(1, 4, 3, padding=1) if conv is None else conv
    return nn.Sequential(
        first, nn.ReLU(), *middle, nn.AdaptiveAvgPool2D((2, 2)), nn.Flatten(),
        nn.Linear(channels * 4, 10),
    )  # fmt: skip


def twice() -> Any:
    conv = nn.Conv2D(4, 4, 3, padding=1)
    return sequence(conv, nn.ReLU(), conv)


def over_two() -> Any:
    conv = nn.Conv2D(4, 4, 3, padding=1)
    return sequence(nn.Sequential(conv, nn.ReLU()), nn.Sequential(nn.Tanh(), conv))


def tied() -> Any:
    one, other = nn.Conv2D(4, 4, 3, padding=1), nn.Conv2D(4, 4, 3, padding=1)
    other.weight = one.weight
    return sequence(one, nn.ReLU(), other)


def frozen() -> Any:
    net = sequence(nn.Conv2D(4, 4, 3, padding=1))
    for p in net[0].parameters():
        p.stop_gradient = True
    return net


def frozen_norm() -> Any:
    net = sequence(nn.BatchNorm2D(4), nn.Dropout(0.5))
    net[2].eval()
    for p in net[2].parameters():
        p.stop_gradient = True
    return net


class Scaled(nn.Conv2D):
    def forward(self, X: Any) -> Any:
        return 3 * super().forward(X)


class Normalized(nn.Conv2D):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = nn.BatchNorm2D(self._out_channels)

    def forward(self, X: Any) -> Any:
        return self.norm(super().forward(X))


class ScratchNorm(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        ones = nn.initializer.Constant(1.0)
        self.gamma = self.create_parameter([1, 4, 1, 1], default_initializer=ones)
        self.beta = self.create_parameter([1, 4, 1, 1], is_bias=True)

    def forward(self, X: Any) -> Any:
        mean = X.mean((0, 2, 3), keepdim=True)
        var = ((X - mean) ** 2).mean((0, 2, 3), keepdim=True)
        return self.gamma * (X - mean) / paddle.sqrt(var + 1e-5) + self.beta


class Two(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2D(1, 4, 3), nn.Conv2D(3, 4, 3)
        self.dense = nn.Linear(8, 10)

    def forward(self, A: Any, B: Any) -> Any:
        pooled = [self.left(A).mean((2, 3)), self.right(B).mean((2, 3))]
        return self.dense(paddle.concat(pooled, 1))


class List(Two):
    def forward(self, Xs: Any) -> Any:
        return super().forward(*Xs)


class Residual(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2D(4, 4, 3, padding=1), nn.BatchNorm2D(4)
        self.conv2, self.bn2 = nn.Conv2D(4, 4, 3, padding=1), nn.BatchNorm2D(4)

    def forward(self, X: Any) -> Any:
        Y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(X)))))
        Y += X
        return F.relu(Y)


class Pair(nn.Layer):
    """Two convolutions of equal shape, `a` before `b`, registered in either order."""

    def __init__(self, names: str = "ab") -> None:
        super().__init__()
        self.dense = nn.Linear(1, 10)
        for name in names:
            setattr(self, name, nn.Conv2D(1, 1, 3, padding=1))
        self.names = names

    def forward(self, X: Any) -> Any:
        first, second = sorted(self.names)
        Y = getattr(self, second)(F.relu(getattr(self, first)(X)))
        return self.dense(Y.mean((2, 3)))


class Recurrent(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = nn.LSTM(8, 6), nn.Linear(6, 10)

    def forward(self, X: Any) -> Any:
        outputs, _ = self.lstm(X[:, 0])
        return self.dense(outputs[:, -1])


class Attentive(nn.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiHeadAttention(8, 2, need_weights=True)
        self.dense = nn.Linear(8, 10)

    def forward(self, X: Any) -> Any:
        outputs, _ = self.attention(X[:, 0])
        return self.dense(outputs.mean(1))


def own_forward() -> Any:
    net = sequence()
    conv = net[0]
    conv.forward = lambda X: paddle.tanh(nn.Conv2D.forward(conv, X))
    return net


def hooked() -> Any:
    net = sequence()
    net[0].register_forward_post_hook(lambda m, args, output: 2 * output)
    net[-1].register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    return net


def own_weight() -> Any:
    half = nn.initializer.Constant(0.7)
    scale = paddle.create_parameter([4, 1, 1], "float32", default_initializer=half)
    return Net(lambda net, Y: (Y * net.scale).flatten(1), scale=scale)


def listed() -> Any:
    blocks = nn.LayerList([nn.Conv2D(4, 4, 1), nn.LayerDict({"norm": nn.BatchNorm2D(4)})])
    return Net(lambda net, Y: net.blocks[1]["norm"](net.blocks[0](Y)).flatten(1), blocks=blocks)


TWO = ((1, 6, 6), (3, 5, 7))
ZOO = {
    "sequence": Entry(sequence),
    "view": Entry(lambda: Net(lambda net, Y: Y.view([Y.shape[0], -1]))),
    "reshape": Entry(lambda: Net(lambda net, Y: Y.reshape([-1, 256]))),
    "twice": Entry(twice),
    "over_two": Entry(over_two),
    "tied": Entry(tied),
    "frozen": Entry(frozen),
    "frozen_norm": Entry(frozen_norm),
    "subclass": Entry(lambda: sequence(conv=Scaled(1, 4, 3, padding=1))),
    "subclass_with_part": Entry(lambda: sequence(conv=Normalized(1, 4, 3)), saved=False),
    "norm": Entry(lambda: sequence(nn.BatchNorm2D(4))),
    "norm_no_scale": Entry(lambda: sequence(
        nn.BatchNorm2D(4, weight_attr=False, bias_attr=False))),
    "norm_scratch": Entry(lambda: sequence(ScratchNorm()), saved=False),
    "layer_norm": Entry(lambda: sequence(nn.LayerNorm((8, 8)), nn.GroupNorm(2, 4))),
    "two_arguments": Entry(Two, TWO),
    "one_list": Entry(List, TWO, listed=True),
    "residual": Entry(lambda: sequence(Residual())),
    "other_order": Entry(lambda: Pair("ba")),
    "unused": Entry(lambda: Net(lambda net, Y: Y.flatten(1), extra=nn.Linear(3, 2))),
    "own_weight": Entry(own_weight, saved=False),
    "oblong": Entry(sequence, ((1, 5, 9),)),
    "rgb": Entry(lambda: sequence(conv=nn.Conv2D(3, 4, 3)), ((3, 8, 8),)),
    "pixel": Entry(lambda: nn.Sequential(
        nn.Conv2D(1, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4, 10)), ((1, 1, 1),)),
    "wide_output": Entry(lambda: nn.Sequential(
        nn.Conv2D(1, 10, 3), nn.AdaptiveAvgPool2D((1, 1)), nn.Flatten())),
    "conv1d": Entry(lambda: nn.Sequential(
        nn.Conv1D(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 7, 10)), ((2, 9),)),
    "conv3d": Entry(lambda: nn.Sequential(
        nn.Conv3D(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8, 10)), ((2, 4, 4, 4),)),
    "grouped": Entry(lambda: sequence(nn.Conv2D(4, 8, 3, 2, 1, dilation=2, groups=4), channels=8)),
    "transposed_conv": Entry(lambda: sequence(nn.Conv2DTranspose(4, 6, 3, stride=2), channels=6)),
    "no_bias": Entry(lambda: nn.Sequential(
        nn.Conv2D(1, 4, 3, bias_attr=False), nn.Flatten(), nn.Linear(144, 10, bias_attr=False)),
        biased=False),
    "dropout": Entry(lambda: sequence(nn.Dropout2D(0.5), nn.Dropout(0.5))),
    "lstm": Entry(Recurrent, saved=False, rows=1),
    "attention": Entry(Attentive),
    "spectral_norm": Entry(lambda: sequence(
        conv=nn.utils.spectral_norm(nn.Conv2D(1, 4, 3))), saved=False),
    "weight_norm": Entry(lambda: sequence(
        conv=nn.utils.weight_norm(nn.Conv2D(1, 4, 3))), saved=False),
    "own_forward": Entry(own_forward),
    "hooked": Entry(hooked),
    "listed": Entry(listed),
    "compiled": Entry(lambda: paddle.jit.to_static(sequence(nn.BatchNorm2D(4)))),
    "compiled_list": Entry(lambda: paddle.jit.to_static(List()), TWO, listed=True),
    "float64": Entry(lambda: sequence().to(dtype="float64"), dtype="float64"),
}  # fmt: skip
