"""The PDF of a framework: contents that are right, every line of code, no other framework's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from toybook import FRAMEWORKS, REAL, Book

from bookbuild.config import BookError
from bookbuild.export import products
from bookbuild.export.articles import Site
from bookbuild.export.pdf import print_book

KEY = "mxnet"
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl"}


def solid(text: str) -> str:
    """Return a text without white space and ligatures: a PDF knows only where letters stand."""
    for sign, letters in LIGATURES.items():
        text = text.replace(sign, letters)
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def site(real: Book) -> Site:
    return Site(real.site.resolve(), REAL)


@pytest.fixture(scope="module")
def texts(site: Site, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the text of each page of one framework's PDF."""
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    print_book(site, KEY, path, browser)
    assert list(path.parent.iterdir()) == [path]
    return [page.extract_text() for page in PdfReader(path).pages]


def test_the_contents_name_the_right_pages(texts: list[str]) -> None:
    first = next(i for i, text in enumerate(texts) if "How to read it" in text)
    body = next(i for i, text in enumerate(texts) if i > first and "How to read it" in text)
    lines = [re.fullmatch(r"(.+?) (\d+)", x) for t in texts[first:body] for x in t.splitlines()]
    entries = [(line[1], int(line[2])) for line in lines if line]
    assert len(entries) > 60
    for heading, page in entries:
        assert solid(heading) in solid(texts[page - 1]), f"{heading}: page {page}"
    numbers = [page for _, page in entries]
    assert numbers == sorted(numbers)
    assert all(text.rstrip().endswith(str(i + 1)) for i, text in enumerate(texts))


def test_no_line_of_code_is_cut(site: Site, texts: list[str]) -> None:
    everything = solid("\n".join(texts))
    lines = {
        line
        for address in site.contents()
        for block in site.article(address, KEY).select(".cell_input pre")
        for line in block.get_text().splitlines()
    }
    assert len(lines) > 500
    assert [line for line in sorted(lines) if solid(line) not in everything] == []


def test_it_holds_no_other_framework(texts: list[str]) -> None:
    everything = "\n".join(texts)
    assert "from d2lcompat import mxnet as d2l" in everything
    for other in set(FRAMEWORKS) - {KEY}:
        assert f"from d2lcompat import {other} as d2l\n" not in everything
        assert f"\nimport {FRAMEWORKS[other].package}" not in everything


def test_a_site_that_is_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="make book"):
        list(Site(tmp_path).contents())


def test_links_show_when_their_file_is_there(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text(
        "".join(f"<a {products.attributes(x, 'i', 'en')}>" for x in ("book.zip", "a.pdf"))
    )
    products.finish(tmp_path)
    assert page.read_text() == (
        '<a href="book.zip" data-product="book.zip"><a href="a.pdf" data-product="a.pdf" hidden>'
    )
    (tmp_path / "a.pdf").touch()
    products.finish(tmp_path)
    assert "hidden" not in page.read_text()
    (tmp_path / "a.pdf").unlink()
    products.finish(tmp_path)
    assert page.read_text().count("hidden") == 1
