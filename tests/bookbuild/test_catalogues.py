"""Catalogues: kept up to their pages without losing a translation; what they break is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Message

from bookbuild.__main__ import main
from bookbuild.config import DEFAULT_EXTENSIONS, BookError
from bookbuild.i18n import catalogues
from bookbuild.i18n import coverage as i18n
from bookbuild.i18n.catalogues import Coverage

PAGE = "# A page\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ja" / "page.po"


def translate(path: Path, **translations: str) -> None:
    catalogue = catalogues.load(path, "ja")
    for text, translation in translations.items():
        catalogue[text].string = translation
    catalogues.write(catalogue, path)


class TestRefresh:
    def test_what_is_new_waits_for_its_translation(self, path: Path) -> None:
        found = catalogues.refresh(path, "ja", ["one", "two"])
        assert catalogues.coverage(["one", "two"], found) == Coverage(2, fuzzy=0, missing=2)
        assert catalogues.read(path) == {}

    def test_what_is_translated_stays(self, path: Path) -> None:
        catalogues.refresh(path, "ja", ["one", "two"])
        translate(path, one="一", two="二")
        found = catalogues.refresh(path, "ja", ["two", "three", "one"])
        assert catalogues.read.__wrapped__(path) == {"one": "一", "two": "二"}
        assert [m.id for m in found if m.id] == ["two", "three", "one"]

    def test_what_has_changed_a_little_is_fuzzy_and_not_used(self, path: Path) -> None:
        old, new = "The network learns slowly.", "The network learns very slowly."
        catalogues.refresh(path, "ja", [old])
        translate(path, **{old: "ゆっくり学習します。"})
        found = catalogues.refresh(path, "ja", [new])
        assert found[new].string == "ゆっくり学習します。"
        assert catalogues.coverage([new], found) == Coverage(1, fuzzy=1, missing=0)
        assert catalogues.read.__wrapped__(path) == {}

    def test_what_is_gone_is_kept_and_comes_back(self, path: Path) -> None:
        catalogues.refresh(path, "ja", ["abc", "xyz"])
        translate(path, abc="一", xyz="二")
        catalogues.refresh(path, "ja", ["abc"])
        assert '#~ msgstr "二"' in path.read_text(encoding="utf-8")
        found = catalogues.refresh(path, "ja", ["abc", "xyz"])
        assert found["xyz"].string == "二"

    def test_without_a_change_the_file_is_not_touched(self, path: Path) -> None:
        catalogues.refresh(path, "ja", ["one", "a long line " * 30])
        before = path.stat().st_mtime_ns, path.read_bytes()
        catalogues.refresh(path, "ja", ["one", "a long line " * 30])
        assert (path.stat().st_mtime_ns, path.read_bytes()) == before


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('msgid "a"\nmsgstr "b', 2),
        ('msgid "a"\nmsgstr b"', 2),
        ('<<<<<<< HEAD\nmsgid "a"\nmsgstr "b"\n', 1),
        ('msgid "a"\nmsgstr "b"\nhello\n', 3),
    ],
)
def test_a_broken_file_is_named_with_its_line(path: Path, text: str, line: int) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(BookError, match=rf"page\.po:{line}: not a line of a catalogue"):
        catalogues.load(path, "ja")


def test_a_file_that_is_not_text_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BookError, match=r"page\.po: not a catalogue"):
        catalogues.load(path, "ja")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"ja": {\n', r":2: not JSON: "),
        (b"", r":1: not JSON: "),
        (b"\xff", r": not JSON: no text"),
        (b"[]", r": must map languages to pages"),
        (b'{"ja": 3}', r": must map languages to pages"),
        (b'{"ja": {"page": 3}}', r": must map languages to pages"),
    ],
)
def test_damaged_notes_of_what_was_complete_are_named(
    tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / "locales").mkdir()
    (tmp_path / "locales/complete.json").write_bytes(content)
    with pytest.raises(BookError, match=rf"complete\.json{told}"):
        catalogues.complete_since(tmp_path, "ja", "page")


BROKEN = {
    "code": ("See `x`.", "`y`を見る。", "lacks the code x"),
    "code twice": ("`x`", "`x``x`", "adds the code"),
    "formula": ("Of $x^2$.", "$x^3$の。", "lacks the math x^2"),
    "role": (
        "{footcite:t}`Lin.2013` asks.",
        "Linが問う。",
        "lacks the role {footcite:t}`Lin.2013`",
    ),
    "link": ("[here](#a)", "[ここ](#b)", "lacks the link #a"),
    "placeholder": ("{n} left", "残り", "lacks the placeholder {n}"),
    "italics": ("An *idea*.", "*考え*です。", "italics"),
    "bold": ("A **thing (x)** is.", "**もの（x）**です。", "not read as bold"),
}
GOOD = {
    "order": ("`a` and $b$ in [c](#d)", "[し](#d)の$b$と`a`"),
    "bold": ("An *idea* is.", "**考え**です。"),
    "names": ("The *safetensors* format.", "*safetensors*形式。"),
    "same": ("PDF", "PDF"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_translation_that_breaks_something_is_found(name: str) -> None:
    text, translation, problem = BROKEN[name]
    found = list(i18n.broken(Message(text, translation), DEFAULT_EXTENSIONS))
    assert any(problem in line for line in found), found


@pytest.mark.parametrize("name", GOOD)
def test_one_that_breaks_nothing_is_not(name: str) -> None:
    assert list(i18n.broken(Message(*GOOD[name]), DEFAULT_EXTENSIONS)) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("[ja]", "must map languages"),
        ("{fr: why}", "unknown language: fr"),
        ("{ja: 1}", "must map"),
    ],
)
def test_a_wrong_declaration_is_refused(write_page, value: str, told: str, capsys) -> None:
    head = f"---\nfile_format: mystnb\nbook:\n  untranslated: {value}\n---\n"
    write_page(PAGE, head=head)
    assert main(["check"]) == 1
    assert told in capsys.readouterr().err
