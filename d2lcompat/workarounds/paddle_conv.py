"""Convolutions of PaddlePaddle on the CPU, at the speed of oneDNN and on all cores.

PaddlePaddle's own kernel for the CPU unrolls each image into a matrix; its oneDNN kernel is
several times faster but runs in compiled graphs only. A whole network as one graph is no cure:
in version 3.3 the oneDNN kernel of max pooling's gradient fails. So only the convolution itself
is compiled, and the rest of the network runs as its author wrote it. A 1×1 convolution, and one
of a single channel, is faster still as the matrix product that it is, if the bias, which
PaddlePaddle adds and sums up on one core, is kept out of its way.

Layers with options that are not covered here compute as they always do.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import paddle
from paddle import nn
from paddle.autograd import PyLayer
from paddle.jit.dy2static.program_translator import StaticFunction

from ..utils import usable_cores

FLAGS = ("FLAGS_use_mkldnn", "FLAGS_use_onednn")  # the older name, the newer one


@contextmanager
def fast_convolutions(net: Any) -> Iterator[None]:
    """Let the two-dimensional convolutions of `net` compute in oneDNN, within a `with` block."""
    parts = net.sublayers(include_self=True)
    if any(isinstance(part.forward, StaticFunction) for part in parts):
        yield  # the reader has compiled it
        return
    layers = [layer for layer in parts if _is_covered(layer)]
    for layer in layers:
        layer.forward = partial(_forward, layer)
    try:
        with _one_dnn(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*'place' interface for pir graph mode")
            warnings.filterwarnings("ignore", "When training, we now always track global mean")
            yield
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)


@contextmanager
def _one_dnn() -> Iterator[None]:
    """Let compiled graphs run in oneDNN for a while, on all cores."""
    before = paddle.get_flags(list(FLAGS))
    paddle.set_flags(dict.fromkeys(FLAGS, True))
    try:
        with all_cores():
            yield
    finally:
        paddle.set_flags(before)


@contextmanager
def all_cores() -> Iterator[None]:
    """Let PaddlePaddle compute on all cores for a while: by itself it takes one."""
    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))  # PaddlePaddle writes it, 1 by default
    paddle.base.core.set_num_threads(max(threads, usable_cores()))
    try:
        yield
    finally:
        paddle.base.core.set_num_threads(threads)


def _is_covered(layer: Any) -> bool:
    return (
        type(layer) is nn.Conv2D
        and "forward" not in vars(layer)  # one of the reader's own, or ours already
        and layer._data_format == "NCHW"
        and layer._padding_mode == "zeros"
        and layer._padding_algorithm == "EXPLICIT"
        and len(layer._updated_padding) == 2
        and layer.weight.dtype == paddle.float32
        and layer.weight.place.is_cpu_place()
    )


def _forward(layer: Any, X: Any) -> Any:
    channels, *kernel = layer.weight.shape[1:]
    # Unrolling the image costs nothing (1×1) or little (a single channel).
    if layer._groups == 1 and (kernel == [1, 1] or channels == 1):
        return _multiply(layer, X)
    settings = (layer._stride, layer._updated_padding, layer._dilation)
    compiled = compiled_convolution(*map(tuple, settings), layer._groups, paddle.is_grad_enabled())
    return compiled(X, layer.weight, layer.bias)


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
        ctx.wanted = [not tensor.stop_gradient for tensor in (patches, weight, *bias)]
        Y = paddle.matmul(weight, patches)
        if bias:
            Y.add_(bias[0].reshape([-1, 1]))  # in place: Y is large, and nobody else has it
        return Y

    @staticmethod
    def backward(ctx: Any, dY: Any) -> Any:
        patches, weight = ctx.saved_tensor()
        n, outputs, size = dY.shape
        gradients = (
            lambda: paddle.matmul(weight, dY, transpose_x=True),
            lambda: paddle.matmul(dY, patches, transpose_y=True).sum(0),
            lambda: (
                paddle.matmul(dY.reshape([n * outputs, size]), paddle.ones([size, 1]))
                .reshape([n, outputs])
                .sum(0)
            ),
        )
        # None for what is frozen, and for the images of the first layer.
        return tuple(
            g() if wanted else None for g, wanted in zip(gradients, ctx.wanted, strict=False)
        )


@cache
def compiled_convolution(
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
    gradients: bool,
) -> Callable[..., Any]:
    """Return a compiled convolution, one with `gradients` and one without.

    PaddlePaddle would take a graph that it compiled within `no_grad` for one that has none.
    """

    def convolve(X: Any, weight: Any, bias: Any) -> Any:
        # The copy keeps PaddlePaddle from dropping the gradient when it changes the layout of
        # what a graph returns.
        return nn.functional.conv2d(
            X, weight, bias, list(stride), list(padding), list(dilation), groups
        ).clone()

    compiled: Callable[..., Any] = paddle.jit.to_static(convolve, full_graph=True)
    return compiled
