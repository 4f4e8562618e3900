"""d2l's aliases in TensorFlow."""

from __future__ import annotations

from typing import Any

from ..backends.tensorflow import keras, tf  # which imports it quietly
from ..utils import as_array
from . import NAMES

__all__ = NAMES

numpy = as_array
nn_Module = keras.Model
bool, float32, float64, int32, int64 = tf.bool, tf.float32, tf.float64, tf.int32, tf.int64

arange, eye, linspace, ones, tensor, zeros = (
    tf.range, tf.eye, tf.linspace, tf.ones, tf.constant, tf.zeros,
)  # fmt: skip
meshgrid, normal, ones_like, rand, randn, zeros_like = (
    tf.meshgrid, tf.random.normal, tf.ones_like, tf.random.uniform, tf.random.normal,
    tf.zeros_like,
)  # fmt: skip
abs, cos, cosh, exp, log = tf.abs, tf.cos, tf.cosh, tf.exp, tf.math.log
sigmoid, sin, sinh, tanh = tf.sigmoid, tf.sin, tf.sinh, tf.tanh
batch_matmul, concat, matmul, stack = tf.matmul, tf.concat, tf.matmul, tf.stack
argmax, astype, reduce_mean, reduce_sum = tf.argmax, tf.cast, tf.reduce_mean, tf.reduce_sum
expand_dims, repeat, reshape, transpose = tf.expand_dims, tf.repeat, tf.reshape, tf.transpose
swapaxes = tf.experimental.numpy.swapaxes


def size(x: Any) -> int:
    """Return how many numbers a tensor has."""
    return int(tf.size(x))


def to(x: Any, device: Any) -> Any:
    """Return a tensor on a device."""
    with device:
        return tf.identity(x)
