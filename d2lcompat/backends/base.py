"""What a framework must say for itself. Helpers see arrays and numbers; tensors stay here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, ClassVar

import numpy as np

from ..data.batches import Batches
from ..data.resize import multiply

Forward = Callable[[Any], Any]  # from a batch of images to a tensor of logits
Note = Callable[[Any, Any], None]
Step = Callable[[Any, Any], tuple[float, float, int]]


@dataclass(frozen=True)
class Rule:
    """Say how gradients move the weights: see the parameters of `train_ch6`."""

    optimizer: str
    lr: float
    momentum: float = 0.0
    precision: str = "float32"


class Backend(ABC):
    """Hold a framework's own words."""

    key: ClassVar[str]  # in FRAMEWORKS
    library: ClassVar[str]  # the package that its layers come from
    containers: ClassVar[tuple[type, ...]]  # classes that hold layers and nothing of their own
    # The canonical role of a tensor within its layer, and the attribute that holds it.
    roles: ClassVar[Sequence[tuple[str, str]]]
    # By a tensor's rank, how its axes are permuted to the canonical order (OIHW; outputs, inputs).
    axes: ClassVar[dict[int, tuple[int, ...]]] = {}
    builders: ClassVar[bool] = False  # whether a function that builds a network will do for one
    layout: ClassVar[str] = "NCHW"  # the order of the axes of a batch of images
    precisions: ClassVar[Sequence[str]] = ("float32",)
    # How it says that a network cannot take a batch.
    refusals: ClassVar[tuple[type[Exception], ...]] = (ValueError, RuntimeError, IndexError)

    # Devices and random numbers

    @abstractmethod
    def try_gpu(self, i: int = 0) -> Any:
        """Return GPU number `i` if there is one, else the CPU. Apple's GPU is number 0."""

    @abstractmethod
    def usable(self, device: Any) -> Any:
        """Return a device that a reader named; raises `ValueError` if it is not there."""

    @abstractmethod
    def device_of(self, net: Any) -> Any:
        """Return where the weights of `net` are; without any, the CPU."""

    @abstractmethod
    def move(self, tensor: Any, device: Any) -> Any:
        """Return a tensor, or a NumPy array, as a tensor on `device`."""

    def to_device(self, X: Any, device: Any) -> Any:
        """Return a batch, or a list or tuple of several inputs, on `device`."""
        if isinstance(X, list | tuple):
            return [self.move(part, device) for part in X]
        return self.move(X, device)

    @abstractmethod
    def seed(self, n: int) -> None:
        """Seed the framework's random numbers."""

    def reseed(self, net: Any, n: int) -> None:
        """Seed what the network draws in training, its dropout, on whichever device."""
        self.seed(n)

    @abstractmethod
    def tensors(self, X: Any, y: np.ndarray) -> tuple[Any, Any]:
        """Turn images `(n, h, w)`, from NumPy or `resize`, and labels `(n,)` into a batch."""

    def resize(self, pixels: np.ndarray, down: np.ndarray, across: np.ndarray) -> Any:
        """Return `down @ (image @ across.T)`, in this order, for each image of `(n, h, w)`."""
        return multiply(pixels, down, across)

    def data_iter(self, batches: Batches) -> Any:
        """Return the batches as what the framework's own functions take for data."""
        return batches

    def near(self, data_iter: Any, device: Any) -> Any:
        """Return the same batches, kept where `device` is, if that saves time."""
        return data_iter

    @abstractmethod
    def zeros(self, shape: tuple[int, ...], net: Any) -> Any:
        """Return zeros where `net` is, of its type of number; `(n, c, h, w)` or any other shape."""

    def reshape(self, tensor: Any, shape: Any) -> Any:
        """Return a tensor in another shape."""
        return tensor.reshape(shape)

    # Networks

    def is_network(self, net: Any) -> bool:
        """Whether `net` is a network of the framework, and no other function of a batch."""
        return isinstance(net, self.containers[0])

    def call(self, net: Any, X: Any, **settings: Any) -> Any:
        """Call a network on a batch; a list goes as it is, as in d2l, or input by input."""
        if isinstance(X, list | tuple) and takes_several(self.function_of(net)):
            return net(*X, **settings)
        return net(X, **settings)

    def function_of(self, net: Any) -> Callable[..., Any]:
        """Return the function that the author of a network wrote."""
        return getattr(net, "forward", net)

    @abstractmethod
    def network(self, net: Any, device: Any) -> Any:
        """Return a network on `device`, built if `net` is a function that builds one."""

    @abstractmethod
    def build(self, net: Any, X: Any) -> None:
        """Make weights exist that wait for a first batch, and change nothing else."""

    @abstractmethod
    def is_built(self, net: Any) -> bool:
        """Whether all weights exist."""

    @abstractmethod
    def children(self, part: Any) -> list[tuple[str, Any]]:
        """Return the names and parts that a network, a block or a layer is made of, in order."""

    def attribute(self, layer: Any, name: str) -> Any:
        """Return what a layer holds by a name, None if nothing; a look, which computes nothing."""
        return getattr(layer, name, None)

    @abstractmethod
    def is_weight(self, layer: Any, role: str, tensor: Any) -> bool:
        """Whether what a layer of the framework holds in a role is a weight of its own."""

    @abstractmethod
    def parameters(self, part: Any) -> list[Any]:
        """Return all weights, each once, trainable or frozen; not what is merely counted along."""

    @abstractmethod
    def trains(self, weight: Any) -> bool:
        """Whether training changes a weight."""

    @abstractmethod
    def dtype(self, net: Any) -> str:
        """Return the type of number of the weights, such as `float32`."""

    @abstractmethod
    def watch(self, net: Any, parts: Sequence[Any], X: Any, note: Note) -> Any:
        """Run `net` on `X` without training; note each part with each output. Returns the last."""

    @abstractmethod
    def forward(self, net: Any, device: Any) -> Forward:
        """Return a function that runs `net`, without training, on batches that it moves."""

    @abstractmethod
    def read(self, weight: Any) -> np.ndarray:
        """Return a weight as a NumPy array."""

    @abstractmethod
    def write(self, weight: Any, array: np.ndarray) -> None:
        """Set a weight from a NumPy array of its shape."""

    # Training

    @abstractmethod
    def xavier(self, net: Any, device: Any) -> None:
        """Draw the weights of convolutions and dense layers, zero their biases."""

    @abstractmethod
    def optimizer(self, net: Any, rule: Rule) -> Any:
        """Return what moves the weights of the network."""

    @abstractmethod
    def optimizer_state(self, net: Any, optimizer: Any) -> dict[str, np.ndarray]:
        """Return what the optimizer remembers of its steps, float32 or int64; nothing at first."""

    @abstractmethod
    def set_optimizer_state(self, net: Any, optimizer: Any, state: dict[str, np.ndarray]) -> None:
        """Let a new optimizer go on from what another one of the same rule remembered."""

    @abstractmethod
    def step(self, net: Any, optimizer: Any, rule: Rule, device: Any) -> Step:
        """Return a function that trains on one batch: see `training.loop.fit`."""

    def training(self, net: Any, X: Any) -> AbstractContextManager[None]:
        """Bring a network into training for a while, and make it faster: see `faster`."""
        return nullcontext()

    def in_training(self, net: Any) -> AbstractContextManager[None]:
        """Bring a network, if it is one, into training for a while."""
        return nullcontext()

    def faster(self, net: Any, X: Any) -> AbstractContextManager[None]:
        """Make steps of training faster for a while; what may not fit a network is tried on `X`."""
        return nullcontext()


def takes_several(function: Callable[..., Any]) -> bool:
    """Whether a function takes more than one batch: it has several parameters without defaults."""
    given = signature(function).parameters.values()
    kinds = [p.kind for p in given if p.default is Parameter.empty]
    by_place = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return sum(kind in by_place for kind in kinds) > 1 or Parameter.VAR_POSITIONAL in kinds
