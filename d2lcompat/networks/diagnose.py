"""What may be wrong with a network that does not learn, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..utils import as_array
from .inspect import layers, shape_of
from .outputs import check_labels, check_logits, single

if TYPE_CHECKING:
    from ..backends.base import Backend

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
    channels = np.moveaxis(output, axis if output.ndim > 2 else -1, -1)
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
    """Return what is wrong with logits `(n, classes)` for n labels, a sentence or two each."""
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
    if n > 1 and float(np.max(logits.std(0))) < 1e-4 * max(float(np.abs(logits).max()), 1e-30):
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
    width = max((len(layer.name) for layer in layers), default=5)
    lines = [f"{'Layer':<{width}}      scale  zero  dead channels"]
    for layer in layers:
        share = f"{layer.dead} of {layer.channels}"
        lines.append(f"{layer.name:<{width}}  {layer.scale:9.3g}  {layer.zeros:4.0%}  {share:>13}")
    return "\n".join([*lines, *(found or ["Nothing stands out."])])


def diagnose(backend: Backend, net: Any, batch: tuple[Any, Any]) -> list[str]:
    """Print what each layer of `net` gives for a batch, and return what may be wrong, in words.

    `batch` is `(X, y)`, as the data iterators give it; `y` holds n labels. For each layer
    the table has the standard deviation of its outputs, the share of zeros, and the number of
    channels that are zero for every example. Dropout is off. Raises `ValueError` unless the
    network gives scores of shape `(n, classes)` and the labels fit.
    """
    X = backend.to_device(batch[0], backend.device_of(net))
    n = len(X[0] if isinstance(X, list) else X)
    if n != len(batch[1]):
        raise ValueError(f"the batch has {n} images and {len(batch[1])} labels")
    active: list[Activity] = []
    axis = 1 if backend.layout == "NCHW" else -1

    def note(part: Any, output: Any) -> None:
        while isinstance(output, list | tuple) and output:
            output = output[0]
        if shape_of(output):
            active.append(activity(type(part).__name__, as_array(output), axis))

    backend.build(net, X)
    parts = list(layers(backend, net).values())
    logits = as_array(single(backend.watch(net, parts, X, note)))
    classes = check_logits(logits.shape, n)
    check_labels(batch[1], classes, "the batch")
    found = findings(active, logits, as_array(batch[1]).reshape(-1).astype(np.int64))
    print(report(active, found))
    return found
