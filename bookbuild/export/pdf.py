"""The built site as one PDF per framework: contents, page numbers, no other framework's code.

Chromium prints. It cannot know the page of a heading before it has printed, so each book is printed
twice: the first time tells where the headings are, the second has their pages in the contents.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, PdfMargins, Playwright, sync_playwright
from pypdf import PdfReader

from bookbuild.config import BookError
from bookbuild.export import products
from bookbuild.export.articles import Site, resolve
from bookbuild.i18n.languages import LANGUAGES
from d2lcompat import FRAMEWORKS

STYLE = Path(__file__).parents[1] / "theme" / "static" / "print.css"
STYLES = ("_static/pygments.css",)
FOOTER = (
    '<div style="width:100%;text-align:center;font:8pt sans-serif;color:#555">'
    '<span class="pageNumber"></span></div>'
)
MARGINS: PdfMargins = {"top": "18mm", "bottom": "18mm", "left": "20mm", "right": "20mm"}


def launch(playwright: Playwright) -> Browser:
    """Start Debian's browser; raises `BookError` if there is none."""
    program = shutil.which("chromium")
    if program is None:
        raise BookError("needs the browser Chromium, as the command `chromium`: run `make browser`")
    # Chromium's sandbox needs rights that containers lack; only pages of ours are opened.
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])


def printed(site: Site, address: str, key: str) -> Tag:
    """Return the text of a page as a part of one document.

    Addresses of other pages become places in the document, files those of the site.
    """
    found = site.article(address, key)
    for image in found.select("img[src]"):
        image["src"] = (site.folder / resolve(address, str(image["src"]))).as_uri()
    # A section begins above its heading, which may be moved to the next page of paper.
    for section in found.select("section[id]"):
        if heading := section.find(["h1", "h2", "h3", "h4"], recursive=False):
            heading["id"] = section["id"]
            del section["id"]
    for tag in found.select("[id]"):
        tag["id"] = place(address, str(tag["id"]))
    for link in found.select("a[href]"):
        url = urlsplit(str(link["href"]))
        target = resolve(address, url.path) if url.path else address
        if not url.scheme and target.endswith(".html"):
            link["href"] = "#" + place(target, url.fragment)
    found.name = "section"
    found["id"] = place(address, "")
    return found


def place(address: str, fragment: str) -> str:
    """Return the name that a place of a page has in the one document."""
    page = address.removesuffix(".html").replace("/", "-")
    return f"{page}--{fragment}" if fragment else page


def document(site: Site, key: str, pages: dict[str, int] | None = None) -> str:
    """Return the whole book for one framework in HTML; `pages` holds the pages of its headings."""
    soup = BeautifulSoup("<main></main>", "html.parser")
    main = soup.main
    assert main is not None
    articles = [printed(site, address, key) for address in site.contents()]
    title = articles[0].find("h1")
    assert title is not None
    cover = soup.new_tag("header", attrs={"class": "cover"})
    name = soup.new_tag("p", attrs={"class": "cover-title"})
    name.string = title.get_text()
    edition = soup.new_tag("p", attrs={"class": "cover-framework"})
    edition.string = FRAMEWORKS[key].label
    cover.extend([name, edition])
    main.extend([cover, _contents(soup, articles, pages or {}), *articles])
    styles = [(site.folder / path).read_text(encoding="utf-8") for path in STYLES]
    styles.append(STYLE.read_text(encoding="utf-8"))
    language = site.language("chapters/index.html")
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{name.string}: {edition.string}</title><style>{''.join(styles)}</style></head>"
        f"<body>{soup}</body></html>"
    )


def _contents(soup: BeautifulSoup, articles: list[Tag], pages: dict[str, int]) -> Tag:
    nav = soup.new_tag("nav", attrs={"class": "contents"})
    for heading, target in _headings(articles):
        line = soup.new_tag("a", href=f"#{target}", attrs={"class": f"contents-{heading.name}"})
        words, number = soup.new_tag("span"), soup.new_tag("span")
        words.string = heading.get_text().strip()
        number.string = str(pages.get(target, "000"))
        line.extend([words, number])
        nav.append(line)
    return nav


def _headings(articles: list[Tag]) -> Iterator[tuple[Tag, str]]:
    for text in articles:
        for heading in text.select("h1, h2"):
            yield heading, str(heading["id"])


def print_book(site: Site, key: str, path: Path, browser: Browser) -> None:
    """Write the PDF of one framework: once to learn its pages, and once with them."""
    print_once(site, key, path, browser, print_once(site, key, path, browser))


def print_once(
    site: Site, key: str, path: Path, browser: Browser, pages: dict[str, int] | None = None
) -> dict[str, int]:
    """Write the PDF of one framework, and return the pages of its headings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".html")
    try:
        source.write_text(document(site, key, pages), encoding="utf-8")
        page = browser.new_page()
        page.goto(source.as_uri())
        page.pdf(
            path=path, format="A4", margin=MARGINS, print_background=True, outline=True,
            tagged=True, display_header_footer=True, header_template="<span></span>",
            footer_template=FOOTER,
        )  # fmt: skip
        page.close()
    finally:
        source.unlink(missing_ok=True)
    reader = PdfReader(path)
    return {
        name.lstrip("/"): number + 1
        for name, target in reader.named_destinations.items()
        if (number := reader.get_destination_page_number(target)) is not None
    }


def print_books(
    folder: Path, keys: Sequence[str], languages: Sequence[str] = tuple(LANGUAGES)
) -> Iterator[Path]:
    """Print the PDFs of each edition into a built site, link to them, and yield their paths.

    Raises `BookError` if there is no site, or no browser.
    """
    editions = [Site((folder / LANGUAGES[key].folder).resolve()) for key in languages]
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for site, key in product(editions, keys):
            path = site.folder / products.pdf(key)
            print_book(site, key, path, browser)
            yield path
        browser.close()
    products.finish(folder)
