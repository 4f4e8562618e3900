"""The zoo in PyTorch: networks as readers write them, each with something special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from zoo import Entry

LACKS: dict[str, str] = {}


class Net(nn.Module):
    """A convolution, then a dense layer; `middle` is what happens between, with `parts`."""

    def __init__(
        self, middle: Callable[[Any, Any], Any], features: int = 256, **parts: Any
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)  # several channels have an order in memory
        for name, part in parts.items():
            setattr(self, name, part)
        self.dense = nn.Linear(features, 10)
        self.middle = middle

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.dense(self.middle(self, F.relu(self.conv(X))))


def flat(X: torch.Tensor) -> torch.Tensor:
    return X.flatten(1)


def sequence(*middle: nn.Module, conv: Any = None, channels: int = 4) -> nn.Module:
    first = nn.Conv2d(1, 4, 3, padding=1) if conv is None else conv
    return nn.Sequential(
        first, nn.ReLU(), *middle, nn.AdaptiveAvgPool2d((2, 2)), nn.Flatten(),
        nn.Linear(channels * 4, 10),
    )  # fmt: skip


def twice() -> nn.Module:
    conv = nn.Conv2d(4, 4, 3, padding=1)
    return sequence(conv, nn.ReLU(), conv)


def over_two() -> nn.Module:
    conv = nn.Conv2d(4, 4, 3, padding=1)
    return sequence(nn.Sequential(conv, nn.ReLU()), nn.Sequential(nn.Tanh(), conv))


def tied() -> nn.Module:
    one, other = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
    other.weight = one.weight
    return sequence(one, nn.ReLU(), other)


def frozen() -> nn.Module:
    net = sequence(nn.Conv2d(4, 4, 3, padding=1))
    for p in net[0].parameters():
        p.requires_grad_(False)
    return net


def frozen_norm() -> nn.Module:
    net = sequence(nn.BatchNorm2d(4), nn.Dropout(0.5))
    net[2].eval().requires_grad_(False)
    return net


class Scaled(nn.Conv2d):
    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return 3 * super().forward(X)


class Normalized(nn.Conv2d):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = nn.BatchNorm2d(self.out_channels)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return self.norm(super().forward(X))


class ScratchNorm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, 4, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, 4, 1, 1))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        var, mean = torch.var_mean(X, (0, 2, 3), keepdim=True)
        return self.gamma * (X - mean) / torch.sqrt(var + 1e-5) + self.beta


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(1, 4, 3), nn.Conv2d(3, 4, 3)
        self.dense = nn.Linear(8, 10)

    def forward(self, A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
        pooled = [self.left(A).amax((2, 3)), self.right(B).amax((2, 3))]
        return self.dense(torch.cat(pooled, 1))


class List(Two):
    def forward(self, Xs: Any) -> torch.Tensor:
        return super().forward(*Xs)


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        Y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(X)))))
        Y += X
        return F.relu(Y)


class Pair(nn.Module):
    """Two convolutions of equal shape, `a` before `b`, registered in either order."""

    def __init__(self, names: str = "ab") -> None:
        super().__init__()
        self.dense = nn.Linear(1, 10)
        for name in names:
            setattr(self, name, nn.Conv2d(1, 1, 3, padding=1))
        self.names = names

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        first, second = sorted(self.names)
        Y = getattr(self, second)(F.relu(getattr(self, first)(X)))
        return self.dense(Y.mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = nn.LSTM(8, 6, batch_first=True), nn.Linear(6, 10)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        outputs, _ = self.lstm(X[:, 0])
        return self.dense(outputs[:, -1])


class Attentive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.dense = nn.Linear(8, 10)

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        X = X[:, 0]
        outputs, _ = self.attention(X, X, X)
        return self.dense(outputs.mean(1))


def own_forward() -> nn.Module:
    net = sequence()
    conv = net[0]
    conv.forward = lambda X: torch.tanh(nn.Conv2d.forward(conv, X))
    return net


def hooked() -> nn.Module:
    net = sequence()
    net[0].register_forward_hook(lambda m, args, output: 2 * output)
    net[-1].register_forward_pre_hook(lambda m, args: (args[0] + 1,))
    return net


def own_weight() -> nn.Module:
    return Net(lambda net, Y: flat(Y * net.scale), scale=nn.Parameter(torch.full((4, 1, 1), 0.7)))


def listed() -> nn.Module:
    blocks = nn.ModuleList([nn.Conv2d(4, 4, 1), nn.ModuleDict({"norm": nn.BatchNorm2d(4)})])
    return Net(lambda net, Y: flat(net.blocks[1]["norm"](net.blocks[0](Y))), blocks=blocks)


def channels_last() -> nn.Module:
    return sequence(nn.Conv2d(4, 4, 3)).to(memory_format=torch.channels_last)


def lazy() -> nn.Module:
    return nn.Sequential(
        nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10)
    )


def spectral(conv: Any = None) -> nn.Module:
    norm = nn.utils.parametrizations.spectral_norm
    return sequence(conv=norm(nn.Conv2d(1, 4, 3) if conv is None else conv))


def compiled(net: Any) -> Any:
    return torch.compile(net, backend="eager")


RGB = ((3, 8, 8),)
TWO = ((1, 6, 6), (3, 5, 7))
ZOO = {
    "sequence": Entry(sequence),
    "view": Entry(lambda: Net(lambda net, Y: Y.view(Y.shape[0], -1)), RGB),
    "reshape": Entry(lambda: Net(lambda net, Y: Y.reshape(-1, 256)), RGB),
    "view_of_patches": Entry(lambda: Net(lambda net, Y: Y.view(-1, 16, 16).sum(1), 16), RGB),
    "twice": Entry(twice),
    "over_two": Entry(over_two),
    "tied": Entry(tied),
    "frozen": Entry(frozen),
    "frozen_norm": Entry(frozen_norm),
    "subclass": Entry(lambda: sequence(conv=Scaled(1, 4, 3, padding=1))),
    "subclass_with_part": Entry(lambda: sequence(conv=Normalized(1, 4, 3)), saved=False),
    "lazy": Entry(lazy),
    "norm": Entry(lambda: sequence(nn.BatchNorm2d(4))),
    "norm_no_scale": Entry(lambda: sequence(nn.BatchNorm2d(4, affine=False))),
    "norm_no_statistics": Entry(lambda: sequence(nn.BatchNorm2d(4, track_running_stats=False))),
    "norm_scratch": Entry(lambda: sequence(ScratchNorm()), saved=False),
    "layer_norm": Entry(lambda: sequence(nn.LayerNorm((8, 8)), nn.GroupNorm(2, 4))),
    "two_arguments": Entry(Two, TWO),
    "one_list": Entry(List, TWO, listed=True),
    "residual": Entry(lambda: sequence(Residual())),
    "other_order": Entry(lambda: Pair("ba")),
    "unused": Entry(lambda: Net(lambda net, Y: flat(Y), extra=nn.Linear(3, 2)), RGB),
    "own_weight": Entry(own_weight, RGB, saved=False),
    "oblong": Entry(sequence, ((1, 5, 9),)),
    "rgb": Entry(lambda: sequence(conv=nn.Conv2d(3, 4, 3)), RGB),
    "pixel": Entry(lambda: nn.Sequential(nn.Conv2d(1, 4, 1), nn.ReLU(), nn.Flatten(),
                                         nn.Linear(4, 10)), ((1, 1, 1),)),
    "wide_output": Entry(lambda: nn.Sequential(
        nn.Conv2d(1, 10, 3), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())),
    "conv1d": Entry(lambda: nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 7, 10)), ((2, 9),)),
    "conv3d": Entry(lambda: nn.Sequential(
        nn.Conv3d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 8, 10)), ((2, 4, 4, 4),)),
    "grouped": Entry(lambda: sequence(nn.Conv2d(4, 8, 3, 2, 1, dilation=2, groups=4), channels=8)),
    "transposed_conv": Entry(lambda: sequence(nn.ConvTranspose2d(4, 6, 3, stride=2), channels=6)),
    "no_bias": Entry(lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.Flatten(), nn.Linear(144, 10, bias=False)),
        biased=False),
    "dropout": Entry(lambda: sequence(nn.Dropout2d(0.5), nn.Dropout(0.5))),
    "lstm": Entry(Recurrent, saved=False),
    "attention": Entry(Attentive, saved=False, rows=1),
    "spectral_norm": Entry(spectral, saved=False),
    "spectral_norm_no_bias": Entry(lambda: spectral(nn.Conv2d(1, 4, 3, bias=False)), saved=False),
    "weight_norm": Entry(lambda: sequence(
        conv=nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 4, 3))), saved=False),
    "own_forward": Entry(own_forward),
    "hooked": Entry(hooked),
    "listed": Entry(listed, RGB),
    "channels_last": Entry(channels_last),
    "data_parallel": Entry(lambda: nn.DataParallel(sequence(nn.BatchNorm2d(4)))),
    "data_parallel_two": Entry(lambda: nn.DataParallel(Two()), TWO),
    "data_parallel_list": Entry(lambda: nn.DataParallel(List()), TWO, listed=True),
    "compiled": Entry(lambda: compiled(sequence(nn.BatchNorm2d(4)))),
    "compiled_view": Entry(lambda: compiled(Net(lambda net, Y: Y.view(Y.shape[0], -1))), RGB),
    "compiled_list": Entry(lambda: compiled(List()), TWO, listed=True),
    "float64": Entry(lambda: sequence().double(), dtype="float64"),
}  # fmt: skip
