"""The interface of d2l 1.0 in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ..backends.torch import Torch
from . import data, module, trainer
from .hyperparameters import HyperParameters

__all__ = [
    "SGD",
    "Classifier",
    "DataModule",
    "FashionMNIST",
    "Module",
    "SyntheticRegressionData",
    "Trainer",
    "cpu",
    "gpu",
    "load_array",
    "num_gpus",
    "try_all_gpus",
]  # fmt: skip


def cpu() -> torch.device:
    """Return the CPU."""
    return torch.device("cpu")


def gpu(i: int = 0) -> torch.device:
    """Return GPU number `i`, whether it is there or not."""
    return torch.device(f"cuda:{i}")


def num_gpus() -> int:
    """Return the number of GPUs."""
    return torch.cuda.device_count()


def try_all_gpus() -> list[torch.device]:
    """Return all GPUs, or the CPU alone where there is none."""
    return [gpu(i) for i in range(num_gpus())] or [cpu()]


class Module(module.Module, nn.Module):
    __doc__ = module.Module.__doc__
    backend = Torch()

    def configure_optimizers(self) -> Any:
        """Return what moves the weights: stochastic gradient descent at `lr`. To be overridden."""
        return torch.optim.SGD(self.parameters(), lr=self.lr)

    def _draw_weights(self, init: Callable[[Any], Any]) -> None:
        """Let `init` draw the weights of `net`, layer by layer."""
        self.net.apply(init)

    def _random(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return random numbers of the framework where the model is."""
        return torch.randn(shape, device=self.backend.device_of(self))


class Classifier(module.Classifier, Module):
    __doc__ = module.Classifier.__doc__

    def loss(self, Y_hat: Any, Y: Any, averaged: bool = True) -> torch.Tensor:
        """Return the cross-entropy of logits, its mean, or one a prediction."""
        rows, labels = Y_hat.reshape(-1, Y_hat.shape[-1]), Y.reshape(-1).long()
        module.check_range(labels, rows.shape[1])
        return nn.functional.cross_entropy(rows, labels, reduction="mean" if averaged else "none")

    def accuracy(self, Y_hat: Any, Y: Any, averaged: bool = True) -> torch.Tensor:
        """Return the fraction of right predictions, or, if not averaged, 1 or 0 for each."""
        right = (Y_hat.reshape(-1, Y_hat.shape[-1]).argmax(1) == Y.reshape(-1)).float()
        return right.mean() if averaged else right


class Trainer(trainer.Trainer):
    __doc__ = trainer.Trainer.__doc__
    backend = Torch()

    def update(self, batch: Sequence[Any]) -> None:
        """Train on a batch."""
        loss = self.model.training_step(batch)
        self.optim.zero_grad()
        with torch.no_grad():
            loss.backward()
            if self.gradient_clip_val > 0:
                self.clip_gradients(self.gradient_clip_val, self.model)
            self.optim.step()

    def clip_gradients(self, grad_clip_val: float, model: nn.Module) -> None:
        """Scale the gradients so that their common norm is at most `grad_clip_val`."""
        own = [t for t in vars(model).values() if isinstance(t, torch.Tensor) and t.requires_grad]
        each = {id(tensor): tensor for tensor in (*model.parameters(), *own)}
        nn.utils.clip_grad_norm_(each.values(), grad_clip_val)

    def _set_training(self, training: bool) -> None:
        """Bring the model into training or evaluation."""
        self.model.train(training)

    def _no_gradients(self) -> AbstractContextManager[Any]:
        """Return a context in which nothing is noted for gradients."""
        return torch.no_grad()

    @staticmethod
    def _all_gpus() -> list[torch.device]:
        """Return the GPUs that are there."""
        return [gpu(i) for i in range(num_gpus())]


def load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> DataLoader:
    """Return a loader of batches of some tensors of one length, shuffled for training."""
    return DataLoader(TensorDataset(*data_arrays), batch_size, shuffle=is_train)


def linear_data(w: Any, b: float, num_examples: int, noise: float) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise."""
    X = torch.randn(num_examples, len(w))
    return X, X @ w.reshape(-1, 1) + b + noise * torch.randn(num_examples, 1)


class DataModule(data.DataModule):
    __doc__ = data.DataModule.__doc__
    _load_array = staticmethod(load_array)


class SyntheticRegressionData(data.SyntheticRegressionData, DataModule):
    __doc__ = data.SyntheticRegressionData.__doc__
    _linear_data = staticmethod(linear_data)


class FashionMNIST(data.FashionMNIST, DataModule):
    __doc__ = data.FashionMNIST.__doc__
    backend = Torch()


class SGD(HyperParameters):
    """Move weights against their gradients, `lr` times."""

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params, self.lr = list(params), lr

    @torch.no_grad()
    def step(self) -> None:
        """Move the weights."""
        for param in self.params:
            param -= self.lr * param.grad

    def zero_grad(self) -> None:
        """Set gradients to zero."""
        for param in self.params:
            if param.grad is not None:
                param.grad.zero_()
