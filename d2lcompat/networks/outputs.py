"""What a classifier gives and what it is asked for: logits `(n, classes)`, labels `(n,)`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..utils import as_array


def single(y_hat: Any) -> Any:
    """Return the output of a network. Raises `ValueError` if it is not one tensor."""
    if hasattr(y_hat, "shape"):
        return y_hat
    several = isinstance(y_hat, list | tuple | dict)
    found = f"a {type(y_hat).__name__} of {len(y_hat)}" if several else type(y_hat).__name__
    raise ValueError(
        f"the network returns {found}, and only logits, one tensor of shape (n, classes), can be "
        "used here: return them alone. Auxiliary outputs need a training loop of your own"
    )


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

    Its shape is `(n,)` or `(n, 1)`, its type any that holds such numbers.
    """
    labels = as_array(y)
    if labels.size != len(labels):
        raise ValueError(
            f"{where}: labels of shape {labels.shape}; each image has one whole number"
        )
    if labels.dtype.kind not in "iufb":
        raise ValueError(f"{where}: labels are whole numbers, not {labels.dtype}")
    if labels.dtype.kind == "f" and not (labels == np.floor(labels)).all():
        raise ValueError(f"{where}: labels are whole numbers, not {labels.dtype} with fractions")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        wrong = labels.max() if labels.max() >= classes else labels.min()
        raise ValueError(
            f"{where}: a label is {wrong}, and the network has {classes} outputs: labels go from "
            f"0 to {classes - 1}"
        )
