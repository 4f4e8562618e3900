"""Networks that PaddlePaddle has wrapped: by `DataParallel`, by `to_static`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paddle


def unwrapped(part: Any) -> Any:
    """Return the network that `DataParallel` was given, if one was."""
    return part._layers if isinstance(part, paddle.DataParallel) else part


@contextmanager
def not_compiled() -> Iterator[None]:
    """Let what `to_static` compiled run as it was written, for a `with` block."""
    before = paddle.jit.api.ProgramTranslator.get_instance().enable_to_static
    paddle.jit.enable_to_static(False)
    try:
        yield
    finally:
        paddle.jit.enable_to_static(before)
