"""The networks of the chapters in TensorFlow, written as a reader of d2l writes them: functions.

Only the line that imports d2l is ours. What the tests need beside is at the end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from d2lcompat import tensorflow as d2l  # isort: skip

import tensorflow as tf


def lenet() -> Any:
    return tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(6, kernel_size=5, activation="sigmoid", padding="same"),
        tf.keras.layers.AvgPool2D(pool_size=2, strides=2),
        tf.keras.layers.Conv2D(16, kernel_size=5, activation="sigmoid"),
        tf.keras.layers.AvgPool2D(pool_size=2, strides=2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(120, activation="sigmoid"),
        tf.keras.layers.Dense(84, activation="sigmoid"),
        tf.keras.layers.Dense(10),
    ])  # fmt: skip


def alexnet() -> Any:
    return tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(filters=96, kernel_size=11, strides=4, activation="relu"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        tf.keras.layers.Conv2D(filters=256, kernel_size=5, padding="same", activation="relu"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        tf.keras.layers.Conv2D(filters=384, kernel_size=3, padding="same", activation="relu"),
        tf.keras.layers.Conv2D(filters=384, kernel_size=3, padding="same", activation="relu"),
        tf.keras.layers.Conv2D(filters=256, kernel_size=3, padding="same", activation="relu"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(4096, activation="relu"),
        tf.keras.layers.Dropout(0.5),
        tf.keras.layers.Dense(4096, activation="relu"),
        tf.keras.layers.Dropout(0.5),
        tf.keras.layers.Dense(10),
    ])  # fmt: skip


def vgg_block(num_convs: int, num_channels: int) -> Any:
    blk = tf.keras.models.Sequential()
    for _ in range(num_convs):
        blk.add(tf.keras.layers.Conv2D(
            num_channels, kernel_size=3, padding="same", activation="relu"))  # fmt: skip
    blk.add(tf.keras.layers.MaxPool2D(pool_size=2, strides=2))
    return blk


def vgg() -> Any:
    ratio = 8
    conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
    net = tf.keras.models.Sequential()
    for num_convs, num_channels in conv_arch:
        net.add(vgg_block(num_convs, num_channels // ratio))
    net.add(tf.keras.models.Sequential([
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(4096, activation="relu"), tf.keras.layers.Dropout(0.5),
        tf.keras.layers.Dense(4096, activation="relu"), tf.keras.layers.Dropout(0.5),
        tf.keras.layers.Dense(10),
    ]))  # fmt: skip
    return net


def nin_block(num_channels: int, kernel_size: int, strides: int, padding: str) -> Any:
    return tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(
            num_channels, kernel_size, strides=strides, padding=padding, activation="relu"),
        tf.keras.layers.Conv2D(num_channels, kernel_size=1, activation="relu"),
        tf.keras.layers.Conv2D(num_channels, kernel_size=1, activation="relu"),
    ])  # fmt: skip


def nin(dropout: float = 0.5) -> Any:
    return tf.keras.models.Sequential([
        nin_block(96, kernel_size=11, strides=4, padding="valid"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        nin_block(256, kernel_size=5, strides=1, padding="same"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        nin_block(384, kernel_size=3, strides=1, padding="same"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2),
        tf.keras.layers.Dropout(dropout),
        nin_block(10, kernel_size=3, strides=1, padding="same"),
        tf.keras.layers.GlobalAveragePooling2D(keepdims=True),
        tf.keras.layers.Flatten(),
    ])  # fmt: skip


class Inception(tf.keras.Model):
    def __init__(self, c1: int, c2: Any, c3: Any, c4: int) -> None:
        super().__init__()
        self.p1_1 = tf.keras.layers.Conv2D(c1, 1, activation="relu")
        self.p2_1 = tf.keras.layers.Conv2D(c2[0], 1, activation="relu")
        self.p2_2 = tf.keras.layers.Conv2D(c2[1], 3, padding="same", activation="relu")
        self.p3_1 = tf.keras.layers.Conv2D(c3[0], 1, activation="relu")
        self.p3_2 = tf.keras.layers.Conv2D(c3[1], 5, padding="same", activation="relu")
        self.p4_1 = tf.keras.layers.MaxPool2D(3, 1, padding="same")
        self.p4_2 = tf.keras.layers.Conv2D(c4, 1, activation="relu")

    def call(self, x: Any) -> Any:
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return tf.keras.layers.Concatenate()([p1, p2, p3, p4])


def googlenet() -> Any:
    def pool() -> Any:
        return tf.keras.layers.MaxPool2D(pool_size=3, strides=2, padding="same")

    b1 = tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(64, 7, strides=2, padding="same", activation="relu"), pool(),
    ])  # fmt: skip
    b2 = tf.keras.Sequential([
        tf.keras.layers.Conv2D(64, 1, activation="relu"),
        tf.keras.layers.Conv2D(192, 3, padding="same", activation="relu"), pool(),
    ])  # fmt: skip
    b3 = tf.keras.models.Sequential([
        Inception(64, (96, 128), (16, 32), 32), Inception(128, (128, 192), (32, 96), 64), pool(),
    ])  # fmt: skip
    b4 = tf.keras.Sequential([
        Inception(192, (96, 208), (16, 48), 64), Inception(160, (112, 224), (24, 64), 64),
        Inception(128, (128, 256), (24, 64), 64), Inception(112, (144, 288), (32, 64), 64),
        Inception(256, (160, 320), (32, 128), 128), pool(),
    ])  # fmt: skip
    b5 = tf.keras.Sequential([
        Inception(256, (160, 320), (32, 128), 128), Inception(384, (192, 384), (48, 128), 128),
        tf.keras.layers.GlobalAvgPool2D(), tf.keras.layers.Flatten(),
    ])  # fmt: skip
    return tf.keras.Sequential([b1, b2, b3, b4, b5, tf.keras.layers.Dense(10)])


class BatchNorm(tf.keras.layers.Layer):
    """Batch normalization from scratch."""

    def build(self, input_shape: Any) -> None:
        shape = [input_shape[-1]]
        self.gamma = self.add_weight(
            name="gamma", shape=shape, initializer=tf.initializers.ones, trainable=True)  # fmt: skip # noqa: E501
        self.beta = self.add_weight(
            name="beta", shape=shape, initializer=tf.initializers.zeros, trainable=True)  # fmt: skip # noqa: E501
        self.moving_mean = self.add_weight(
            name="moving_mean", shape=shape, initializer=tf.initializers.zeros, trainable=False)  # fmt: skip # noqa: E501
        self.moving_variance = self.add_weight(
            name="moving_variance", shape=shape, initializer=tf.initializers.ones, trainable=False)  # fmt: skip # noqa: E501
        super().build(input_shape)

    def call(self, inputs: Any, training: Any = None) -> Any:
        if training:
            axes = list(range(len(inputs.shape) - 1))
            mean = tf.reduce_mean(inputs, axes)
            variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axes)
            self.moving_mean.assign(0.9 * self.moving_mean + 0.1 * mean)
            self.moving_variance.assign(0.9 * self.moving_variance + 0.1 * variance)
        else:
            mean, variance = self.moving_mean, self.moving_variance
        inv = tf.cast(tf.math.rsqrt(variance + 1e-5), inputs.dtype) * self.gamma
        return inputs * inv + (self.beta - mean * inv)


def normalized_lenet(norm: Any) -> Any:
    return tf.keras.models.Sequential([
        tf.keras.layers.Conv2D(filters=6, kernel_size=5, input_shape=(28, 28, 1)),
        norm(), tf.keras.layers.Activation("sigmoid"),
        tf.keras.layers.AvgPool2D(pool_size=2, strides=2),
        tf.keras.layers.Conv2D(filters=16, kernel_size=5),
        norm(), tf.keras.layers.Activation("sigmoid"),
        tf.keras.layers.AvgPool2D(pool_size=2, strides=2), tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(120), norm(), tf.keras.layers.Activation("sigmoid"),
        tf.keras.layers.Dense(84), norm(), tf.keras.layers.Activation("sigmoid"),
        tf.keras.layers.Dense(10),
    ])  # fmt: skip


def batch_norm_scratch() -> Any:
    return normalized_lenet(BatchNorm)


def batch_norm() -> Any:
    return normalized_lenet(tf.keras.layers.BatchNormalization)


class Residual(tf.keras.Model):
    def __init__(self, num_channels: int, use_1x1conv: bool = False, strides: int = 1) -> None:
        super().__init__()
        self.conv1 = tf.keras.layers.Conv2D(
            num_channels, padding="same", kernel_size=3, strides=strides)  # fmt: skip
        self.conv2 = tf.keras.layers.Conv2D(num_channels, kernel_size=3, padding="same")
        self.conv3 = None
        if use_1x1conv:
            self.conv3 = tf.keras.layers.Conv2D(num_channels, kernel_size=1, strides=strides)
        self.bn1 = tf.keras.layers.BatchNormalization()
        self.bn2 = tf.keras.layers.BatchNormalization()

    def call(self, X: Any) -> Any:
        Y = tf.keras.activations.relu(self.bn1(self.conv1(X)))
        Y = self.bn2(self.conv2(Y))
        if self.conv3 is not None:
            X = self.conv3(X)
        Y += X
        return tf.keras.activations.relu(Y)


class ResnetBlock(tf.keras.layers.Layer):
    def __init__(self, num_channels: int, num_residuals: int, first_block: bool = False) -> None:
        super().__init__()
        self.residual_layers = []
        for i in range(num_residuals):
            if i == 0 and not first_block:
                self.residual_layers.append(Residual(num_channels, use_1x1conv=True, strides=2))
            else:
                self.residual_layers.append(Residual(num_channels))

    def call(self, X: Any) -> Any:
        for layer in self.residual_layers:
            X = layer(X)
        return X


def stem() -> list[Any]:
    return [
        tf.keras.layers.Conv2D(64, kernel_size=7, strides=2, padding="same"),
        tf.keras.layers.BatchNormalization(), tf.keras.layers.Activation("relu"),
        tf.keras.layers.MaxPool2D(pool_size=3, strides=2, padding="same"),
    ]  # fmt: skip


def resnet18() -> Any:
    return tf.keras.Sequential([
        *stem(), ResnetBlock(64, 2, first_block=True), ResnetBlock(128, 2), ResnetBlock(256, 2),
        ResnetBlock(512, 2), tf.keras.layers.GlobalAvgPool2D(), tf.keras.layers.Dense(units=10),
    ])  # fmt: skip


class ConvBlock(tf.keras.layers.Layer):
    def __init__(self, num_channels: int) -> None:
        super().__init__()
        self.bn = tf.keras.layers.BatchNormalization()
        self.relu = tf.keras.layers.ReLU()
        self.conv = tf.keras.layers.Conv2D(filters=num_channels, kernel_size=(3, 3), padding="same")
        self.listLayers = [self.bn, self.relu, self.conv]

    def call(self, x: Any) -> Any:
        y = x
        for layer in self.listLayers:
            y = layer(y)
        return tf.keras.layers.concatenate([x, y], axis=-1)


class DenseBlock(tf.keras.layers.Layer):
    def __init__(self, num_convs: int, num_channels: int) -> None:
        super().__init__()
        self.listLayers = [ConvBlock(num_channels) for _ in range(num_convs)]

    def call(self, x: Any) -> Any:
        for layer in self.listLayers:
            x = layer(x)
        return x


def densenet() -> Any:
    net, num_channels = tf.keras.Sequential(stem()), 64
    for i in range(4):
        net.add(DenseBlock(4, 32))
        num_channels += 4 * 32
        if i < 3:
            num_channels //= 2
            net.add(tf.keras.layers.BatchNormalization())
            net.add(tf.keras.layers.ReLU())
            net.add(tf.keras.layers.Conv2D(num_channels, kernel_size=1))
            net.add(tf.keras.layers.AvgPool2D(pool_size=2, strides=2))
    for layer in (
        tf.keras.layers.BatchNormalization(), tf.keras.layers.ReLU(),
        tf.keras.layers.GlobalAvgPool2D(), tf.keras.layers.Flatten(), tf.keras.layers.Dense(10),
    ):  # fmt: skip
        net.add(layer)
    return net


class TrainCallback(tf.keras.callbacks.Callback):
    """Draw curves while Keras trains, in the manner of the chapter on LeNet."""

    def __init__(self, net: Any, train_iter: Any, test_iter: Any, num_epochs: int) -> None:
        super().__init__()
        self.timer, self.net, self.test_iter = d2l.Timer(), net, test_iter
        self.animator = d2l.Animator(xlabel="epoch", xlim=[1, num_epochs], legend=["train loss"])
        self.num_batches = tf.data.experimental.cardinality(train_iter).numpy()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.timer.start()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.timer.stop()
        assert self.num_batches > 0
        scores = self.net.evaluate(self.test_iter, verbose=0, return_dict=True)
        self.metrics_seen = (logs["loss"], logs["accuracy"], scores["accuracy"])
        self.animator.add(epoch + 1, self.metrics_seen)


def hand_written_training(net_fn: Any, train_iter: Any, test_iter: Any, lr: float) -> Any:
    """Train one epoch in the manner of the chapter on LeNet; return loss, accuracies, curves."""
    device_name = d2l.try_gpu()._device_name
    strategy = tf.distribute.OneDeviceStrategy(device_name)
    with strategy.scope():
        optimizer = tf.keras.optimizers.SGD(learning_rate=lr)
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        net = net_fn()
        net.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    callback = TrainCallback(net, train_iter, test_iter, 1)
    net.fit(train_iter, epochs=1, verbose=0, callbacks=[callback])
    return (*callback.metrics_seen, callback.animator)


# What the tests need of a framework.


def small() -> Any:
    return tf.keras.Sequential([
        tf.keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        tf.keras.layers.MaxPool2D(2, 2), tf.keras.layers.Conv2D(10, 1),
        tf.keras.layers.GlobalAvgPool2D(),
    ])  # fmt: skip


def normalized() -> Any:
    return tf.keras.Sequential([
        tf.keras.layers.Conv2D(4, 3, padding="same"),
        tf.keras.layers.BatchNormalization(epsilon=1e-5), tf.keras.layers.ReLU(),
        tf.keras.layers.GlobalAvgPool2D(), tf.keras.layers.Dense(10),
    ])  # fmt: skip


def wide() -> Any:
    return tf.keras.Sequential([
        tf.keras.layers.Conv2D(16, 5, activation="relu"),
        tf.keras.layers.Conv2D(64, 3, activation="relu"), tf.keras.layers.GlobalAvgPool2D(),
        tf.keras.layers.Dense(200, activation="relu"), tf.keras.layers.Dense(200),
        tf.keras.layers.Dense(200, activation="relu"), tf.keras.layers.Dense(10),
    ])  # fmt: skip


def flattened() -> Any:
    return tf.keras.Sequential([
        tf.keras.layers.Conv2D(2, 3, padding="same"), tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10),
    ])  # fmt: skip


def unbiased() -> Any:
    layers = tf.keras.layers
    return tf.keras.Sequential([layers.Flatten(), layers.Dense(10, use_bias=False)])


def dropping() -> Any:
    return tf.keras.Sequential([
        tf.keras.layers.Flatten(), tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(10),
    ])  # fmt: skip


def headless() -> Any:
    layers = tf.keras.layers
    return tf.keras.Sequential([layers.Conv2D(10, 3), layers.GlobalAvgPool2D(keepdims=True)])


def batch(X: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
    """Return images `(n, c, h, w)` and labels as the framework's tensors, in its layout."""
    return tf.constant(X.transpose(0, 2, 3, 1), tf.float32), tf.constant(y, tf.int32)


def weights(net: Any) -> list[np.ndarray]:
    """Return copies of what training changes, as the framework stores it."""
    return [np.squeeze(variable.numpy()) for variable in net.trainable_weights]


def backward(net: Any, X: Any, y: Any) -> float:
    """Put the gradient of each weight in its place, and return the loss."""
    with tf.GradientTape() as tape:
        y_hat = net(X, training=True)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, y_hat)
        loss = tf.reduce_mean(losses)
    variables = net.trainable_variables
    for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
        variable.assign(gradient)
    return float(loss)


def tensor(array: np.ndarray) -> Any:
    return tf.constant(array)


def no_devices() -> list[Any]:
    """Return what is no device on any machine."""
    return ["/GPU:77", "toaster", tf]


def given(net: Any) -> Any:
    """Return the network as `train_ch6` takes it: here, as in d2l, a function."""
    return lambda: net


class Wrapped(tf.keras.Model):
    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net

    def call(self, X: Any) -> Any:
        return self.net(X)


def wrapped(net: Any) -> Any:
    """Return a network that is a class, with its blocks in one sequence."""
    return Wrapped(net)


class Calling(tf.keras.Model):
    def __init__(self, net: Any, tell: Any) -> None:
        super().__init__()
        self.net, self.tell = net, tell

    def call(self, X: Any) -> Any:
        self.tell(X)
        return self.net(X)


def calling(net: Any, tell: Any) -> Any:
    """Return a network that tells of each batch that it is called on."""
    return Calling(net, tell)


def state() -> Any:
    """Return what of the framework's state a loader of data may notice."""
    return tf.executing_eagerly(), tf.zeros(1).device


def devices() -> list[Any]:
    """Return devices that every machine has."""
    return ["/CPU:0", d2l.try_gpu(99)]


def is_on(tensor: Any, device: Any) -> bool:
    return isinstance(tensor, tf.Tensor) and tensor.device.endswith(str(device).removeprefix("/"))


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Let compiled functions run as they are written."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def coarse(tensor: Any) -> Any:
    """Return a tensor in the short floating-point numbers of the framework."""
    return tf.cast(tensor, tf.bfloat16)


def weightless() -> Any:
    return tf.keras.Sequential([tf.keras.layers.Flatten()])
