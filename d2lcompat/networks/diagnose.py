"""What may be wrong with a network that does not learn, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..plots import as_array
from .inspect import Layers

FADED, GROWN = 1 / 30, 100  # from the first layer to the last; twelve times 1 / sqrt(2) is 1 / 64


@dataclass(frozen=True)
class Activity:
    """Describe what a layer gave for a batch.

    `scale` is the standard deviation of all its outputs, `zeros` the share of them that is zero,
    `dead` the number of its `channels` that are zero for the whole batch.
    """

    name: str
    scale: float
    zeros: float
    dead: int
    channels: int


def activity(name: str, output: np.ndarray, axis: int) -> Activity:
    """Return the activity of a layer; the channels of images are on `axis`, of vectors last."""
    channels = np.moveaxis(output, axis if output.ndim == 4 else -1, -1)
    dead = (channels.reshape(-1, channels.shape[-1]) == 0).all(0)
    return Activity(
        name, float(output.std()), float((output == 0).mean()), int(dead.sum()), len(dead)
    )


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean cross-entropy of logits `(n, classes)`, in nats."""
    shifted = logits.astype(float) - logits.max(1, keepdims=True)
    chosen = shifted[np.arange(len(labels)), labels]
    return float((np.log(np.exp(shifted).sum(1)) - chosen).mean())


def findings(layers: Sequence[Activity], logits: np.ndarray, labels: np.ndarray) -> list[str]:
    """Return what is wrong, a sentence or two each; empty if nothing stands out.

    `logits` has the shape `(n, classes)`, `labels` are n whole numbers.
    """
    if not np.isfinite(logits).all():
        return ["Some outputs are no finite numbers. Start again with a smaller learning rate."]
    n, classes = logits.shape
    found = []
    loss, chance = cross_entropy(logits, labels), float(np.log(classes))
    if abs(loss - chance) < 0.01 * chance:
        found.append(f"The loss is {loss:.3f}, that of a guess among {classes} classes.")
    elif loss > 1.5 * chance:
        found.append(
            f"The loss is {loss:.3f}, worse than a guess ({chance:.3f}): the network is sure of "
            "wrong answers. Are the labels those of the images? Is the learning rate too large?"
        )
    dead = np.flatnonzero((logits == 0).all(0))
    if len(dead):
        found.append(
            f"{len(dead)} of {classes} outputs are zero for all {n} examples (number "
            f"{', '.join(map(str, dead))}): they can neither win nor learn. If a ReLU is the last "
            "layer, let its biases start above zero (head_bias), or leave it out."
        )
    sick = [layer for layer in layers[:-1] if 2 * layer.dead > layer.channels]
    if sick:
        first = sick[0]
        found.append(
            f"In {len(sick)} layers more than half of the channels are zero for all examples, "
            f"first in {first.name}, {first.dead} of {first.channels}. A smaller learning rate "
            "keeps them alive."
        )
    found += _scales(layers)
    if n > 1 and float(logits.std(0).max()) < 1e-4 * max(float(np.abs(logits).max()), 1e-30):
        found.append("The outputs are the same for every example: the images do not reach them.")
    if (logits >= 0).all() and np.allclose(logits.sum(1), 1, atol=1e-3) and logits.std() > 0:
        found.append(
            "The outputs of an example add up to one, as probabilities do. The loss expects "
            "logits: leave out the softmax."
        )
    return found


def _scales(layers: Sequence[Activity]) -> list[str]:
    alive = [layer for layer in layers if layer.scale > 0]
    if len(alive) < 2:
        return []
    ratio = alive[-1].scale / alive[0].scale
    if ratio < FADED:
        return [
            f"From the first layer to the last, activations shrink to 1/{1 / ratio:,.0f} of their "
            "size, and gradients with them. Draw wider weights (gain=2**0.5 suits ReLUs)."
        ]
    if ratio > GROWN:
        return [
            f"From the first layer to the last, activations grow {ratio:,.0f} times. Draw smaller "
            "weights, or lower the learning rate."
        ]
    return []


def report(layers: Sequence[Activity], found: Sequence[str]) -> str:
    """Return the table of layers and the findings as text."""
    width = max(len(layer.name) for layer in layers)
    lines = [f"{'Layer':<{width}}      scale  zero  dead channels"]
    for layer in layers:
        share = f"{layer.dead} of {layer.channels}"
        lines.append(f"{layer.name:<{width}}  {layer.scale:9.3g}  {layer.zeros:4.0%}  {share:>13}")
    return "\n".join([*lines, *(found or ["Nothing stands out."])])


class Diagnosis(Layers):
    """The public helper that examines a network."""

    def diagnose(self, net: Any, batch: tuple[Any, Any]) -> list[str]:
        """Print what each layer of `net` gives for a batch, and return what may be wrong, in words.

        `batch` is `(X, y)`, as the data iterators give it; `y` holds n labels. For each layer
        the table has the standard deviation of its outputs, the share of zeros, and the number of
        channels that are zero for every example. Dropout is off. Raises `ValueError` unless the
        network gives scores of shape `(n, classes)` and the labels fit.
        """
        X, y = batch
        labels = as_array(y).reshape(-1).astype(np.int64)
        layers, outputs = [], []
        axis = self.layout.index("C")

        def note(part: Any, output: Any) -> None:
            outputs.append(as_array(output))
            layers.append(activity(type(part).__name__, outputs[-1], axis))

        with self._inference(net, None) as forward:
            logits = forward(X)
        if logits.ndim != 2 or len(logits) != len(labels):
            raise ValueError(
                f"for {len(labels)} labels the network gives outputs of shape {logits.shape}; "
                "a classifier gives (n, classes)"
            )
        if labels.size and not 0 <= labels.min() <= labels.max() < logits.shape[1]:
            raise ValueError(
                f"a label is {labels.max() if labels.max() >= logits.shape[1] else labels.min()}, "
                f"and the network has {logits.shape[1]} outputs"
            )
        self._watch(net, self._leaves(net), X, note)
        found = findings(layers, logits, labels)
        print(report(layers, found))
        return found
