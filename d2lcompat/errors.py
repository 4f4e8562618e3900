"""Errors for people: what a framework says in many lines, in one; the reader's own as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from . import FRAMEWORKS

if TYPE_CHECKING:
    from .backends.base import Backend

_COLOURS = re.compile(r"\x1b\[\d*m")
# Lines of frameworks that come before the reason.
_BEFORE = re.compile(
    r"Exception encountered when|(C\+\+ )?Traceback|-{4}|Error Message Summary|\d+ +\S|File "
)
# What PyTorch, TensorFlow, MXNet, PaddlePaddle and their allocators say; their types differ more.
_NO_MEMORY = (
    "out of memory", "can't allocate memory", "cannot allocate memory", "bad_alloc",
    "unable to allocate", "failed to allocate", "oom when allocating", "resourceexhausted",
)  # fmt: skip


@contextmanager
def taking(backend: Backend, X: Any) -> Iterator[None]:
    """Turn the framework's refusal of images like those of `X` into one line, a `ValueError`.

    The error that it comes from, with its traceback, is the new one's cause. Errors that say
    nothing of images, such as a `NameError` in the network, are let through.
    """
    try:
        yield
    except backend.refusals as error:
        if is_out_of_memory(error):
            raise
        parts = X if isinstance(X, list | tuple) else [X]
        shapes = " and ".join(str(tuple(part.shape[1:])) for part in parts)
        raise ValueError(
            f"the network cannot take images of shape {shapes}: {reason(error)}"
        ) from error


def missing(key: str, error: ModuleNotFoundError) -> ImportError:
    """Return what to raise when the framework's package cannot be imported.

    If it is there and something that it needs is not, that is said instead.
    """
    row = FRAMEWORKS[key]
    if error.name != row.package:
        return ImportError(f"{row.label} cannot be imported: {error}")
    return ImportError(f"d2lcompat.{key} needs {row.label}: pip install {row.install}")


def no_device(device: Any, error: object) -> ValueError:
    """Return the error for a device that a framework does not have."""
    return ValueError(
        f"device {str(device)!r} cannot be used: {reason(error)}. d2l.try_gpu() returns the "
        "first GPU, or the CPU where there is none"
    )


def reason(error: object) -> str:
    """Return the first line of an error that gives a reason, at most 200 characters of it."""
    lines = [line.strip() for line in _COLOURS.sub("", str(error)).splitlines()]
    told = [line for line in lines if line and not _BEFORE.match(line)]
    return told[0][:200].rstrip(".") if told else type(error).__name__


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, of whichever library, says that there is no memory left."""
    if isinstance(error, MemoryError):
        return True
    said = f"{type(error).__name__}: {error}".lower()
    return any(words in said for words in _NO_MEMORY)


@contextmanager
def telling_batch_size(size: int | None) -> Iterator[None]:
    """Turn whatever says that there is no memory left into a `MemoryError` with advice."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        tried = f"batch_size={size}" if size else "these mini-batches"
        smaller = f"batch_size={size // 2}" if size and size > 1 else "smaller ones"
        raise MemoryError(
            f"there is not enough memory for {tried}: try {smaller}, or smaller images"
        ) from error
