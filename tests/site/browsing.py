"""Read the built book as people do: in Chromium, from a server or from a folder."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request


class Reader:
    """Open pages of the book in the browser, and note what goes wrong there."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.context = context
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")

    def open(self, page: str, query: str = "", edition: str = "") -> Page:
        """Open a page by its name, `nin/index`, in an edition such as `ja/`, and return it."""
        self.page.goto(f"{self.address}/{edition}chapters/{page}.html{query}")
        return self.page
