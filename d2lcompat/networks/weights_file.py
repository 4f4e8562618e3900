"""Weights in one canonical layout, in a safetensors file that every framework reads.

Convolution kernels are OIHW, dense weights `(outputs, inputs)`, all float32. A tensor's name is
the number of its layer, counted in the order of the network, and its role in it: `0.weight`.
The entry `layers` has the names that the network gives its layers, in the same order. A training
that is under way adds its optimizer's tensors, `optimizer.…`, and the entry `training`.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import write_whole

if TYPE_CHECKING:
    from ..backends.base import Backend
    from .weights import Slot

FORMAT = "d2lcompat-2"
UNSIGNED = "d2lcompat-1"  # the same without a digest
OLD = {3: (2, 1, 0), 5: (4, 3, 0, 1, 2)}  # kernels of Keras' Conv1D and Conv3D, as they once were
OPTIMIZER = "optimizer."  # how the names of tensors begin that are no weights


def save(
    path: str | os.PathLike[str],
    slots: Sequence[Slot],
    metadata: Mapping[str, str],
    optimizer: Mapping[str, np.ndarray] | None = None,
) -> None:
    """Write the tensors to `path`, which is replaced as a whole or left as it was.

    `optimizer` holds what an optimizer remembers, for a training to go on.
    """
    from safetensors.numpy import save as serialize

    if not slots:
        raise ValueError("the network has no weights to save; call it on a batch first")
    tensors = {s.name: np.ascontiguousarray(s.get(), dtype=np.float32) for s in slots}
    tensors |= {OPTIMIZER + name: _narrow(t) for name, t in (optimizer or {}).items()}
    signed = digest(tensors, metadata.get("training", ""))
    content = serialize(tensors, {"format": FORMAT, "sha256": signed, **metadata})
    write_whole(Path(path).expanduser(), content)


def _narrow(tensor: np.ndarray) -> np.ndarray:
    """Return whole numbers as they are, others as float32, as which weights are kept too."""
    return np.asarray(tensor, np.float32 if tensor.dtype.kind == "f" else None, order="C")


def digest(tensors: Mapping[str, np.ndarray], training: str = "") -> str:
    """Return the SHA-256 of names, shapes and values, whatever their order in the file.

    `training` is what is noted of a training under way.
    """
    found = sha256(training.encode())
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.shape} ".encode())
        found.update(np.ascontiguousarray(tensor).data)
    return found.hexdigest()


@dataclass(frozen=True)
class WeightsFile:
    """Hold what a file says: tensors in canonical layout, and what was noted with them.

    `optimizer` is what the optimizer of a training under way remembers, in its framework's layout.
    """

    path: Path
    tensors: dict[str, np.ndarray]
    metadata: dict[str, str]
    optimizer: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """The shape `(c, h, w)` of the images that the network was trained on, if known."""
        shape = self._noted("input_shape")
        if not all(type(n) is int and n > 0 for n in shape):
            raise ValueError(f"{self.path} notes an input shape that holds other than sizes")
        return tuple(shape) or None

    @property
    def layers(self) -> list[str]:
        """The names that the network gave its layers, if known, by their numbers."""
        names = self._noted("layers")
        if not all(type(name) is str for name in names):
            raise ValueError(f"{self.path} notes layers whose names are no text")
        return names

    def _noted(self, name: str) -> list[Any]:
        try:
            found = json.loads(self.metadata.get(name, "[]"))
        except ValueError:
            found = None
        if not isinstance(found, list):
            raise ValueError(f"{self.path} notes {name} that are no list")
        return found

    def fill(self, slots: Sequence[Slot], backend: Backend) -> None:
        """Set the weights of a network; on any error it stays as it was.

        A dense layer behind `Flatten` sees pixels in the order of the framework's axes, so such
        weights are refused across layouts. Warns of layers that had other names.
        Raises `ValueError` naming the tensor.
        """
        own = list({slot.number: slot.path for slot in slots}.values())
        known = self.layers if self.metadata.get("framework") == backend.key else []
        tensors = self.tensors
        if sorted(known) == sorted(own):
            tensors = {_renumbered(name, known, own): tensor for name, tensor in tensors.items()}
        self._compare(tensors, slots)
        origin = self.metadata.get("layout")
        if self.metadata.get("flattened") == "true" and origin != backend.layout:
            raise ValueError(
                f"{self.path} holds a dense layer behind Flatten, trained on {origin} images: "
                f"its weights mean something else for {backend.layout} images"
            )
        for slot in slots:
            slot.set(tensors[slot.name])
        if known and sorted(known) != sorted(own):
            warnings.warn(
                f"{self.path} holds weights of layers named {', '.join(known)}; the network's are "
                f"named {', '.join(own)}, and took them in this order. Check that it is the right "
                "one: a network that registers its layers in another order computes another "
                "function",
                stacklevel=4,
            )

    def _compare(self, tensors: Mapping[str, np.ndarray], slots: Sequence[Slot]) -> None:
        names = {slot.name for slot in slots}
        if missing := sorted(names - tensors.keys()):
            raise ValueError(f"{self.path} lacks the tensor {missing[0]!r} of the network")
        if extra := sorted(tensors.keys() - names):
            raise ValueError(f"{self.path} has the tensor {extra[0]!r}, the network has not")
        for slot in slots:
            if (shape := tensors[slot.name].shape) != slot.shape:
                raise ValueError(
                    f"{self.path} holds {slot.name!r} in the shape {shape}; the network's is "
                    f"{slot.shape}"
                )


def _renumbered(name: str, known: Sequence[str], own: Sequence[str]) -> str:
    """Return a tensor's name by the number that its layer has in the network's own order."""
    number, _, role = name.partition(".")
    if not number.isdecimal() or int(number) >= len(known):
        return name
    return f"{own.index(known[int(number)])}.{role}"


def read(path: str | os.PathLike[str]) -> WeightsFile:
    """Read a file written by `save`.

    Raises `FileNotFoundError`, or `ValueError` if it is not a whole file of ours.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file of weights at {path}")
    try:
        with safe_open(path, "numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise ValueError(f"{path} is not a whole safetensors file: {error}") from None
    if metadata.get("format") not in (FORMAT, UNSIGNED):
        raise ValueError(f"{path} was not written by d2lcompat's save_weights")
    training = metadata.get("training", "")
    if metadata["format"] == FORMAT and metadata.get("sha256") != digest(tensors, training):
        raise ValueError(f"{path} is damaged: its weights are not those that were saved")
    if metadata.get("framework") == "tensorflow" and "layers" not in metadata:
        tensors = {name: t.transpose(OLD.get(t.ndim, range(t.ndim))) for name, t in tensors.items()}
    names = [name for name in tensors if name.startswith(OPTIMIZER)]
    optimizer = {name.removeprefix(OPTIMIZER): tensors.pop(name) for name in names}
    for name, tensor in (*tensors.items(), *optimizer.items()):
        if tensor.dtype != np.float32 and not (name in optimizer and tensor.dtype == np.int64):
            raise ValueError(f"{path} holds {name!r} as {tensor.dtype}, not as float32")
    found = WeightsFile(path, tensors, metadata, optimizer)
    _ = found.input_shape, found.layers  # raises now, not when somebody asks
    return found
