"""Networks and layers that later chapters take for granted, in TensorFlow."""

from __future__ import annotations

from typing import Any

from ..backends.tensorflow import keras, layers, tf
from ..v1.tensorflow import SGD, Classifier, Module
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
        self.w = tf.Variable(tf.random.normal((num_inputs, 1), mean=0, stddev=sigma))
        self.b = tf.Variable(tf.zeros(1))

    def forward(self, X: Any) -> Any:
        """Return `X @ w + b`."""
        return tf.matmul(X, self.w) + self.b

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return half the mean squared error."""
        return tf.reduce_mean((y_hat - tf.reshape(y, y_hat.shape)) ** 2 / 2)

    def configure_optimizers(self) -> SGD:
        """Return stochastic gradient descent."""
        return SGD(self.lr)


class LinearRegression(Module):
    """Linear regression by a dense layer of one output."""

    def __init__(self, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        normal = keras.initializers.RandomNormal(stddev=0.01)
        self.net = layers.Dense(1, kernel_initializer=normal)

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return the mean squared error."""
        return tf.reduce_mean((y_hat - y) ** 2)

    def get_w_b(self) -> tuple[Any, Any]:
        """Return weights and bias."""
        weight, bias = self.net.get_weights()
        return weight, bias


class SoftmaxRegression(Classifier):
    """Softmax regression: a dense layer of `num_outputs` on flattened images."""

    def __init__(self, num_outputs: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = keras.Sequential([layers.Flatten(), layers.Dense(num_outputs)])


def init_cnn(module: Any) -> None:
    """Draw the weights of a dense or two-dimensional convolutional layer by Xavier's rule."""
    if type(module) in (layers.Dense, layers.Conv2D) and module.built:
        module.kernel.assign(keras.initializers.GlorotUniform()(module.kernel.shape))


class LeNet(Classifier):
    """LeNet (LeCun et al., 1998) with sigmoids, for images of 28 × 28 pixels."""

    def __init__(self, lr: float = 0.1, num_classes: int = 10) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = keras.Sequential([
            layers.Conv2D(6, kernel_size=5, activation="sigmoid", padding="same"),
            layers.AvgPool2D(pool_size=2, strides=2),
            layers.Conv2D(16, kernel_size=5, activation="sigmoid"),
            layers.AvgPool2D(pool_size=2, strides=2), layers.Flatten(),
            layers.Dense(120, activation="sigmoid"), layers.Dense(84, activation="sigmoid"),
            layers.Dense(num_classes),
        ])  # fmt: skip


class Residual(layers.Layer):
    """A residual block (He et al., 2016): two convolutions, added to what comes in.

    `Residual(num_channels)`, or, as in other frameworks before d2l 1.0, the number of channels
    that come in and that of those that go out.
    """

    def __init__(self, *channels: int, use_1x1conv: bool = False, strides: int = 1) -> None:
        super().__init__()
        channels, use_1x1conv, strides = split(channels, use_1x1conv, strides)
        n = channels[-1]
        self.conv1 = layers.Conv2D(n, kernel_size=3, padding="same", strides=strides)
        self.conv2 = layers.Conv2D(n, kernel_size=3, padding="same")
        self.conv3 = layers.Conv2D(n, kernel_size=1, strides=strides) if use_1x1conv else None
        self.bn1, self.bn2 = layers.BatchNormalization(), layers.BatchNormalization()

    def call(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = self.bn2(self.conv2(tf.nn.relu(self.bn1(self.conv1(X)))))
        return tf.nn.relu(Y + (self.conv3(X) if self.conv3 is not None else X))


class ResNeXtBlock(layers.Layer):
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
        self.conv1 = layers.Conv2D(middle, 1, strides=1)
        self.conv2 = layers.Conv2D(
            middle, 3, strides=strides, padding="same", groups=middle // groups
        )
        self.conv3 = layers.Conv2D(num_channels, 1, strides=1)
        self.bn1, self.bn2, self.bn3 = (layers.BatchNormalization() for _ in range(3))
        self.conv4 = self.bn4 = None
        if use_1x1conv:
            self.conv4 = layers.Conv2D(num_channels, 1, strides=strides)
            self.bn4 = layers.BatchNormalization()

    def call(self, X: Any) -> Any:
        """Return the sum, rectified."""
        Y = tf.nn.relu(self.bn1(self.conv1(X)))
        Y = self.bn3(self.conv3(tf.nn.relu(self.bn2(self.conv2(Y)))))
        return tf.nn.relu(Y + (self.bn4(self.conv4(X)) if self.conv4 and self.bn4 else X))


def resnet18(num_classes: int, in_channels: int = 1) -> Any:
    """Return ResNet-18 (He et al., 2016) for small images: no pooling behind the first layer.

    How many channels come in, the first batch says.
    """
    first = layers.Conv2D(64, kernel_size=3, strides=1, padding="same")
    net = keras.Sequential([first, layers.BatchNormalization(), layers.Activation("relu")])
    for i, channels in enumerate((64, 128, 256, 512)):
        wider = i > 0
        net.add(Residual(channels, use_1x1conv=wider, strides=2 if wider else 1))
        net.add(Residual(channels))
    net.add(layers.GlobalAvgPool2D())
    net.add(layers.Dense(num_classes))
    return net
