"""A small book translated halfway: what is translated is shown, and what is missing is told."""

from __future__ import annotations

import nbformat
import pytest
from toybook import FIRST, FRAMEWORKS, Book, Done, translate, write_book

from bookbuild.i18n import catalogues

FIRST_JA = {
    "First page": "最初のページ",
    "Some prose.": "いくらかの文章です。",
    "A group:": "",
    "The same everywhere:": "どこでも同じです。",
    "A section": "節",
    **{f"Only **{key}** does this.": f"**{key}**だけがこれを行います。" for key in FRAMEWORKS},
}


@pytest.fixture(scope="module")
def halfway(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, Done]:
    """Return a small book of which a part is translated."""
    book = write_book(tmp_path_factory.mktemp("halfway"), {"first": FIRST})
    translate(book.source, "chapters/first/index", FIRST_JA)
    return book, book.build_editions()


def test_it_builds_and_says_what_is_missing(halfway: tuple[Book, Done]) -> None:
    book, done = halfway
    assert done.returncode == 0, done.stderr
    [notice] = book.article("ja/chapters/first/index").select(".book-behind")
    total = 6 + 2 * len(FRAMEWORKS)
    missing = 2 + len(FRAMEWORKS)
    assert f"全{total}か所のうち、{missing}か所" in notice.get_text()


def test_without_a_catalogue_all_is_missing(halfway: tuple[Book, Done]) -> None:
    [notice] = halfway[0].article("zh_CN/chapters/first/index").select(".book-behind")
    assert "尚未翻译" in notice.get_text()
    total = 6 + 2 * len(FRAMEWORKS)
    assert notice.get_text().count(str(total)) == 2


def test_the_source_needs_no_translation(halfway: tuple[Book, Done]) -> None:
    assert not halfway[0].article("chapters/first/index").select(".book-behind")


def test_what_is_translated_is_shown_and_the_rest_is_english(halfway: tuple[Book, Done]) -> None:
    article = halfway[0].article("ja/chapters/first/index")
    text = article.get_text()
    assert "いくらかの文章です。" in text and "Some prose." not in text
    assert "A group:" in text
    assert "どこでも同じです。" in text
    assert [tag.get_text() for tag in article.select("p > strong")] == list(FRAMEWORKS)


def test_the_notebook_likewise(halfway: tuple[Book, Done]) -> None:
    path = halfway[0].site / "ja/chapters/first/paddle.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    assert cells[1].source == "# 最初のページ\n\nいくらかの文章です。"
    assert "A group:" in [cell.source for cell in cells]
    assert "**paddle**だけがこれを行います。" in [cell.source for cell in cells]


def test_a_change_of_a_catalogue_alone_is_built(halfway: tuple[Book, Done]) -> None:
    book, _ = halfway
    path = catalogues.place(book.source, "ja", "chapters/first/index")
    path.write_text(path.read_text(encoding="utf-8").replace("最初のページ", "一番目のページ"))
    done = book.build_editions("--language", "ja")
    assert done.returncode == 0, done.stderr
    assert "一番目のページ" in book.html("ja/chapters/index").select_one("nav.bd-links").text  # type: ignore[union-attr]


def test_a_broken_link_fails_and_names_language_and_page(halfway: tuple[Book, Done]) -> None:
    book, _ = halfway
    path = catalogues.place(book.source, "ja", "chapters/first/index")
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("いくらかの文章です。", "[文章](#nowhere)です。"))
    done = book.build_editions("--language", "ja")
    path.write_text(good)
    assert done.returncode != 0
    assert "The 日本語 edition is not built" in done.stderr
    assert "chapters/first/index" in done.stderr and "nowhere" in done.stderr
