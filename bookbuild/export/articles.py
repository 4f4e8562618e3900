"""The text of a built page as a reader of one framework sees it, for paper and for slides."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from copy import copy
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from bookbuild.config import BookError

# What is there to be clicked, or to be tried.
DROPPED = (
    ".headerlink, .book-links-row, .book-product, .book-widget, script, .sd-summary-state-marker,"
    ".d-print-none"
)


class Site:
    """The pages of a built site, each read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read: dict[str, BeautifulSoup] = {}

    def page(self, address: str) -> BeautifulSoup:
        """Return a page by its address within the site; raises `BookError` if it is not built."""
        if address not in self.read:
            path = self.folder / address
            if not path.is_file():
                raise BookError(f"{path} does not exist: build the site first, with `make book`")
            self.read[address] = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        return self.read[address]

    def language(self, address: str) -> str:
        """Return the language of a page."""
        html = self.page(address).html
        return str(html["lang"]) if html else "en"

    def contents(self, start: str = "chapters/index.html") -> Iterator[str]:
        """Yield the addresses of all pages, in the order of the contents."""
        for link in self.page(start).select("nav.bd-links a.reference.internal"):
            href = str(link["href"])
            yield start if href == "#" else resolve(start, href)

    def article(self, address: str, key: str) -> Tag:
        """Return the text of a page in one framework, with nothing to click; the caller's own."""
        found = self.page(address).select_one("article")
        if found is None:
            raise BookError(f"{self.folder / address} holds no article")
        found = copy(found)
        for tabs in found.select(".sd-tab-set"):
            labels = tabs.find_all("label", recursive=False)
            own = [label for label in labels if label.get("data-sync-id") == key]
            content = own[0].find_next_sibling("div", class_="sd-tab-content") if own else None
            if content is not None:
                tabs.replace_with(*list(content.children))
        for tag in found.select(DROPPED):
            tag.decompose()
        for details in found.select("details"):
            details["open"] = ""
        for image in found.select("img[loading]"):
            del image["loading"]
        return found


def resolve(address: str, link: str) -> str:
    """Return where a link of a page leads, within the site.

    >>> resolve("chapters/nin/index.html", "../index.html")
    'chapters/index.html'
    """
    return posixpath.normpath(posixpath.join(posixpath.dirname(address), link))
