"""A small book of its own in a temporary folder, for each test that takes one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for what lies beside the tests

from small import BIB, CONFIG, HEAD

from bookbuild.config import Book, read_book
from bookbuild.page import Page
from bookbuild.page.cells import parse_page


@pytest.fixture(autouse=True)
def no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Sphinx forget the words of the language in which it has built before."""
    monkeypatch.setattr("sphinx.locale.translators", {})


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a book without code, which is also the working folder."""
    root = tmp_path.resolve() / "book"
    (root / "chapters").mkdir(parents=True)
    (root / "_config.yml").write_text(CONFIG)
    toc = "format: jb-book\nroot: chapters/index\nchapters:\n- glob: chapters/*/*\n"
    (root / "_toc.yml").write_text(toc)
    (root / "references.bib").write_text(BIB)
    (root / "chapters/index.md").write_text("(start)=\n# The book\n")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def book(root: Path) -> Book:
    """Return the book."""
    return read_book(root)


@pytest.fixture
def write_page(root: Path) -> Callable[..., Path]:
    """Return a function that writes a page into the book and returns its path."""

    def write(text: str, name: str = "tiny/index", head: str = HEAD) -> Path:
        path = root / "chapters" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((head + text).encode())
        return path

    return write


@pytest.fixture
def page(write_page: Callable[..., Path], book: Book) -> Callable[..., Page]:
    """Return a function that writes a page and reads it."""
    return lambda *arguments, **more: parse_page(write_page(*arguments, **more), book)
