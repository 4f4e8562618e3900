"""Data as modules: what gives a loader for training and one for validation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from ..data.batches import load_data_fashion_mnist
from ..data.fashion_mnist import Split, fashion_mnist
from ..data.resize import resize as resized
from ..plots import get_fashion_mnist_labels, show_images
from .hyperparameters import HyperParameters

if TYPE_CHECKING:
    from ..backends.base import Backend


class DataModule(HyperParameters):
    """Give loaders of batches: subclass it and define `get_dataloader`.

    `root` and `num_workers` are for loaders of the reader's own.
    """

    batch_size: int

    def __init__(self, root: str = "../data", num_workers: int = 4) -> None:
        self.save_hyperparameters()

    def get_dataloader(self, train: bool) -> Any:
        """Return the loader for training or for validation. To be overridden."""
        raise NotImplementedError(f"{type(self).__name__} needs get_dataloader(self, train)")

    def train_dataloader(self) -> Any:
        """Return the batches for training."""
        return self.get_dataloader(train=True)

    def val_dataloader(self) -> Any:
        """Return the batches for validation; None where there are none."""
        return self.get_dataloader(train=False)

    def get_tensorloader(
        self, tensors: Sequence[Any], train: bool, indices: slice = slice(0, None)
    ) -> Any:
        """Return a loader of batches of `batch_size` of tensors of one length, of a part of them.

        Training data are shuffled anew in each pass.
        """
        return self._load_array(tuple(a[indices] for a in tensors), self.batch_size, train)

    @staticmethod
    def _load_array(data_arrays: Sequence[Any], batch_size: int, is_train: bool = True) -> Any:
        """Return a framework's loader of tensors."""
        raise NotImplementedError


class SyntheticRegressionData(DataModule):
    """Linear data with noise: `X` of shape `(n, d)`, drawn from a normal distribution, and `y`.

    `y`, of shape `(n, 1)`, is `X @ w + b` and normal noise with the standard deviation `noise`.
    The first `num_train` of them are for training, the other `num_val` for validation.
    """

    X: Any
    y: Any

    def __init__(
        self,
        w: Any,
        b: float,
        noise: float = 0.01,
        num_train: int = 1000,
        num_val: int = 1000,
        batch_size: int = 32,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.X, self.y = self._linear_data(w, b, num_train + num_val, noise)

    @staticmethod
    def _linear_data(w: Any, b: float, num_examples: int, noise: float) -> tuple[Any, Any]:
        """Return `X`, normal, and `X @ w + b` with noise."""
        raise NotImplementedError

    def get_dataloader(self, train: bool) -> Any:
        """Return the batches for training, shuffled, or for validation."""
        held = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader((self.X, self.y), train, held)


class FashionMNIST(DataModule):
    """Fashion-MNIST: `train` and `val` hold its images, `resize` are their height and width.

    The same images in the same order as `load_data_fashion_mnist` gives.
    """

    backend: ClassVar[Backend]
    resize: tuple[int, int]

    def __init__(self, batch_size: int = 64, resize: int | tuple[int, int] = (28, 28)) -> None:
        super().__init__()
        resize = (resize, resize) if isinstance(resize, int) else (resize[0], resize[1])
        self.save_hyperparameters()

    @cached_property
    def train(self) -> Any:
        """The images for training and their labels, as the framework holds a data set."""
        return self._samples(fashion_mnist()[0])

    @cached_property
    def val(self) -> Any:
        """The images for validation and their labels, as the framework holds a data set."""
        return self._samples(fashion_mnist()[1])

    def _samples(self, split: Split) -> Any:
        """Return what `train` and `val` are: a sequence of pairs, an image and its label."""
        return Samples(self.backend, split, self.resize)

    def text_labels(self, indices: Any) -> list[str]:
        """Return the names of classes for labels from 0 to 9."""
        return get_fashion_mnist_labels(indices)

    def get_dataloader(self, train: bool) -> Any:
        """Return the batches for training, shuffled one by one, or for validation."""
        size = None if self.resize == (28, 28) else self.resize
        return load_data_fashion_mnist(self.backend, self.batch_size, size)[0 if train else 1]

    def visualize(
        self, batch: Sequence[Any], nrows: int = 1, ncols: int = 8, labels: Sequence[str] = ()
    ) -> None:
        """Show the images of a batch with the names of their classes, or with `labels`."""
        X, y = batch
        show_images(X, nrows, ncols, titles=list(labels) or self.text_labels(y))


class Samples:
    """Give images, float32 in [0, 1] of shape `(1, h, w)`, and labels, one pair by one."""

    def __init__(self, backend: Backend, split: Split, size: tuple[int, int]) -> None:
        self.backend, self.split, self.size = backend, split, size

    def __len__(self) -> int:
        return len(self.split.labels)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        i = range(len(self))[i]
        images, labels = (part[i : i + 1] for part in self.split)
        X, _ = self.backend.tensors(resized(images, self.size, self.backend.resize), labels)
        return X[0], int(labels[0])
