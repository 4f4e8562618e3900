"""Training and evaluation mode, for frameworks whose layers remember it, put back afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def evaluating(net: Any, parts: Iterable[Any]) -> Iterator[None]:
    """Bring a network and all its `parts` into evaluation for a `with` block."""
    with _restored(parts):
        net.eval()
        yield


@contextmanager
def training(net: Any, parts: Iterable[Any]) -> Iterator[None]:
    """Bring a network into training for a `with` block.

    Parts that are in evaluation while the network as a whole is in training are so on purpose, a
    frozen batch normalization for example, and stay so.
    """
    with _restored(parts):
        if not net.training:
            net.train()
        yield


@contextmanager
def _restored(parts: Iterable[Any]) -> Iterator[None]:
    before = [(part, part.training) for part in parts]
    try:
        yield
    finally:
        for part, mode in before:
            part.training = mode
