"""Weights in one canonical layout, in a safetensors file that every framework reads.

Convolution kernels are OIHW, dense weights `(outputs, inputs)`, all float32. A tensor's name is
the number of its layer, counted in the order of the network, and its role in it: `0.weight`.
A training that is under way adds its optimizer's tensors, `optimizer.…`, and the entry `training`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..files import write_whole
from .slots import Slot

FORMAT = "d2lcompat-2"
UNSIGNED = "d2lcompat-1"  # the same without a digest


OPTIMIZER = "optimizer."  # how the names of tensors begin that are no weights
NO_TENSORS: Mapping[str, np.ndarray] = MappingProxyType({})


def save(
    path: str | os.PathLike[str],
    slots: Sequence[Slot],
    metadata: Mapping[str, str],
    optimizer: Mapping[str, np.ndarray] = NO_TENSORS,
) -> None:
    """Write the tensors to `path`, which is replaced as a whole or left as it was.

    `optimizer` holds what an optimizer remembers, float32 or int64, for a training to go on.
    """
    from safetensors.numpy import save as serialize

    if not slots:
        raise ValueError("the network has no weights to save; call it on a batch first")
    tensors = {s.name: np.ascontiguousarray(s.get(), dtype=np.float32) for s in slots}
    tensors |= {OPTIMIZER + name: np.asarray(t, order="C") for name, t in optimizer.items()}
    signed = digest(tensors, metadata.get("training", ""))
    write_whole(Path(path), serialize(tensors, {"format": FORMAT, "sha256": signed, **metadata}))


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
class Checkpoint:
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
        try:
            shape = json.loads(self.metadata.get("input_shape", "[]"))
        except ValueError:
            shape = None
        if not isinstance(shape, list) or not all(type(n) is int and n > 0 for n in shape):
            raise ValueError(f"{self.path} notes an input shape that is none")
        return tuple(shape) or None

    def fill(self, slots: Sequence[Slot], layout: str) -> None:
        """Set the tensors of a network; on any error it stays as it was.

        `layout` is the framework's order of image axes: a dense layer behind `Flatten` sees
        pixels in that order, so such weights are refused across layouts.
        Raises `ValueError` naming the tensor.
        """
        names = {slot.name for slot in slots}
        if missing := sorted(names - self.tensors.keys()):
            raise ValueError(f"{self.path} lacks the tensor {missing[0]!r} of the network")
        if extra := sorted(self.tensors.keys() - names):
            raise ValueError(f"{self.path} has the tensor {extra[0]!r}, the network has not")
        for slot in slots:
            if (shape := self.tensors[slot.name].shape) != slot.shape:
                raise ValueError(
                    f"{self.path} holds {slot.name!r} in the shape {shape}; the network's is "
                    f"{slot.shape}"
                )
        origin = self.metadata.get("layout")
        if self.metadata.get("flattened") == "true" and origin != layout:
            raise ValueError(
                f"{self.path} holds a dense layer behind Flatten, trained on {origin} images: "
                f"its weights mean something else for {layout} images"
            )
        for slot in slots:
            slot.set(self.tensors[slot.name])


def read(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a file written by `save`.

    Raises `FileNotFoundError`, or `ValueError` if it is not a whole file of ours.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
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
    names = [name for name in tensors if name.startswith(OPTIMIZER)]
    optimizer = {name.removeprefix(OPTIMIZER): tensors.pop(name) for name in names}
    for name, tensor in (*tensors.items(), *optimizer.items()):
        if tensor.dtype != np.float32 and not (name in optimizer and tensor.dtype == np.int64):
            raise ValueError(f"{path} holds {name!r} as {tensor.dtype}, not as float32")
    found = Checkpoint(path, tensors, metadata, optimizer)
    _ = found.input_shape  # raises now, not when somebody asks
    return found
