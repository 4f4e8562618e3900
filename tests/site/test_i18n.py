"""`make i18n` and `make check` on a small book."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from toybook import HEAD, Book, shared, store, write_book

from bookbuild.__main__ import main
from bookbuild.i18n import catalogues

PAGE = "# A page\n\nSome `code` here.\n\n$$x^2$$\n\nThe end.\n\n" + shared("print(1)  # same")
CHANGED = PAGE.replace("The end.", "Not yet.")
JA = {"A page": "ページ", "Some `code` here.": "`code`があります。", "The end.": "終わり。"}


def translate(path: Path, translations: dict[str, str]) -> None:
    catalogue = catalogues.load(path, "ja")
    for text, translation in translations.items():
        catalogue[text].string = translation
    catalogues.write(catalogue, path)


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a small book whose one page is translated into Japanese."""
    book = write_book(tmp_path_factory.mktemp("translated"), {"tiny": HEAD + PAGE})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(book.source)
        assert main(["i18n"]) == 0
        translate(catalogues.place(book.source, "ja", "chapters/tiny/index"), JA)
        assert main(["i18n"]) == 0
    return book


@pytest.fixture
def po(translated: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the Japanese catalogue of a copy of that book, which is also the working folder."""
    folder = tmp_path / "copy"
    shutil.copytree(translated.source, folder)
    monkeypatch.chdir(folder)
    return catalogues.place(folder, "ja", "chapters/tiny/index")


def rewrite(text: str, head: str = HEAD) -> None:
    """Give the page another text, and its notebooks as if they had been executed."""
    path = Path("chapters/tiny/index.md")
    path.write_text(head + text)
    store(path)
    assert main(["notebooks"]) == 0


def test_formulas_and_code_are_not_in_it(po: Path) -> None:
    assert {str(m.id) for m in catalogues.load(po) if m.id} == set(JA)


def test_a_complete_page_is_noted_and_passes(po: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noted = json.loads(Path("locales/complete.json").read_text())
    assert set(noted["ja"]) == {"chapters/tiny/index"}
    capsys.readouterr()
    assert main(["check"]) == 0
    told = capsys.readouterr().out
    assert "ja chapters/tiny/index: 100% translated, 0 fuzzy, 0 missing" in told
    assert "zh_CN chapters/tiny/index: 0% translated, 0 fuzzy, 3 missing" in told


def test_a_page_that_is_complete_no_longer_fails(
    po: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rewrite(CHANGED)
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert f"{po}: 1 of 3 messages have no translation" in told
    assert "untranslated: {ja: why}" in told
    assert main(["i18n"]) == 0  # the catalogue follows, and the date stays
    assert main(["check"]) == 1


def test_unless_the_page_says_why(po: Path) -> None:
    why = "book:\n  untranslated: {ja: the translator is away}\n---\n\n"
    rewrite(CHANGED, HEAD.replace("---\n\n", why))
    assert main(["check"]) == 0


def test_a_page_translated_again_has_a_new_date(po: Path) -> None:
    path = Path("locales/complete.json")
    path.write_text(path.read_text().replace("20", "19", 1))
    old = json.loads(path.read_text())["ja"]["chapters/tiny/index"]
    assert main(["i18n"]) == 0
    assert json.loads(path.read_text())["ja"]["chapters/tiny/index"] == old
    rewrite(CHANGED)
    assert main(["i18n"]) == 0
    assert json.loads(path.read_text())["ja"]["chapters/tiny/index"] == old
    translate(po, {"Not yet.": "まだ。"})
    assert main(["i18n"]) == 0
    new = json.loads(path.read_text())["ja"]["chapters/tiny/index"]
    assert new["date"] > old["date"]


def test_a_translation_that_breaks_code_is_named_with_its_line(
    po: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    po.write_text(po.read_text(encoding="utf-8").replace("`code`が", "コードが"))
    assert main(["check"]) == 1
    line = po.read_text(encoding="utf-8").split('msgid "Some')[0].count("\n") + 1
    assert f"{po}:{line}: the translation lacks the code code" in capsys.readouterr().err


def test_a_broken_catalogue_is_one_line_and_stays_as_it_is(
    po: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    po.write_text(po.read_text(encoding="utf-8") + "=======\n")
    assert main(["i18n"]) == 1
    assert "not a line of a catalogue: =======" in capsys.readouterr().err
    assert po.read_text(encoding="utf-8").endswith("=======\n")


def test_pages_that_cannot_be_read_are_said(po: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("_toc.yml").write_text("format: jb-book\nroot: chapters/none\n")
    assert main(["i18n"]) == 1
    assert "the pages cannot be read" in capsys.readouterr().err
