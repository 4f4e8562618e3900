"""Files written in one step, and digests of what files hold."""

import os
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from bookbuild.config import BookError

DRAFT = "[0-9a-f]" * 32  # how the name of a draft ends


def write_whole(path: Path, content: bytes) -> bool:
    """Write a file in one step, so that no reader meets half of it; False if it is unchanged."""
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
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
