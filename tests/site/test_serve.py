"""`make serve`: 200 readers at once, what is answered, and how it starts and ends."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from toybook import ROOT, Book

from benchmarks.load import PAGES, needs, read, served
from benchmarks.reader import Report
from bookbuild.__main__ import main
from bookbuild.answer import NOT_FOUND

READERS = 200
FILES = {
    "index.html": ("text/html; charset=utf-8", b"<img src='a.png'><script src='a.js'></script>"),
    NOT_FOUND: ("text/html; charset=utf-8", b"No such page."),
    "a.css": ("text/css; charset=utf-8", b"p {}"),
    "a.js": ("text/javascript; charset=utf-8", b"1;" * 200_000),
    "a.mjs": ("text/javascript; charset=utf-8", b"2;"),
    "a.wasm": ("application/wasm", b"\0asm"),
    "a.webmanifest": ("application/manifest+json", b"{}"),
    "a.svg": ("image/svg+xml", b"<svg/>"),
    "a.png": ("image/png", b"\x89PNG" + bytes(3000)),
    "a.ipynb": ("application/json", b"{}"),
    "a.zip": ("application/zip", b"PK"),
    "of a reader/ü.txt": ("text/plain; charset=utf-8", b"text"),
}


def meet(*args: Any, **settings: Any) -> Report:
    """Let readers come, in a thread: Playwright leaves an event loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(read(*args, **settings))).result()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site of a few files."""
    folder = tmp_path_factory.mktemp("site")
    for name, (_, body) in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(body)
    (folder / "empty").mkdir()
    (folder.parent / "secret.txt").write_text("secret")
    return folder


@pytest.fixture(scope="module")
def there(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.fixture
def line(there: str) -> Iterator[http.client.HTTPConnection]:
    """Return one connection: a test that asks twice sees that it stays open."""
    connection = http.client.HTTPConnection(str(urlsplit(there).netloc), timeout=30)
    connection.connect()
    connection.auto_open = 0
    yield connection
    connection.close()


def ask(
    line: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    line.request(method, path, headers={name.replace("_", "-"): x for name, x in headers.items()})
    answer = line.getresponse()
    return answer.status, answer.headers, answer.read()


class TestReaders:
    def test_200_at_once_get_every_byte_of_the_book(self, real: Book, address: str) -> None:
        site = real.output / "_build/html"
        assert len(needs(site, PAGES[0])) > 30  # its figures too
        report = meet(address, site, READERS, seconds=150)
        assert dict(report.errors) == {}
        files = [path for page in PAGES for path in (page, *needs(site, page))]
        assert report.statuses == {
            200: READERS * len(set(files)),
            304: READERS * (len(files) - len(set(files))),
        }

    def test_a_wrong_and_a_missing_file_are_told(self, there: str, tmp_path: Path) -> None:
        page = b"<img src='a.png'><img src='b.png'><script src='a.js'></script>"
        bodies = {"index.html": page, "a.png": b"other", "b.png": b"", "a.js": FILES["a.js"][1]}
        for name, body in bodies.items():
            (tmp_path / name).write_bytes(body)
        report = meet(there, tmp_path, 3, pages=("/index.html",))
        told = ("not its file: /index.html", "not its file: /a.png", "404: /b.png")
        assert report.errors == dict.fromkeys(told, 3)

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (b"", "IncompleteReadError"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "IncompleteReadError"),
            (b"HTTP/1.1 200 OK\r\n\r\nother", "not its file"),
            (b"220 mail.example ESMTP\r\n\r\n", "ValueError"),
        ],
    )
    def test_a_server_that_does_not_hold_is_told(
        self, site: Path, answer: bytes, told: str
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def fail() -> None:
                for _ in range(3):
                    client, _ = listening.accept()
                    with client:
                        client.recv(4096)
                        client.sendall(answer)

            thread = threading.Thread(target=fail, daemon=True)
            thread.start()
            port = listening.getsockname()[1]
            pages = ("/a.css",)
            report = meet(f"http://127.0.0.1:{port}", site, 3, pages=pages)
            thread.join()
        assert sum(report.errors.values()) == 3
        assert all(error.startswith(told) for error in report.errors)

    def test_readers_who_wait_for_ever_are_sent_home(self, site: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}"
            report = meet(address, site, 4, seconds=0.5, pages=("/a.css",))
        assert report.errors == {"not done within 0.5 s": 4}

    def test_other_machines_and_floods_are_refused(self, site: Path) -> None:
        with pytest.raises(ValueError, match="only a server on this machine"):
            meet("http://192.0.2.1:80", site)
        with pytest.raises(ValueError, match="more than 50,000 requests"):
            meet("http://127.0.0.1:1", site, 100_000, pages=("/a.css",))


class TestAnswers:
    @pytest.mark.parametrize("name", FILES)
    def test_a_file_has_its_type_and_its_bytes(
        self, line: http.client.HTTPConnection, name: str
    ) -> None:
        kind, body = FILES[name]
        path = "/" + name.replace(" ", "%20").replace("ü", "%C3%BC")
        status, headers, found = ask(line, path)
        assert (status, headers["Content-Type"], found) == (200, kind, body)
        assert headers["Cache-Control"] == "no-cache"
        assert ask(line, path, "HEAD")[1]["Content-Length"] == str(len(body))
        since = headers["Last-Modified"]
        assert ask(line, path, If_Modified_Since=since)[::2] == (304, b"")
        assert ask(line, "/?q=1")[2] == FILES["index.html"][1]

    @pytest.mark.parametrize(
        "path",
        ["/lost.html", "/empty/", "/a.css/", "/a%00.css", "/../secret.txt", "/%2e%2e/secret.txt"],
    )
    def test_what_is_missing_is_the_sites_own_page(
        self, line: http.client.HTTPConnection, path: str
    ) -> None:
        status, headers, body = ask(line, path)
        assert (status, headers["Content-Type"], body) == (404, *FILES[NOT_FOUND])
        assert ask(line, path, "HEAD")[::2] == (404, b"")
        assert ask(line, "/a.css")[0] == 200

    def test_the_addresses_that_this_page_names_lead_there(self, real: Book, address: str) -> None:
        netloc = str(urlsplit(address).netloc)
        page = real.html("404")
        links = [str(tag["href"]) for tag in page.select("link[rel=stylesheet], article a")]
        assert len(links) > 2
        line = http.client.HTTPConnection(netloc)
        assert [ask(line, link)[0] for link in links] == [200] * len(links)
        line.close()

    def test_without_such_a_page_it_is_said_plainly(self, site: Path, tmp_path: Path) -> None:
        (tmp_path / "index.html").touch()
        with served(tmp_path) as address:
            line = http.client.HTTPConnection(str(urlsplit(address).netloc))
            status, _, body = ask(line, "/lost.html")
            line.close()
        assert status == 404
        assert b"File not found" in body

    @pytest.mark.parametrize(
        ("request_", "answer"),
        [
            (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 501"),
            (b"GET / HTTP/1.1 \x00 more\r\n\r\n", b"Error code: 400"),
            (b"\x16\x03\x01 this is TLS\r\n\r\n", b"Error code: 400"),
            (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b""),
            (b"GET / HTTP/1.1\r\n", b""),
            (b"", b""),
        ],
    )
    def test_nonsense_ends_its_own_connection_alone(
        self, there: str, line: http.client.HTTPConnection, request_: bytes, answer: bytes
    ) -> None:
        url = urlsplit(there)
        with socket.create_connection((str(url.hostname), url.port or 0), timeout=30) as client:
            client.sendall(request_)
            client.shutdown(socket.SHUT_WR)
            found = b""
            try:
                while part := client.recv(65536):
                    found += part
            except ConnectionError:
                pass  # it left with some of this unread
        assert answer in found
        assert answer or not found
        assert ask(line, "/a.css")[0] == 200

    def test_only_this_machine_is_served(self, there: str) -> None:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", urlsplit(there).port or 0), timeout=10)


class TestCommand:
    def test_it_ends_quietly_although_readers_stay_or_have_gone(self, site: Path) -> None:
        command = [sys.executable, "-m", "bookbuild", "serve", "--site", str(site), "--port", "0"]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        # In the background of a script Ctrl-C is ignored, and so by whatever it starts.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        with subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True
        ) as process:
            try:
                signal.signal(signal.SIGINT, before)
                assert process.stdout is not None
                url = urlsplit(process.stdout.readline().split()[2])
                place = (str(url.hostname), url.port or 0)
                with socket.create_connection(place) as stays, socket.create_connection(place):
                    for _ in range(2):
                        stays.sendall(b"GET /a.css HTTP/1.1\r\n\r\n")
                        assert stays.recv(4096).startswith(b"HTTP/1.1 200")
                        with socket.create_connection(place) as leaves:
                            leaves.sendall(b"GET /a.js HTTP/1.1\r\n\r\n")
                    process.send_signal(signal.SIGINT)
                    out, err = process.communicate(timeout=60)
            finally:
                process.kill()
        assert (process.returncode, out.strip(), err) == (0, "", "")

    @pytest.fixture(autouse=True)
    def here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(ROOT)

    def test_a_port_that_is_taken_is_one_line(
        self, site: Path, there: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        port = str(urlsplit(there).port)
        assert main(["serve", "--site", str(site), "--port", port]) == 1
        assert capsys.readouterr() == (
            "",
            f"port {port} on 127.0.0.1: another program uses it; choose another, "
            "as in `make serve PORT=8001`\n",
        )

    def test_a_site_that_is_not_built_is_one_line(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["serve", "--site", str(tmp_path)]) == 1
        told = f"{tmp_path}: no built site there: run `make book`\n"
        assert capsys.readouterr() == ("", told)

    @pytest.mark.parametrize("port", ["-1", "65536", "http"])
    def test_a_port_that_is_none_is_refused(
        self, port: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            main(["serve", "--port", port])
        assert "--port" in capsys.readouterr().err
