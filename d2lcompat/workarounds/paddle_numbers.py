"""One-element tensors of PaddlePaddle as numbers, under NumPy 2.5 and later.

PaddlePaddle 3.3 turns a tensor into an array, and the array into a number. NumPy does this for
arrays without dimensions alone since version 2.5, so that `float` of a tensor of shape (1,), and
with it `paddle.flops`, would fail.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import paddle


def let_one_element_be_a_number() -> None:
    """Give tensors back their conversion to `int` and `float`, where NumPy has taken it away."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of NumPy 1.25 to 2.4
            int(np.zeros(1, "int64"))
    except TypeError:
        replace(paddle.Tensor)


def replace(tensor: Any) -> None:
    """Set the conversions of a class of tensors."""
    for name, kind in (("__int__", int), ("__float__", float)):
        setattr(tensor, name, _conversion(kind, getattr(tensor, name)))


def _conversion(kind: Callable[[Any], Any], own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def convert(self: Any) -> Any:
        return kind(self.item()) if self.size == 1 else own(self)  # which says what is wrong

    return convert
