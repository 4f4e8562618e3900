"""The loop around a model's steps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import taking, telling_batch_size
from ..networks.evaluate import number_of_batches
from ..training.checks import is_finite
from .board import ProgressBoard
from .hyperparameters import HyperParameters
from .module import Module

if TYPE_CHECKING:
    from ..backends.base import Backend


class Trainer(HyperParameters):
    """Train a model on data: `fit` calls `fit_epoch`, which calls `update` with each batch.

    - `max_epochs`: passes over the training data, each followed by one over the validation data.
    - `num_gpus`: with 1, train on a GPU where there is one; further ones are not used.
    - `gradient_clip_val`: the norm to which gradients are clipped; 0 leaves them alone.

    `epoch`, `train_batch_idx` and `val_batch_idx` say how far it is; `model`, `optim`,
    `train_dataloader` and `val_dataloader` are what it works with. All methods may be overridden
    or re-opened. What makes a training fast is used where a model has a `net` and no `forward` of
    its own.
    """

    backend: ClassVar[Backend]
    max_epochs: int
    gradient_clip_val: float
    gpus: Sequence[Any] = ()  # also where a reader has written `__init__` anew
    model: Any = None

    def __init__(self, max_epochs: int, num_gpus: int = 0, gradient_clip_val: float = 0) -> None:
        if not is_finite(max_epochs, Integral) or max_epochs < 1:
            raise ValueError(f"max_epochs must be a whole number above 0, not {max_epochs!r}")
        self.save_hyperparameters()
        self.gpus = self._all_gpus()[:num_gpus]
        if num_gpus and not self.gpus:
            print(f"num_gpus={num_gpus}, and no GPU is here: on the CPU, then")

    def prepare_data(self, data: Any) -> None:
        """Take the loaders of a data module, and count their batches."""
        self.train_dataloader = self._near(data.train_dataloader())
        self.val_dataloader = self._near(data.val_dataloader())
        self.num_train_batches = _count(self.train_dataloader, "training")
        validated = self.val_dataloader is not None
        self.num_val_batches = _count(self.val_dataloader, "validation") if validated else 0

    def prepare_model(self, model: Any) -> None:
        """Take a model, and bring it to where it is trained."""
        model.trainer = self
        model.board.xlim = [0, self.max_epochs]
        if self.gpus:
            self.backend.network(model, self.gpus[0])
        self.model = model

    def prepare_batch(self, batch: Sequence[Any]) -> Sequence[Any]:
        """Return a batch where the model is."""
        return [self.backend.move(part, self.gpus[0]) for part in batch] if self.gpus else batch

    def fit(self, model: Any, data: Any) -> None:
        """Train `model` on `data`, a data module; afterwards the model is in evaluation.

        Raises `ValueError` for data that hold nothing or do not know their length, `MemoryError`
        when a mini-batch is too large, `TypeError` for what is no model or no data.
        """
        if not (hasattr(model, "training_step") and hasattr(data, "train_dataloader")):
            raise TypeError(
                f"fit takes a d2l.Module and a d2l.DataModule, not a {type(model).__name__} and a "
                f"{type(data).__name__}; d2l.train_ch6 trains networks on loaders"
            )
        if not hasattr(model, "board"):
            raise TypeError(f"{type(model).__name__}.__init__ must call super().__init__() first")
        self.prepare_data(data)
        self.prepare_model(model)
        self._build(model)
        self.optim = model.configure_optimizers()
        self.epoch = self.train_batch_idx = self.val_batch_idx = 0
        with telling_batch_size(getattr(data, "batch_size", None)), self._faster():
            try:
                for epoch in range(self.max_epochs):
                    self.epoch = epoch
                    self.fit_epoch()
            finally:
                self._set_training(False)  # also where it was stopped
                if isinstance(model.board, ProgressBoard):
                    model.board.flush()

    def fit_epoch(self) -> None:
        """Train for an epoch, then validate."""
        if self.model is None:
            raise RuntimeError("a trainer has nothing to train before trainer.fit(model, data)")
        seen = self.train_batch_idx
        self._set_training(True)
        for batch in self.train_dataloader:
            batch = self.prepare_batch(batch)
            if self.train_batch_idx == 0:
                self._check(batch)
            self.update(batch)
            self.train_batch_idx += 1
        self._set_training(False)
        if self.train_batch_idx == seen:
            raise ValueError(
                f"the training data hold no batch in epoch {self.epoch + 1}; a generator can be "
                "gone through only once"
            )
        for batch in () if self.val_dataloader is None else self.val_dataloader:
            with self._no_gradients():
                self.model.validation_step(self.prepare_batch(batch))
            self.val_batch_idx += 1

    def update(self, batch: Sequence[Any]) -> None:
        """Train on a batch."""
        raise NotImplementedError

    def _build(self, model: Any) -> None:
        """Make weights exist that wait for a batch and that an optimizer would miss."""

    def _set_training(self, training: bool) -> None:
        """Bring the model into training or evaluation."""
        raise NotImplementedError

    def _no_gradients(self) -> AbstractContextManager[Any]:
        """Return a context in which nothing is noted for gradients."""
        return nullcontext()

    @staticmethod
    def _all_gpus() -> list[Any]:
        """Return the GPUs that are there."""
        raise NotImplementedError

    def _near(self, loader: Any) -> Any:
        return self.backend.near(loader, self.gpus[0]) if self.gpus else loader

    def _faster(self) -> AbstractContextManager[None]:
        """Return what makes a training faster while it runs, tried on a batch of our own loader.

        A `forward` of the reader's may do what he wants to see at each call, and no more often.
        """
        ours = isinstance(self.model, Module) and self.model._has_our("forward")
        if not (ours and hasattr(self.train_dataloader, "peek")):
            return nullcontext()
        inputs = Trainer.prepare_batch(self, self.train_dataloader.peek())[:-1]
        X = inputs[0] if len(inputs) == 1 else list(inputs)
        with taking(self.backend, X):
            self.backend.build(self.model, X)
        return self.backend.faster(self.model, X)

    def _check(self, batch: Any) -> None:
        """Raise `ValueError` for a first batch of which frameworks say less, or nothing."""
        if not isinstance(batch, list | tuple) or len(batch) < 2:
            raise ValueError("a batch of the training data must be inputs and labels, `(X, y)`")
        sizes = [len(part) for part in batch]
        if len(set(sizes)) > 1:
            raise ValueError(
                f"a batch of the training data has {sizes[0]} examples, {sizes[-1]} labels"
            )


def _count(loader: Any, name: str) -> int:
    n = number_of_batches(loader)
    if n is None:
        raise ValueError(
            f"the {name} data do not say how many batches make an epoch: let get_dataloader return "
            "a loader that has a length, such as that of get_tensorloader, and no generator"
        )
    if n == 0:
        raise ValueError(f"the {name} data hold no batch")
    return n
