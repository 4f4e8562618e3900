"""The decks of slides: cut from the pages at the marks, and shown by reveal.js."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from browsing import Reader
from lxml.html import fragment_fromstring
from test_browser import LESSONS
from toybook import FIRST, FRAMEWORKS, Book, write_book

from bookbuild.export.slides import split
from bookbuild.site.links import SLIDES

ROOM = 720
MEASURE = """
() => Array.from({length: deck.getTotalSlides()}, (_, i) => {
  deck.slide(i);
  const slide = deck.getCurrentSlide();
  const body = slide.querySelector(".slide-body") ?? slide;
  const box = body.lastElementChild.getBoundingClientRect();
  const frame = document.querySelector(".slides").getBoundingClientRect();
  return {
    title: slide.querySelector("h1, h2").textContent.trim(),
    words: body.textContent.trim().length,
    pictures: body.querySelectorAll("img, svg").length,
    zoom: Number(body.style.zoom || 1),
    below: box.bottom - frame.bottom,
    beside: body.scrollWidth - body.clientWidth,
  };
})
"""


class TestSplit:
    def cut(self, html: str) -> list[tuple[str, str]]:
        article = fragment_fromstring(f"<article>{html}</article>")
        return [(head, "".join(p.text_content() for p in body)) for head, body in split(article)]

    def test_a_mark_begins_and_ends(self) -> None:
        html = "<h1>T</h1><p>no</p><!--slide--><p>a</p><p>b</p><!--slide ends--><p>no</p>"
        assert self.cut(html) == [("T", "ab")]

    def test_a_mark_or_a_heading_ends_the_slide_before(self) -> None:
        html = (
            "<section><h1>T</h1><!--slide--><p>a</p><!--slide--><p>b</p>"
            "<section><h2>U</h2><p>no</p><!--slide--><p>c</p></section></section>"
        )
        assert self.cut(html) == [("T", "a"), ("T", "b"), ("U", "c")]

    def test_other_comments_are_nothing(self) -> None:
        assert self.cut("<h1>T</h1><!--slide--><p>a</p><!--b--><p>c</p>") == [("T", "ac")]


def test_marks_after_a_group_are_kept(tmp_path: Path) -> None:
    head, _, rest = FIRST.partition("# ")
    title, _, rest = rest.partition("\n")
    text = f"{head}# {title}\n\n% slide\n\n{rest.strip()}\n\n% slide ends\n\nThe last words.\n"
    book = write_book(tmp_path, {"marked": text})
    config = book.source / "_config.yml"
    named = re.sub("^.*favicon:.*/logo.svg\n", "", config.read_text(), flags=re.MULTILINE)
    config.write_text(re.sub("^logo:.*\n", "", named, flags=re.MULTILINE))
    done = book.build()
    assert done.returncode == 0, done.stderr
    for key in FRAMEWORKS:
        deck = book.html(f"chapters/marked/{SLIDES.format(key=key).removesuffix('.html')}")
        assert "The last words" not in deck.get_text()
        assert len(deck.select(".slide-body")) >= 1
        row = book.article("chapters/marked/index").select_one(
            f"a[href='{SLIDES.format(key=key)}']"
        )
        assert row is not None
        assert deck.select("link[rel=icon]") == [], "a picture that the book does not have"
    shutil.rmtree(book.output)


def place(lesson: str, key: str, folder: str = "") -> str:
    """Return the address of a deck."""
    return f"{folder}chapters/{lesson.replace('index', SLIDES.format(key=key))}"


def fullest(book: Book, lesson: str, folder: str = "") -> str:
    """Return the framework of which a lesson has the slide with the most lines and letters."""

    def fill(key: str) -> int:
        slides = book.all[place(lesson, key, folder)].find_class("slide-body")
        texts = [slide.text_content() for slide in slides]
        return max(60 * text.count("\n") + len(text) for text in texts)

    return max(FRAMEWORKS, key=fill)


def measure(reader: Reader, deck: str) -> list[dict[str, float]]:
    """Open a deck, see that its slides fit, and return what they have."""
    reader.page.set_viewport_size({"width": 1280, "height": ROOM})
    reader.page.goto(f"{reader.address}/{deck}")
    reader.page.wait_for_selector("html[data-ready]")
    found: list[dict[str, float]] = reader.page.evaluate(MEASURE)
    for slide in found:
        assert slide["below"] <= 1, slide
        assert slide["beside"] <= 1, slide
        assert slide["zoom"] >= 0.5, slide
    return found


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_slide_says_something_and_fits(reader: Reader, real: Book, lesson: str) -> None:
    found = measure(reader, place(lesson, fullest(real, lesson)))
    assert len(found) > 8
    for slide in found:
        assert slide["words"] > 20 or slide["pictures"], slide


@pytest.mark.parametrize("key", FRAMEWORKS)
@pytest.mark.parametrize("lesson", LESSONS)
def test_a_deck_is_of_one_framework(real: Book, lesson: str, key: str) -> None:
    deck = real.all[place(lesson, key)]
    assert len(deck.find_class("slide-body")) > 8
    for slide in deck.find_class("slide-body"):
        assert len(slide.text_content().strip()) > 20 or len(list(slide.iter("img", "svg")))
    for other in set(FRAMEWORKS) - {key}:
        assert f"from d2lcompat import {other}" not in deck.text_content()


def test_a_slide_leads_to_its_place_in_the_page(reader: Reader, real: Book) -> None:
    deck = real.html("chapters/nin/mxnet-slides")
    links = [str(link["href"]) for link in deck.select(".slide-body a")]
    assert "index.html?framework=mxnet#nin-dead" in links
    assert not [link for link in links if link.startswith("#")]
