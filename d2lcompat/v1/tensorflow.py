"""The interface of d2l 1.0 in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..backends.tensorflow import TensorFlow, keras, tf
from ..data.fashion_mnist import Split
from ..networks.inspect import unique
from ..workarounds.tensorflow_graphs import Device
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


def cpu() -> Device:
    """Return the CPU."""
    return Device("/CPU:0")


def gpu(i: int = 0) -> Device:
    """Return GPU number `i`, whether it is there or not."""
    return Device(f"/GPU:{i}")


def num_gpus() -> int:
    """Return the number of GPUs."""
    return len(tf.config.list_physical_devices("GPU"))


def try_all_gpus() -> list[Device]:
    """Return all GPUs, or the CPU alone where there is none."""
    return [gpu(i) for i in range(num_gpus())] or [cpu()]


class Module(module.Module, keras.Model):
    __doc__ = module.Module.__doc__
    backend = TensorFlow()
    training: bool | None = None

    def __init__(self, plot_train_per_epoch: int = 2, plot_valid_per_epoch: int = 1) -> None:
        super().__init__(plot_train_per_epoch, plot_valid_per_epoch)
        self.__dict__.pop("loss", None)  # that of Keras' own training, which hides the method

    def __call__(self, *inputs: Any, **settings: Any) -> Any:
        """Return what the model gives, in training or evaluation as the trainer has set it."""
        if self.training is not None:
            settings.setdefault("training", self.training)
        evaluate = vars(self).get("compiled_evaluation")
        outside = tf.executing_eagerly() and not tf.config.functions_run_eagerly()
        if evaluate is not None and not settings["training"] and outside:
            return evaluate(*inputs)
        return super().__call__(*inputs, **settings)

    def call(self, X: Any, *args: Any, training: bool | None = None) -> Any:
        """Return what `forward` gives, after `training` is set for it."""
        if training is not None:
            self.training = training
        return self.forward(X, *args)

    def build(self, *shapes: Any) -> None:
        """Build nothing: layers are built when they are called, on any number of inputs."""

    @property
    def trainable_variables(self) -> list[Any]:
        """The weights that training changes, those too that a model holds as tf.Variable."""
        own = []
        for layer in self._flatten_layers():
            for value in vars(layer).values():
                parts = value.values() if isinstance(value, dict) else value
                several = isinstance(value, list | tuple | dict)
                own += [v for v in (parts if several else [value]) if isinstance(v, tf.Variable)]
        return super().trainable_variables + [v for v in unique(own) if v.trainable]

    def configure_optimizers(self) -> Any:
        """Return what moves the weights: stochastic gradient descent at `lr`. To be overridden."""
        return keras.optimizers.SGD(self.lr)

    def _draw_weights(self, init: Callable[[Any], Any]) -> None:
        """Let `init` draw the weights of `net`, layer by layer."""
        for layer in self.net._flatten_layers():
            init(layer)

    def _random(self, shape: tuple[int, ...]) -> Any:
        """Return random numbers of the framework where the model is."""
        return tf.random.normal(shape)


class Classifier(module.Classifier, Module):
    __doc__ = module.Classifier.__doc__

    def loss(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the cross-entropy of logits, its mean, or one a prediction."""
        rows, labels = tf.reshape(Y_hat, (-1, Y_hat.shape[-1])), tf.reshape(Y, (-1,))
        if tf.executing_eagerly():  # what is compiled says it by itself
            module.check_range(labels, rows.shape[1])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, rows)
        return tf.reduce_mean(losses) if averaged else losses

    def accuracy(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the fraction of right predictions, or, if not averaged, 1 or 0 for each."""
        guesses = tf.argmax(tf.reshape(Y_hat, (-1, Y_hat.shape[-1])), axis=1)
        right = tf.cast(guesses == tf.cast(tf.reshape(Y, (-1,)), guesses.dtype), tf.float32)
        return tf.reduce_mean(right) if averaged else right


class Trainer(trainer.Trainer):
    __doc__ = trainer.Trainer.__doc__
    backend = TensorFlow()
    _compiled: Callable[..., Any] | None = None

    def update(self, batch: Sequence[Any]) -> None:
        """Train on a batch."""
        if self._compiled is not None:
            self.model.plot("loss", self._compiled(*batch), train=True)
            return
        with tf.GradientTape() as tape:
            loss = self.model.training_step(batch)
        self._move(tape.gradient(loss, self.model.trainable_variables))

    def clip_gradients(self, grad_clip_val: float, grads: Sequence[Any]) -> list[Any]:
        """Return gradients scaled so that their common norm is at most `grad_clip_val`."""
        return list(tf.clip_by_global_norm(grads, grad_clip_val)[0])

    def _set_training(self, training: bool) -> None:
        """Bring the model into training or evaluation."""
        self.model.training = training

    @staticmethod
    def _all_gpus() -> list[Device]:
        """Return the GPUs that are there."""
        return [gpu(i) for i in range(num_gpus())]

    def _move(self, grads: Sequence[Any]) -> None:
        if self.gradient_clip_val > 0:
            grads = self.clip_gradients(self.gradient_clip_val, grads)
        self.optim.apply_gradients(zip(grads, self.model.trainable_variables, strict=True))

    @contextmanager
    def _faster(self) -> Iterator[None]:
        """Compile a step and the evaluation of a model, but none of the reader's own methods."""
        model = self.model
        with super()._faster():
            ours = isinstance(model, Module) and model._has_our("forward", "call")
            ours = ours and hasattr(self.train_dataloader, "peek")
            if ours:
                evaluate = tf.function(partial(model, training=False), reduce_retracing=True)
                vars(model)["compiled_evaluation"] = evaluate  # which Keras need not track
            ours = ours and model._has_our("loss", "training_step")
            fits = ours and isinstance(self.optim, keras.optimizers.Optimizer)
            self._compiled = self._compile() if fits else None
            try:
                yield
            finally:
                vars(model).pop("compiled_evaluation", None)

    def _compile(self) -> Callable[..., Any]:
        model = self.model
        self.optim.build(model.trainable_variables)

        @tf.function(reduce_retracing=True)
        def step(*batch: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = model.loss(model(*batch[:-1], training=True), batch[-1])
            self._move(tape.gradient(loss, model.trainable_variables))
            return loss

        return step


def load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> Any:
    """Return a loader of batches of some tensors of one length, shuffled for training."""
    whole = tf.data.Dataset.from_tensor_slices(tuple(data_arrays))
    return (whole.shuffle(len(data_arrays[0])) if is_train else whole).batch(batch_size)


def linear_data(w: Any, b: float, num_examples: int, noise: float) -> tuple[Any, Any]:
    """Return `X`, normal of shape `(num_examples, len(w))`, and `X @ w + b` with noise."""
    X = tf.random.normal((num_examples, w.shape[0]))
    drawn = tf.random.normal((num_examples, 1))
    return X, tf.matmul(X, tf.reshape(w, (-1, 1))) + b + noise * drawn


class DataModule(data.DataModule):
    __doc__ = data.DataModule.__doc__
    _load_array = staticmethod(load_array)


class SyntheticRegressionData(data.SyntheticRegressionData, DataModule):
    __doc__ = data.SyntheticRegressionData.__doc__
    _linear_data = staticmethod(linear_data)


class FashionMNIST(data.FashionMNIST, DataModule):
    __doc__ = data.FashionMNIST.__doc__
    backend = TensorFlow()

    def _samples(self, split: Split) -> Any:
        """Return what `train` and `val` are: images, uint8, and labels, as Keras loads them."""
        return split.images, split.labels


class SGD(HyperParameters):
    """Move weights against their gradients, `lr` times."""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def apply_gradients(self, grads_and_vars: Any) -> None:
        """Move the weights."""
        for grad, param in grads_and_vars:
            param.assign_sub(self.lr * grad)
