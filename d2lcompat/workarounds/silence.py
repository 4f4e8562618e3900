"""A framework's first words: lines that say nothing to a reader are dropped while it loads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def python_warnings_dropped() -> Iterator[None]:
    """Drop the warnings that a framework's own modules give while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables for a `with` block, where the reader has not set them."""
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def lines_dropped(pattern: str) -> Iterator[None]:
    """Drop the lines that match, a regular expression of sed, from standard error meanwhile.

    C++ writes there too. The filter is a process of its own: whatever a library says before it
    crashes is still shown. Without `sed`, or with standard error closed, nothing is dropped.
    """
    sed = shutil.which("sed")
    try:
        saved = os.dup(2)
    except OSError:
        sed, saved = None, -1
    if sed is None:
        yield
        return
    sifter = subprocess.Popen([sed, "-E", f"/{pattern}/d"], stdin=subprocess.PIPE, stdout=saved)
    assert sifter.stdin is not None
    with suppress(AttributeError, ValueError):  # there may be no sys.stderr, or a closed one
        sys.stderr.flush()
    os.dup2(sifter.stdin.fileno(), 2)
    try:
        yield
    finally:
        with suppress(AttributeError, ValueError):
            sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)
        sifter.stdin.close()
        with suppress(subprocess.TimeoutExpired):  # a child of the library may hold the other end
            sifter.wait(10)
