"""Read the built book as people do: in Chromium, from a server or from a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
)

HEADING = "article h1, .reveal h1, .bd-search-container h1"
SIZE = {"width": 1280, "height": 720}
# Of the same origin as all pages, so that what they have stored can be forgotten there: a page that
# the server adds to the site, and asks for no icon; in a folder, a picture.
BLANK = {"http": "/blank", "file": "/_static/file.png"}
NOTHING = b'<!doctype html><link rel="icon" href="data:,">'
# Noted before any script of a page, and told over the console, which a reader of ours listens to.
LISTEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serve a folder, and keep connections open as servers of the web do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer for the page that is not in the folder, too."""
        if self.path != BLANK["http"]:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(NOTHING)))
        self.end_headers()
        self.wfile.write(NOTHING)
        return None

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Say nothing of browsers that have left."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, and return where."""
    with Server(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Reader:
    """Open pages of the book in the browser, and note what goes wrong there.

    The first page of the context is taken, if there is one: another would be another process,
    which takes longer to start than to show a page.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = context
        self.page = context.pages[0] if context.pages else context.new_page()
        self.heard = {
            "console": self._console,
            "dialog": self._dialog,
            "pageerror": lambda error: self.complaints.append(str(error)),
            "request": self._request,
        }
        for event, listener in self.heard.items():
            self.page.on(event, listener)  # type: ignore[call-overload]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")

    def open(self, page: str, query: str = "", edition: str = "") -> Page:
        """Open a page by its name, `nin/index`, in an edition such as `ja/`, and return it."""
        self.page.goto(f"{self.address}/{edition}chapters/{page}.html{query}")
        return self.page

    def leave(self) -> None:
        """Let the next reader find the browser as this one did: nothing stored, nothing set."""
        page, *others = self.context.pages or [self.context.new_page()]
        for other in others:
            other.close()
        page.unroute_all()
        page.goto(self.address + BLANK[self.address.partition(":")[0]])
        page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.context.clear_cookies()
        page.set_viewport_size(SIZE)  # type: ignore[arg-type]
        page.emulate_media(media="null", color_scheme="null", reduced_motion="null")
        page.mouse.move(0, 0)
        if page is self.page:
            for event, listener in self.heard.items():
                page.remove_listener(event, listener)


class Seats:
    """Keep a context of the browser for each address, where one reader after another sits down."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.found: dict[str, BrowserContext] = {}

    @contextmanager
    def take(self, address: str, **options: Any) -> Iterator[Reader]:
        """Let somebody read, who finds nothing of others; see that nothing went wrong."""
        name = f"{address} {options}"
        if name not in self.found:
            self.found[name] = self.browser.new_context(viewport=SIZE, **options)
            self.found[name].add_init_script(LISTEN)
        reader = Reader(self.found[name], address)
        try:
            yield reader
        finally:
            reader.leave()
        assert reader.complaints == []


def refused(page: Page) -> list[str]:
    """Return what the policy of a page has refused."""
    found = page.evaluate("window.refused")
    assert isinstance(found, list)
    return found


def works(page: Page) -> None:
    """See that a page is shown with its styles, and that nothing was refused, on paper neither."""
    expect(page.locator(HEADING).first).to_be_visible()
    assert page.evaluate("document.styleSheets.length") > 0
    page.emulate_media(media="print")
    assert refused(page) == []
