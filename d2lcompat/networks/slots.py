"""The tensors of a network by name, in canonical layout; the first values they are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Slot:
    """Name one tensor of a network, with the way to read and to set it, in canonical layout."""

    name: str
    shape: tuple[int, ...]
    get: Callable[[], np.ndarray]
    set: Callable[[np.ndarray], Any]


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
