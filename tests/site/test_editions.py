"""The site in three languages: code, outputs, formulas and places the same, words translated."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from bs4 import BeautifulSoup, Comment, NavigableString, Tag
from lxml.html import tostring
from test_browser import LESSONS, PAGES
from toybook import FRAMEWORKS, LANGUAGES, REAL, ROOT, SOURCE, TRANSLATED, Book

from bookbuild.i18n import catalogues
from bookbuild.page.cells import find_pages

CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
# Names, which are the same in every language.
NAMES = {
    *(row.label for row in FRAMEWORKS.values()),
    *(row.label for row in LANGUAGES.values()),
    *("d2lcompat", "safetensors", "Network in Network", "NiN", "LeNet", "AlexNet", "VGG", "ReLU"),
    *("PDF", "Ctrl", "Kaiming", "Xavier", "Fashion-MNIST", "Dive into Deep Learning", "et al."),
    *(
        "Apache License 2.0",
        "Kaiming initialization",
        "Xavier initialization",
        "GoogLeNet",
        "ResNet",
        "Adam",
        "softmax",
        "VGG-11",
        "GPU",
        "Gloo",
    ),
}
LATIN = ("PyTorch", "TensorFlow", "MXNet", "PaddlePaddle")


def folder(key: str) -> str:
    return LANGUAGES[key].folder


def same(article: Tag) -> dict[str, list[str]]:
    """Return what must be equal to the byte in all languages."""
    return {
        "code": [str(tag) for tag in article.select(".cell_input pre")],
        "listings": [str(tag) for tag in article.select("div[class*=highlight-] pre")],
        "printed": [str(tag) for tag in article.select(".cell_output pre, .cell_output table")],
        "pictures": [str(tag["src"]).rsplit("/", 1)[-1] for tag in article.select("img[src]")],
        "formulas": [str(tag) for tag in article.select("div.math math")],
        "gathered": [str(tag) for tag in article.select(".book-gathered")],
        "places": [str(tag["id"]) for tag in article.select("section[id], figure[id], dt[id]")],
    }


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("name", PAGES)
def test_all_but_the_prose_is_the_same(real: Book, name: str, key: str) -> None:
    first, other = (same(real.article(f"{folder(k)}chapters/{name}")) for k in (SOURCE, key))
    assert any(first.values())
    for kind, found in first.items():
        assert other[kind] == found, kind


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("name", PAGES)
def test_formulas_within_lines_and_citations_are_the_same(real: Book, name: str, key: str) -> None:
    def kept(article: Tag) -> tuple[list[str], list[str], list[str]]:
        marks = article.select("a.footnote-reference")
        return (
            sorted(str(tag) for tag in article.select("math:not([display=block])")),
            sorted(str(tag["href"]).rsplit("#id", 1)[0] for tag in marks),
            sorted(tag.get_text() for tag in article.select("p code, li code")),
        )

    first, other = (kept(real.article(f"{folder(k)}chapters/{name}")) for k in (SOURCE, key))
    assert first == other


@pytest.mark.parametrize("key", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_its_language_and_where_the_others_are(real: Book, name: str, key: str) -> None:
    html = real.html(f"{folder(key)}chapters/{name}")
    assert html.html is not None and html.head is not None
    assert html.html["lang"] == LANGUAGES[key].tag
    site = "https://nin-four-ways.github.io/nin-four-ways/"
    links = html.head.select("link[rel=alternate][hreflang]")
    told = {str(tag["hreflang"]): str(tag["href"]) for tag in links}
    wanted = {row.tag: f"{site}{row.folder}chapters/{name}.html" for row in LANGUAGES.values()}
    assert told == {**wanted, "x-default": wanted["en"]}
    [canonical] = html.head.select("link[rel=canonical]")
    assert canonical["href"] == wanted[LANGUAGES[key].tag]
    menu = {str(tag["hreflang"]): tag for tag in html.select(".book-languages a")}
    assert list(menu) == list(wanted)
    assert [tag.get_text() for tag in menu.values()] == [row.label for row in LANGUAGES.values()]
    assert [tag for tag in menu if menu[tag].has_attr("aria-current")] == [LANGUAGES[key].tag]


@lru_cache
def latin(path: Path) -> list[str]:
    """Return the words of a page, and of its attributes, that are in Latin letters alone."""
    html = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for tag in html.select("pre, code, math, script, style, .book-gathered, dt, svg, aside"):
        tag.decompose()
    texts = [str(t) for t in html.find_all(string=True) if type(t) is NavigableString]
    assert not any(isinstance(text, Comment) for text in texts)
    for tag in html.find_all(True):
        texts += [str(tag.get(a, "")) for a in ("title", "aria-label", "alt", "placeholder")]
    [*described] = html.select("meta[name=description], meta[property='og:description']")
    texts += [str(tag["content"]) for tag in described]
    texts = [" ".join(text.split()) for text in texts]
    return [text for text in texts if re.search("[A-Za-z]{2}", text) and not CJK.search(text)]


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("name", [*(f"chapters/{name}" for name in PAGES), "search", "404"])
def test_nothing_is_left_in_english(real: Book, name: str, key: str) -> None:
    found = latin(real.site / f"{folder(key)}{name}.html")
    left = []
    for text in found:
        for word in sorted(NAMES, key=len, reverse=True):
            text = text.replace(word, "")
        if re.search("[A-Za-z]{3}", text) and not re.fullmatch(r"[A-Z][\w' -]+(et al\.)?", text):
            left.append(text)
    assert left == []


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("figure", ["one-by-one.svg", "vgg-nin.svg"])
def test_figures_differ_in_their_words_alone(real: Book, figure: str, key: str) -> None:
    def read(edition: str) -> tuple[list[str], str]:
        path = real.site / f"{folder(edition)}_images/{figure}"
        root = ElementTree.parse(path).getroot()
        root.attrib.pop("lang", None)
        tags = [tag for tag in root.iter() if tag.tag.endswith(("}text", "}title", "}desc"))]
        words = [str(tag.text) for tag in tags]
        for tag in tags:
            tag.text = ""
        return words, ElementTree.canonicalize(ElementTree.tostring(root, "unicode"))

    (english, first), (words, other) = read(SOURCE), read(key)
    assert len(english) == len(words) > 5
    assert [word for word in words if not CJK.search(word) and word not in NAMES] == []
    assert first == other


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("name", LESSONS)
def test_decks_are_translated_too(real: Book, name: str, key: str) -> None:
    for framework in FRAMEWORKS:
        place = f"chapters/{name.replace('index', f'{framework}-slides')}.html"
        first, other = (real.all[f"{folder(k)}{place}"] for k in (SOURCE, key))
        assert other.get("lang") == LANGUAGES[key].tag
        assert len(list(other.iter("section"))) == len(list(first.iter("section")))
        code = [
            [tostring(pre) for cell in deck.find_class("cell_input") for pre in cell.iter("pre")]
            for deck in (first, other)
        ]
        assert code[0] == code[1]
        headings = [heading.text_content() for heading in other.iter("h2")]
        assert sum(bool(CJK.search(text)) for text in headings) > len(headings) * 0.9


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("page", [page.name for page in find_pages(REAL)])
def test_a_notebook_differs_in_its_prose_alone(
    real: Book, page: str, key: str, framework: str
) -> None:
    place = f"chapters/{page}/{framework}.ipynb"
    first = nbformat.read(ROOT / place, as_version=4)
    other = nbformat.read(real.site / f"{folder(key)}{place}", as_version=4)
    nbformat.validate(other)
    assert [c.id for c in other.cells] == [c.id for c in first.cells]
    for old, new in zip(first.cells, other.cells, strict=True):
        if old.cell_type == "markdown":
            assert CJK.search(new.source)
            assert not re.search(r"\{[a-z:]+\}`|^:::|\x00", new.source, re.MULTILINE)
        elif old.id == "setup":
            strip = re.compile("^# .*$", re.MULTILINE)
            assert strip.sub("", old.source) == strip.sub("", new.source)
            assert all(CJK.search(line) for line in strip.findall(new.source))
        else:
            assert new == old
    # What the site shows as a list or a table is one in the notebook.
    shape = [
        [line.lstrip()[:2] for line in text.splitlines() if re.match(r"\s*(- |\d+\. |\||#)", line)]
        for text in (
            "\n".join(c.source for c in n.cells if c.id != "setup") for n in (first, other)
        )
    ]
    assert shape[0] == shape[1]


@pytest.mark.parametrize("key", LANGUAGES)
@pytest.mark.parametrize("name", LESSONS)
def test_colab_and_github_open_what_the_branch_holds(real: Book, name: str, key: str) -> None:
    article = real.article(f"{folder(key)}chapters/{name}")
    links = [str(tag["href"]) for tag in article.select(".book-links-row a[href$='.ipynb']")]
    assert len(links) == 3 * len(FRAMEWORKS)
    for link in links:
        path = unquote(urlsplit(link).path)
        if "://" not in link:
            target = real.site / f"{folder(key)}chapters/{name}"
            assert target.with_name(link).is_file()
        elif key == SOURCE:
            assert (ROOT / path.split("/blob/main/")[1]).is_file()
        else:  # the workflow publishes these files of the site on this branch
            assert (real.site / path.split("/blob/translations/")[1]).is_file()


class TestCatalogues:
    """The catalogues of this repository; that they are complete and break nothing, `make check`
    says, which `make test` runs before the tests.
    """

    @pytest.mark.parametrize("page", [page.name for page in find_pages(REAL)])
    def test_they_hold_no_code_and_no_formula(self, page: str) -> None:
        [found] = find_pages(REAL, page)
        cells = {block.source for block in found.cells}
        lines = {line.strip() for source in cells for line in source.splitlines()}
        for key in TRANSLATED:
            path = catalogues.place(ROOT, key, f"chapters/{page}/index")
            texts = catalogues.valid(catalogues.load(path))
            assert texts
            assert not set(texts) & (cells | lines)
            assert not [text for text in texts if re.fullmatch(r"\$[^$]+\$|[\w.]+\([^()]*\)", text)]
