"""Files that chapters download: verified, kept, and asked for once."""

from __future__ import annotations

import hashlib
import http.client
import sys
import tarfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from ..files import write_whole
from .fashion_mnist import TIMEOUT, receive

DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"
# By name: the address of a file and the SHA-1 of its content, None if that is not known.
DATA_HUB: dict[str, tuple[str, str | None]] = {
    "kaggle_house_train": (
        DATA_URL + "kaggle_house_pred_train.csv", "585e9cc93e70b39160e7921475f9bcd7d31219ce",
    ),
    "kaggle_house_test": (
        DATA_URL + "kaggle_house_pred_test.csv", "fa19780a7b011d9b009e8bff8e99922a8ee2eb90",
    ),
}  # fmt: skip
LARGEST = 2**31  # bytes


def download(url: str, folder: str = str(Path("..", "data")), sha1_hash: str | None = None) -> str:
    """Return the path of a file in `folder`, fetched from `url` unless it is there.

    `url` may also be a name in `DATA_HUB`, which has the file's address and its SHA-1. Raises
    `OSError` where it cannot be had, `ValueError` for content that is not what it should be and for
    an unknown name.
    """
    if not url.startswith(("http://", "https://")):
        if url not in DATA_HUB:
            raise ValueError(f"DATA_HUB has no {url!r}; it has {', '.join(DATA_HUB)}")
        url, sha1_hash = DATA_HUB[url]
    path = Path(folder) / url.split("/")[-1]
    if path.is_file() and _is_right(path.read_bytes(), sha1_hash):
        return str(path)
    print(f"Downloading {path} from {url}...", file=sys.stderr)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            content = receive(answer, LARGEST)
    except (OSError, http.client.HTTPException) as error:
        raise OSError(
            f"{url} cannot be had ({error}). Where there is no network, put the file into "
            f"{path.parent} as {path.name}"
        ) from None
    if not _is_right(content, sha1_hash):
        raise ValueError(f"{url} is not the file that it should be (SHA-1 differs)")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return str(path)


def extract(filename: str, folder: str | None = None) -> None:
    """Unpack a zip or tar file into `folder`, by default where it lies.

    Raises `ValueError` for any other file.
    """
    target = Path(folder) if folder is not None else Path(filename).parent
    if zipfile.is_zipfile(filename):
        with zipfile.ZipFile(filename) as packed:
            packed.extractall(target)
    elif tarfile.is_tarfile(filename):
        with tarfile.open(filename) as packed_tar:
            packed_tar.extractall(target, filter="data")
    else:
        raise ValueError(f"{filename} is neither a zip nor a tar file")


def download_extract(name: str, folder: str | None = None) -> str:
    """Download an archive of `DATA_HUB`, unpack it beside itself, and return its folder's path."""
    path = Path(download(name))
    extract(str(path))
    return str(path.parent / folder if folder else path.with_suffix(""))


def download_all() -> None:
    """Download all files of `DATA_HUB`."""
    for name in DATA_HUB:
        download(name)


def _is_right(content: bytes, sha1_hash: str | None) -> bool:
    return sha1_hash is None or hashlib.sha1(content).hexdigest() == sha1_hash
