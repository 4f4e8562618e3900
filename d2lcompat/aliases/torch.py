"""d2l's aliases in PyTorch."""

from __future__ import annotations

from ..backends.torch import nn, torch  # which says in one line if it is missing
from ..utils import as_array
from . import NAMES, method

__all__ = NAMES

numpy = as_array
nn_Module = nn.Module
bool, float32, float64 = torch.bool, torch.float32, torch.float64
int32, int64 = torch.int32, torch.int64

arange, eye, linspace, ones, tensor, zeros = (
    torch.arange, torch.eye, torch.linspace, torch.ones, torch.tensor, torch.zeros,
)  # fmt: skip
meshgrid, normal, ones_like, rand, randn, zeros_like = (
    torch.meshgrid, torch.normal, torch.ones_like, torch.rand, torch.randn, torch.zeros_like,
)  # fmt: skip
abs, cos, cosh, exp, log = torch.abs, torch.cos, torch.cosh, torch.exp, torch.log
sigmoid, sin, sinh, tanh = torch.sigmoid, torch.sin, torch.sinh, torch.tanh
batch_matmul, concat, matmul, stack = torch.bmm, torch.cat, torch.matmul, torch.stack
argmax, astype, reduce_mean, reduce_sum = map(method, ("argmax", "type", "mean", "sum"))
expand_dims, repeat, reshape, size, swapaxes, to, transpose = map(
    method, ("unsqueeze", "repeat", "reshape", "numel", "swapaxes", "to", "t")
)
