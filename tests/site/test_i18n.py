"""`make i18n` and `make check` on a small book."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from toybook import HEAD, REAL, Book, Done, call, shared, store, translate, write_book

from bookbuild.i18n import catalogues

PAGE = "# A page\n\nSome `code` here.\n\n$$x^2$$\n\nThe end.\n\n" + shared("print(1)  # same")
CHANGED = PAGE.replace("The end.", "Not yet.")
JA = {"A page": "ページ", "Some `code` here.": "`code`があります。", "The end.": "終わり。"}


INDEX = {"Root": "根", "Welcome.": "ようこそ。"}
TITLE = {REAL.title: "本", REAL.author: "著者"}
PLACE = "chapters/tiny/index"


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a small book that is translated into Japanese."""
    pages, languages = {"tiny": HEAD + PAGE}, ("en", "ja")
    book = write_book(tmp_path_factory.mktemp("translated"), pages, languages=languages)
    assert call(["i18n"], book.source).returncode == 0
    for place, texts in ((PLACE, JA), ("chapters/index", INDEX), ("book", TITLE)):
        assert {str(m.id) for m in catalogues.load(found(book.source, place)) if m.id} == {*texts}
        translate(book.source, place, texts)
    return book


def found(folder: Path, place: str = PLACE) -> Path:
    return catalogues.place(folder, "ja", place)


@pytest.fixture
def copy(translated: Book, tmp_path: Path) -> Path:
    """Return the folder of a copy of that book."""
    folder = tmp_path / "copy"
    shutil.copytree(
        translated.source, folder, symlinks=True, ignore=shutil.ignore_patterns("_build")
    )
    return folder


def rewrite(folder: Path, text: str, head: str = HEAD) -> None:
    """Give the page another text, and its notebooks as if they had been executed."""
    path = folder / f"{PLACE}.md"
    path.write_text(head + text)
    store(path)


def faults(done: Done) -> list[str]:
    """Return what `check` complains of, but for the prose of notebooks."""
    assert done.returncode == (1 if done.stderr else 0)
    return [line for line in done.stderr.splitlines() if "make notebooks" not in line]


def test_a_book_that_is_translated_in_full_passes(copy: Path) -> None:
    assert call(["notebooks"], copy).returncode == 0
    done = call(["check"], copy)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"ja {PLACE}: 100% translated, 0 fuzzy, 0 missing" in done.stdout


def test_a_page_that_is_complete_no_longer_fails(copy: Path) -> None:
    rewrite(copy, CHANGED)
    [told] = faults(call(["check"], copy))
    assert f"{found(copy)}: 1 of 3 messages have no translation" in told
    assert "untranslated: {ja: why}" in told
    assert call(["i18n"], copy).returncode == 0  # the catalogue follows
    assert {str(m.id) for m in catalogues.load(found(copy)) if m.id} == {
        *(text for text in JA if text != "The end."), "Not yet.",
    }  # fmt: skip
    assert faults(call(["check"], copy)) == [told]


def test_unless_the_page_says_why(copy: Path) -> None:
    why = "book:\n  untranslated: {ja: the translator is away}\n---\n\n"
    rewrite(copy, CHANGED, HEAD.replace("---\n\n", why))
    assert faults(call(["check"], copy)) == []


def test_what_one_build_can_tell_is_told_at_once(copy: Path) -> None:
    """A translation that breaks code, one of a page that is gone, a page that is not translated."""
    path = found(copy)
    path.write_text(path.read_text(encoding="utf-8").replace("`code`が", "コードが"))
    found(copy, "chapters/index").unlink()
    told = faults(call(["check"], copy))
    line = path.read_text(encoding="utf-8").split('msgid "Some')[0].count("\n") + 1
    assert f"{path}:{line}: the translation lacks the code code" in told
    assert [row for row in told if row.startswith(f"{found(copy, 'chapters/index')}: 2 of 2")]
    assert len(told) == 2


def test_a_broken_catalogue_is_one_line_and_stays_as_it_is(copy: Path) -> None:
    path = found(copy)
    path.write_text(path.read_text(encoding="utf-8") + "=======\n")
    done = call(["i18n"], copy)
    assert done.returncode == 1
    assert "not a line of a catalogue: =======" in done.stderr
    assert done.stderr.count("\n") == 1
    assert path.read_text(encoding="utf-8").endswith("=======\n")


def test_pages_that_cannot_be_read_are_said(copy: Path) -> None:
    (copy / "_toc.yml").write_text("format: jb-book\nroot: chapters/none\n")
    done = call(["i18n"], copy)
    assert done.returncode == 1
    assert "the pages cannot be read" in done.stderr
