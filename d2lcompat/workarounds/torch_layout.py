"""The layout of images in memory with which PyTorch's convolutions are fastest: channels last.

A network that calls `view` may not take it, and its reader did not ask for it: it is tried, and
undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ..errors import is_out_of_memory


@contextmanager
def channels_last(net: nn.Module, tried: Callable[[], object]) -> Iterator[None]:
    """Hold weights with the channels last for a `with` block, where `tried` raises no error then.

    Afterwards weights and gradients lie in memory as before.
    """
    tensors = (*net.parameters(), *net.buffers())
    weights = [t for t in tensors if t.dim() == 4 and 0 not in t.stride()]  # one that is expanded
    before = [(weight, weight.stride()) for weight in weights]
    try:
        for weight in weights:
            # Not `contiguous`, to which the strides of a 1×1 kernel are right already.
            weight.data = weight.data.to(memory_format=torch.channels_last)
        with _state_kept(net), torch.no_grad():
            tried()
    except Exception as error:
        _restore(before)
        if is_out_of_memory(error):
            raise
    try:
        yield
    finally:
        _restore(before)


def _restore(strides: list[tuple[torch.Tensor, tuple[int, ...]]]) -> None:
    for weight, stride in strides:
        for tensor in (weight, weight.grad):
            if tensor is not None and tensor.stride() != stride:
                own = tensor.data.new_empty_strided(tensor.shape, stride)
                tensor.data = own.copy_(tensor.data)


@contextmanager
def _state_kept(net: nn.Module) -> Iterator[None]:
    """Put back what a forward pass in training changes: running statistics, random numbers."""
    before = [
        (module, name, buffer, buffer.clone())
        for module in net.modules()
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    devices = sorted({p.device.index or 0 for p in net.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices), torch.no_grad():
        try:
            yield
        finally:
            for module, name, buffer, value in before:
                if not torch.equal(buffer, value):
                    buffer.copy_(value)
                module._buffers[name] = buffer  # where `forward` has put another in its place
