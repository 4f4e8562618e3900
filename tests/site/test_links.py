"""The row under a title: addresses and what made the outputs."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from sphinx.config import Config

from bookbuild.site.links import addresses, describe

FOLDER = PurePosixPath("chapters/nin")
THEME = {
    "repository_url": "https://github.com/a/b.git/",
    "repository_branch": "next",
    "path_to_docs": "book",
}


def settings(language: str = "en", **theme: str) -> Config:
    """Return the settings of a site."""
    config = Config({}, {"language": language, "html_theme_options": theme})
    config.add("html_theme_options", theme, "html", dict)
    config.add("book_translations_branch", "translations", "html", str)
    return config


def test_notebooks_in_other_languages_are_on_a_branch_of_their_own() -> None:
    links = dict(addresses(settings("ja", **THEME), FOLDER, "torch"))
    place = "a/b/blob/translations/ja/chapters/nin/torch.ipynb"
    assert links["GitHubで見る"] == f"https://github.com/{place}"
    assert links["Colabで開く"] == f"https://colab.research.google.com/github/{place}"
    assert links["ノートブックをダウンロード"] == "torch.ipynb"


def test_words_of_a_run_are_translated() -> None:
    run = {"version": "1.2", "date": "2026-01-02", "processor": "P, 1 core", "seconds": 754.2}
    assert describe("X", run, "zh_CN") == "X 1.2 · 2026-01-02 · P，1个核心 · 13分钟"


def test_without_a_repository_a_notebook_can_only_be_downloaded() -> None:
    assert addresses(settings(), FOLDER, "torch") == [("Download notebook", "torch.ipynb")]


def test_addresses_name_branch_and_folder() -> None:
    links = dict(addresses(settings(**THEME), FOLDER, "torch"))
    place = "a/b/blob/next/book/chapters/nin/torch.ipynb"
    assert links["View on GitHub"] == f"https://github.com/{place}"
    assert links["Open in Colab"] == f"https://colab.research.google.com/github/{place}"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (119.2, "119 s"), (120, "2 min"), (754.2, "13 min")]
)
def test_the_time_is_told_in_seconds_or_minutes(seconds: float, text: str) -> None:
    run = {"version": "1.2", "date": "2026-01-02T03:04:05", "processor": "P", "seconds": seconds}
    assert describe("X", run) == f"X 1.2 · 2026-01-02 · P · {text}"


def test_a_notebook_that_never_ran_says_so() -> None:
    assert describe("X", {"page": "nin"}) == "X: not executed yet."
