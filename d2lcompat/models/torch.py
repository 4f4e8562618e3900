"""Networks and layers that later chapters take for granted, in PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from ..v1.hyperparameters import HyperParameters
from ..v1.torch import SGD, Classifier, Module
from . import split

__all__ = [
    "LeNet", "LinearRegression", "LinearRegressionScratch", "ResNeXtBlock", "Residual",
    "SoftmaxRegression", "init_cnn", "resnet18",
]  # fmt: skip


class LinearRegressionScratch(Module):
    """Linear regression on `num_inputs` features, of which nothing is a layer's."""

    def __init__(self, num_inputs: int, lr: float, sigma: float = 0.01) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.w = torch.normal(0, sigma, (num_inputs, 1), requires_grad=True)
        self.b = torch.zeros(1, requires_grad=True)

    def forward(self, X: Any) -> Any:
        """Return `X @ w + b`."""
        return X @ self.w + self.b

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return half the mean squared error."""
        return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()

    def configure_optimizers(self) -> SGD:
        """Return stochastic gradient descent."""
        return SGD([self.w, self.b], self.lr)


class LinearRegression(Module):
    """Linear regression by a dense layer of one output."""

    def __init__(self, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.LazyLinear(1)
        self.net.weight.data.normal_(0, 0.01)
        self.net.bias.data.fill_(0)

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return the mean squared error."""
        return nn.functional.mse_loss(y_hat, y)

    def get_w_b(self) -> tuple[Any, Any]:
        """Return weights and bias."""
        return self.net.weight.data, self.net.bias.data


class SoftmaxRegression(Classifier):
    """Softmax regression: a dense layer of `num_outputs` on flattened images."""

    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Flatten(), nn.LazyLinear(num_outputs))


def init_cnn(module: nn.Module) -> None:
    """Draw the weights of a dense or two-dimensional convolutional layer by Xavier's rule."""
    if type(module) in (nn.Linear, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)


class LeNet(Classifier):
    """LeNet (LeCun et al., 1998) with sigmoids, for images of 28 × 28 pixels."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.LazyConv2d(6, kernel_size=5, padding=2), nn.Sigmoid(),
            nn.AvgPool2d(kernel_size=2, stride=2),
            nn.LazyConv2d(16, kernel_size=5), nn.Sigmoid(),
            nn.AvgPool2d(kernel_size=2, stride=2), nn.Flatten(),
            nn.LazyLinear(120), nn.Sigmoid(), nn.LazyLinear(84), nn.Sigmoid(),
            nn.LazyLinear(num_classes),
        )  # fmt: skip


class Residual(nn.Module):
    """A residual block (He et al., 2016): two convolutions, added to what comes in.

    `Residual(num_channels)`, or, as before d2l 1.0, `Residual(input_channels, num_channels)`.
    """

    def __init__(self, *channels: int, use_1x1conv: bool = False, strides: int = 1) -> None:
        super().__init__()
        channels, use_1x1conv, strides = split(channels, use_1x1conv, strides)
        n = channels[-1]
        self.conv1 = nn.LazyConv2d(n, kernel_size=3, padding=1, stride=strides)
        self.conv2 = nn.LazyConv2d(n, kernel_size=3, padding=1)
        self.conv3 = nn.LazyConv2d(n, kernel_size=1, stride=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.LazyBatchNorm2d(), nn.LazyBatchNorm2d()

    def forward(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(X)))))
        return torch.relu(Y + (self.conv3(X) if self.conv3 else X))


class ResNeXtBlock(nn.Module):
    """A block of ResNeXt (Xie et al., 2017) with grouped convolutions.

    `groups` is the number of channels of a group, as in d2l; `bot_mul` times `num_channels` is
    the number of channels in the middle.
    """

    def __init__(
        self,
        num_channels: int,
        groups: int,
        bot_mul: float,
        use_1x1conv: bool = False,
        strides: int = 1,
    ) -> None:
        super().__init__()
        middle = round(num_channels * bot_mul)
        self.conv1 = nn.LazyConv2d(middle, kernel_size=1, stride=1)
        self.conv2 = nn.LazyConv2d(
            middle, kernel_size=3, stride=strides, padding=1, groups=middle // groups
        )
        self.conv3 = nn.LazyConv2d(num_channels, kernel_size=1, stride=1)
        self.bn1, self.bn2, self.bn3 = (nn.LazyBatchNorm2d() for _ in range(3))
        self.shortcut = nn.Sequential()  # of nothing: what comes in
        if use_1x1conv:
            conv4 = nn.LazyConv2d(num_channels, kernel_size=1, stride=strides)
            self.shortcut = nn.Sequential(conv4, nn.LazyBatchNorm2d())

    def forward(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = torch.relu(self.bn1(self.conv1(X)))
        Y = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(Y)))))
        return torch.relu(Y + self.shortcut(X))


def resnet18(num_classes: int, in_channels: int = 1) -> nn.Module:
    """Return ResNet-18 (He et al., 2016) for small images: no pooling behind the first layer."""
    net = nn.Sequential(
        nn.Conv2d(in_channels, 64, kernel_size=3, stride=1, padding=1),
        nn.BatchNorm2d(64), nn.ReLU(),
    )  # fmt: skip
    for i, channels in enumerate((64, 128, 256, 512)):
        wider = i > 0
        first = Residual(channels, use_1x1conv=wider, strides=2 if wider else 1)
        net.add_module(f"resnet_block{i + 1}", nn.Sequential(first, Residual(channels)))
    net.add_module("global_avg_pool", nn.AdaptiveAvgPool2d((1, 1)))
    net.add_module("fc", nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes)))
    return net
