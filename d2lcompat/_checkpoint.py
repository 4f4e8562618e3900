"""Weights in one canonical layout, in a safetensors file that every framework reads.

Convolution kernels are OIHW, dense weights `(outputs, inputs)`, all float32. A tensor's name is
the number of its layer, counted in the order of the network, and its role in it: `0.weight`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ._files import write_whole

FORMAT = "d2lcompat-2"
UNSIGNED = "d2lcompat-1"  # the same without a digest


@dataclass(frozen=True)
class Slot:
    """Name one tensor of a network, with the way to read and to set it, in canonical layout."""

    name: str
    shape: tuple[int, ...]
    get: Callable[[], np.ndarray]
    set: Callable[[np.ndarray], Any]


def save(path: str | os.PathLike[str], slots: Sequence[Slot], metadata: dict[str, str]) -> None:
    """Write the tensors to `path`, which is replaced as a whole or left as it was."""
    from safetensors.numpy import save as serialize

    if not slots:
        raise ValueError("the network has no weights to save; call it on a batch first")
    path = Path(path)
    tensors = {s.name: np.ascontiguousarray(s.get(), dtype=np.float32) for s in slots}
    noted = {"format": FORMAT, "sha256": digest(tensors), **metadata}
    write_whole(path, serialize(tensors, noted))


def digest(tensors: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of names, shapes and values, whatever their order in the file."""
    found = sha256()
    for name, tensor in sorted(tensors.items()):
        found.update(f"{name} {tensor.shape} ".encode())
        found.update(np.ascontiguousarray(tensor).data)
    return found.hexdigest()


def xavier(slots: Sequence[Slot], draw: np.random.Generator) -> None:
    """Draw weights uniformly, scaled by fan-in and fan-out (Glorot and Bengio, 2010); zero biases.

    The scales of batch normalizations stay as they are.
    """
    for slot in slots:
        if slot.name.endswith(".bias"):
            slot.set(np.zeros(slot.shape, np.float32))
        elif len(slot.shape) > 1:
            fans = (slot.shape[0] + slot.shape[1]) * int(np.prod(slot.shape[2:]))
            bound = (6 / fans) ** 0.5
            slot.set(draw.uniform(-bound, bound, slot.shape).astype(np.float32))


def scale(slots: Sequence[Slot], gain: float) -> None:
    """Multiply the weights of convolutions and dense layers by `gain`."""
    for slot in slots:
        if len(slot.shape) > 1:
            slot.set((slot.get() * gain).astype(np.float32))


def fill_last_biases(slots: Sequence[Slot], values: Sequence[float]) -> None:
    """Set the biases of the last layers, one value a layer, the last layer's last.

    Raises `ValueError` if there are fewer layers, or one has no biases.
    """
    layers = list(dict.fromkeys(slot.name.partition(".")[0] for slot in slots))
    biases = {slot.name: slot for slot in slots if slot.name.endswith(".bias")}
    if len(layers) < len(values):
        raise ValueError(f"head_bias is for {len(values)} layers, the network has {len(layers)}")
    last = layers[-len(values) :]
    pairs = [(f"{layer}.bias", value) for layer, value in zip(last, values, strict=True)]
    for name, _ in pairs:
        if name not in biases:
            raise ValueError(f"head_bias needs biases, and the network has no {name!r}")
    for name, value in pairs:
        biases[name].set(np.full(biases[name].shape, value, np.float32))


def flattens(slots: Sequence[Slot]) -> bool:
    """Return whether a dense layer reads a flattened image, whose order of axes then matters."""
    channels = -1  # of the layer before
    for slot in slots:
        if len(slot.shape) == 2 and slot.shape[1] != channels:
            return True
        if len(slot.shape) in (2, 4):
            channels = slot.shape[0]
    return False


@dataclass(frozen=True)
class Checkpoint:
    """Hold what a file says: tensors in canonical layout, and what was noted with them."""

    path: Path
    tensors: dict[str, np.ndarray]
    metadata: dict[str, str]

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
    if wrong := sorted(name for name, t in tensors.items() if t.dtype != np.float32):
        raise ValueError(f"{path} holds {wrong[0]!r} as {tensors[wrong[0]].dtype}, not as float32")
    if metadata["format"] == FORMAT and metadata.get("sha256") != digest(tensors):
        raise ValueError(f"{path} is damaged: its weights are not those that were saved")
    found = Checkpoint(path, tensors, metadata)
    _ = found.input_shape  # raises now, not when somebody asks
    return found
