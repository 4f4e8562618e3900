"""Training and evaluation mode, for frameworks whose layers remember it, put back afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

LIBRARIES = ("torch", "paddle")


@contextmanager
def evaluating(net: Any, parts: Iterable[Any]) -> Iterator[None]:
    """Bring a network and all its `parts` into evaluation for a `with` block."""
    with _restored(list(parts)):
        net.eval()
        yield


@contextmanager
def training(net: Any, parts: Iterable[Any]) -> Iterator[None]:
    """Bring a network into training for a `with` block.

    Parts that are in evaluation while the network as a whole is in training are so on purpose, a
    frozen batch normalization for example, and stay so. A part with a `train` of its own, which
    may freeze something, is told.
    """
    parts = list(parts)
    with _restored(parts):
        if net.training:
            on_purpose = [part for part in parts if not part.training]
            for part in [part for part in _with_own_train(parts) if part.training]:
                part.train()
            for part in on_purpose:
                part.training = False
        else:
            net.train()
        yield


@contextmanager
def _restored(parts: Sequence[Any]) -> Iterator[None]:
    before = [(part, part.training) for part in parts]
    try:
        yield
    finally:
        modes = {id(part): mode for part, mode in before}
        for part in _with_own_train(parts):  # which may do more than to set the mode
            if part.training != modes[id(part)]:
                part.eval() if part.training else part.train()
        for part, mode in before:
            part.training = mode


def _with_own_train(parts: Sequence[Any]) -> list[Any]:
    """Return the parts, the network first, whose reader wrote the method that changes the mode.

    PyTorch calls it of each part, PaddlePaddle of the network alone.
    """
    called = parts if hasattr(parts[0], "named_modules") else parts[:1]
    definers = (
        (part, next(c for c in type(part).__mro__ if "train" in vars(c))) for part in called
    )
    return [
        part
        for part, definer in definers
        if "train" in vars(part) or definer.__module__.partition(".")[0] not in LIBRARIES
    ]
