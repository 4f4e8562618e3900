"""Functions of the interface before d2l 1.0 in PyTorch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

__all__ = ["sgd"]


def update(net: Any, X: Any, y: Any, loss: Any, updater: Any) -> tuple[float, Any]:
    """Train on a batch; return the sum of the losses and the outputs: see `train_epoch_ch3`."""
    y_hat = net(X)
    losses = loss(y_hat, y)
    mean = float(losses.detach().mean())
    if isinstance(updater, torch.optim.Optimizer):
        updater.zero_grad()
        losses.mean().backward()
        updater.step()
    else:
        losses.sum().backward()
        updater(len(X))
    return mean * len(y), y_hat


@torch.no_grad()
def sgd(params: Iterable[Any], lr: float, batch_size: int) -> None:
    """Move weights against the gradients of a sum over a mini-batch, and set these to zero."""
    for param in params:
        param -= lr * param.grad / batch_size
        param.grad.zero_()
