"""Functions of the interface before d2l 1.0 in MXNet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..backends.mxnet import autograd, gluon, np
from ..v1.mxnet import linear_data

__all__ = ["linreg", "sgd", "squared_loss", "synthetic_data"]


def update(net: Any, X: Any, y: Any, loss: Any, updater: Any) -> tuple[float, Any]:
    """Train on a batch; return the sum of the losses and the outputs: see `train_epoch_ch3`."""
    with autograd.record():
        y_hat = net(X)
        losses = loss(y_hat, y)
    losses.backward()
    move = updater.step if isinstance(updater, gluon.Trainer) else updater
    move(len(X))
    return float(losses.mean()) * len(y), y_hat


def linreg(X: Any, w: Any, b: Any) -> Any:
    """Return `X @ w + b`."""
    return np.dot(X, w) + b


def squared_loss(y_hat: Any, y: Any) -> Any:
    """Return half the squared error of each example."""
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params: Iterable[Any], lr: float, batch_size: int) -> None:
    """Move weights against the gradients of a sum over a mini-batch."""
    for param in params:
        param[:] = param - lr * param.grad / batch_size


def synthetic_data(w: Any, b: float, num_examples: int) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise of 0.01."""
    return linear_data(w, b, num_examples, noise=0.01)
