"""Run one notebook and store it, in this process or in one that was spawned for it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bookbuild.config import BookError
from bookbuild.execute.execute import Setting, execute
from bookbuild.notebook.make import make_notebook
from bookbuild.notebook.stored import write
from bookbuild.page.cells import Page


def run_one(page: Page, key: str, setting: Setting, path: Path) -> int:
    """Run and store one notebook; a failure is told, and leaves what is stored untouched."""
    start = time.perf_counter()
    try:
        write(execute(page, key, make_notebook(page, key), setting), path)
    except BookError as error:
        return complain(str(error))
    print(f"{page.name}/{key}: done in {time.perf_counter() - start:.0f} s", flush=True)
    return 0


def complain(message: str) -> int:
    """Write a line to stderr, and return the exit status of a failure."""
    print(message, file=sys.stderr)
    return 1
