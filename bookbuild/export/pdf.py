"""The built site as one PDF per framework: contents, page numbers, no other framework's code.

Chromium cannot know the page of a heading before it has printed, so each book is printed twice: the
first time tells where the headings are, the second has their pages in the contents.
"""

import os
import posixpath
import shutil
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement, tostring
from playwright.sync_api import Browser, PdfMargins, Playwright, sync_playwright
from pypdf import PdfReader

from bookbuild.config import Book, BookError
from bookbuild.export import products
from bookbuild.export.articles import Site
from bookbuild.site.links import pdf

THEME = Path(__file__).parents[1] / "theme"
CODE = "_static/pygments.css"
# Whatever the browser is called, and wherever macOS keeps it.
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)  # fmt: skip
FOOTER = (
    '<div style="width:100%;text-align:center;font:8pt sans-serif;color:#555">'
    '<span class="pageNumber"></span></div>'
)
MARGINS: PdfMargins = {"top": "18mm", "bottom": "18mm", "left": "20mm", "right": "20mm"}


def launch(playwright: Playwright) -> Browser:
    """Start a browser: that of the variable CHROME, or one that is known; `BookError` if none."""
    named = [os.environ["CHROME"]] if os.environ.get("CHROME") else BROWSERS
    program = next(filter(None, map(shutil.which, named)), None)
    if program is None:
        raise BookError(
            f"needs the browser Chromium or Chrome, looked for as {', '.join(named)}: run `make "
            "browser`, or name it in the environment variable CHROME"
        )
    # Chromium's sandbox needs rights that containers lack; only pages of ours are opened.
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


def printed(site: Site, address: str, key: str) -> HtmlElement:
    """Return the text of a page as a part of one document, in which its links lead."""
    found = site.article(address, key)
    for image in found.iter("img"):
        image.set("src", urljoin((site.folder / unquote(address)).as_uri(), image.get("src", "")))
    # A section begins above its heading, which may be moved to the next page of paper.
    for section in found.xpath(".//section[@id]"):
        for heading in section.xpath("(h1 | h2 | h3 | h4)[1]"):
            heading.set("id", section.attrib.pop("id"))
    for tag in found.xpath(".//*[@id]"):
        tag.set("id", place(address, tag.get("id")))
    for link in found.xpath(".//a[@href]"):
        url = urlsplit(link.get("href"))
        path = posixpath.join(posixpath.dirname(address), url.path)
        target = posixpath.normpath(path) if url.path else address
        if not url.scheme and target.endswith(".html"):
            link.set("href", "#" + place(target, url.fragment))
    found.tag = "section"
    found.set("id", place(address, ""))
    return found


def place(address: str, fragment: str) -> str:
    """Return the name that a place of a page has in the one document."""
    page = address.removesuffix(".html").replace("/", "-")
    return f"{page}--{fragment}" if fragment else page


def document(site: Site, key: str, pages: Mapping[str, int]) -> str:
    """Return the whole book for one framework in HTML; `pages` holds the pages of its headings."""
    addresses = site.contents()
    articles = [printed(site, address, key) for address in addresses]
    headings = [heading for article in articles for heading in article.iter("h1", "h2")]
    # Of an edition, the files that it shares are in the folder above.
    own, above = site.folder / CODE, site.folder.parent / CODE
    styles = (own if own.is_file() else above, THEME / "static/print.css")
    return (THEME / "print.html").read_text(encoding="utf-8").format(
        language=site.language(addresses[0]),
        name=escape(headings[0].text_content() if headings else site.book.title),
        edition=escape(site.book.frameworks[key].label),
        styles="".join(path.read_text(encoding="utf-8") for path in styles),
        contents="".join(_line(heading, pages) for heading in headings),
        articles="".join(tostring(article, encoding="unicode") for article in articles),
    )  # fmt: skip


def _line(heading: HtmlElement, pages: Mapping[str, int]) -> str:
    """Return a line of the contents."""
    target, words = heading.get("id", ""), escape(heading.text_content().strip())
    spans = f"<span>{words}</span><span>{pages.get(target, '000')}</span>"
    return f'<a class="contents-{heading.tag}" href="#{escape(target)}">{spans}</a>'


def print_book(site: Site, key: str, path: Path, browser: Browser) -> None:
    """Write the PDF of one framework: once to learn the pages of its headings, once with them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source, pages = path.with_suffix(".html"), dict[str, int]()
    try:
        for _ in range(2):
            source.write_text(document(site, key, pages), encoding="utf-8")
            page = browser.new_page()
            page.goto(source.as_uri())
            page.pdf(
                path=path, format="A4", margin=MARGINS, print_background=True, outline=True,
                tagged=True, display_header_footer=True, header_template="<span></span>",
                footer_template=FOOTER,
            )  # fmt: skip
            page.close()
            reader = PdfReader(path)
            pages = {
                name.lstrip("/"): number + 1
                for name, target in reader.named_destinations.items()
                if (number := reader.get_destination_page_number(target)) is not None
            }
    finally:
        source.unlink(missing_ok=True)


def print_books(
    book: Book, folder: Path, keys: Sequence[str], languages: Sequence[str]
) -> Iterator[Path]:
    """Print the PDFs of each edition into a built site, link to them, and yield their paths.

    Raises `BookError` if there is no site, or no browser.
    """
    folders = [(folder / book.languages[language].folder).resolve() for language in languages]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for site, key in product([Site(folder, book) for folder in folders], keys):
            path = site.folder / pdf(book, key)
            print_book(site, key, path, browser)
            yield path
        browser.close()
    products.finish(folder, book)
