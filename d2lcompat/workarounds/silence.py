"""Keep what a framework's libraries write to standard error while they load from the reader."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import BinaryIO


class _Stream(io.TextIOBase):
    """Write into a file as long as there is one, then to standard error: loggers keep streams."""

    def __init__(self, held: BinaryIO) -> None:
        self.held: BinaryIO | None = held

    def write(self, text: str) -> int:
        if self.held is None:
            return sys.stderr.write(text)
        return self.held.write(text.encode())


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back standard error, C++ logs included, and warnings; give them back on an error."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile(buffering=0) as held:
        os.dup2(held.fileno(), 2)
        stream = _Stream(held)  # in a notebook sys.stderr is no file
        try:
            with warnings.catch_warnings(), redirect_stderr(stream):
                warnings.simplefilter("ignore")
                yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            stream.held = None
            os.dup2(saved, 2)
            os.close(saved)
