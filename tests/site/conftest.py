"""The books that the tests of the site look at, each built once, and the browser for them."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))  # for what lies beside the tests

from browsing import Reader, Seats, served
from toybook import FIRST, ROOT, SECOND, Book, book_in, call, write_book

from bookbuild.export.pdf import launch

expect.set_options(timeout=20_000)  # ms; two browsers may share the processor with others


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that one of the processes that run the tests has filled for all of them."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process, however that ends
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # what another left in failing
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a small book of two pages, built without a warning."""

    def make(folder: Path) -> None:
        book = write_book(folder, {"first": FIRST, "second": SECOND})
        for done in (call(["notebooks"], book.source), book.build_by_jupyter_book()):
            assert done.returncode == 0, done.stderr

    return book_in(once(tmp_path_factory, "toy", make))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the book of this repository in all languages, built from nothing without warnings."""

    def make(folder: Path) -> None:
        done = Book(ROOT, folder).build_editions()
        assert done.returncode == 0, done.stderr

    return Book(ROOT, once(tmp_path_factory, "real", make))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address(real: Book) -> Iterator[str]:
    """Return where the book is served."""
    with served(real.site) as address:
        yield address


@pytest.fixture(scope="session")
def seats(browser: Browser) -> Seats:
    """Return the places of readers."""
    return Seats(browser)


@pytest.fixture
def reader(seats: Seats, address: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Return a reader; a test may give `browser.new_context` other options by `@options`."""
    mark = request.node.get_closest_marker("options")
    with seats.take(address, **(mark.kwargs if mark else {})) as reader:
        yield reader


@pytest.fixture
def browser_file(seats: Seats, real: Book) -> Iterator[Reader]:
    """Return a reader who has opened the book's folder, without any server."""
    with seats.take(real.site.as_uri()) as reader:
        yield reader
