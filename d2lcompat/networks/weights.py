"""The weights of a network, whatever the framework: named, in canonical layout, in a file."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import FRAMEWORKS, __version__
from . import weights_file
from .inspect import held, layers, size

if TYPE_CHECKING:
    from ..backends.base import Backend


@dataclass(frozen=True)
class Slot:
    """Name one weight of a network, with the way to read and to set it, in canonical layout.

    `name` is the number of its layer, counted in the order of the network, and its role in it:
    `0.weight`. `path` is how the network itself names the layer.
    """

    name: str
    path: str
    shape: tuple[int, ...]
    get: Callable[[], np.ndarray]
    set: Callable[[np.ndarray], Any]

    @property
    def number(self) -> int:
        """The number of its layer."""
        return int(self.name.partition(".")[0])


def slots(backend: Backend, net: Any) -> list[Slot]:
    """Return the weights of the layers that are known, each once, in the order of the network.

    Raises `ValueError` for a network whose weights wait for a first batch.
    """
    if not backend.is_built(net):
        raise ValueError("the network's weights wait for a first batch: call it on one before")
    found: list[Slot] = []
    seen: set[int] = set()
    number = 0
    for path, layer in layers(backend, net).items():
        new = [(role, weight) for role, weight in held(backend, layer) if id(weight) not in seen]
        seen |= {id(weight) for _, weight in new}
        found += [_slot(backend, f"{number}.{role}", path, weight) for role, weight in new]
        number += bool(new)
    return found


def all_slots(backend: Backend, net: Any) -> list[Slot]:
    """Return `slots`; raises `ValueError` if the network has weights that are not among them."""
    found = slots(backend, net)
    known = {id(w) for layer in layers(backend, net).values() for _, w in held(backend, layer)}
    every = backend.parameters(net)
    if unknown := [weight for weight in every if id(weight) not in known]:
        total = sum(map(size, every))
        rest = total - sum(map(size, unknown))
        raise ValueError(
            f"the network has {total:,} parameters, of which {rest:,} are in layers whose weights "
            "can be saved (convolutions, dense layers, normalizations)"
        )
    return found


def _slot(backend: Backend, name: str, path: str, weight: Any) -> Slot:
    shape = tuple(int(n) for n in weight.shape)
    axes = backend.axes.get(len(shape), tuple(range(len(shape))))
    back = tuple(int(i) for i in np.argsort(axes))
    return Slot(
        name,
        path,
        tuple(shape[i] for i in axes),
        lambda: backend.read(weight).transpose(axes),
        lambda array: backend.write(weight, array.transpose(back)),
    )


def save_weights(backend: Backend, net: Any, path: str | os.PathLike[str]) -> None:
    """Write the weights of `net` to a safetensors file that all four frameworks can load.

    Convolutions, dense layers and normalizations are known, also those derived from them. Raises
    `ValueError` if another layer has weights, or if some wait for a first batch.
    """
    shape: tuple[int, ...] = getattr(getattr(net, "history", None), "input_shape", ())
    found = all_slots(backend, net)
    weights_file.save(path, found, metadata(backend, found, shape))


def metadata(backend: Backend, found: Sequence[Slot], shape: Sequence[int]) -> dict[str, str]:
    """Return what a file of weights notes; `shape` is that of one example, in `layout`."""
    if backend.layout == "NHWC" and len(shape) == 3:
        shape = (shape[2], shape[0], shape[1])
    classes = [slot.shape[0] for slot in found if len(slot.shape) > 1]
    return {
        "version": __version__,
        "framework": backend.key,
        "framework_version": sys.modules[FRAMEWORKS[backend.key].package].__version__,
        "layout": backend.layout,
        "input_shape": json.dumps(list(shape)),
        "classes": json.dumps(classes[-1] if classes else None),
        "flattened": json.dumps(_flattens(found)),
        "layers": json.dumps(list({slot.number: slot.path for slot in found}.values())),
    }


def _flattens(found: Sequence[Slot]) -> bool:
    """Return whether a dense layer reads a flattened image, whose order of axes then matters."""
    channels = -1  # of the layer before
    for slot in found:
        if len(slot.shape) == 2 and slot.shape[1] != channels:
            return True
        if len(slot.shape) in (2, 4):
            channels = slot.shape[0]
    return False


def load_weights(backend: Backend, net: Any, path: str | os.PathLike[str]) -> None:
    """Set the weights of `net` from a file that `save_weights` wrote in any framework.

    Layers are told apart by their order. Within one framework their names count: layers of the
    same names in another order are found by name, and for other names there is a warning.
    Raises `FileNotFoundError`, or `ValueError` naming the tensor or the defect; the network
    then stays as it was.
    """
    file = weights_file.read(path)
    if not backend.is_built(net) and file.input_shape is not None:
        backend.build(net, backend.zeros((1, *file.input_shape), net))
    file.fill(all_slots(backend, net), backend)


def has_only_finite_numbers(backend: Backend, net: Any) -> bool:
    """Whether all weights are finite: ReLUs of some frameworks hide that one is not."""
    return all(np.isfinite(backend.read(weight)).all() for weight in backend.parameters(net))


def xavier(found: Sequence[Slot], draw: np.random.Generator) -> None:
    """Draw weights uniformly, scaled by fan-in and fan-out (Glorot and Bengio, 2010); zero biases.

    The scales of batch normalizations stay as they are.
    """
    for slot in found:
        if slot.name.endswith(".bias"):
            slot.set(np.zeros(slot.shape, np.float32))
        elif len(slot.shape) > 1:
            fans = (slot.shape[0] + slot.shape[1]) * int(np.prod(slot.shape[2:]))
            bound = (6 / fans) ** 0.5
            slot.set(draw.uniform(-bound, bound, slot.shape).astype(np.float32))


def scale(found: Sequence[Slot], gain: float) -> None:
    """Multiply the weights of convolutions and dense layers by `gain`."""
    for slot in found:
        if len(slot.shape) > 1:
            slot.set((slot.get() * gain).astype(np.float32))


def fill_last_biases(found: Sequence[Slot], values: Sequence[float]) -> None:
    """Set the biases of the last layers, one value a layer, the last layer's last.

    Raises `ValueError` if there are fewer layers, or one has no biases.
    """
    numbers = list(dict.fromkeys(slot.number for slot in found))
    biases = {slot.name: slot for slot in found if slot.name.endswith(".bias")}
    if len(numbers) < len(values):
        raise ValueError(f"head_bias is for {len(values)} layers, the network has {len(numbers)}")
    last = numbers[-len(values) :]
    pairs = [(f"{number}.bias", value) for number, value in zip(last, values, strict=True)]
    for name, _ in pairs:
        if name not in biases:
            raise ValueError(f"head_bias needs biases, and the network has no {name!r}")
    for name, value in pairs:
        biases[name].set(np.full(biases[name].shape, value, np.float32))
