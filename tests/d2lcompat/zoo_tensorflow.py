"""The zoo in TensorFlow: networks as readers write them, each with something special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from zoo import Entry

keras = tf.keras
layers = keras.layers

LACKS = {
    "tied": "Keras shares layers, not weights",
    "unused": "Keras warns of a layer that is not called",
    "weight_norm": "Keras has no such layer",
    "data_parallel": "TensorFlow distributes by a strategy instead of wrapping networks",
    "data_parallel_two": "TensorFlow distributes by a strategy instead of wrapping networks",
}


class Net(keras.Model):
    """A convolution, then a dense layer; `middle` is what happens between, with `parts`."""

    def __init__(self, middle: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.conv = layers.Conv2D(4, 3, padding="same", activation="relu")
        for name, part in parts.items():
            setattr(self, name, part)
        self.dense = layers.Dense(10)
        self.middle = middle

    def call(self, X: Any) -> Any:
        return self.dense(self.middle(self, self.conv(X)))


def conv(channels: int = 4, **settings: Any) -> Any:
    return layers.Conv2D(channels, 3, padding="same", **settings)


def sequence(*middle: Any, first: Any = None) -> Any:
    return keras.Sequential([
        conv() if first is None else first, layers.ReLU(), *middle, layers.AvgPool2D(4, 4),
        layers.Flatten(), layers.Dense(10),
    ])  # fmt: skip


class Both(keras.Model):
    """Two blocks, as a `Sequential` takes no layer twice."""

    def __init__(self, *blocks: Any) -> None:
        super().__init__()
        self.first, self.blocks, self.dense = conv(), list(blocks), layers.Dense(10)

    def call(self, X: Any) -> Any:
        X = tf.nn.relu(self.first(X))
        for block in self.blocks:
            X = block(X)
        return self.dense(tf.reduce_mean(X, (1, 2)))


def twice() -> Any:
    layer = conv()
    return Both(layer, layers.ReLU(), layer)


def over_two() -> Any:
    layer = conv()
    return Both(keras.Sequential([layer, layers.ReLU()]), keras.Sequential([layer]))


def frozen() -> Any:
    net = sequence(conv())
    net.layers[0].trainable = False
    return net


def frozen_norm() -> Any:
    net = sequence(layers.BatchNormalization(), layers.Dropout(0.5))
    net.layers[2].trainable = False
    return net


class Scaled(layers.Conv2D):
    def call(self, X: Any) -> Any:
        return 3 * super().call(X)


class Normalized(layers.Conv2D):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.norm = layers.BatchNormalization()

    def call(self, X: Any, training: Any = None) -> Any:
        return self.norm(super().call(X), training=training)


class ScratchNorm(layers.Layer):
    def build(self, input_shape: Any) -> None:
        self.shift = self.add_weight(name="shift", shape=[input_shape[-1]], initializer="zeros")
        self.factor = self.add_weight(name="factor", shape=[input_shape[-1]], initializer="ones")

    def call(self, X: Any) -> Any:
        mean, var = tf.nn.moments(X, (0, 1, 2))
        return self.factor * (X - mean) / tf.sqrt(var + 1e-5) + self.shift


class Two(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = layers.Conv2D(4, 3), layers.Conv2D(4, 3)
        self.dense = layers.Dense(10)

    def call(self, A: Any, B: Any) -> Any:
        pooled = [tf.reduce_mean(self.left(A), (1, 2)), tf.reduce_mean(self.right(B), (1, 2))]
        return self.dense(tf.concat(pooled, 1))


class List(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.net = Two()

    def call(self, Xs: Any) -> Any:
        A, B = Xs
        return self.net(A, B)


def functional_two() -> Any:
    A, B = keras.Input((6, 6, 1)), keras.Input((5, 7, 3))
    pooled = [layers.GlobalAvgPool2D()(layers.Conv2D(4, 3)(part)) for part in (A, B)]
    return keras.Model([A, B], layers.Dense(10)(layers.Concatenate()(pooled)))


def functional() -> Any:
    X = keras.Input((8, 8, 1))
    layer = conv()
    Y = layer(layers.ReLU()(layer(conv()(X))))
    return keras.Model(X, layers.Dense(10)(layers.GlobalAvgPool2D()(Y + layers.ReLU()(Y))))


class Residual(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(), layers.BatchNormalization()
        self.conv2, self.bn2 = conv(), layers.BatchNormalization()

    def call(self, X: Any) -> Any:
        Y = self.bn2(self.conv2(keras.activations.relu(self.bn1(self.conv1(X)))))
        Y += X
        return keras.activations.relu(Y)


class Pair(keras.Model):
    """Two convolutions of equal shape, `a` before `b`, registered in either order."""

    def __init__(self, names: str = "ab") -> None:
        super().__init__()
        self.dense = layers.Dense(10)
        for name in names:
            setattr(self, name, conv(1))
        self.names = names

    def call(self, X: Any) -> Any:
        first, second = sorted(self.names)
        Y = getattr(self, second)(tf.nn.relu(getattr(self, first)(X)))
        return self.dense(tf.reduce_mean(Y, (1, 2)))


class Recurrent(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = layers.LSTM(6, return_state=True), layers.Dense(10)

    def call(self, X: Any) -> Any:
        output, _, _ = self.lstm(X[..., 0])
        return self.dense(output)


class Attentive(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.dense = layers.MultiHeadAttention(2, 4), layers.Dense(10)

    def call(self, X: Any) -> Any:
        X = X[..., 0]
        output, _ = self.attention(X, X, return_attention_scores=True)
        return self.dense(tf.reduce_mean(output, 1))


class OwnWeight(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = conv(), layers.Dense(10)
        self.scale = self.add_weight(name="scale", shape=[4], initializer="ones")

    def call(self, X: Any) -> Any:
        return self.dense(tf.reduce_mean(tf.nn.relu(self.conv(X)) * self.scale, (1, 2)))


def own_forward() -> Any:
    net = sequence()
    layer = net.layers[0]
    layer.call = lambda X: tf.tanh(layers.Conv2D.call(layer, X))
    return net


class Hooked(keras.Sequential):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return 2 * super().__call__(*args, **kwargs)


def compiled(net: Any, **settings: Any) -> Any:
    net.compile(optimizer="sgd", loss="mse", **settings)
    return net


TWO = ((1, 6, 6), (3, 5, 7))
ZOO = {
    "sequence": Entry(sequence),
    "view": Entry(lambda: Net(lambda net, Y: tf.reshape(Y, [Y.shape[0] or -1, 256]))),
    "reshape": Entry(lambda: Net(lambda net, Y: keras.ops.reshape(Y, (-1, 256)))),
    "twice": Entry(twice),
    "over_two": Entry(over_two),
    "frozen": Entry(frozen),
    "frozen_norm": Entry(frozen_norm),
    "subclass": Entry(lambda: sequence(first=Scaled(4, 3, padding="same"))),
    "subclass_with_part": Entry(lambda: sequence(first=Normalized(4, 3)), saved=False),
    "lazy": Entry(sequence),
    "norm": Entry(lambda: sequence(layers.BatchNormalization())),
    "norm_no_scale": Entry(lambda: sequence(layers.BatchNormalization(scale=False, center=False))),
    "norm_scratch": Entry(lambda: sequence(ScratchNorm()), saved=False),
    "layer_norm": Entry(lambda: sequence(
        layers.LayerNormalization(), layers.GroupNormalization(2))),
    "two_arguments": Entry(Two, TWO),
    "one_list": Entry(List, TWO, listed=True),
    "functional_list": Entry(functional_two, TWO, listed=True),
    "functional": Entry(functional),
    "residual": Entry(lambda: sequence(Residual())),
    "other_order": Entry(lambda: Pair("ba")),
    "own_weight": Entry(OwnWeight, saved=False),
    "oblong": Entry(sequence, ((1, 5, 9),)),
    "rgb": Entry(sequence, ((3, 8, 8),)),
    "pixel": Entry(lambda: keras.Sequential([
        layers.Conv2D(4, 1, activation="relu"), layers.Flatten(), layers.Dense(10)]),
        ((1, 1, 1),)),
    "wide_output": Entry(lambda: keras.Sequential([
        layers.Conv2D(10, 3), layers.GlobalAvgPool2D()])),
    "conv1d": Entry(lambda: keras.Sequential([
        layers.Conv1D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(10)]),
        ((2, 9),), asked=(9, 2)),
    "conv3d": Entry(lambda: keras.Sequential([
        layers.Conv3D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(10)]),
        ((2, 4, 4, 4),), asked=(4, 4, 4, 2)),
    "grouped": Entry(lambda: sequence(
        layers.DepthwiseConv2D(3, padding="same"), conv(groups=2), conv(dilation_rate=2))),
    "transposed_conv": Entry(lambda: sequence(layers.Conv2DTranspose(6, 3, strides=2))),
    "no_bias": Entry(lambda: keras.Sequential([
        layers.Conv2D(4, 3, use_bias=False), layers.Flatten(), layers.Dense(10, use_bias=False)]),
        biased=False),
    "dropout": Entry(lambda: sequence(layers.SpatialDropout2D(0.5), layers.Dropout(0.5))),
    "lstm": Entry(Recurrent, saved=False),
    "attention": Entry(Attentive),
    "spectral_norm": Entry(lambda: sequence(
        first=layers.SpectralNormalization(layers.Conv2D(4, 3))), saved=False),
    "own_forward": Entry(own_forward),
    "hooked": Entry(lambda: Hooked([conv(), layers.Flatten(), layers.Dense(10)])),
    "listed": Entry(lambda: Both(conv(), keras.Sequential([layers.BatchNormalization()]))),
    "compiled": Entry(lambda: compiled(sequence(layers.BatchNormalization()))),
    "compiled_list": Entry(lambda: compiled(List(), run_eagerly=True), TWO, listed=True),
    "float64": Entry(lambda: _double(), dtype="float64"),
}  # fmt: skip


def _double() -> Any:
    return keras.Sequential([
        layers.Conv2D(4, 3, dtype="float64"), layers.Flatten(dtype="float64"),
        layers.Dense(10, dtype="float64"),
    ], name="double")  # fmt: skip
