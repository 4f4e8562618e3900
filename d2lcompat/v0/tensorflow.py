"""Functions of the interface before d2l 1.0 in TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..backends.tensorflow import keras, tf

__all__ = ["Updater", "sgd"]


def update(net: Any, X: Any, y: Any, loss: Any, updater: Any) -> tuple[float, Any]:
    """Train on a batch; return the sum of the losses and the outputs: see `train_epoch_ch3`."""
    ready_made = isinstance(updater, keras.optimizers.Optimizer)
    with tf.GradientTape() as tape:
        y_hat = net(X, training=True) if isinstance(net, keras.layers.Layer) else net(X)
        losses = loss(y, y_hat) if isinstance(loss, keras.losses.Loss) else loss(y_hat, y)
        mean = tf.reduce_mean(losses)
        aim = mean if ready_made else tf.reduce_sum(losses)
    params = net.trainable_variables if ready_made else updater.params
    gradients = tape.gradient(aim, params)
    if ready_made:
        updater.apply_gradients(zip(gradients, params, strict=True))
    else:
        updater(X.shape[0], gradients)
    return float(mean) * int(tf.size(y)), y_hat


class Updater:
    """Move weights by `sgd`; only d2l for TensorFlow has it."""

    def __init__(self, params: list[Any], lr: float) -> None:
        self.params, self.lr = params, lr

    def __call__(self, batch_size: int, grads: Iterable[Any]) -> None:
        """Move the weights."""
        sgd(self.params, grads, self.lr, batch_size)


def sgd(params: Iterable[Any], grads: Iterable[Any], lr: float, batch_size: int) -> None:
    """Move weights against the gradients of a sum over a mini-batch."""
    for param, grad in zip(params, grads, strict=True):
        param.assign_sub(lr * grad / batch_size)
