"""The built site as one PDF per framework: contents, page numbers, no other framework's code.

Chromium prints. It cannot know the page of a heading before it has printed, so each book is printed
twice: the first time tells where the headings are, the second has their pages in the contents.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from html import escape
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from lxml.html import HtmlElement, tostring
from lxml.html.builder import CLASS, E
from playwright.sync_api import Browser, PdfMargins, Playwright, sync_playwright
from pypdf import PdfReader

from bookbuild.config import Book, BookError
from bookbuild.export import products
from bookbuild.export.articles import Site, resolve
from bookbuild.site.links import pdf

STYLE = Path(__file__).parents[1] / "theme" / "static" / "print.css"
STYLES = ("_static/pygments.css",)
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
    """Return the text of a page as a part of one document.

    Addresses of other pages become places in the document, files those of the site.
    """
    found = site.article(address, key)
    for image in found.iter("img"):
        image.set("src", urljoin((site.folder / unquote(address)).as_uri(), image.get("src", "")))
    # A section begins above its heading, which may be moved to the next page of paper.
    for section in found.xpath(".//section[@id]"):
        heading = next((child for child in section if child.tag in ("h1", "h2", "h3", "h4")), None)
        if heading is not None:
            heading.set("id", section.attrib.pop("id"))
    for tag in found.xpath(".//*[@id]"):
        tag.set("id", place(address, tag.get("id")))
    for link in found.xpath(".//a[@href]"):
        url = urlsplit(link.get("href"))
        target = resolve(address, url.path) if url.path else address
        if not url.scheme and target.endswith(".html"):
            link.set("href", "#" + place(target, url.fragment))
    found.tag = "section"
    found.set("id", place(address, ""))
    return found


def place(address: str, fragment: str) -> str:
    """Return the name that a place of a page has in the one document."""
    page = address.removesuffix(".html").replace("/", "-")
    return f"{page}--{fragment}" if fragment else page


def document(site: Site, key: str, pages: dict[str, int]) -> str:
    """Return the whole book for one framework in HTML; `pages` holds the pages of its headings."""
    addresses = site.contents()
    articles = [printed(site, address, key) for address in addresses]
    name, edition = site.book.title, site.book.frameworks[key].label
    if (title := articles[0].find(".//h1")) is not None:
        name = title.text_content()
    main = E.main(
        E.header(
            E.p(name, CLASS("cover-title")), E.p(edition, CLASS("cover-framework")), CLASS("cover")
        ),
        _contents(articles, pages),
        *articles,
    )
    places = [(site.folder / path, site.folder.parent / path) for path in STYLES]
    # Of an edition, the files that it shares are in the folder above.
    paths = [next(filter(Path.is_file, both), both[0]) for both in places]
    styles = [path.read_text(encoding="utf-8") for path in (*paths, STYLE)]
    return (
        f'<!DOCTYPE html><html lang="{site.language(addresses[0])}"><head><meta charset="utf-8">'
        f"<title>{escape(f'{name}: {edition}')}</title><style>{''.join(styles)}</style></head>"
        f"<body>{tostring(main, encoding='unicode')}</body></html>"
    )


def _contents(articles: list[HtmlElement], pages: dict[str, int]) -> HtmlElement:
    nav = E.nav(CLASS("contents"))
    for article in articles:
        for heading in article.iter("h1", "h2"):
            target = heading.get("id", "")
            words, number = heading.text_content().strip(), str(pages.get(target, "000"))
            line = E.a(E.span(words), E.span(number), CLASS(f"contents-{heading.tag}"))
            line.set("href", f"#{target}")
            nav.append(line)
    return nav


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
    editions = [
        Site((folder / book.languages[language].folder).resolve(), book) for language in languages
    ]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for site, key in product(editions, keys):
            path = site.folder / pdf(book, key)
            print_book(site, key, path, browser)
            yield path
        browser.close()
    products.finish(folder, book)
