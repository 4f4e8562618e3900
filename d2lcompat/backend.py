"""What a framework must say for itself: the hooks below `Backend`, tensors allowed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .data.batches import Batches, multiply
from .workarounds.malloc import is_out_of_memory

Forward = Callable[[Any], np.ndarray]
Note = Callable[[Any, Any], None]
Step = Callable[[Any, Any], tuple[float, float, int]]


@dataclass(frozen=True)
class Rule:
    """Say how gradients move the weights: which optimizer, with which settings.

    `precision` is what convolutions and dense layers compute in; the weights are float32.
    """

    optimizer: str
    lr: float
    momentum: float = 0.0
    precision: str = "float32"


class Hooks(ABC):
    """Hold a framework's own words; `key` is its key in `FRAMEWORKS`.

    `library` is the package that its layers come from.
    `roles` pairs the canonical role of a tensor within its layer with the attribute that holds
    it. `axes` says, by a tensor's rank, how its axes are permuted to the canonical order (OIHW;
    outputs, inputs). `layout` is the order of an image batch's axes.
    """

    key: ClassVar[str]
    library: ClassVar[str]
    layout: ClassVar[str] = "NCHW"
    roles: ClassVar[Sequence[tuple[str, str]]]
    axes: ClassVar[dict[int, tuple[int, ...]]] = {}
    precisions: ClassVar[Sequence[str]] = ("float32",)

    @abstractmethod
    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU, as the framework names it."""

    @abstractmethod
    def _seed(self, n: int) -> None:
        """Seed the framework's random numbers."""

    @abstractmethod
    def _tensors(self, X: Any, y: np.ndarray) -> tuple[Any, Any]:
        """Turn images `(n, h, w)`, from NumPy or `_resize`, and labels `(n,)` into a batch."""

    def _resize(self, pixels: np.ndarray, down: np.ndarray, across: np.ndarray) -> Any:
        """Resize images `(n, h, w)`: each becomes `down @ (image @ across.T)`, in this order.

        Here in NumPy, for frameworks that can take over its memory.
        """
        return multiply(pixels, down, across)

    def _data_iter(self, batches: Batches) -> Any:
        """Return the batches as what the framework's own functions take for data."""
        return batches

    def _near(self, data_iter: Any, device: Any) -> Any:
        """Return the same batches, kept where `device` is, if that saves time."""
        return data_iter

    @abstractmethod
    def _zeros(self, net: Any, shape: tuple[int, ...]) -> Any:
        """Return a batch of zeros where `net` is; `shape` is `(n, c, h, w)` or any other."""

    @abstractmethod
    def _network(self, net: Any, first_batch: Callable[[], Any], device: Any) -> Any:
        """Return the network, on `device`, with the shapes of its weights known."""

    @abstractmethod
    def _xavier(self, net: Any, device: Any) -> None:
        """Draw the weights of convolutions and dense layers, zero their biases."""

    @abstractmethod
    def _usable(self, device: Any) -> Any:
        """Return a device that a reader named; raises `ValueError` if it is not there."""

    @abstractmethod
    def _optimizer(self, net: Any, rule: Rule) -> Any:
        """Return what moves the weights of the network."""

    @abstractmethod
    def _optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        """Return what the optimizer remembers of its steps, float32 or int64; nothing at first."""

    @abstractmethod
    def _set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        """Let a new optimizer go on from what another one of the same rule remembered."""

    def _reseed(self, net: Any, n: int) -> None:
        """Seed what the network draws in training, its dropout, on whichever device."""
        self._seed(n)

    @abstractmethod
    def _step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        """Return a function that trains on one batch: see `_train.fit`."""

    @abstractmethod
    def _inference(self, net: Any, device: Any) -> AbstractContextManager[Forward]:
        """Enter evaluation: give a function from a batch `X` to its logits in NumPy."""

    @abstractmethod
    def _children(self, part: Any) -> list[Any]:
        """Return the parts that a network, a block or a layer is made of, in order."""

    @abstractmethod
    def _count(self, part: Any) -> int:
        """Return the number of trainable parameters."""

    @abstractmethod
    def _watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> None:
        """Run `net` on `X` without training, and note each part with its output, a tensor."""

    @abstractmethod
    def _build(self, net: Any, input_shape: tuple[int, ...] | None) -> None:
        """Make weights exist that wait for a first batch; `input_shape` is `(c, h, w)`."""

    @abstractmethod
    def _read(self, tensor: Any) -> np.ndarray:
        """Return a weight as a NumPy array."""

    @abstractmethod
    def _write(self, tensor: Any, array: np.ndarray) -> None:
        """Set a weight from a NumPy array of its shape."""


@contextmanager
def taking(X: Any) -> Iterator[None]:
    """Turn whatever a network raises for images like those of `X` into one `ValueError`."""
    try:
        yield
    except Exception as error:  # each framework has its own, and several
        if is_out_of_memory(error):
            raise
        raise ValueError(
            f"the network cannot take images of shape {tuple(X.shape[1:])}: {one_line(error)}"
        ) from None


def no_device(device: Any, error: object) -> ValueError:
    """Return the error for a device that a framework does not have."""
    return ValueError(
        f"device {str(device)!r} cannot be used: {one_line(error)}. d2l.try_gpu() returns the "
        "first GPU, or the CPU where there is none"
    )


def one_line(error: object) -> str:
    """Return the first line of what a framework says that is not empty, at most 200 characters."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200].rstrip(".") if lines else type(error).__name__
