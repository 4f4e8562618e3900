"""Networks and layers that later chapters take for granted, in PaddlePaddle."""

from __future__ import annotations

from typing import Any

import paddle
from paddle import nn
from paddle.nn import functional as F

from ..v1.paddle import SGD, Classifier, Module
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
        self.w = paddle.randn([num_inputs, 1]) * sigma
        self.b = paddle.zeros([1])
        self.w.stop_gradient = self.b.stop_gradient = False

    def forward(self, X: Any) -> Any:
        """Return `X @ w + b`."""
        return X @ self.w + self.b

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return half the mean squared error."""
        return ((y_hat - y.reshape(y_hat.shape)) ** 2 / 2).mean()

    def configure_optimizers(self) -> SGD:
        """Return stochastic gradient descent."""
        return SGD([self.w, self.b], self.lr)


class Lazy(nn.Layer):
    """Make layers when a first batch says how many inputs there are: `make(n)`, then `run(X)`.

    A trainer shows its model a batch before it asks for the optimizer.
    """

    built = False

    def forward(self, X: Any) -> Any:
        """Return what `run` gives."""
        if not self.built:
            self.make(X.shape[1])
            self.built = True
        return self.run(X)

    def make(self, n: int) -> None:
        """Make the layers."""
        raise NotImplementedError

    def run(self, X: Any) -> Any:
        """Return the output for a batch."""
        raise NotImplementedError


class LazyLinear(Lazy, nn.Linear):
    """A dense layer of `units` outputs; `draw` draws its weights, Paddle's own way by default."""

    def __init__(self, units: int, draw: Any = None) -> None:
        nn.Layer.__init__(self)  # not that of Linear, which makes the weights
        self.units, self.draw = units, draw

    def extra_repr(self) -> str:
        """Return what is printed of it: Linear would look at weights that may not be there."""
        return f"out_features={self.units}"

    def make(self, n: int) -> None:
        """Make the weights."""
        self.weight = self.create_parameter([n, self.units], default_initializer=self.draw)
        self.bias = self.create_parameter([self.units], is_bias=True)

    def run(self, X: Any) -> Any:
        """Return the output for a batch."""
        return F.linear(X, self.weight, self.bias)


class LinearRegression(Module):
    """Linear regression by a dense layer of one output."""

    def __init__(self, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = LazyLinear(1, nn.initializer.Normal(0.0, 0.01))

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return the mean squared error."""
        return F.mse_loss(y_hat, y)

    def get_w_b(self) -> tuple[Any, Any]:
        """Return weights and bias."""
        return self.net.weight.detach(), self.net.bias.detach()


class SoftmaxRegression(Classifier):
    """Softmax regression: a dense layer of `num_outputs` on flattened images."""

    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Flatten(), LazyLinear(num_outputs))


def init_cnn(module: nn.Layer) -> None:
    """Draw the weights of a dense or two-dimensional convolutional layer by Xavier's rule."""
    if type(module) in (nn.Linear, nn.Conv2D):
        nn.initializer.XavierUniform()(module.weight)


class LeNet(Classifier):
    """LeNet (LeCun et al., 1998) with sigmoids, for images of 28 × 28 pixels."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Conv2D(1, 6, kernel_size=5, padding=2), nn.Sigmoid(),
            nn.AvgPool2D(kernel_size=2, stride=2),
            nn.Conv2D(6, 16, kernel_size=5), nn.Sigmoid(),
            nn.AvgPool2D(kernel_size=2, stride=2), nn.Flatten(),
            nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
            nn.Linear(84, num_classes),
        )  # fmt: skip


class Residual(Lazy):
    """A residual block (He et al., 2016): two convolutions, added to what comes in.

    `Residual(num_channels)`, or, as before d2l 1.0, `Residual(input_channels, num_channels)`.
    """

    def __init__(self, *channels: int, use_1x1conv: bool = False, strides: int = 1) -> None:
        super().__init__()
        channels, self.use_1x1conv, self.strides = split(channels, use_1x1conv, strides)
        self.num_channels = channels[-1]
        if len(channels) > 1:
            self.make(channels[0])
            self.built = True

    def make(self, n: int) -> None:
        """Make the layers."""
        m = self.num_channels
        self.conv1 = nn.Conv2D(n, m, kernel_size=3, padding=1, stride=self.strides)
        self.conv2 = nn.Conv2D(m, m, kernel_size=3, padding=1)
        wide = nn.Conv2D(n, m, kernel_size=1, stride=self.strides)
        self.conv3 = wide if self.use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm2D(m), nn.BatchNorm2D(m)

    def run(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(X)))))
        return F.relu(Y + (self.conv3(X) if self.conv3 else X))


class ResNeXtBlock(Lazy):
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
        self.num_channels, self.group_width, self.middle = (
            num_channels, groups, round(num_channels * bot_mul),
        )  # fmt: skip
        self.use_1x1conv, self.strides = use_1x1conv, strides

    def make(self, n: int) -> None:
        """Make the layers."""
        m, groups = self.middle, self.middle // self.group_width
        self.conv1 = nn.Conv2D(n, m, kernel_size=1)
        self.conv2 = nn.Conv2D(m, m, 3, stride=self.strides, padding=1, groups=groups)
        self.conv3 = nn.Conv2D(m, self.num_channels, kernel_size=1)
        self.bn1, self.bn2 = nn.BatchNorm2D(m), nn.BatchNorm2D(m)
        self.bn3 = nn.BatchNorm2D(self.num_channels)
        self.shortcut = nn.Sequential()  # of nothing: what comes in
        if self.use_1x1conv:
            conv4 = nn.Conv2D(n, self.num_channels, kernel_size=1, stride=self.strides)
            self.shortcut = nn.Sequential(conv4, nn.BatchNorm2D(self.num_channels))

    def run(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = F.relu(self.bn1(self.conv1(X)))
        Y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(Y)))))
        return F.relu(Y + self.shortcut(X))


def resnet18(num_classes: int, in_channels: int = 1) -> nn.Layer:
    """Return ResNet-18 (He et al., 2016) for small images: no pooling behind the first layer."""
    net = nn.Sequential(
        nn.Conv2D(in_channels, 64, kernel_size=3, stride=1, padding=1),
        nn.BatchNorm2D(64), nn.ReLU(),
    )  # fmt: skip
    before = 64
    for i, channels in enumerate((64, 128, 256, 512)):
        wider = i > 0
        first = Residual(before, channels, use_1x1conv=wider, strides=2 if wider else 1)
        net.add_sublayer(f"resnet_block{i + 1}", nn.Sequential(first, Residual(channels, channels)))
        before = channels
    net.add_sublayer("global_avg_pool", nn.AdaptiveAvgPool2D((1, 1)))
    net.add_sublayer("fc", nn.Sequential(nn.Flatten(), nn.Linear(512, num_classes)))
    return net
