"""Fashion-MNIST: found, verified by content, read into NumPy arrays."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import struct
import sys
import time
import urllib.error
import urllib.request
import zlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..files import write_whole

# SHA-256 of the uncompressed files: gzip runs differ from copy to copy, the content may not.
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
LARGEST = 47_040_016  # bytes of the largest file: nothing longer is ever read into memory
MIRRORS = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
TIMEOUT = 30  # seconds without an answer after which a mirror is given up
DEADLINE = 1800  # seconds after which a mirror is given up that answers drop by drop
CHUNK = 1 << 16  # bytes


class Split(NamedTuple):
    """Hold images, uint8 of shape `(n, 28, 28)`, and their labels, int64 of shape `(n,)`."""

    images: np.ndarray
    labels: np.ndarray


def cache_dir() -> Path:
    """Return the folder where downloads are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "d2lcompat"


def folders() -> list[Path]:
    """Return the folders that may hold the four files, in the order they are looked at."""
    chosen = os.environ.get("D2LCOMPAT_DATA")
    return ([Path(chosen)] if chosen else []) + [cache_dir(), DEBIAN]


def fashion_mnist() -> tuple[Split, Split]:
    """Return the training and the test split of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017).

    60,000 and 10,000 images; `$D2LCOMPAT_MAX_EXAMPLES` caps both splits at their first images.
    Raises `FileNotFoundError` naming the places looked at when no verified copy can be had.
    """
    limit = _max_examples()
    splits = []
    for prefix in ("train", "t10k"):
        images = read_idx(f"{prefix}-images-idx3-ubyte")[:limit]
        labels = read_idx(f"{prefix}-labels-idx1-ubyte")[:limit]
        splits.append(Split(images, labels.astype(np.int64)))
    return splits[0], splits[1]


def _max_examples() -> int | None:
    text = os.environ.get("D2LCOMPAT_MAX_EXAMPLES")
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"D2LCOMPAT_MAX_EXAMPLES must be a whole number above 0, not {text!r}")
    return int(text)


@lru_cache(maxsize=4)
def read_idx(name: str) -> np.ndarray:
    """Return one of the four files as a read-only uint8 array, from the first source with it.

    Raises `FileNotFoundError` naming every place looked at and what was wrong there.
    """
    tried = []
    for folder in folders():
        for path in (folder / f"{name}.gz", folder / name):
            try:
                with path.open("rb") as file:
                    return parse_idx(verified(name, file.read(LARGEST + 1)), name)
            except FileNotFoundError:
                tried.append(f"{path}: not there")
            except (OSError, ValueError) as error:
                tried.append(f"{path}: {error}")
    for mirror in MIRRORS:
        try:
            return parse_idx(_download(name, mirror), name)
        except (OSError, ValueError) as error:
            tried.append(f"{mirror}{name}.gz: {error}")
    raise FileNotFoundError(
        f"Fashion-MNIST's file {name} was not found. Looked at:\n  "
        + "\n  ".join(tried)
        + "\nPut the four .gz files of https://github.com/zalandoresearch/fashion-mnist into a "
        "folder and name it in $D2LCOMPAT_DATA, or on Debian and Ubuntu: "
        "apt-get install dataset-fashion-mnist"
    )


def verified(name: str, raw: bytes) -> bytes:
    """Return the uncompressed content of a file, known to be Fashion-MNIST's own.

    Raises `ValueError` for a broken gzip stream, or for any other content (plain MNIST has the
    same file names).
    """
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
                raw = stream.read(LARGEST + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"a broken gzip file ({error})") from None
    if hashlib.sha256(raw).hexdigest() != SHA256[name]:
        raise ValueError("its content is not Fashion-MNIST's (SHA-256 differs)")
    return raw


def parse_idx(content: bytes, name: str) -> np.ndarray:
    """Return an IDX file's unsigned bytes as a read-only array of its own shape.

    Raises `ValueError` if the magic number, the dimensions or the length are not right.
    """
    rank = {b"\0\0\x08\x01": 1, b"\0\0\x08\x03": 3}.get(content[:4])
    if rank is None:
        raise ValueError(f"{name} does not begin as an IDX file of unsigned bytes does")
    start = 4 + 4 * rank
    if len(content) < start:
        raise ValueError(f"{name} ends within its header")
    shape = struct.unpack(f">{rank}I", content[4:start])
    if len(content) - start != int(np.prod(shape, dtype=object)):
        raise ValueError(f"{name} should hold {shape} bytes but holds {len(content) - start}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def receive(answer: http.client.HTTPResponse, longest: int = LARGEST) -> bytes:
    """Read an answer, not much more than `longest` bytes; raises `OSError` if it takes too long."""
    end = time.monotonic() + DEADLINE
    raw = bytearray()
    while len(raw) <= longest and (chunk := answer.read1(CHUNK)):
        raw += chunk
        if time.monotonic() > end:
            raise OSError(f"sent {len(raw):,} bytes in {DEADLINE} s: too slow")
    return bytes(raw)


def _download(name: str, mirror: str) -> bytes:
    """Fetch one file, verify it, keep it in the cache, and return its uncompressed content."""
    print(f"d2lcompat: downloading {name} from {mirror}", file=sys.stderr)
    try:
        with urllib.request.urlopen(f"{mirror}{name}.gz", timeout=TIMEOUT) as answer:
            raw = receive(answer)
    except urllib.error.HTTPError as error:
        raise OSError(f"answered {error.code} {error.reason}") from None
    except http.client.HTTPException as error:
        raise OSError(f"broke off ({type(error).__name__})") from None
    content = verified(name, raw)
    try:
        cache_dir().mkdir(parents=True, exist_ok=True)
        write_whole(cache_dir() / f"{name}.gz", raw)
    except OSError as error:  # a read-only or full cache costs a download the next time
        print(f"d2lcompat: {name} could not be cached: {error}", file=sys.stderr)
    return content
