"""Notebooks in another language: prose by the catalogues, all else as in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookbuild.i18n import catalogues
from bookbuild.notebook.make import make_notebook, parse_page
from bookbuild.site.search import pairs

CODE = "\n\n```{code-cell}\nx = 1\n```\n"
ONE = {
    "paragraph": ("Two\nlines.", {"Two lines.": "一行。"}, "一行。"),
    "heading": ("## Words", {"Words": "言葉"}, "## 言葉"),
    "list": (
        "- One\n  and more\n- Two\n- Three",
        {"One and more": "一つ", "Two": "二つ"},
        "- 一つ\n- 二つ\n- Three",
    ),
    "numbers": (
        "1. One\n   and more\n\n2. Two",
        {"One and more": "一", "Two": "二"},
        "1. 一\n\n2. 二",
    ),
    "table": (
        "| a | b |\n|---|---|\n| c | d |",
        {"a": "い", "d": "に"},
        "| い | b |\n|---|---|\n| c | に |",
    ),
    "same twice": (
        "| a | a |\n|---|---|\n| b | b |",
        {"a": "い", "b": "ろ"},
        "| い | い |\n|---|---|\n| ろ | ろ |",
    ),
    "cited": (
        "{footcite:t}`lin` and\n{footcite:p}`pair`.",
        {"{footcite:t}`lin` and {footcite:p}`pair`.": "{footcite:t}`lin`と{footcite:p}`pair`。"},
        "Lin et al.（2013）と（von MüllerとLi, 2000）。",
    ),
    "nothing known": ("As it is.", {}, "As it is."),
    "note": (
        ":::{note}\nBe careful.\n:::",
        {"Be careful.": "気をつけて。"},
        "> **注釈**\n>\n> 気をつけて。",
    ),
    "answer": (
        ":::{dropdown} Answer\nYes.\n:::",
        {"Answer": "解答", "Yes.": "はい。"},
        "<details><summary>解答</summary>\n\nはい。\n\n</details>",
    ),
    "figure": (
        "```{figure} https://example.org/f.png\n:alt: A picture.\n:name: fig\n\nWhat it is.\n```\n"
        "\nSee {numref}`fig`.",
        {"A picture.": "絵。", "What it is.": "説明", "See {numref}`fig`.": "{numref}`fig`参照。"},
        "![絵。](https://example.org/f.png)\n\n**図1** 説明\n\n図1参照。",
    ),
    "ref": (
        "(here)=\n## Title\n\nSee {ref}`here`.",
        {"Title": "題", "See {ref}`here`.": "{ref}`here`参照。"},
        "## 題\n\n題参照。",
    ),
    "code and formula": ("Of `x` and $y$.", {"Of `x` and $y$.": "$y$と`x`。"}, "$y$と`x`。"),
    "quote": ("> Two\n> lines.", {"Two lines.": "一行。"}, "> 一行。"),
    "deep": (
        "1. One\n\n   - In it\n     more\n   - Last",
        {"In it more": "中"},
        "1. One\n\n   - 中\n   - Last",
    ),
    "page": (
        "[all](../index.md)",
        {"[all](../index.md)": "[全部](../index.md)"},
        "[全部](https://a.github.io/b/ja/chapters/index.html)",
    ),
    "other page": (
        "[all](#start)",
        {"[all](#start)": "[全部](#start)"},
        "[全部](https://a.github.io/b/ja/chapters/index.html#start)",
    ),
}


@pytest.fixture
def book(book: Path) -> Path:
    """Return a book that GitHub Pages publishes."""
    config = book / "_config.yml"
    config.write_text(
        config.read_text().replace("https://example.org/book", "https://github.com/a/b")
    )
    (book / "chapters/index.md").write_text("(start)=\n# The book\n")
    return book


@pytest.mark.parametrize("name", ONE)
def test_prose_is_translated_and_the_rest_is_kept(book: Path, write_page, name: str) -> None:
    source, translations, wanted = ONE[name]
    catalogue = catalogues.load(Path("none"), "ja")
    for text, translation in translations.items():
        catalogue.add(text, translation)
    catalogues.write(catalogue, catalogues.place(book, "ja", "chapters/tiny/index"))
    page = parse_page(write_page(source + CODE))
    first, other = make_notebook(page, "torch"), make_notebook(page, "torch", "ja")
    assert other.cells[1].source == wanted
    assert other.cells[2] == first.cells[2]
    assert first.cells[1].source != wanted or not translations
    assert [cell.id for cell in first.cells] == [cell.id for cell in other.cells]


def test_a_translation_of_another_page_serves_where_there_is_none(book: Path, write_page) -> None:
    for name, text in (("chapters/other/index", "他"), ("chapters/tiny/index", "")):
        catalogue = catalogues.load(Path("none"), "ja")
        catalogue.add("Summary", text)
        catalogues.write(catalogue, catalogues.place(book, "ja", name))
    page = parse_page(write_page("## Summary" + CODE))
    assert make_notebook(page, "mxnet", "ja").cells[1].source == "## 他"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("全局平均汇聚", ["全局", "局平", "平均", "均汇", "汇聚"]),
        ("畳み込み層", ["畳み", "み込", "込み", "み層"]),
        ("1×1卷积", ["1", "1", "卷积"]),
        ("第3轮。", ["第", "3", "轮"]),
        ("プーリング", ["プー", "ーリ", "リン", "ング"]),
        ("global average", ["global", "average"]),
        ("用PyTorch训练", ["用", "PyTorch", "训练"]),
    ],
)
def test_chinese_and_japanese_are_searched_by_pairs(text: str, words: list[str]) -> None:
    assert pairs(text) == words
