"""Convolutions of PaddlePaddle on the CPU, at the speed of oneDNN.

PaddlePaddle's own kernel for the CPU unrolls each image into a matrix; its oneDNN kernel is
several times faster but runs in compiled graphs only. A whole network as one graph is no cure:
in version 3.3 the oneDNN kernel of max pooling's gradient fails. So only the convolution itself
is compiled, and the rest of the network runs as its author wrote it. A 1×1 convolution, and one
of a single channel, is faster still as the matrix product that it is, if the bias, which
PaddlePaddle adds and sums up on one core, is kept out of its way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import paddle
from paddle import nn
from paddle.autograd import PyLayer

_compiled: WeakKeyDictionary[Any, Callable[..., Any]] = WeakKeyDictionary()


@contextmanager
def fast_convolutions(net: Any) -> Iterator[None]:
    """Let the two-dimensional convolutions of `net` compute in oneDNN, within a `with` block."""
    layers = [layer for layer in net.sublayers(include_self=True) if _is_plain(layer)]
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*'place' interface for pir graph mode")
            warnings.filterwarnings("ignore", "When training, we now always track global mean")
            yield
    finally:
        for layer in layers:
            del layer.forward


def _is_plain(layer: Any) -> bool:
    return (
        type(layer) is nn.Conv2D
        and layer._data_format == "NCHW"
        and layer._padding_mode == "zeros"
        and layer.weight.place.is_cpu_place()
    )


def _forward(layer: Any, X: Any) -> Any:
    if _is_product(layer):
        return _multiply(layer, X)
    if layer not in _compiled:
        _compiled[layer] = _compile(
            layer._stride, layer._updated_padding, layer._dilation, layer._groups
        )
    return _compiled[layer](X, layer.weight, layer.bias)


def _is_product(layer: Any) -> bool:
    """Whether unrolling the image costs nothing (1×1) or little (a single channel)."""
    channels, *kernel = layer.weight.shape[1:]
    padding = layer._updated_padding
    return (
        layer._groups == 1
        and (kernel == [1, 1] or channels == 1)
        and isinstance(padding, list)
        and len(padding) == 2
    )


def _multiply(layer: Any, X: Any) -> Any:
    outputs, _, *kernel = layer.weight.shape
    stride, padding, dilation = layer._stride, layer._updated_padding, layer._dilation
    if kernel == [1, 1] and [*stride, *padding] == [1, 1, 0, 0]:
        size, patches = list(X.shape[2:]), X.flatten(2)
    else:
        size = [
            (X.shape[i + 2] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1
            for i in (0, 1)
        ]
        patches = nn.functional.unfold(X, kernel, stride, padding, dilation)
    weight = layer.weight.reshape([outputs, -1])
    held = (weight,) if layer.bias is None else (weight, layer.bias)
    return _Product.apply(patches, *held).reshape([-1, outputs, *size])


class _Product(PyLayer):
    """Multiply the patches `(n, k, s)` of images by a weight `(o, k)` and add a bias `(o,)`."""

    @staticmethod
    def forward(ctx: Any, patches: Any, weight: Any, *bias: Any) -> Any:
        ctx.save_for_backward(patches, weight)
        ctx.has_bias = bool(bias)
        Y = paddle.matmul(weight, patches)
        if bias:
            Y.add_(bias[0].reshape([-1, 1]))  # in place: Y is large, and nobody else has it
        return Y

    @staticmethod
    def backward(ctx: Any, dY: Any) -> Any:
        patches, weight = ctx.saved_tensor()
        n, outputs, size = dY.shape
        d_patches = None
        if not patches.stop_gradient:  # the first layer's are the images
            d_patches = paddle.matmul(weight, dY, transpose_x=True)
        d_weight = paddle.matmul(dY, patches, transpose_y=True).sum(0)
        if not ctx.has_bias:
            return d_patches, d_weight
        sums = paddle.matmul(dY.reshape([n * outputs, size]), paddle.ones([size, 1]))
        return d_patches, d_weight, sums.reshape([n, outputs]).sum(0)


def _compile(stride: Any, padding: Any, dilation: Any, groups: int) -> Callable[..., Any]:
    def convolve(X: Any, weight: Any, bias: Any) -> Any:
        # The copy keeps PaddlePaddle from dropping the gradient when it changes the layout of
        # what a graph returns.
        return nn.functional.conv2d(X, weight, bias, stride, padding, dilation, groups).clone()

    compiled: Callable[..., Any] = paddle.jit.to_static(convolve, full_graph=True)
    return compiled
