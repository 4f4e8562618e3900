"""Whole notebooks, as Sphinx writes them: in the language of the page, and in another."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import nbformat
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from small import CONFIG, HEAD, LANGUAGES, cell, group, prose, store

from bookbuild.config import Book, read_book
from bookbuild.editions import run_sphinx
from bookbuild.i18n import catalogues
from bookbuild.page.cells import parse_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:nodes.Node.traverse:PendingDeprecationWarning"),
]
PAGE = f"""\
# A page

It cites {{footcite:t}}`lin`, and {{ref}}`start`.

{cell("shared")}
{group("own = '{}'")}
% a comment

{prose("Only **{}**.")}
:::{{note}}
See {{numref}}`fig`, and {{source}}`chapters/index.md`.
:::

```{{figure}} f.svg
:name: fig
:alt: A picture

A *caption*
```

Two
lines.

{cell("hidden", "hide-input")}
"""
PNG = b"the bytes of a picture"
PICTURE = f"data:image/png;base64,{b64encode(PNG).decode()}"
START = "https://a.github.io/b/{}chapters/index.html#start"
SOURCE = "https://github.com/a/b/blob/main/chapters/index.md"
GOLDEN = {
    "en": [
        "# A page\n\nIt cites Lin *et al.*[1], and [The book](" + START.format("") + ").",
        "shared",
        "own = 'bee'",
        f"Only **bee**.\n\n> **Note**\n>\n> See Fig. 1, and [`chapters/index.md`]({SOURCE}).\n\n"
        f"![A picture]({PICTURE})\n\n**Fig. 1.** A *caption*\n\nTwo lines.",
        "hidden",
    ],
    "ja": [
        "# 頁\n\nIt cites Lin *et al.*[1], and [本](" + START.format("ja/") + ").",
        "shared",
        "own = 'bee'",
        f"**bee**だけ。\n\n> **注釈**\n>\n> See 図1, and [`chapters/index.md`]({SOURCE}).\n\n"
        f"![絵]({PICTURE})\n\n**図1** *説明*\n\n一行。",
        "hidden",
    ],
}
WORDS = {
    "chapters/index": {"The book": "本"},
    "chapters/tiny/index": {
        "A page": "頁", "Only **bee**.": "**bee**だけ。", "A picture": "絵",
        "A *caption*": "*説明*",
        "Two lines.": "一行。", "Only **ant**.": "", "It is gone.": "もうない。",
    },
}  # fmt: skip


def translate(root: Path, words: dict[str, dict[str, str]]) -> None:
    for domain, translations in words.items():
        catalogue = Catalog(locale="ja", fuzzy=False)
        for text, translation in translations.items():
            catalogue.add(text, translation)
        path = catalogues.place(root, "ja", domain)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue)


@pytest.fixture
def book(root: Path, write_page) -> Book:
    (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8")
    bibliography = "\n```{footbibliography}\n```\n"
    path = write_page(PAGE + bibliography)
    path.with_name("f.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    path.with_name("f.png").write_bytes(PNG)  # is what Colab shows
    translate(root, WORDS)
    return read_book(root)


def write(book: Book, out: Path, language: str = "en") -> str:
    """Write the notebooks of a book, and return what Sphinx says."""
    trees = out.with_name(f"{out.name}-more") / "trees"
    return run_sphinx(book, out, trees, {"language": language}, "notebooks")


@pytest.mark.parametrize("language", GOLDEN)
def test_a_whole_notebook(book: Book, tmp_path: Path, language: str) -> None:
    store(parse_page(book.root / "chapters/tiny/index.md", book), "bee", version="9")
    assert write(book, tmp_path / "out", language) == ""
    notebook = nbformat.read(tmp_path / "out/chapters/tiny/bee.ipynb", as_version=4)
    sources = [cell.source for cell in notebook.cells]
    last = sources.pop()
    assert sources[1:] == GOLDEN[language]
    assert last.startswith("[1] Min Lin, Qiang Chen, ")
    kinds = {"text": "markdown", "cell": "code", "setup": "code"}
    ids = ["setup", "text-0", "cell-0", "cell-2", "text-1", "cell-4", "text-2"]
    assert [cell.id for cell in notebook.cells] == ids
    assert [cell.cell_type for cell in notebook.cells] == [kinds[i.split("-")[0]] for i in ids]
    # What is stored is taken over, and nothing is run.
    assert notebook.metadata["book"]["version"] == "9"
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == [1] * 4
    other = nbformat.read(tmp_path / "out/chapters/tiny/cat.ipynb", as_version=4)
    assert [c.execution_count for c in other.cells if c.cell_type == "code"] == [None] * 4


def test_the_language_of_the_pages_need_not_be_english(
    root: Path, write_page, tmp_path: Path
) -> None:
    languages = "      languages: {ja: 日本語, en: English}\n"
    (root / "_config.yml").write_text(CONFIG + languages, encoding="utf-8")
    write_page(f"# 頁\n\n:::{{note}}\n文\n:::\n\n{cell('x')}")
    assert run_sphinx(read_book(root), tmp_path / "out", tmp_path / "trees", {}, "notebooks") == ""
    notebook = nbformat.read(tmp_path / "out/chapters/tiny/ant.ipynb", as_version=4)
    assert notebook.cells[1].source == "# 頁\n\n> **注釈**\n>\n> 文"


ODD = "1: a\n2026-01-02: 2026-01-02\nset: !!set {a, b}\nbytes: !!binary aGk=\n? null\n: x\n"


def test_front_matter_may_hold_what_yaml_can(root: Path, write_page, tmp_path: Path) -> None:
    write_page(f"# A page\n\n{cell('x')}", head=HEAD.replace("kernelspec", f"{ODD}kernelspec"))
    assert write(read_book(root), tmp_path / "out") == ""
    assert (tmp_path / "out/chapters/tiny/ant.ipynb").is_file()


LOST = {"removed": cell("x = 1", "remove-cell"), "empty": cell("")}


@pytest.mark.parametrize("name", LOST)
def test_a_cell_that_sphinx_drops_is_told(
    root: Path, write_page, book: Book, tmp_path: Path, name: str
) -> None:
    path = write_page(f"# A page\n\n{LOST[name]}\nText\n")
    told = write(book, tmp_path / "out")
    assert f"{path}:8: WARNING: this cell is lost: is it empty, or tagged `remove-cell`?" in told


MISTAKES = {
    "reference": ("{ref}`nowhere`", "8: WARNING: undefined label: 'nowhere'"),
    "citation": ("{footcite:t}`nobody`", 'key "nobody"'),
    "picture": ("![a](none.png)", "image file not readable"),
    "kind of picture": ("![a](index.xcf)", "no picture that a notebook can show"),
    "directive": ("```{nothing}\n```", "8: WARNING: Unknown directive type: 'nothing'"),
    "contents": ("", "nonexisting document 'chapters/lost'"),
}  # fmt: skip


def test_mistakes_are_told_with_their_page(root: Path, write_page, tmp_path: Path) -> None:
    (root / "_toc.yml").write_text((root / "_toc.yml").read_text() + "- file: chapters/lost\n")
    for i, (text, _) in enumerate(MISTAKES.values()):
        (
            write_page(f"# P\n\n{text}\n\n{cell('x')}", name=f"p{i}/index").parent / "index.xcf"
        ).touch()
    told = write(read_book(root), tmp_path / "out")
    for i, (text, message) in enumerate(MISTAKES.values()):
        place = f"{root}/chapters/" + (f"p{i}/index.md:" if text else "index.md::")
        lines = [line for line in told.splitlines() if line.startswith(place)]
        assert any(message in line for line in lines), (message, told)
    assert "Traceback" not in told


def test_a_page_of_the_front_matter_alone_has_no_notebook(root: Path, write_page, tmp_path) -> None:
    write_page("", head=HEAD)
    write(read_book(root), tmp_path / "out")
    assert list((tmp_path / "out").rglob("*.ipynb")) == []
