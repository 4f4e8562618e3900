"""What the server of the site answers to one request: by `http.server`, without its connections."""

from __future__ import annotations

from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

NOT_FOUND = "404.html"
# Not left to the tables of the machine, which may lack some or call a script plain text.
TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json", ".ipynb": "application/json", ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".woff2": "font/woff2", ".pdf": "application/pdf",
    ".zip": "application/zip", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8",
}  # fmt: skip


class Answer(SimpleHTTPRequestHandler):
    """Hold the answer to one request: its head, and the open file or nothing.

    Answers as the hosts of public copies do: no listings of folders, and the site's own page for a
    page that is missing. `prefix` is where the public copy is, which that page alone names.
    """

    protocol_version = "HTTP/1.1"  # a browser asks again on the same connection
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **TYPES}  # noqa: RUF012

    def __init__(self, request: bytes, folder: Path, prefix: str = "/") -> None:
        self.prefix = prefix
        self.file: BinaryIO | None = None
        self.written = BytesIO()
        super().__init__(request, ("", 0), None, directory=str(folder))  # type: ignore[arg-type]

    def setup(self) -> None:
        """Read from the request, and write to memory."""
        self.rfile, self.wfile = BytesIO(self.request), self.written

    def handle(self) -> None:
        """Answer the one request."""
        self.close_connection = True
        self.handle_one_request()
        self.head = self.written.getvalue()

    def finish(self) -> None:
        """Leave the connection to others."""

    def do_GET(self) -> None:
        """Keep the file, which may be large, for the connection to send."""
        self.file = self.send_head()

    def translate_path(self, path: str) -> str:
        """Return the file for an address; also for the public one."""
        if self.prefix != "/" and path.startswith(self.prefix):
            path = path[len(self.prefix) - 1 :]
        found = super().translate_path(path)
        return "" if "\0" in found else found  # which no file can have in its name

    def end_headers(self) -> None:
        """Let browsers ask each time whether a file has changed: it may have been built anew."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        """Say that there is no such page."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an error; a missing page with the site's page for it."""
        page = Path(self.directory, NOT_FOUND)
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", TYPES[".html"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
