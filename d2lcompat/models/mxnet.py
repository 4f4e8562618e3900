"""Networks and layers that later chapters take for granted, in MXNet."""

from __future__ import annotations

from typing import Any

from ..backends.mxnet import gluon, mx, nn, np, npx
from ..v1.mxnet import SGD, Classifier, Module
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
        self.w = np.random.normal(0, sigma, (num_inputs, 1))
        self.b = np.zeros(1)
        self.w.attach_grad()
        self.b.attach_grad()

    def forward(self, X: Any) -> Any:
        """Return `X @ w + b`."""
        return np.dot(X, self.w) + self.b

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
        self.net = nn.Dense(1)
        self.net.initialize(mx.init.Normal(sigma=0.01))

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return half the mean squared error, as MXNet's L2Loss has it."""
        return gluon.loss.L2Loss()(y_hat, y).mean()

    def get_w_b(self) -> tuple[Any, Any]:
        """Return weights and bias."""
        return self.net.weight.data(), self.net.bias.data()


class SoftmaxRegression(Classifier):
    """Softmax regression: a dense layer of `num_outputs` on flattened images."""

    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential()
        self.net.add(nn.Dense(num_outputs))
        self.net.initialize()


def init_cnn(module: Any) -> None:
    """Draw the weights of a dense or two-dimensional convolutional layer by Xavier's rule."""
    if type(module) in (nn.Dense, nn.Conv2D):
        module.weight.initialize(mx.init.Xavier(), force_reinit=True)


class LeNet(Classifier):
    """LeNet (LeCun et al., 1998) with sigmoids, for images of 28 × 28 pixels."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential()
        self.net.add(
            nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
            nn.AvgPool2D(pool_size=2, strides=2),
            nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
            nn.AvgPool2D(pool_size=2, strides=2),
            nn.Dense(120, activation="sigmoid"), nn.Dense(84, activation="sigmoid"),
            nn.Dense(num_classes),
        )  # fmt: skip
        self.net.initialize(mx.init.Xavier())


class Residual(nn.Block):
    """A residual block (He et al., 2016): two convolutions, added to what comes in.

    `Residual(num_channels)`, or, as in other frameworks before d2l 1.0, the number of channels
    that come in and that of those that go out.
    """

    def __init__(
        self, *channels: int, use_1x1conv: bool = False, strides: int = 1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        channels, use_1x1conv, strides = split(channels, use_1x1conv, strides)
        n = channels[-1]
        self.conv1 = nn.Conv2D(n, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(n, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(n, kernel_size=1, strides=strides) if use_1x1conv else None
        self.bn1, self.bn2 = nn.BatchNorm(), nn.BatchNorm()

    def forward(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = self.bn2(self.conv2(npx.relu(self.bn1(self.conv1(X)))))
        return npx.relu(Y + (self.conv3(X) if self.conv3 else X))


class ResNeXtBlock(nn.Block):
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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        middle = round(num_channels * bot_mul)
        self.conv1 = nn.Conv2D(middle, kernel_size=1, strides=1)
        self.conv2 = nn.Conv2D(
            middle, kernel_size=3, strides=strides, padding=1, groups=middle // groups
        )
        self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=1)
        self.bn1, self.bn2, self.bn3 = nn.BatchNorm(), nn.BatchNorm(), nn.BatchNorm()
        self.shortcut = nn.Sequential()  # of nothing: what comes in
        if use_1x1conv:
            conv4 = nn.Conv2D(num_channels, kernel_size=1, strides=strides)
            self.shortcut.add(conv4, nn.BatchNorm())

    def forward(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = npx.relu(self.bn1(self.conv1(X)))
        Y = self.bn3(self.conv3(npx.relu(self.bn2(self.conv2(Y)))))
        return npx.relu(Y + self.shortcut(X))


def resnet18(num_classes: int, in_channels: int = 1) -> Any:
    """Return ResNet-18 (He et al., 2016) for small images: no pooling behind the first layer.

    How many channels come in, the first batch says.
    """
    net = nn.Sequential()
    first = nn.Conv2D(64, kernel_size=3, strides=1, padding=1)
    net.add(first, nn.BatchNorm(), nn.Activation("relu"))
    for i, channels in enumerate((64, 128, 256, 512)):
        wider, block = i > 0, nn.Sequential()
        block.add(Residual(channels, use_1x1conv=wider, strides=2 if wider else 1))
        block.add(Residual(channels))
        net.add(block)
    net.add(nn.GlobalAvgPool2D(), nn.Dense(num_classes))
    return net
