"""Files that chapters download: from a server in this process."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from d2lcompat.data import download as module
from d2lcompat.public import DATA_HUB, download, download_all, download_extract, extract

CONTENT = b"Id,SalePrice\n1,208500\n"
SHA1 = hashlib.sha1(CONTENT).hexdigest()


def packed() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("houses/train.csv", CONTENT)
    return file.getvalue()


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def server(asked: list[str]) -> Iterator[str]:
    files = {"/train.csv": CONTENT, "/houses.zip": packed()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path in files else 404)
            self.end_headers()
            self.wfile.write(files.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


def test_a_file_is_fetched_once(server: str, asked: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        path = download(server + "train.csv", str(tmp_path / "data"), SHA1)
        assert Path(path).read_bytes() == CONTENT
    assert asked == ["/train.csv"]


def test_what_is_not_the_file_is_fetched_anew(
    server: str, asked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "train.csv").write_text("<html>")
    download(server + "train.csv", str(tmp_path), SHA1)
    assert (tmp_path / "train.csv").read_bytes() == CONTENT


def test_another_content_is_refused_and_nothing_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"train\.csv is not the file that it should be"):
        download(server + "train.csv", str(tmp_path), "0" * 40)
    assert list(tmp_path.iterdir()) == []


def test_no_network_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot be had .*put the file into .* as a\.csv") as caught:
        download("http://127.0.0.1:9/a.csv", str(tmp_path))
    assert "\n" not in str(caught.value)


def test_an_answer_that_is_none(server: str, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="404"):
        download(server + "gone.csv", str(tmp_path))


def test_names(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    hub = {"houses": (server + "houses.zip", hashlib.sha1(packed()).hexdigest())}
    monkeypatch.setattr(module, "DATA_HUB", hub)
    assert download_extract("houses") == str(Path("..", "data", "houses"))
    assert (tmp_path / "data" / "houses" / "train.csv").read_bytes() == CONTENT
    download_all()
    assert asked == ["/houses.zip"]
    with pytest.raises(ValueError, match="DATA_HUB has no 'flats'; it has houses"):
        download("flats")


def test_houses_are_known() -> None:
    assert {"kaggle_house_train", "kaggle_house_test"} <= DATA_HUB.keys()


def test_a_tar_does_not_leave_its_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        entry = tarfile.TarInfo("../evil.txt")
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    with pytest.raises(tarfile.OutsideDestinationError):
        extract(str(tmp_path / "evil.tar"), str(tmp_path / "here"))
    assert not (tmp_path / "evil.txt").exists()


def test_what_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("none")
    with pytest.raises(ValueError, match=r"a\.txt is neither a zip nor a tar file"):
        extract(str(tmp_path / "a.txt"))
