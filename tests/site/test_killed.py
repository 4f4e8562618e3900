"""A build that is killed, at whatever moment, and the one after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from toybook import FIRST, ROOT, SECOND, Book, store, write_book

MARKED = FIRST.replace("A group:", "% slide\n\nA group:\n\n% slide ends")
CHANGED = MARKED.replace("Some prose.", "Some other prose.")
# Whether the book had been built before, and which files are just being written when it is killed.
MOMENTS = {
    "first pages": (False, "html/chapters/*.html"),
    "what was read": (True, ".doctrees/environment.pickle"),
    "slides": (True, "html/chapters/first/torch-slides.html"),
    "a page of another edition": (True, "html/*/chapters/first/index.html"),
    "the zip": (True, ".book.zip"),
}


def written(build: Path, pattern: str, start: float) -> list[Path]:
    """Return the files below the build folder that have been written since a time."""
    return [path for path in build.glob(pattern) if path.stat().st_mtime > start]


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
    html = book.site
    return {
        path.relative_to(html).as_posix(): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.is_file() and path.name != "book.zip" and "jupyter_execute" not in path.parts
    }


def begin(book: Book, pattern: str, start: float) -> subprocess.Popen[str]:
    """Begin to build, and return the command as soon as such a file is written."""
    build = book.output / "_build"
    process = subprocess.Popen(
        [sys.executable, "-m", "bookbuild", "build", "--out", str(build)],
        cwd=book.source, env=os.environ | {"PYTHONPATH": str(ROOT), "BOOK_MARK": str(build)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not written(build, pattern, start):
        time.sleep(0.002)
    assert process.poll() is None, "it ended before the moment came"
    return process


def builders(book: Book) -> list[int]:
    """Return the processes that build an edition of a book."""
    found, mark = [], f"BOOK_MARK={book.output / '_build'}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                mark in (folder / "environ").read_bytes().split(b"\0")
                and b"spawn_main" in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
    return found


def kill(book: Book, pattern: str) -> None:
    """Begin to build, and kill the command, and nothing but it, while it writes a file."""
    start = time.time()
    process = begin(book, pattern, start)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    end = time.monotonic() + 2
    while builders(book) and time.monotonic() < end:
        time.sleep(0.01)
    assert not builders(book)
    # A process is seldom hit in the middle of a write: so it would be.
    for path in written(book.output / "_build", pattern, start):
        os.truncate(path, path.stat().st_size // 2)


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.mark.parametrize("name", MOMENTS)
def test_what_was_being_written_when_a_build_was_killed_is_written_anew(
    before: Book, clean: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    built, pattern = MOMENTS[name]
    if built:
        shutil.copytree(before.output / "_build", tmp_path / "_build")
    book = changed(before, tmp_path)
    kill(book, pattern)
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    assert different(content(book), clean) == []
    assert [path.name for path in (tmp_path / "_build").glob(".begun*")] == []


def test_an_edition_whose_process_is_killed_is_told_and_built_from_nothing_later(
    before: Book, tmp_path: Path
) -> None:
    book = Book(before.source, tmp_path)
    process = begin(book, ".doctrees/chapters/*.doctree", time.time())
    # The editions of two languages are being built, the third is still to come.
    killed = builders(book)
    assert len(killed) == 2
    for number in killed:
        os.kill(number, signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 1
    words = "edition is not built:\nits process was killed: is the memory full?"
    assert told.count(words) == 2
    assert told.count("Traceback") == 0
    assert len(list((tmp_path / "_build").glob(".begun-*"))) == 2
