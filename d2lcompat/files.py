"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from glob import escape
from pathlib import Path
from uuid import uuid4

ABANDONED = 3600  # seconds after which nobody can still be writing a draft


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step: it is replaced as a whole, or on an error left as it was.

    The content is on the disk before the name is: also when the power fails, the name leads to the
    old file or to the new one. Others may read it as any new file: those of tempfile are their
    owner's alone.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if os.name == "posix":
        with suppress(OSError):  # not every file system can; the file itself is there
            _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove_drafts(path: Path) -> None:
    """Remove what killed processes have left of `path`, an hour ago or more."""
    for draft in path.parent.glob(f".{escape(path.name)}.{'[0-9a-f]' * 32}"):
        try:
            if time.time() - draft.stat().st_mtime > ABANDONED:
                draft.unlink()
        except OSError:  # somebody else was quicker, or may and we may not
            continue
