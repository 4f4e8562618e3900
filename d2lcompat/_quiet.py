"""Keep what a framework's libraries write to standard error while they load from the reader."""

from __future__ import annotations

import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back standard error, C++ logs included, and warnings; give them back on an error."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        text = io.TextIOWrapper(held, write_through=True)  # in a notebook sys.stderr is no file
        try:
            with warnings.catch_warnings(), redirect_stderr(text):
                warnings.simplefilter("ignore")
                yield
        except BaseException:
            held.seek(0)
            os.write(saved, held.read())
            raise
        finally:
            text.detach()
            os.dup2(saved, 2)
            os.close(saved)
