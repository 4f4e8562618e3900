"""A build that is killed, at whatever moment, and the one after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from toybook import FIRST, ROOT, SECOND, Book, store, write_book

MARKED = FIRST.replace("A group:", "% slide\n\nA group:\n\n% slide ends")
CHANGED = MARKED.replace("Some prose.", "Some other prose.")
Moment = Callable[[Path, float], bool]


def newer(name: str) -> Moment:
    """Return whether a file below the build folder has been written since a time."""

    def there(build: Path, start: float) -> bool:
        return any(path.stat().st_mtime > start for path in build.glob(name))

    return there


# Whether the book had been built before, and when the next build is killed.
MOMENTS: dict[str, tuple[bool, Moment]] = {
    "first pages are written": (False, newer("html/chapters/*.html")),
    "another edition is written": (False, newer("html/*/chapters/first/index.html")),
    "pages are read again": (True, newer(".doctrees/environment.pickle")),
    "slides are written again": (True, newer("html/chapters/first/torch-slides.html")),
    "all is packed again": (True, newer(".book.zip")),
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book that has been built."""
    book = write_book(tmp_path_factory.mktemp("before"), {"first": MARKED, "second": SECOND})
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    return book


def changed(before: Book, output: Path) -> Book:
    """Change a page of the book; return it, to be built into another folder."""
    page = before.source / "chapters/first/index.md"
    if page.read_text() != CHANGED:
        page.write_text(CHANGED)
        store(page)
    return Book(before.source, output)


@pytest.fixture(scope="module")
def clean(before: Book, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what is built of the book from nothing, after a change."""
    book = changed(before, tmp_path_factory.mktemp("clean"))
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    return content(book)


def content(book: Book) -> dict[str, bytes]:
    """Return all files of a site, but for those that differ from one build to the next.

    They are the zip, which notes times, and MyST-NB's own notebooks, whose cells have random names.
    """
    html = book.output / "_build/html"
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.is_file() and path.name != "book.zip" and "jupyter_execute" not in path.parts
    }


def kill(book: Book, moment: Moment) -> None:
    """Begin to build, and kill the command, and nothing but it, at a moment."""
    build, start = book.output / "_build", time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "bookbuild", "build", "--out", str(build)],
        cwd=book.source, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not moment(build, start):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before the moment came"


def test_two_builds_are_the_same(before: Book, clean: dict[str, bytes], tmp_path: Path) -> None:
    """If this fails, what the others compare says nothing."""
    book = changed(before, tmp_path)
    assert book.build_editions().returncode == 0
    assert different(content(book), clean) == []


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.mark.parametrize("name", MOMENTS)
def test_the_build_after_a_killed_one_is_as_if_from_nothing(
    before: Book, clean: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    built, moment = MOMENTS[name]
    if built:
        shutil.copytree(before.output / "_build", tmp_path / "_build")
    book = changed(before, tmp_path)
    kill(book, moment)
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    assert different(content(book), clean) == []
    assert [path.name for path in (tmp_path / "_build").glob(".begun*")] == []
