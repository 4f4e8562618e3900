"""The zoo in MXNet: networks as readers write them, each with something special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mxnet import init, np, npx
from mxnet.gluon import nn, rnn
from zoo import Entry

npx.set_np()

LACKS = {
    "frozen_norm": "layers have no modes of their own",
    "unused": "its Trainer refuses a weight that no gradient has reached",
    "attention": "MXNet has no such layer",
    "spectral_norm": "MXNet has no such function",
    "weight_norm": "MXNet has no such function",
    "data_parallel": "MXNet splits batches instead of wrapping networks",
    "data_parallel_two": "MXNet splits batches instead of wrapping networks",
    "compiled_list": "a network that is hybridized takes tensors alone",
    "float64": "its Trainer and its layers mix it with float32",
}


def initialized(net: Any) -> Any:
    net.initialize(init.Xavier())
    return net


class Net(nn.Block):
    """A convolution, then a dense layer; `middle` is what happens between, with `parts`."""

    def __init__(self, middle: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.conv = nn.Conv2D(4, 3, padding=1, activation="relu")
        for name, part in parts.items():
            setattr(self, name, part)
        self.dense = nn.Dense(10)
        self.middle = middle
        self.initialize(init.Xavier())

    def forward(self, X: Any) -> Any:
        return self.dense(self.middle(self, self.conv(X)))


def sequence(*middle: Any, conv: Any = None, kind: Any = nn.Sequential) -> Any:
    net = kind()
    first = nn.Conv2D(4, 3, padding=1) if conv is None else conv
    net.add(first, nn.Activation("relu"), *middle, nn.AvgPool2D(4, 4), nn.Dense(10))
    return initialized(net)


def block(*layers: Any) -> Any:
    net = nn.Sequential()
    net.add(*layers)
    return net


def conv(channels: int = 4, **settings: Any) -> Any:
    return nn.Conv2D(channels, 3, padding=1, **settings)


def twice() -> Any:
    layer = conv()
    return sequence(layer, nn.Activation("relu"), layer)


def over_two() -> Any:
    layer = conv()
    return sequence(block(layer, nn.Activation("relu")), block(nn.Activation("tanh"), layer))


def tied() -> Any:
    one = conv()
    return sequence(one, nn.Activation("relu"), conv(params=one.params))


def frozen() -> Any:
    net = sequence(conv())
    net[0].collect_params().setattr("grad_req", "null")
    return net


class Scaled(nn.Conv2D):
    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        return 3 * super().hybrid_forward(F, x, weight, bias)


class Normalized(nn.Conv2D):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = nn.BatchNorm()

    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        return self.norm(super().hybrid_forward(F, x, weight, bias))


class ScratchNorm(nn.Block):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = self.params.get("gamma", shape=(1, 4, 1, 1), init=init.One())
        self.beta = self.params.get("beta", shape=(1, 4, 1, 1), init=init.Zero())

    def forward(self, X: Any) -> Any:
        mean = X.mean(axis=(0, 2, 3), keepdims=True)
        var = ((X - mean) ** 2).mean(axis=(0, 2, 3), keepdims=True)
        return self.gamma.data() * (X - mean) / np.sqrt(var + 1e-5) + self.beta.data()


class Two(nn.Block):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2D(4, 3), nn.Conv2D(4, 3)
        self.dense = nn.Dense(10)
        self.initialize(init.Xavier())

    def forward(self, A: Any, B: Any) -> Any:
        pooled = [self.left(A).mean(axis=(2, 3)), self.right(B).mean(axis=(2, 3))]
        return self.dense(np.concatenate(pooled, axis=1))


class List(Two):
    def forward(self, Xs: Any) -> Any:
        return super().forward(*Xs)


class HybridTwo(nn.HybridBlock):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.dense = nn.Conv2D(4, 3), nn.Conv2D(4, 3), nn.Dense(10)
        self.initialize(init.Xavier())
        self.hybridize()

    def hybrid_forward(self, F: Any, A: Any, B: Any) -> Any:
        pooled = [self.left(A).mean(axis=(2, 3)), self.right(B).mean(axis=(2, 3))]
        return self.dense(F.np.concatenate(pooled, axis=1))


class Residual(nn.Block):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(), nn.BatchNorm(), conv(), nn.BatchNorm()

    def forward(self, X: Any) -> Any:
        Y = npx.relu(self.bn1(self.conv1(X)))
        return npx.relu(self.bn2(self.conv2(Y)) + X)


class Pair(nn.Block):
    """Two convolutions of equal shape, `a` before `b`, registered in either order."""

    def __init__(self, names: str = "ab") -> None:
        super().__init__()
        self.dense = nn.Dense(10)
        for name in names:
            setattr(self, name, nn.Conv2D(1, 3, padding=1))
        self.names = names
        self.initialize(init.Xavier())

    def forward(self, X: Any) -> Any:
        first, second = sorted(self.names)
        Y = getattr(self, second)(npx.relu(getattr(self, first)(X)))
        return self.dense(Y.mean(axis=(2, 3)))


class Recurrent(nn.Block):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = rnn.LSTM(6, layout="NTC"), nn.Dense(10)
        self.initialize(init.Xavier())

    def forward(self, X: Any) -> Any:
        states = self.lstm.begin_state(X.shape[0])
        outputs, _ = self.lstm(X[:, 0], states)
        return self.dense(outputs[:, -1])


class OwnWeight(nn.Block):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = conv(), nn.Dense(10)
        self.scale = self.params.get("scale", shape=(4, 1, 1), init=init.One())
        self.initialize(init.Xavier())

    def forward(self, X: Any) -> Any:
        return self.dense(npx.relu(self.conv(X)) * self.scale.data())


def own_forward() -> Any:
    net = sequence()
    layer = net[0]
    layer.forward = lambda X: np.tanh(nn.Conv2D.forward(layer, X))
    return net


def hooked() -> Any:
    net = sequence()
    net.seen = []
    net[0].register_forward_hook(lambda m, args, output: net.seen.append(1))
    net[-1].register_forward_pre_hook(lambda m, args: net.seen.append(2))
    return net


def hybridized(net: Any) -> Any:
    net.hybridize()
    return net


def uninitialized() -> Any:
    return block(nn.Conv2D(4, 3, activation="relu"), nn.Dense(10))


TWO = ((1, 6, 6), (3, 5, 7))
ZOO = {
    "sequence": Entry(sequence),
    "view": Entry(lambda: Net(lambda net, Y: Y.reshape(Y.shape[0], -1))),
    "reshape": Entry(lambda: Net(lambda net, Y: npx.reshape(Y, (-2, -1)))),
    "twice": Entry(twice),
    "over_two": Entry(over_two),
    "tied": Entry(tied),
    "frozen": Entry(frozen),
    "subclass": Entry(lambda: sequence(conv=Scaled(4, 3, padding=1))),
    "subclass_with_part": Entry(lambda: sequence(conv=Normalized(4, 3, padding=1)), saved=False),
    "lazy": Entry(uninitialized),
    "norm": Entry(lambda: sequence(nn.BatchNorm())),
    "norm_no_scale": Entry(lambda: sequence(nn.BatchNorm(scale=False))),
    "norm_scratch": Entry(lambda: sequence(ScratchNorm()), saved=False),
    "layer_norm": Entry(lambda: sequence(nn.LayerNorm())),
    "two_arguments": Entry(Two, TWO),
    "one_list": Entry(List, TWO, listed=True),
    "residual": Entry(lambda: sequence(Residual())),
    "other_order": Entry(lambda: Pair("ba")),

    "own_weight": Entry(OwnWeight, saved=False),
    "oblong": Entry(sequence, ((1, 5, 9),)),
    "rgb": Entry(sequence, ((3, 8, 8),)),
    "pixel": Entry(lambda: initialized(block(
        nn.Conv2D(4, 1, activation="relu"), nn.Dense(10))), ((1, 1, 1),)),
    "wide_output": Entry(lambda: initialized(block(
        nn.Conv2D(10, 3), nn.GlobalAvgPool2D(), nn.Flatten()))),
    "conv1d": Entry(lambda: initialized(block(
        nn.Conv1D(4, 3, activation="relu"), nn.Dense(10))), ((2, 9),)),
    "conv3d": Entry(lambda: initialized(block(
        nn.Conv3D(4, 3, activation="relu"), nn.Dense(10))), ((2, 4, 4, 4),)),
    "grouped": Entry(lambda: sequence(
        nn.Conv2D(8, 3, 1, 1, groups=4), nn.Conv2D(4, 3, 1, 2, dilation=2))),
    "transposed_conv": Entry(lambda: sequence(nn.Conv2DTranspose(6, 3, strides=2))),
    "no_bias": Entry(lambda: initialized(block(
        nn.Conv2D(4, 3, use_bias=False), nn.Dense(10, use_bias=False))), biased=False),
    "dropout": Entry(lambda: sequence(nn.Dropout(0.5))),
    "lstm": Entry(Recurrent, saved=False),
    "own_forward": Entry(own_forward),
    "hooked": Entry(hooked),
    "listed": Entry(lambda: Net(lambda net, Y: net.blocks[0](Y), blocks=block(
        block(nn.Conv2D(4, 1), nn.BatchNorm())))),
    "compiled": Entry(lambda: hybridized(sequence(nn.BatchNorm(), kind=nn.HybridSequential))),
    "compiled_parts": Entry(lambda: hybridized(sequence(Residual(), nn.Dropout(0.5)))),
    "compiled_static": Entry(lambda: _static(sequence(kind=nn.HybridSequential))),
    "compiled_two": Entry(HybridTwo, TWO),
    "lambdas": Entry(lambda: sequence(
        nn.Lambda(lambda X: 2 * X), nn.HybridLambda(lambda F, X: F.np.tanh(X)))),
}  # fmt: skip


def _static(net: Any) -> Any:
    net.hybridize(static_alloc=True, static_shape=True)
    return net
