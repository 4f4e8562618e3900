"""Mirrors that misbehave and caches that cannot be written, each for real: nothing is believed."""

from __future__ import annotations

import gzip
import hashlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from d2lcompat.data import fashion_mnist as _data

LABELS = "t10k-labels-idx1-ubyte"
IDX = b"\0\0\x08\x01" + (5).to_bytes(4, "big") + bytes([9, 2, 1, 1, 6])
GOOD = gzip.compress(IDX)
OK = b"HTTP/1.1 200 OK\r\n"

Answer = Callable[[socket.socket], None]
Serve = Callable[[Answer], str]


def head(length: int | None = None, line: bytes = OK) -> bytes:
    size = b"" if length is None else f"Content-Length: {length}\r\n".encode()
    return line + size + b"Connection: close\r\n\r\n"


def says(answer: bytes) -> Answer:
    return lambda client: client.sendall(answer)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Take every source away, and let the small file pass for the real one."""
    monkeypatch.setitem(_data.SHA256, LABELS, hashlib.sha256(IDX).hexdigest())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("D2LCOMPAT_DATA", raising=False)
    monkeypatch.setattr(_data, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(_data, "TIMEOUT", 1)
    monkeypatch.setattr(_data, "DEADLINE", 2)
    _data.read_idx.cache_clear()
    yield
    _data.read_idx.cache_clear()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that answers every request at a local address in one way."""
    sockets = []

    def start(answer: Answer) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        sockets.append(listener)

        def run() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(4096)
                    with suppress(OSError):  # the reader may have gone
                        answer(client)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for listener in sockets:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def drip(client: socket.socket) -> None:
    client.sendall(head(1000))
    for _ in range(100):
        client.sendall(b"x")
        time.sleep(0.2)


def silent(client: socket.socket) -> None:
    time.sleep(3)


FAULTS: dict[str, tuple[Answer, str]] = {
    "closes at once": (lambda client: client.close(), ""),
    "is silent": (silent, "timed out"),
    "drips": (drip, "too slow"),
    "is no server of pages": (says(b"220 mail.example ESMTP\r\n"), "broke off"),
    "404": (says(head(0, b"HTTP/1.1 404 Not Found\r\n")), "answered 404 Not Found"),
    "500": (says(head(0, b"HTTP/1.1 500 Broken\r\n")), "answered 500 Broken"),
    "cuts off": (says(head(len(GOOD)) + GOOD[:-7]), ""),
    "cuts off within a chunk": (
        says(OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\n" + GOOD[:9]),
        "",
    ),
    "sends an empty file": (says(head(0)), "SHA-256 differs"),
    "sends plain MNIST": (says(head() + gzip.compress(b"\0\0\x08\x01" + bytes(9))), "SHA-256"),
    "sends a page of the web": (says(head() + b"<html>Log in first</html>"), "SHA-256 differs"),
    "sends corrupt gzip": (says(head() + GOOD[:12] + b"\xff" * 8 + GOOD[20:]), "broken gzip"),
    "sends a gzip bomb": (says(head() + gzip.compress(bytes(300_000_000), 9)), "SHA-256 differs"),
    "redirects in a circle": (
        says(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
        "answered 302",
    ),
    "redirects to a local file": (
        says(b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"),
        "answered 302",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_mirror_that_misbehaves_is_named_and_the_next_one_asked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    answer, told = FAULTS[fault]
    bad, good = serve(answer), serve(says(head(len(GOOD)) + GOOD))
    monkeypatch.setattr(_data, "MIRRORS", (bad,))
    with pytest.raises(FileNotFoundError) as caught:
        _data.read_idx(LABELS)
    [line] = [row for row in str(caught.value).splitlines() if bad in row]
    assert told in line
    assert "D2LCOMPAT_DATA" in str(caught.value)
    assert not list((tmp_path / "cache").rglob("*"))
    monkeypatch.setattr(_data, "MIRRORS", (bad, good))
    assert _data.read_idx(LABELS).tolist() == [9, 2, 1, 1, 6]
    assert [path.name for path in (tmp_path / "cache/d2lcompat").iterdir()] == [f"{LABELS}.gz"]


def test_a_redirect_that_leads_there_is_followed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = serve(says(head(len(GOOD)) + GOOD)).encode()
    line = b"HTTP/1.1 302 Found\r\nLocation: " + there + b"\r\n"
    monkeypatch.setattr(_data, "MIRRORS", (serve(says(head(0, line))),))
    assert _data.read_idx(LABELS).tolist() == [9, 2, 1, 1, 6]


def test_a_file_larger_than_any_of_them_is_not_read_whole(tmp_path: Path) -> None:
    place = tmp_path / "debian" / LABELS
    place.parent.mkdir()
    with place.open("wb") as file:
        file.truncate(20_000_000_000)  # sparse: it takes no room on the disk
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileNotFoundError, match="SHA-256 differs"):
        _data.read_idx(LABELS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


# A process of its own, as its limits hold for all of it; the arguments are mirror and digest.
READ = f"""
import sys
from d2lcompat.data import fashion_mnist as _data
from pathlib import Path
_data.MIRRORS, _data.SHA256["{LABELS}"] = (sys.argv[1],), sys.argv[2]
_data.DEBIAN = Path("/nowhere")
print("asking", flush=True)
print(_data.read_idx("{LABELS}").tolist())
"""


def reader(mirror: str, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", before + READ, mirror, _data.SHA256[LABELS]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_a_full_disk_costs_a_download_and_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    """The limit on the size of a file fails a write in its middle, as a full disk does."""
    limit = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
    )
    process = reader(serve(says(head(len(GOOD)) + GOOD)), limit)
    out, err = process.communicate(timeout=60)
    assert "[9, 2, 1, 1, 6]" in out
    assert "could not be cached" in err and "Traceback" not in err
    assert list((tmp_path / "cache/d2lcompat").iterdir()) == []


def test_a_read_only_cache_costs_a_download_each_time(serve: Serve, tmp_path: Path) -> None:
    """Root may write anywhere: it becomes nobody, who may not."""
    cache = tmp_path / "cache/d2lcompat"
    cache.mkdir(parents=True)
    for folder in (cache, *list(cache.parents)[:4]):
        if folder.stat().st_uid == os.getuid():
            folder.chmod(0o555 if folder == cache else 0o755)
    nobody = (
        "import encodings.idna, os\n"  # what it needs must be read before
        "from d2lcompat.data import fashion_mnist as _data\n"
        "if os.getuid() == 0:\n    os.setgid(65534)\n    os.setuid(65534)\n"
    )
    mirror = serve(says(head(len(GOOD)) + GOOD))
    try:
        for _ in range(2):
            out, err = reader(mirror, nobody).communicate(timeout=60)
            assert "[9, 2, 1, 1, 6]" in out
            assert "could not be cached" in err and "Permission denied" in err
            assert "Traceback" not in err
    finally:
        cache.chmod(0o755)
    assert list(cache.iterdir()) == []


def test_two_processes_that_fetch_at_once_agree(serve: Serve, tmp_path: Path) -> None:
    def slowly(client: socket.socket) -> None:
        client.sendall(head(len(GOOD)) + GOOD[:9])
        time.sleep(0.3)
        client.sendall(GOOD[9:])

    mirror = serve(slowly)
    for process in [reader(mirror) for _ in range(3)]:
        assert "[9, 2, 1, 1, 6]" in process.communicate(timeout=60)[0]
    assert [path.name for path in (tmp_path / "cache/d2lcompat").iterdir()] == [f"{LABELS}.gz"]


def test_a_process_killed_in_the_middle_leaves_no_file_of_that_name(
    serve: Serve, tmp_path: Path
) -> None:
    asked = threading.Event()

    def never(client: socket.socket) -> None:
        client.sendall(head(len(GOOD)) + GOOD[:9])
        asked.set()
        time.sleep(5)

    process = reader(serve(never))
    assert asked.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (tmp_path / f"cache/d2lcompat/{LABELS}.gz").exists()
    again = reader(serve(says(head(len(GOOD)) + GOOD)))
    assert "[9, 2, 1, 1, 6]" in again.communicate(timeout=60)[0]
