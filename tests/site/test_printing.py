"""The PDF of a framework: contents that are right, every letter, no other framework's code.

One whole book is printed, in Japanese, and a small one in English and Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from unicodedata import normalize

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from test_editions import CJK, folder
from toybook import FIRST, FRAMEWORKS, LANGUAGES, REAL, SOURCE, Book, call, translate, write_book

from bookbuild.config import BookError, read_book
from bookbuild.export import products
from bookbuild.export.articles import Site
from bookbuild.export.pdf import pdf, print_book
from bookbuild.site.links import product_link

KEY = "mxnet"
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}
# A PDF may take a character for a radical that looks the same.
LOOKALIKES = "⻅见⻆角⻋车⻑長⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻥鱼⻩黄⻬齐⻮齿⻰龙⻳龟"
RADICALS = str.maketrans(LOOKALIKES[::2], LOOKALIKES[1::2])
FONTS = {"en": "", "zh_CN": "CJKsc", "ja": "CJKjp"}
SMALL = {
    "First page": "第一页：直与骨",
    "Some prose.": "一些文字，长短不一，车门与马。",
    "A section": "一节",
}


def solid(text: str) -> str:
    """Return a text without white space and ligatures: a PDF knows only where letters stand."""
    for sign, letters in LIGATURES.items():
        text = text.replace(sign, letters)
    return re.sub(r"\s+", "", normalize("NFKC", text).translate(RADICALS))


@dataclass
class Printed:
    """Hold a PDF, and what it was printed from."""

    site: Site
    language: str
    reader: PdfReader

    def __post_init__(self) -> None:
        self.texts = [page.extract_text() for page in self.reader.pages]
        self.everything = solid("\n".join(self.texts))

    @cached_property
    def code(self) -> set[str]:
        """All lines of code of its framework."""
        pages = [self.site.article(address, KEY) for address in self.site.contents()]
        blocks = [
            pre
            for page in pages
            for cell in page.find_class("cell_input")
            for pre in cell.iter("pre")
        ]
        return {line for pre in blocks for line in pre.text_content().splitlines()}


@pytest.fixture(scope="module")
def whole(real: Book, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Return the book of this repository in Japanese."""
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    site = Site((real.site / folder("ja")).resolve(), REAL)
    print_book(site, KEY, path, browser)
    assert list(path.parent.iterdir()) == [path]
    return Printed(site, "ja", PdfReader(path))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Printed]:
    """Return a small book in English and Chinese, printed by `make pdf`."""
    languages = ("en", "zh_CN")
    book = write_book(tmp_path_factory.mktemp("small"), {"first": FIRST}, languages=languages)
    translate(book.source, "chapters/first/index", SMALL, "zh_CN")
    command = ["pdf", "--site", str(book.site), "--framework", KEY]
    for done in (book.build_editions(), call(command, book.source)):
        assert done.returncode == 0, done.stderr
    known, found = read_book(book.source), {}
    for key in languages:
        site = Site(book.site / folder(key), known)
        path = site.folder / pdf(known, KEY)
        assert [other.name for other in path.parent.iterdir()] == [path.name]
        found[key] = Printed(site, key, PdfReader(path))
    return found


@pytest.fixture(params=["whole", "small en", "small zh_CN"])
def printed(request: pytest.FixtureRequest) -> Printed:
    name, _, key = request.param.partition(" ")
    found = request.getfixturevalue(name)
    return found[key] if key else found  # type: ignore[no-any-return]


def test_the_contents_name_the_right_pages(printed: Printed) -> None:
    pages = [printed.site.article(address, KEY) for address in printed.site.contents()]
    headings = [h.text_content().strip() for page in pages for h in page.iter("h1", "h2")]
    entries = []
    for text in printed.texts:
        lines = [re.fullmatch(r"(.+?) ?(\d+)", line.strip()) for line in text.splitlines()]
        entries += [(line[1], int(line[2])) for line in lines if line]
        if len(entries) >= len(headings):
            break
    entries = entries[: len(headings)]
    assert [solid(heading) for heading, _ in entries] == [solid(heading) for heading in headings]
    for heading, page in entries:
        assert solid(heading) in solid(printed.texts[page - 1]), f"{heading}: page {page}"
    numbers = [page for _, page in entries]
    assert numbers == sorted(numbers)
    assert all(text.rstrip().endswith(str(i + 1)) for i, text in enumerate(printed.texts))


def test_no_line_of_code_is_cut(printed: Printed) -> None:
    assert printed.code
    assert [line for line in sorted(printed.code) if solid(line) not in printed.everything] == []


def test_it_has_every_letter_in_the_font_of_its_language(printed: Printed) -> None:
    articles = [printed.site.article(address, KEY) for address in printed.site.contents()]
    wanted = set(CJK.findall(solid("".join(article.text_content() for article in articles))))
    assert wanted - set(printed.everything) == set()
    resources = [page["/Resources"]["/Font"].values() for page in printed.reader.pages]  # type: ignore[index]
    used = [font.get_object() for fonts in resources for font in fonts]
    drawn = [font["/FontDescriptor"]["/FontName"] for font in used if "/FontDescriptor" in font]
    assert bool(wanted) == (printed.language != SOURCE)
    assert FONTS[printed.language] in "".join(map(str, drawn))
    page = printed.site.contents()[0]
    assert LANGUAGES[printed.language].tag == printed.site.language(page)


def test_it_holds_no_other_framework(printed: Printed, whole: Printed) -> None:
    assert "fromd2lcompatimportmxnetasd2l" in whole.everything
    assert len(whole.code) > 500
    for other in FRAMEWORKS.values():
        if other.key != KEY:
            assert f"from d2lcompat import {other.key} as d2l" not in printed.code
            assert f"import {other.module}" not in printed.code
            assert f"x = 1  # {other.key}" not in printed.code
            assert f"ranin{other.label}" not in printed.everything


def test_links_show_when_a_pdf_is_there(small: dict[str, Printed]) -> None:
    for printed in small.values():
        page = printed.site.page("chapters/first/index.html")
        links = [a for a in page.iter("a") if ".pdf" in a.get("data-product", "")]
        shown = [a.get("data-product") for a in links if "hidden" not in a.attrib]
        assert len(links) == len(FRAMEWORKS)
        assert shown == [folder(printed.language) + pdf(printed.site.book, KEY)]


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="make book"):
        Site(tmp_path, REAL).page("index.html")


def test_links_show_when_their_file_is_there(tmp_path: Path) -> None:
    page, names = tmp_path / "index.html", ("book.zip", "a.pdf")
    page.write_text("".join(f"<a {product_link(REAL, x, 'index', 'en')}>" for x in names))
    products.finish(tmp_path, REAL)
    assert page.read_text() == (
        '<a href="book.zip" data-product="book.zip"><a href="a.pdf" data-product="a.pdf" hidden>'
    )
    (tmp_path / "a.pdf").touch()
    products.finish(tmp_path, REAL)
    assert "hidden" not in page.read_text()
    (tmp_path / "a.pdf").unlink()
    products.finish(tmp_path, REAL)
    assert page.read_text().count("hidden") == 1
