"""Fashion-MNIST: where it is looked for, and that nothing else is taken for it."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from d2lcompat.data import fashion_mnist as _data

LABELS = "t10k-labels-idx1-ubyte"
NOWHERE = "http://127.0.0.1:9/"  # the discard port: refused at once


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a small file of labels that passes for the real one during a test."""
    idx = b"\0\0\x08\x01" + (5).to_bytes(4, "big") + bytes([9, 2, 1, 1, 6])
    monkeypatch.setitem(_data.SHA256, LABELS, hashlib.sha256(idx).hexdigest())
    return idx


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Take every source away: each test gives back its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("D2LCOMPAT_DATA", str(tmp_path / "chosen"))
    monkeypatch.setattr(_data, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(_data, "MIRRORS", (NOWHERE,))
    _data.read_idx.cache_clear()
    yield
    _data.read_idx.cache_clear()


def put(folder: Path, raw: bytes, name: str = LABELS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)


@pytest.fixture
def mirror() -> Iterator[Callable[..., tuple[str, list[str]]]]:
    """Return a function that serves files at a local address and lists what was asked for."""
    servers = []

    def serve(files: dict[str, bytes]) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                body = files.get(self.path[1:])
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/", asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("place", ["chosen", "cache/d2lcompat", "debian"])
def test_each_place_is_looked_at(tmp_path: Path, content: bytes, place: str, zipped: bool) -> None:
    raw, name = (gzip.compress(content), f"{LABELS}.gz") if zipped else (content, LABELS)
    put(tmp_path / place, raw, name)
    labels = _data.read_idx(LABELS)
    assert (labels.tolist(), labels.dtype) == ([9, 2, 1, 1, 6], np.uint8)


def test_the_places_come_in_order(tmp_path: Path) -> None:
    assert _data.folders() == [
        tmp_path / "chosen", tmp_path / "cache" / "d2lcompat", tmp_path / "debian",
    ]  # fmt: skip


def test_a_wrong_file_is_passed_over(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "chosen", content[:-1] + b"\7")  # as plain MNIST would be
    put(tmp_path / "debian", content)
    assert _data.read_idx(LABELS).tolist() == [9, 2, 1, 1, 6]


def test_found_nowhere_names_the_places_and_the_cure(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "chosen", content[:-1] + b"\7")
    put(tmp_path / "debian", gzip.compress(content)[:-9], f"{LABELS}.gz")
    with pytest.raises(FileNotFoundError) as caught:
        _data.read_idx(LABELS)
    message = str(caught.value)
    for part in (
        f"{tmp_path}/chosen/{LABELS}: its content is not Fashion-MNIST's",
        f"{tmp_path}/cache/d2lcompat/{LABELS}.gz: not there",
        f"{tmp_path}/debian/{LABELS}.gz: a broken gzip file",
        f"{NOWHERE}{LABELS}.gz: ",
        "D2LCOMPAT_DATA", "dataset-fashion-mnist",
    ):  # fmt: skip
        assert part in message


def test_a_download_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes,
    mirror: Callable[..., tuple[str, list[str]]],
) -> None:  # fmt: skip
    wrong, asked_wrong = mirror({f"{LABELS}.gz": gzip.compress(b"plain MNIST")})
    empty, asked_empty = mirror({})
    right, asked = mirror({f"{LABELS}.gz": gzip.compress(content)})
    monkeypatch.setattr(_data, "MIRRORS", (NOWHERE, wrong, empty, right))
    for _ in range(2):
        _data.read_idx.cache_clear()
        assert _data.read_idx(LABELS).tolist() == [9, 2, 1, 1, 6]
    assert [len(asked_wrong), len(asked_empty), len(asked)] == [1, 1, 1]
    cached = tmp_path / "cache" / "d2lcompat"
    assert [path.name for path in cached.iterdir()] == [f"{LABELS}.gz"]
    (cached / "other").touch()
    modes = {path.stat().st_mode for path in cached.iterdir()}
    assert len(modes) == 1, "who may read other new files may read this one"


def test_a_cache_that_cannot_be_written_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes,
    mirror: Callable[..., tuple[str, list[str]]], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (tmp_path / "cache").write_text("a file, not a folder")
    monkeypatch.setattr(_data, "MIRRORS", (mirror({f"{LABELS}.gz": gzip.compress(content)})[0],))
    assert _data.read_idx(LABELS).tolist() == [9, 2, 1, 1, 6]
    assert "could not be cached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("idx", "message"),
    [
        (b"", "does not begin as an IDX file"),
        (b"\0\0\x09\x01" + bytes(8), "does not begin as an IDX file"),
        (b"\0\0\x08\x03" + bytes(8), "ends within its header"),
        (b"\0\0\x08\x01\0\0\0\3" + bytes(2), r"should hold \(3,\) bytes but holds 2"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + bytes(2), "should hold"),
    ],
)
def test_a_broken_idx_file_is_an_error(idx: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"{LABELS}.*{message}|{message}"):
        _data.parse_idx(idx, LABELS)


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(200_000_000), 1)
    with pytest.raises(ValueError, match="SHA-256 differs"):
        _data.verified(LABELS, bomb)


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5"])
def test_a_limit_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", text)
    with pytest.raises(ValueError, match="D2LCOMPAT_MAX_EXAMPLES must be a whole number above 0"):
        _data.fashion_mnist()


@pytest.mark.parametrize(("text", "sizes"), [("7", (7, 7)), ("", (60_000, 10_000)),
                                             ("20000", (20_000, 10_000))])  # fmt: skip
def test_the_real_data(monkeypatch: pytest.MonkeyPatch, text: str, sizes: tuple[int, int]) -> None:
    monkeypatch.undo()  # all sources are back
    monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", text)
    train, test = _data.fashion_mnist()
    assert (train.images.shape, test.images.shape) == ((sizes[0], 28, 28), (sizes[1], 28, 28))
    assert (train.images.dtype, train.labels.dtype) == (np.uint8, np.int64)
    assert train.labels[:7].tolist() == [9, 0, 0, 3, 0, 2, 7]
    assert test.labels[:7].tolist() == [9, 2, 1, 1, 6, 1, 4]
    assert not train.images.flags.writeable
