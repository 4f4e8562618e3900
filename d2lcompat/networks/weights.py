"""The weights of a network, whatever the framework, as named tensors in canonical layout."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import numpy as np

from .. import FRAMEWORKS, __version__
from . import weights_file as _checkpoint
from .inspect import Layers
from .slots import Slot, flattens


class Weights(Layers):
    """The public helpers that save and load weights."""

    def save_weights(self, net: Any, path: str | os.PathLike[str]) -> None:
        """Write the weights of `net` to a safetensors file that all four frameworks can load.

        Convolutions, dense layers and batch normalizations are known. Raises `ValueError` if
        another layer has weights.
        """
        shape: tuple[int, ...] = getattr(getattr(net, "history", None), "input_shape", ())
        _checkpoint.save(path, self._slots(net), self._metadata(net, shape))

    def _metadata(self, net: Any, shape: tuple[int, ...]) -> dict[str, str]:
        """Return what a file of weights notes; `shape` is that of one example, in `layout`."""
        if self.layout == "NHWC" and len(shape) == 3:
            shape = (shape[2], shape[0], shape[1])
        slots = self._slots(net)
        classes = [slot.shape[0] for slot in slots if len(slot.shape) > 1]
        return {
            "version": __version__,
            "framework": self.key,
            "framework_version": sys.modules[FRAMEWORKS[self.key].package].__version__,
            "layout": self.layout,
            "input_shape": json.dumps(shape),
            "classes": json.dumps(classes[-1] if classes else None),
            "flattened": json.dumps(flattens(slots)),
        }

    def load_weights(self, net: Any, path: str | os.PathLike[str]) -> None:
        """Set the weights of `net` from a file that `save_weights` wrote in any framework.

        Raises `FileNotFoundError`, or `ValueError` naming the tensor or the defect; the network
        then stays as it was.
        """
        checkpoint = _checkpoint.read(path)
        self._build(net, checkpoint.input_shape)
        checkpoint.fill(self._slots(net), self.layout)

    def _slots(self, net: Any) -> list[Slot]:
        """Return the tensors of a network, named by the order of their layers."""
        slots: list[Slot] = []
        number = 0
        for layer in self._leaves(net):
            found = self._held(layer)
            slots += [self._slot(f"{number}.{role}", tensor) for role, tensor in found]
            number += bool(found)
        known = sum(int(np.prod(s.shape)) for s in slots if s.name.endswith((".weight", ".bias")))
        if known != self._count(net):
            raise ValueError(
                f"the network has {self._count(net):,} parameters, of which {known:,} are in "
                "layers whose weights can be saved (convolutions, dense layers, batch "
                "normalizations)"
            )
        return slots

    def _slot(self, name: str, tensor: Any) -> Slot:
        shape = tuple(tensor.shape)
        axes = self.axes.get(len(shape), tuple(range(len(shape))))
        back = tuple(int(i) for i in np.argsort(axes))
        return Slot(
            name,
            tuple(shape[i] for i in axes),
            lambda: self._read(tensor).transpose(axes),
            lambda array: self._write(tensor, array.transpose(back)),
        )
