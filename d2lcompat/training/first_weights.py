"""The weights with which a training begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..data.batches import Seeds
from ..networks import weights
from ..networks.inspect import calls

if TYPE_CHECKING:
    from ..backends.base import Backend


@dataclass(frozen=True)
class FirstWeights:
    """Say how the first weights are made: see the parameters of `train_ch6`."""

    init: str
    gain: float
    head_bias: float | Sequence[float]

    @property
    def biases(self) -> tuple[float, ...]:
        """The first biases of the last layers, the last layer's last."""
        alone = not isinstance(self.head_bias, Sequence) or isinstance(self.head_bias, str)
        return (self.head_bias,) if alone else tuple(self.head_bias)  # type: ignore[return-value, arg-type]

    def set(self, backend: Backend, net: Any, device: Any, X: Any) -> None:
        """Give them to a network; on the batch `X`, on `device`, it tells which layer is last."""
        if self.init == "xavier":
            backend.xavier(net, device)
        elif self.init == "shared":
            weights.xavier(weights.all_slots(backend, net), Seeds.weights)
        if self.gain != 1:
            weights.scale(weights.slots(backend, net), self.gain)
        if any(self.biases):
            called = {path: i for i, path in enumerate(calls(backend, net, X))}
            found = weights.slots(backend, net)
            found.sort(key=lambda slot: called.get(slot.path, -1))
            weights.fill_last_biases(found, self.biases)
