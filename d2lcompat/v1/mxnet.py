"""The interface of d2l 1.0 in MXNet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import sqrt
from typing import Any

from ..backends.mxnet import MXNet, autograd, gluon, np, npx
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


def cpu() -> Any:
    """Return the CPU."""
    return npx.cpu()


def gpu(i: int = 0) -> Any:
    """Return GPU number `i`, whether it is there or not."""
    return npx.gpu(i)


def num_gpus() -> int:
    """Return the number of GPUs."""
    return int(npx.num_gpus())


def try_all_gpus() -> list[Any]:
    """Return all GPUs, or the CPU alone where there is none."""
    return [gpu(i) for i in range(num_gpus())] or [cpu()]


class Module(module.Module, gluon.Block):
    __doc__ = module.Module.__doc__
    backend = MXNet()

    def parameters(self) -> Any:
        """Return the parameters of the layers, or a list: the arrays of a model that has none."""
        held = self.collect_params()
        if isinstance(held, list):  # as a reader may write it
            return held
        return held if len(held.keys()) else self.get_scratch_params()

    def get_scratch_params(self) -> list[Any]:
        """Return the arrays that the model and models within it hold as they are."""
        held = vars(self).values()
        own = [a for a in held if isinstance(a, np.ndarray)]
        parts = [part for part in self._children.values() if isinstance(part, Module)]
        return own + [array for part in parts for array in part.get_scratch_params()]

    def set_scratch_params_device(self, device: Any) -> None:
        """Bring the arrays that the model and models within it hold as they are to a device."""
        for name, value in list(vars(self).items()):
            if isinstance(value, np.ndarray):
                moved = value.as_in_ctx(device)
                moved.attach_grad()
                setattr(self, name, moved)
        for part in self._children.values():
            if isinstance(part, Module):
                part.set_scratch_params_device(device)

    def configure_optimizers(self) -> Any:
        """Return what moves the weights: stochastic gradient descent at `lr`. To be overridden."""
        held = self.parameters()
        if isinstance(held, list):
            return SGD(held, self.lr)
        return gluon.Trainer(held, "sgd", {"learning_rate": self.lr})

    def _draw_weights(self, init: Callable[[Any], Any]) -> None:
        """Let `init` draw the weights of `net`: an initializer of MXNet's, or layer by layer."""
        if isinstance(init, gluon.parameter.initializer.Initializer):
            self.net.initialize(init, force_reinit=True)
        else:
            self.net.apply(init)

    def _random(self, shape: tuple[int, ...]) -> Any:
        """Return random numbers of the framework where the model is."""
        return np.random.normal(size=shape, ctx=self.backend.device_of(self))


class Classifier(module.Classifier, Module):
    __doc__ = module.Classifier.__doc__

    def loss(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the cross-entropy of logits, its mean, or one a prediction."""
        rows, labels = Y_hat.reshape(-1, Y_hat.shape[-1]), Y.reshape(-1)
        module.check_range(labels, rows.shape[1])
        losses = gluon.loss.SoftmaxCrossEntropyLoss()(rows, labels)
        return losses.mean() if averaged else losses

    def accuracy(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the fraction of right predictions, or, if not averaged, 1 or 0 for each."""
        guesses = Y_hat.reshape(-1, Y_hat.shape[-1]).argmax(axis=1)
        right = (guesses.astype("int64") == Y.reshape(-1).astype("int64")).astype("float32")
        return right.mean() if averaged else right


class Trainer(trainer.Trainer):
    __doc__ = trainer.Trainer.__doc__
    backend = MXNet()

    def prepare_model(self, model: Any) -> None:
        """Take a model, and bring it to where it is trained."""
        super().prepare_model(model)
        if self.gpus:
            model.set_scratch_params_device(self.gpus[0])
        if not isinstance(model.collect_params(), list):
            self.backend.device_of(model)  # which initializes what the reader has not

    def update(self, batch: Sequence[Any]) -> None:
        """Train on a batch."""
        with autograd.record():
            loss = self.model.training_step(batch)
        loss.backward()
        if self.gradient_clip_val > 0:
            self.clip_gradients(self.gradient_clip_val, self.model)
        self.optim.step(1)

    def clip_gradients(self, grad_clip_val: float, model: Any) -> None:
        """Scale the gradients so that their common norm is at most `grad_clip_val`."""
        held = model.parameters()
        arrays = held if isinstance(held, list) else [p.data() for p in held.values()]
        gradients = [array.grad for array in arrays if array.grad is not None]
        norm = sqrt(sum(float((gradient**2).sum()) for gradient in gradients))
        if norm > grad_clip_val:
            for gradient in gradients:
                gradient[:] *= grad_clip_val / norm

    def _set_training(self, training: bool) -> None:
        """Do nothing: MXNet's layers are in training where gradients are recorded."""

    @staticmethod
    def _all_gpus() -> list[Any]:
        """Return the GPUs that are there."""
        return [gpu(i) for i in range(num_gpus())]


def load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> Any:
    """Return a loader of batches of some tensors of one length, shuffled for training."""
    whole = gluon.data.ArrayDataset(*data_arrays)
    return gluon.data.DataLoader(whole, batch_size, shuffle=is_train)


def linear_data(w: Any, b: float, num_examples: int, noise: float) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise."""
    X = np.random.normal(size=(num_examples, len(w)))
    drawn = np.random.normal(size=(num_examples, 1))
    return X, np.dot(X, w.reshape(-1, 1)) + b + noise * drawn


class DataModule(data.DataModule):
    __doc__ = data.DataModule.__doc__
    _load_array = staticmethod(load_array)


class SyntheticRegressionData(data.SyntheticRegressionData, DataModule):
    __doc__ = data.SyntheticRegressionData.__doc__
    _linear_data = staticmethod(linear_data)


class FashionMNIST(data.FashionMNIST, DataModule):
    __doc__ = data.FashionMNIST.__doc__
    backend = MXNet()


class SGD(HyperParameters):
    """Move weights against their gradients, `lr` times."""

    def __init__(self, params: Iterable[Any], lr: float) -> None:
        self.params, self.lr = list(params), lr

    def step(self, _: int) -> None:
        """Move the weights; the batch's size is not asked for: losses are means."""
        for param in self.params:
            param[:] = param - self.lr * param.grad
