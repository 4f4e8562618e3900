"""A build that is killed, at whatever moment, and the one after it.

The moments are not waited for: the build that is to die sees itself open a file to be written.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest
from toybook import FIRST, SECOND, Book, call, store, translate, write_book

MARKED = FIRST.replace("A group:", "% slide\n\nA group:\n\n% slide ends")
CHANGED = MARKED.replace("Some prose.", "Some other prose.")
LANGUAGES = ("en", "ja")
PLACE = "chapters/first/index"
# Which file of a book that had been built before is just being written when the build is killed.
MOMENTS = {
    "a catalogue": ".locales/ja/LC_MESSAGES/chapters/first/*index.mo*",
    "what was read": ".doctrees-en/environment.pickle",
    "a page of another edition": "html/ja/chapters/first/index.html",
    "a page that is led to shared files": "html/ja/chapters/first/.index.html.*",
    "the zip": ".book.zip",
}
# In the process that was started, and not in one that this one has started.
ABOVE = ("a page that is led to shared files", "the zip")
WAITS = 60  # seconds that a process would outlive the one that has started it


@dataclass(frozen=True)
class Killed:
    """Kill a build as soon as it opens a file to write it, of which a half is left.

    `victim` is the process to kill, as seen from the one that writes: itself, or the one `above`.
    The lock `alive` is held as long as a process of the build is there.
    """

    build: Path
    pattern: str
    victim: str

    def __call__(self) -> None:
        """Watch this process and those that it starts."""
        fcntl.flock(os.open(self.build.with_name("alive"), os.O_CREAT), fcntl.LOCK_SH)
        sys.addaudithook(self.watch)

    def watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | os.PathLike):
            return
        path, mode, flags = Path(arguments[0]), arguments[1], arguments[2]
        writes = "w" in mode if isinstance(mode, str) else isinstance(flags, int) and flags & 3
        name = path.relative_to(self.build) if path.is_relative_to(self.build) else None
        if not writes or name is None or not fnmatch(name.as_posix(), self.pattern):
            return
        met = self.build.with_name("met")
        if met.exists():  # what is written below
            return
        met.touch()
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if path.exists() else b"<h")
        os.kill(os.getpid() if self.victim == "itself" else os.getppid(), signal.SIGKILL)
        time.sleep(WAITS)
        self.build.with_name("outlived").touch()


def die(book: Book, pattern: str, victim: str) -> tuple[int, str]:
    """Let a build die; return the status of the command and what it said, when all of it ended."""
    build = book.output / "_build"
    (book.output / "alive").touch()
    arguments = ["build", "--out", str(build)]
    done = call(arguments, book.source, Killed(build, pattern, victim))
    with (book.output / "alive").open() as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
    assert (book.output / "met").exists(), "no such file was written"
    assert not (book.output / "outlived").exists()
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book that has been built, and of which a page has changed since."""
    pages = {"first": MARKED, "second": SECOND}
    book = write_book(tmp_path_factory.mktemp("before"), pages, languages=LANGUAGES)
    translate(book.source, PLACE, {"First page": "最初の", "Some prose.": "文章。"})
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    page = book.source / f"{PLACE}.md"
    page.write_text(CHANGED)
    store(page)
    translate(book.source, PLACE, {"First page": "最初のページ", "Some other prose.": "別の文章。"})
    return book


@pytest.fixture(scope="module")
def clean(before: Book, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what is built of the book from nothing, after the change."""
    book = Book(before.source, tmp_path_factory.mktemp("clean"))
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    found = content(book)
    assert "別の文章。".encode() in found[f"ja/{PLACE}.html"]
    return found


def content(book: Book) -> dict[str, bytes]:
    """Return all files of a site but the zip, which notes times."""
    return {
        path.relative_to(book.site).as_posix(): path.read_bytes()
        for path in sorted(book.site.rglob("*"))
        if path.is_file() and path.name != "book.zip"
    }


def different(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.mark.parametrize("name", MOMENTS)
def test_what_was_being_written_when_a_build_was_killed_is_written_anew(
    before: Book, clean: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    shutil.copytree(before.output / "_build", tmp_path / "_build")
    book = Book(before.source, tmp_path)
    status, _ = die(book, MOMENTS[name], "itself" if name in ABOVE else "above")
    assert status == -signal.SIGKILL
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    assert different(content(book), clean) == []
    assert [path.name for path in (tmp_path / "_build").glob(".begun*")] == []


def test_an_edition_whose_process_is_killed_is_told_and_built_from_nothing_later(
    before: Book, clean: dict[str, bytes], tmp_path: Path
) -> None:
    book = Book(before.source, tmp_path)
    status, told = die(book, f".doctrees-ja/{PLACE}.doctree", "itself")
    assert status == 1
    assert told == (
        "The 日本語 edition is not built:\nits process was killed: is the memory full?\n"
    )
    assert [path.name for path in (tmp_path / "_build").glob(".begun-*")] == [".begun-ja"]
    assert book.build_editions().returncode == 0
    assert different(content(book), clean) == []


def test_an_edition_that_fails_otherwise_is_told_as_what_it_is(
    before: Book, tmp_path: Path
) -> None:
    (tmp_path / "_build/.begun-ja").mkdir(parents=True)  # cannot be removed as a file is
    done = Book(before.source, tmp_path).build_editions()
    assert done.returncode == 1
    assert ".begun-ja: Is a directory" in done.stderr
    assert "was killed" not in done.stderr
