"""What models do in every framework: their steps, what they plot, how right they are.

The classes of a framework derive from these and from its own class of networks. Methods that
readers override or re-open are looked up at each call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..utils import as_array
from .board import ProgressBoard
from .hyperparameters import HyperParameters

if TYPE_CHECKING:
    from ..backends.base import Backend


class Module(HyperParameters):
    """Model, loss and optimizer in one: subclass it, and set `net` or override `forward`.

    `plot_train_per_epoch` and `plot_valid_per_epoch` say how many points an epoch gives. After
    `Trainer.fit` has begun, `trainer` is the trainer; `board` draws the curves.
    """

    backend: ClassVar[Backend]
    net: Any
    lr: float
    if TYPE_CHECKING:
        __call__: Callable[..., Any]

    def __init__(self, plot_train_per_epoch: int = 2, plot_valid_per_epoch: int = 1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.board = ProgressBoard()

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Return the loss of a mini-batch, a tensor of one number. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no loss: define loss(self, y_hat, y)")

    def forward(self, X: Any) -> Any:
        """Return what `net` gives for a batch."""
        if not hasattr(self, "net"):
            raise AttributeError(f"{type(self).__name__} needs a net, or a forward(self, X)")
        return self.net(X)

    def _has_our(self, *methods: str) -> bool:
        """Return whether the reader has overridden or re-opened none of some methods."""
        found = [getattr(type(self), name).__module__ for name in methods]
        return all(module.partition(".")[0] == __package__.partition(".")[0] for module in found)

    def training_step(self, batch: Sequence[Any]) -> Any:
        """Return the loss of a batch, the labels of which come last, and plot it."""
        loss = self.loss(self(*batch[:-1]), batch[-1])
        self.plot("loss", loss, train=True)
        return loss

    def validation_step(self, batch: Sequence[Any]) -> None:
        """Plot the loss of a batch that is not trained on."""
        self.plot("loss", self.loss(self(*batch[:-1]), batch[-1]), train=False)

    def plot(self, key: str, value: Any, train: bool) -> None:
        """Add to the curve `train_…` or `val_…` of the board; x counts epochs."""
        trainer = getattr(self, "trainer", None)
        if trainer is None:
            raise RuntimeError("nothing trains this model: call trainer.fit(model, data)")
        self.board.xlabel = "epoch"
        if train:
            x = trainer.train_batch_idx / trainer.num_train_batches
            every = trainer.num_train_batches / self.plot_train_per_epoch
        else:
            x = trainer.epoch + 1
            every = trainer.num_val_batches / self.plot_valid_per_epoch
        self.board.draw(x, value, ("train_" if train else "val_") + key, every_n=int(every))

    def configure_optimizers(self) -> Any:
        """Return what moves the weights: stochastic gradient descent at `lr`. To be overridden."""
        raise NotImplementedError

    def apply_init(self, inputs: Sequence[Any], init: Callable[[Any], Any] | None = None) -> None:
        """Make weights exist that wait for a first batch, `inputs`; then let `init` draw them."""
        self.backend.build(self, inputs[0] if len(inputs) == 1 else list(inputs))
        if init is not None:
            self._draw_weights(init)

    def _draw_weights(self, init: Callable[[Any], Any]) -> None:
        """Let `init` draw the weights of `net`, layer by layer."""
        raise NotImplementedError

    def layer_summary(self, X_shape: Sequence[int]) -> None:
        """Print the shape of what each part of `net` gives for a batch of random numbers.

        The shape is as the framework takes it: channels come last in TensorFlow.
        """
        X = self._random(tuple(X_shape))
        self.apply_init([X])
        parts = [part for _, part in self.backend.children(self.net)]
        self.backend.watch(
            self.net,
            parts,
            X,
            lambda part, out: print(type(part).__name__, "output shape:\t", tuple(out.shape)),
        )

    def _random(self, shape: tuple[int, ...]) -> Any:
        """Return random numbers of the framework where the model is."""
        raise NotImplementedError


class Classifier(Module):
    """A model that gives logits, `(n, classes)`, and is trained on their cross-entropy."""

    def validation_step(self, batch: Sequence[Any]) -> None:
        """Plot loss and accuracy of a batch that is not trained on."""
        y_hat = self(*batch[:-1])
        self.plot("loss", self.loss(y_hat, batch[-1]), train=False)
        self.plot("acc", self.accuracy(y_hat, batch[-1]), train=False)

    def accuracy(self, Y_hat: Any, Y: Any, averaged: bool = True) -> Any:
        """Return the fraction of right predictions, or, if not averaged, 1 or 0 for each."""
        raise NotImplementedError


def check_range(Y: Any, classes: int) -> None:
    """Raise `ValueError` for labels that a classifier of so many outputs does not have.

    Not every framework notices.
    """
    labels = as_array(Y)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(
            f"a label is {wrong}, and the model has {classes} outputs: labels go from 0 to "
            f"{classes - 1}"
        )
