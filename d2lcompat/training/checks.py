"""What must be right before a training begins: settings, images, labels. NumPy, never tensors."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..backend import Rule
from ..plots import as_array

INITS = ("xavier", "shared", "keep")
OPTIMIZERS = ("sgd", "adam")
COMPUTED_IN = re.compile(r"\b(float32|float16|bfloat16)\b")


def check_settings(
    num_epochs: int, init: str, gain: float, biases: Sequence[float], rule: Rule
) -> None:
    """Raise `ValueError` for training settings that make no sense, before any work is done."""
    if not _is_finite(num_epochs, Integral) or num_epochs < 1:
        raise ValueError(f"num_epochs must be a whole number above 0, not {num_epochs!r}")
    lr, momentum = rule.lr, rule.momentum
    if not (_is_finite(lr) and lr > 0):
        raise ValueError(f"lr, the learning rate, must be a number above 0, not {lr!r}")
    check_word("init", init, INITS)
    if not (_is_finite(gain) and gain > 0):
        raise ValueError(f"gain must be a number above 0, not {gain!r}")
    for bias in biases:
        if not _is_finite(bias):
            raise ValueError(f"head_bias must be a finite number, or several, not {bias!r}")
    if init == "keep" and (gain != 1 or any(biases)):
        raise ValueError("init='keep' leaves all as it is; gain and head_bias would change it")
    check_word("optimizer", rule.optimizer, OPTIMIZERS)
    if not (_is_finite(momentum) and 0 <= momentum < 1):
        raise ValueError(f"momentum must be at least 0 and below 1, not {momentum!r}")
    if momentum and rule.optimizer != "sgd":
        raise ValueError(f"momentum is a setting of 'sgd'; {rule.optimizer!r} has its own")


def _is_finite(value: Any, kind: type = Real) -> bool:
    number = isinstance(value, kind) and not isinstance(value, bool)
    return number and math.isfinite(value)


def check_word(name: str, word: str, words: Sequence[str]) -> None:
    """Raise `ValueError` if a setting is none of the words it may be."""
    if word not in words:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, words))}, not {word!r}")


def peek(data_iter: Iterable[Any], name: str = "data") -> tuple[Any, Any]:
    """Return one batch, without disturbing the order of the samples where the iterator can.

    Raises `ValueError` if there is none, or if a batch is not a pair `(X, y)` of equal lengths.
    """
    found = data_iter.peek() if hasattr(data_iter, "peek") else next(iter(data_iter), None)
    if found is None:
        raise ValueError(f"the {name} iterator holds no example")
    if len(found) != 2 or not all(getattr(part, "shape", ()) for part in found):
        raise ValueError(f"a batch of the {name} iterator must be images and labels, `(X, y)`")
    X, y = found
    if len(y) == 0:
        raise ValueError(f"the {name} iterator holds no example")
    if len(X) != len(y):
        raise ValueError(f"a batch of the {name} iterator has {len(X)} images, {len(y)} labels")
    if not COMPUTED_IN.search(str(X.dtype)):
        raise ValueError(
            f"the images of the {name} iterator are {X.dtype}; a network takes float32, "
            "scaled to [0, 1]"
        )
    return X, y


def check_logits(shape: Sequence[int], n: int) -> int:
    """Return the number of classes of a network that gives this shape for `n` images.

    Raises `ValueError` unless it is `(n, classes)`.
    """
    if len(shape) != 2 or shape[0] != n or shape[1] < 2:
        raise ValueError(
            f"for {n} images the network gives outputs of shape {tuple(shape)}; a classifier gives "
            "(n, classes): is a Flatten or a dense layer missing?"
        )
    return shape[1]


def check_labels(y: Any, classes: int, where: str) -> None:
    """Raise `ValueError`, with `where`, unless `y` holds n whole numbers from 0 to `classes` - 1.

    Its shape is `(n,)` or `(n, 1)`.
    """
    labels = as_array(y)
    if labels.size != len(labels):
        raise ValueError(
            f"{where}: labels of shape {labels.shape}; each image has one whole number"
        )
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        wrong = labels.max() if labels.max() >= classes else labels.min()
        raise ValueError(
            f"{where}: a label is {wrong}, and the network has {classes} outputs: labels go from "
            f"0 to {classes - 1}"
        )
    if labels.dtype.kind == "f" and (labels != np.floor(labels)).any():
        raise ValueError(f"{where}: labels are whole numbers, not {labels.dtype} with fractions")


def check_split(data_iter: Any, classes: int, name: str) -> None:
    """Check all labels of an iterator that knows them, those of `load_data_fashion_mnist`."""
    if hasattr(data_iter, "split"):
        check_labels(data_iter.split.labels, classes, f"the {name} data")
