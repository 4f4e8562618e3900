"""Files written in one step, and digests of what files hold."""

from __future__ import annotations

import os
import time
from glob import escape
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from bookbuild.config import BookError

DRAFT = "[0-9a-f]" * 32  # how the name of a draft ends
ABANDONED = 60  # seconds after which a draft is nobody's: its process was killed


def write_whole(path: Path, content: bytes) -> bool:
    """Write a file in one step, so that no reader meets half of it; False if it is unchanged.

    Raises `BookError` where it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{escape(path.name)}.{DRAFT}"):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink(missing_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # also when the power fails, the name leads to a whole file
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BookError(f"{path}: cannot be written: {error.strerror}") from None
    return True


def digest(*places: Path) -> str:
    """Return the SHA-256 of files, and of all files in folders, by their names and contents."""
    found = sha256()
    for place in places:
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file() and path.suffix != ".pyc":
                found.update(f"{path.relative_to(place.parent)}\0".encode())
                found.update(sha256(path.read_bytes()).digest())
    return found.hexdigest()
