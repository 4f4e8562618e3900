"""The books that the tests of the site look at, each built once, and the browser for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))  # for what lies beside the tests

from browsing import Reader
from toybook import FIRST, ROOT, SECOND, Book, write_book

from benchmarks.load import served
from bookbuild.printing import launch


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a small book of two pages, built without a warning."""
    book = write_book(tmp_path_factory.mktemp("toy"), {"first": FIRST, "second": SECOND})
    done = book.build()
    assert done.returncode == 0, done.stderr
    return book


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the book of this repository in all languages, built from nothing without warnings."""
    book = Book(ROOT, tmp_path_factory.mktemp("real"))
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    return book


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(real: Book) -> Iterator[str]:
    """Return where `make serve` serves the book."""
    with served(real.output / "_build/html") as address:
        yield address


@pytest.fixture
def reader(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Return a new reader; a test may give `browser.new_context` other options by `@options`."""
    mark = request.node.get_closest_marker("options")
    context = browser.new_context(**(mark.kwargs if mark else {}))
    reader = Reader(context, address)
    yield reader
    context.close()
    assert reader.complaints == []


@pytest.fixture
def browser_file(browser: Browser, real: Book) -> Iterator[Reader]:
    """Return a reader who has opened the book's folder, without any server."""
    context = browser.new_context()
    reader = Reader(context, (real.output / "_build/html").as_uri())
    yield reader
    context.close()
    assert reader.complaints == []
