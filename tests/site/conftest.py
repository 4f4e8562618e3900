"""The books that the tests of the site look at, each built once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for toybook, beside the tests

from toybook import FIRST, ROOT, SECOND, Book, write_book


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a small book of two pages, built without a warning."""
    book = write_book(tmp_path_factory.mktemp("toy"), {"first": FIRST, "second": SECOND})
    done = book.build()
    assert done.returncode == 0, done.stderr
    return book


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return the book of this repository, built without a warning, from nothing."""
    book = Book(ROOT, tmp_path_factory.mktemp("real"))
    done = book.build()
    assert done.returncode == 0, done.stderr
    return book
