"""The row under a title: addresses and what made the outputs."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from toybook import REAL

from bookbuild.config import Book
from bookbuild.page import Page
from bookbuild.page.front import FrontMatter
from bookbuild.site.links import addresses, describe

HOSTED = replace(REAL, repository="https://github.com/a/b", branch="next", path_to_book="book")


def links(book: Book, language: str = "en", docname: str = "chapters/nin/index") -> dict[str, str]:
    """Return where the notebook of a page is."""
    config = SimpleNamespace(book=book, language=language, book_translations_branch="translations")
    page = Page(book.root / f"{docname}.md", book, (), FrontMatter())
    return dict(addresses(config, docname, page, "torch"))  # type: ignore[arg-type]


def test_notebooks_in_other_languages_are_on_a_branch_of_their_own() -> None:
    found = links(HOSTED, "ja")
    place = "a/b/blob/translations/ja/chapters/nin/torch.ipynb"
    assert found["GitHubで見る"] == f"https://github.com/{place}"
    assert found["Colabで開く"] == f"https://colab.research.google.com/github/{place}"
    assert found["ノートブックをダウンロード"] == "torch.ipynb"


def test_words_of_a_run_are_translated() -> None:
    run = {"version": "1.2", "date": "2026-01-02", "processor": "P, 1 core", "seconds": 754.2}
    assert describe("X", run, "zh_CN") == "X 1.2 · 2026-01-02 · P，1个核心 · 13分钟"


@pytest.mark.parametrize("repository", ["", "https://example.org/a/b"])
def test_elsewhere_than_on_github_a_notebook_can_only_be_downloaded(repository: str) -> None:
    found = links(replace(HOSTED, repository=repository))
    assert found == {"Download notebook": "torch.ipynb"}


def test_addresses_name_branch_and_folder() -> None:
    found = links(HOSTED)
    place = "a/b/blob/next/book/chapters/nin/torch.ipynb"
    assert found["View on GitHub"] == f"https://github.com/{place}"
    assert found["Open in Colab"] == f"https://colab.research.google.com/github/{place}"


def test_names_of_pages_are_quoted() -> None:
    found = links(HOSTED, docname="a b/网络#1")
    name = "网络#1-torch.ipynb"
    assert unquote(found["Download notebook"]) == name
    assert unquote(found["View on GitHub"]).endswith(f"/blob/next/book/a b/{name}")
    assert unquote(found["Open in Colab"]).endswith(f"/a/b/blob/next/book/a b/{name}")
    assert all(set(place) <= set(map(chr, range(33, 127))) for place in found.values())
    assert not any("#" in place for place in found.values())


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119.2, "119 s"), (120, "2 min"), (754.2, "13 min")]
)
def test_the_time_is_told_in_seconds_or_minutes(seconds: float, text: str) -> None:
    run = {"version": "1.2", "date": "2026-01-02T03:04:05", "processor": "P", "seconds": seconds}
    assert describe("X", run, "en") == f"X 1.2 · 2026-01-02 · P · {text}"


def test_a_notebook_that_never_ran_says_so() -> None:
    assert describe("X", {"page": "nin"}, "en") == "X: not executed yet."
