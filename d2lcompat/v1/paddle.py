"""The interface of d2l 1.0 in PaddlePaddle, for which d2l has none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import paddle
from paddle import nn
from paddle.io import DataLoader, TensorDataset

from ..backends.paddle import Paddle
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


def cpu() -> paddle.CPUPlace:
    """Return the CPU."""
    return paddle.CPUPlace()


def gpu(i: int = 0) -> Any:
    """Return GPU number `i`, whether it is there or not."""
    return paddle.CUDAPlace(i) if paddle.is_compiled_with_cuda() else f"gpu:{i}"


def num_gpus() -> int:
    """Return the number of GPUs."""
    return int(paddle.device.cuda.device_count())


def try_all_gpus() -> list[Any]:
    """Return all GPUs, or the CPU alone where there is none."""
    return [gpu(i) for i in range(num_gpus())] or [cpu()]


def weights(model: nn.Layer) -> list[Any]:
    """Return parameters, and tensors that the reader has made attributes, each of them once."""
    own = [tensor for tensor in model.buffers() if tensor.is_leaf and not tensor.stop_gradient]
    return list({id(tensor): tensor for tensor in (*model.parameters(), *own)}.values())


class Module(module.Module, nn.Layer):
    __doc__ = module.Module.__doc__
    backend = Paddle()

    def configure_optimizers(self) -> Any:
        """Return what moves the weights: stochastic gradient descent at `lr`. To be overridden."""
        if not (found := weights(self)):
            raise ValueError(
                f"{type(self).__name__} has no weights: let layers or tensors with "
                "stop_gradient=False be attributes, or define configure_optimizers(self)"
            )
        return paddle.optimizer.SGD(self.lr, parameters=found)

    def _draw_weights(self, init: Callable[[Any], Any]) -> None:
        """Let `init` draw the weights of `net`, layer by layer."""
        self.net.apply(init)

    def _random(self, shape: tuple[int, ...]) -> Any:
        """Return random numbers of the framework where the model is."""
        return self.backend.move(paddle.randn(shape), self.backend.device_of(self))


class Classifier(module.Classifier, Module):
    __doc__ = module.Classifier.__doc__

    def loss(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the cross-entropy of logits, its mean, or one a prediction."""
        rows, labels = Y_hat.reshape([-1, Y_hat.shape[-1]]), Y.reshape([-1]).astype("int64")
        module.check_range(labels, rows.shape[1])
        reduction = "mean" if averaged else "none"
        losses = nn.functional.cross_entropy(rows, labels, reduction=reduction)
        return losses if averaged else losses.reshape([-1])

    def accuracy(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the fraction of right predictions, or, if not averaged, 1 or 0 for each."""
        guesses = Y_hat.reshape([-1, Y_hat.shape[-1]]).argmax(1)
        right = (guesses == Y.reshape([-1]).astype(guesses.dtype)).astype("float32")
        return right.mean() if averaged else right


class Trainer(trainer.Trainer):
    __doc__ = trainer.Trainer.__doc__
    backend = Paddle()

    def _build(self, model: Any) -> None:
        """Make weights exist that wait for a batch and that an optimizer would miss."""
        if not self.backend.is_built(model):
            loader = self.train_dataloader
            batch = loader.peek() if hasattr(loader, "peek") else next(iter(loader))
            model.apply_init(self.prepare_batch(batch)[:-1])

    def update(self, batch: Sequence[Any]) -> None:
        """Train on a batch."""
        with paddle.enable_grad():  # without it nothing would move, and nobody would say so
            loss = self.model.training_step(batch)
            self.optim.clear_grad()
            loss.backward()
        with paddle.no_grad():
            if self.gradient_clip_val > 0:
                self.clip_gradients(self.gradient_clip_val, self.model)
            self.optim.step()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what PaddlePaddle cannot copy, and each `fit` makes anew."""
        made = ("optim", "train_dataloader", "val_dataloader")
        return {name: value for name, value in vars(self).items() if name not in made}

    def clip_gradients(self, grad_clip_val: float, model: nn.Layer) -> None:
        """Scale the gradients so that their common norm is at most `grad_clip_val`."""
        nn.utils.clip_grad_norm_(weights(model), grad_clip_val)

    def _set_training(self, training: bool) -> None:
        """Bring the model into training or evaluation."""
        self.model.train() if training else self.model.eval()

    def _no_gradients(self) -> AbstractContextManager[Any]:
        """Return a context in which nothing is noted for gradients."""
        return paddle.no_grad()

    @staticmethod
    def _all_gpus() -> list[Any]:
        """Return the GPUs that are there."""
        return [gpu(i) for i in range(num_gpus())]


def load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> DataLoader:
    """Return a loader of batches of some tensors of one length, shuffled for training."""
    whole = TensorDataset(list(data_arrays))
    return DataLoader(whole, batch_size=batch_size, shuffle=is_train, return_list=True)


def linear_data(w: Any, b: float, num_examples: int, noise: float) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise."""
    X = paddle.randn([num_examples, len(w)])
    return X, X @ w.reshape([-1, 1]) + b + noise * paddle.randn([num_examples, 1])


class DataModule(data.DataModule):
    __doc__ = data.DataModule.__doc__
    _load_array = staticmethod(load_array)


class SyntheticRegressionData(data.SyntheticRegressionData, DataModule):
    __doc__ = data.SyntheticRegressionData.__doc__
    _linear_data = staticmethod(linear_data)


class FashionMNIST(data.FashionMNIST, DataModule):
    __doc__ = data.FashionMNIST.__doc__
    backend = Paddle()


class SGD(HyperParameters):
    """Move weights against their gradients, `lr` times."""

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params, self.lr = list(params), lr

    @paddle.no_grad()
    def step(self) -> None:
        """Move the weights."""
        for param in self.params:
            param.set_value(param - self.lr * param.grad)

    def clear_grad(self) -> None:
        """Set gradients to zero."""
        for param in self.params:
            param.clear_gradient()

    zero_grad = clear_grad
