"""The text of a built page as a reader of one framework sees it, for paper and for slides."""

from copy import deepcopy
from pathlib import Path
from urllib.parse import quote, unquote

from lxml.html import HtmlElement, HTMLParser, parse

from bookbuild.config import Book, BookError

# What is there to be clicked, or to be tried.
CLASSES = (
    "headerlink", "book-links-row", "book-product", "book-widget", "sd-summary-state-marker",
    "d-print-none",
)  # fmt: skip
DROPPED = " | ".join(f".//*[contains(concat(' ', @class, ' '), ' {name} ')]" for name in CLASSES)


class Site:
    """The pages of a built edition, each read once."""

    def __init__(self, folder: Path, book: Book) -> None:
        self.folder, self.book = folder, book
        self.read: dict[str, HtmlElement] = {}

    def page(self, address: str) -> HtmlElement:
        """Return a page by its address within the site; raises `BookError` if it is not built."""
        if address not in self.read:
            path = self.folder / unquote(address)
            if not path.is_file():
                raise BookError(f"{path} does not exist: build the site first, with `make book`")
            self.read[address] = parse(str(path), HTMLParser(encoding="utf-8")).getroot()
        return self.read[address]

    def language(self, address: str) -> str:
        """Return the language of a page."""
        return str(self.page(address).get("lang", "en"))

    def contents(self) -> list[str]:
        """Return the addresses of all pages, in the order of the contents."""
        return [f"{quote(name)}.html" for name in self.book.documents()]

    def article(self, address: str, key: str) -> HtmlElement:
        """Return the text of a page in one framework, with nothing to click; the caller's own."""
        found = deepcopy(self.page(address).find(".//article"))
        found.tail = None
        for tabs in found.find_class("sd-tab-set"):
            own = tabs.xpath("label[@data-sync-id=$key]/following-sibling::div[1]", key=key)
            for child in own[0] if own else ():
                tabs.addprevious(child)
            if own:
                tabs.drop_tree()
        for tag in found.xpath(f"{DROPPED} | .//script"):
            tag.drop_tree()
        for tag in found.iter("details"):
            tag.set("open", "")
        for tag in found.iter("img"):
            tag.attrib.pop("loading", None)
        return found
