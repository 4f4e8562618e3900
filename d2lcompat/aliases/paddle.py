"""d2l's aliases in PaddlePaddle."""

from __future__ import annotations

from typing import Any

from ..backends.paddle import nn, paddle  # which imports it quietly
from ..utils import as_array
from . import NAMES, method

__all__ = NAMES

numpy = as_array
nn_Module = nn.Layer
bool, float32, float64 = paddle.bool, paddle.float32, paddle.float64
int32, int64 = paddle.int32, paddle.int64

arange, eye, linspace, ones, tensor, zeros = (
    paddle.arange, paddle.eye, paddle.linspace, paddle.ones, paddle.to_tensor, paddle.zeros,
)  # fmt: skip
meshgrid, normal, ones_like, rand, randn, zeros_like = (
    paddle.meshgrid, paddle.normal, paddle.ones_like, paddle.rand, paddle.randn, paddle.zeros_like,
)  # fmt: skip
abs, cos, cosh, exp, log = paddle.abs, paddle.cos, paddle.cosh, paddle.exp, paddle.log
sigmoid, sin, sinh, tanh = nn.functional.sigmoid, paddle.sin, paddle.sinh, paddle.tanh
batch_matmul, concat, matmul, stack = paddle.bmm, paddle.concat, paddle.matmul, paddle.stack
argmax, astype = map(method, ("argmax", "astype"))
expand_dims, repeat, reshape, swapaxes, to, transpose = map(
    method, ("unsqueeze", "tile", "reshape", "swapaxes", "to", "t")
)


def reduce_mean(x: Any, *args: Any, **kwargs: Any) -> Any:
    """Return `x.mean(...)`; `keepdims`, as d2l 1.0 writes it, is `keepdim`."""
    return x.mean(*args, **{name.replace("keepdims", "keepdim"): v for name, v in kwargs.items()})


def reduce_sum(x: Any, *args: Any, **kwargs: Any) -> Any:
    """Return `x.sum(...)`; `keepdims`, as d2l 1.0 writes it, is `keepdim`."""
    return x.sum(*args, **{name.replace("keepdims", "keepdim"): v for name, v in kwargs.items()})


def size(x: Any) -> int:
    """Return how many numbers a tensor has."""
    return int(x.size)
