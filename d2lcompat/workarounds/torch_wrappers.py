"""Networks that PyTorch has wrapped: by `DataParallel`, by `torch.compile`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn


def unwrapped(part: Any) -> Any:
    """Return the network that `DataParallel` or `torch.compile` was given, if one was."""
    wrapped = getattr(part, "_orig_mod", None)
    if isinstance(part, nn.DataParallel):
        wrapped = part.module
    return part if wrapped is None else unwrapped(wrapped)


def not_compiled() -> AbstractContextManager[Any]:
    """Let compiled networks run as they are written, for a `with` block."""
    stance = getattr(torch.compiler, "set_stance", None)  # since PyTorch 2.6
    return stance("force_eager") if stance else nullcontext()
