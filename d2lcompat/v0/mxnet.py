"""Functions of the interface before d2l 1.0 in MXNet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..backends.mxnet import autograd, gluon

__all__ = ["sgd"]


def update(net: Any, X: Any, y: Any, loss: Any, updater: Any) -> tuple[float, Any]:
    """Train on a batch; return the sum of the losses and the outputs: see `train_epoch_ch3`."""
    with autograd.record():
        y_hat = net(X)
        losses = loss(y_hat, y)
    losses.backward()
    move = updater.step if isinstance(updater, gluon.Trainer) else updater
    move(len(X))
    return float(losses.mean()) * len(y), y_hat


def sgd(params: Iterable[Any], lr: float, batch_size: int) -> None:
    """Move weights against the gradients of a sum over a mini-batch."""
    for param in params:
        param[:] = param - lr * param.grad / batch_size
