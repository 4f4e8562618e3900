"""What the tests of the zoo need of TensorFlow: its own step and logits, what can be noticed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from zoo import Entry

keras = tf.keras

# Of what `zoo.process` tells, what the framework's initializers draw from.
DRAWS_FROM = {"python"}


@contextmanager
def uncompiled() -> Iterator[None]:
    """Let what helpers compile run as it is for a `with` block, which is faster for a few steps."""
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def batch(inputs: list[np.ndarray], labels: np.ndarray) -> tuple[Any, Any]:
    """Return inputs, channels first, and labels as a batch of the framework's tensors."""
    X = [tf.constant(np.moveaxis(part, 1, -1)) for part in inputs]
    return X if len(X) > 1 else X[0], tf.constant(labels)


def loader(X: np.ndarray, y: np.ndarray, size: int, shuffle: bool = False) -> Any:
    """Return the framework's own loader of examples."""
    data = tf.data.Dataset.from_tensor_slices((np.moveaxis(X, 1, -1), y))
    return (data.shuffle(len(y)) if shuffle else data).batch(size)


LABELS = {
    dtype: partial(tf.constant, dtype=dtype)
    for dtype in ("int64", "int32", "int16", "int8", "uint8", "float32")
}


def call(net: Any, X: Any, entry: Entry, training: bool) -> Any:
    if isinstance(X, list) and not entry.listed:
        return net(*X, training=training)
    return net(X, training=training)


def step(net: Any, X: Any, y: Any, entry: Entry, lr: float) -> None:
    """Train on one batch as a reader would."""
    with tf.GradientTape() as tape:
        found = call(net, X, entry, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, found))
    weights = net.trainable_variables
    gradients = tape.gradient(loss, weights)
    keras.optimizers.SGD(lr).apply_gradients(zip(gradients, weights, strict=True))


def logits(net: Any, X: Any, entry: Entry) -> np.ndarray:
    """Return logits as a reader would."""
    return np.asarray(call(net, X, entry, training=False))


def values(net: Any) -> list[np.ndarray]:
    """Return copies of all weights and statistics."""
    return [weight.numpy() for weight in net.weights if "float" in weight.dtype]


def trainable(net: Any) -> int:
    """Return how many numbers training changes."""
    return sum(int(np.prod(weight.shape)) for weight in net.trainable_weights)


def footprint(net: Any) -> dict[str, Any]:
    """Return what can be noticed of a network beside the values of its weights."""
    parts = list(net._flatten_layers())
    ours = {"history", "_losses_override"}
    return {
        "classes": [type(part) for part in parts],
        "attributes": [vars(part).keys() - ours for part in parts],
        "calls": [vars(part).get("call") for part in parts],
        "trainable": [part.trainable for part in parts],
        "weights": [
            [(id(w), w.path, w.dtype, w.trainable, w.value.device) for w in part.weights]
            for part in parts
        ],
        "compiled": [
            (part.compiled, id(getattr(part, "optimizer", None)))
            for part in parts
            if isinstance(part, keras.Model)
        ],
        "losses": list(net.losses),
    }


def process() -> dict[str, Any]:
    """Return the framework's own settings."""
    return {
        "optimizer": tf.config.optimizer.get_experimental_options(),
        "jit": tf.config.optimizer.get_jit(), "eager": tf.config.functions_run_eagerly(),
        "placement": tf.config.get_soft_device_placement(),
        "devices": tf.config.list_logical_devices(),
        "threads": (
            tf.config.threading.get_inter_op_parallelism_threads(),
            tf.config.threading.get_intra_op_parallelism_threads(),
        ),
        "keras": (keras.backend.floatx(), keras.backend.image_data_format()),
        "policy": keras.mixed_precision.global_policy().name,
        "device": tf.constant(0.0).device, "filters": len(tf.get_logger().filters),
    }  # fmt: skip


def draw() -> np.ndarray:
    """Return the framework's next random numbers."""
    return np.append(tf.random.uniform([4]), random.random())
