"""What must be right before a training begins: settings, images, labels."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from ..errors import taking
from ..networks.inspect import layers, shape_of
from ..networks.outputs import check_labels, check_logits, single
from .first_weights import FirstWeights
from .source import Source

if TYPE_CHECKING:
    from ..backends.base import Backend, Rule

INITS = ("xavier", "shared", "keep")
OPTIMIZERS = ("sgd", "adam")
COMPUTED_IN = re.compile(r"\b(float32|float16|bfloat16)\b")


def check_settings(backend: Backend, num_epochs: int, first: FirstWeights, rule: Rule) -> None:
    """Raise `ValueError` for training settings that make no sense, before any work is done."""
    if not is_finite(num_epochs, Integral) or num_epochs < 1:
        raise ValueError(f"num_epochs must be a whole number above 0, not {num_epochs!r}")
    lr, momentum, gain = rule.lr, rule.momentum, first.gain
    if not (is_finite(lr) and lr > 0):
        raise ValueError(f"lr, the learning rate, must be a number above 0, not {lr!r}")
    check_word("init", first.init, INITS)
    if not (is_finite(gain) and gain > 0):
        raise ValueError(f"gain must be a number above 0, not {gain!r}")
    for bias in first.biases:
        if not is_finite(bias):
            raise ValueError(f"head_bias must be a finite number, or several, not {bias!r}")
    if first.init == "keep" and (gain != 1 or any(first.biases)):
        raise ValueError("init='keep' leaves all as it is; gain and head_bias would change it")
    check_word("optimizer", rule.optimizer, OPTIMIZERS)
    if not (is_finite(momentum) and 0 <= momentum < 1):
        raise ValueError(f"momentum must be at least 0 and below 1, not {momentum!r}")
    if momentum and rule.optimizer != "sgd":
        raise ValueError(f"momentum is a setting of 'sgd'; {rule.optimizer!r} has its own")
    check_word("precision", rule.precision, backend.precisions)


def is_finite(value: Any, kind: type = Real) -> bool:
    """Return whether a value is a finite number of a kind; True and False are none."""
    number = isinstance(value, kind) and not isinstance(value, bool)
    return number and math.isfinite(value)


def check_word(name: str, word: str, words: Sequence[str]) -> None:
    """Raise `ValueError` if a setting is none of the words it may be."""
    if word not in words:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}, not {word!r}")


def check_images(backend: Backend, net: Any, *sources: Source) -> None:
    """Raise `ValueError` for images that are no floating-point numbers, or wider than the weights'.

    float64 is for networks whose weights are float64.
    """
    for source in sources:
        for part in source.inputs:
            wide = "float64" in str(part.dtype) and "float64" in backend.dtype(net)
            if not wide and not COMPUTED_IN.search(str(part.dtype)):
                raise ValueError(
                    f"the images of the {source.name} iterator are {part.dtype}; a network takes "
                    "float32, scaled to [0, 1]"
                )


def check_data(
    backend: Backend, net: Any, device: Any, *sources: Source
) -> Callable[[Any, str], None]:
    """Raise `ValueError` unless the network takes the images and the labels fit its outputs.

    Returns what checks the labels of further batches.
    """
    classes = 0
    for source in sources:
        shape, n = _outputs(backend, net, source, device)
        classes = check_logits(shape, n)
        if hasattr(source.data_iter, "split"):  # that of `load_data_fashion_mnist` knows them all
            labels = source.data_iter.split.labels
            check_labels(labels, classes, f"the {source.name} data")
        check_labels(source.y, classes, f"the first batch of the {source.name} data")
    if not any(map(backend.trains, backend.parameters(net))):
        raise ValueError(
            "the network has no weight that training could change: all are frozen, or there is none"
        )
    return lambda y, where: check_labels(y, classes, where)


def _outputs(backend: Backend, net: Any, source: Source, device: Any) -> tuple[Sequence[int], int]:
    """Return the shape that the network gives for a few images, and their number."""

    def note(part: Any, output: Any) -> None:
        if 0 in (shape := shape_of(output) or ()):  # which PaddlePaddle goes on with
            raise ValueError(f"of its {type(part).__name__} nothing is left, {shape}")

    parts = list(layers(backend, net).values())

    def run(few: Any) -> tuple[Sequence[int], int]:
        y_hat = backend.watch(net, parts, few, note)
        return shape_of(single(y_hat)) or (), len(few[0] if isinstance(few, list) else few)

    return on_few(backend, source, device, run)


def on_few(backend: Backend, source: Source, device: Any, run: Callable[[Any], Any]) -> Any:
    """Return what `run` gives for the first two examples of a batch, on `device`.

    If the network refuses these, it may be made for batches of one size: then for all of them.
    Raises `ValueError` if it refuses the batch.
    """
    try:
        return run(backend.to_device(source.few, device))
    except backend.refusals:
        with taking(backend, source.X):
            found = run(backend.to_device(source.X, device))
        source.few = source.X
        return found
