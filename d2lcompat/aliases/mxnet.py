"""d2l's aliases in MXNet."""

from __future__ import annotations

from typing import Any

from ..backends.mxnet import gluon, np, npx  # which imports it on today's NumPy
from ..utils import as_array
from . import NAMES, method

__all__ = NAMES

numpy = as_array
nn_Module = gluon.Block
bool, float32, float64, int32, int64 = np.bool, np.float32, np.float64, np.int32, np.int64

arange, eye, linspace, ones, tensor, zeros = (
    np.arange, np.eye, np.linspace, np.ones, np.array, np.zeros,
)  # fmt: skip
meshgrid, normal, ones_like, rand, randn, zeros_like = (
    np.meshgrid, np.random.normal, np.ones_like, np.random.rand, np.random.randn, np.zeros_like,
)  # fmt: skip
abs, cos, cosh, exp, log = np.abs, np.cos, np.cosh, np.exp, np.log
sigmoid, sin, sinh, tanh = npx.sigmoid, np.sin, np.sinh, np.tanh
batch_matmul, concat, matmul, stack = npx.batch_dot, np.concatenate, np.dot, np.stack
expand_dims, swapaxes = np.expand_dims, np.swapaxes
argmax, astype, reduce_mean, reduce_sum = map(method, ("argmax", "astype", "mean", "sum"))
repeat, reshape, to = map(method, ("repeat", "reshape", "as_in_ctx"))


def size(x: Any) -> int:
    """Return how many numbers a tensor has."""
    return int(x.size)


def transpose(x: Any) -> Any:
    """Return a tensor with its axes in the opposite order."""
    return x.T
