"""Catalogues: kept up to their pages without losing a translation; what they break is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import write_po
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import CONFIG, LANGUAGES

from bookbuild.config import DEFAULT_EXTENSIONS, BookError, read_book
from bookbuild.i18n import catalogues, report
from bookbuild.i18n.catalogues import Coverage
from bookbuild.page.markup import make_parser


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ja" / "LC_MESSAGES" / "page.po"


def translate(path: Path, **translations: str) -> None:
    catalogue = catalogues.load(path, "ja")
    for text, translation in translations.items():
        catalogue[text].string = translation
    with path.open("wb") as file:
        write_po(file, catalogue)


def read(path: Path) -> dict[str, str]:
    return catalogues.valid(catalogues.load(path))


class TestRefresh:
    def test_what_is_new_waits_for_its_translation(self, path: Path) -> None:
        found = catalogues.refresh(path, "ja", ["one", "two"])
        assert catalogues.coverage(["one", "two"], found) == Coverage(2, fuzzy=0, missing=2)
        assert read(path) == {}

    def test_what_is_translated_stays(self, path: Path) -> None:
        catalogues.refresh(path, "ja", ["one", "two"])
        translate(path, one="一", two="二")
        found = catalogues.refresh(path, "ja", ["two", "three", "one"])
        assert read(path) == {"one": "一", "two": "二"}
        assert [m.id for m in found if m.id] == ["two", "three", "one"]

    def test_what_has_changed_a_little_is_fuzzy_and_not_used(self, path: Path) -> None:
        old, new = "The network learns slowly.", "The network learns very slowly."
        catalogues.refresh(path, "ja", [old])
        translate(path, **{old: "ゆっくり学習します。"})
        found = catalogues.refresh(path, "ja", [new])
        assert found[new].string == "ゆっくり学習します。"
        assert catalogues.coverage([new], found) == Coverage(1, fuzzy=1, missing=0)
        assert read(path) == {}

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
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(BookError, match=rf"page\.po:{line}: not a line of a catalogue"):
        catalogues.load(path, "ja")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        rb'msgid ""%smsgstr "Plural-Forms: nplurals=2; plural=os.system(1);\n"' % b"\n",
        'msgid ""\nmsgstr "Content-Type: a; charset=none\\n"\nmsgid "é"\nmsgstr "b"'.encode(),
    ],
)
def test_a_file_that_is_no_catalogue_is_named(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(BookError, match=r"page\.po: not a catalogue"):
        catalogues.load(path, "ja")


PARSER = make_parser(DEFAULT_EXTENSIONS)
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
    found = list(report.broken(Message(text, translation), PARSER))
    assert any(problem in line for line in found), found


@pytest.mark.parametrize("name", GOOD)
def test_one_that_breaks_nothing_is_not(name: str) -> None:
    assert list(report.broken(Message(*GOOD[name]), PARSER)) == []


def test_faults_name_the_catalogue_and_what_to_do(root: Path, write_page) -> None:
    (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8")
    book, head = read_book(root), "---\nbook:\n  untranslated: {ja: still to come}\n---\n"
    write_page("", name="late/index", head=head)
    wanted = {f"chapters/{name}/index": ["See `x`.", "Two"] for name in ("tiny", "late")}
    report.refresh(book, wanted)
    path = catalogues.place(root, "ja", "chapters/tiny/index")
    translate(path, **{"See `x`.": "見る。"})
    rows, (missing, lacks) = report.report(book, wanted)
    assert rows == [
        "ja chapters/tiny/index: 50% translated, 0 fuzzy, 1 missing",
        "ja chapters/late/index: 0% translated, 0 fuzzy, 2 missing",
    ]
    assert missing.startswith(f"{path}: 1 of 2 messages have no translation: run `make i18n`")
    assert re.fullmatch(rf"{path}:\d+: the translation lacks the code x", lacks)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_a_catalogue_holds_is_read_or_told_on_one_line(path: Path, data) -> None:
    catalogues.refresh(path, "ja", ["one", "two {n} `x`", "three"])
    translate(path, one="一", three="三")
    whole = path.read_bytes()
    junk = [
        b'"', b"\\", b"msgid", b"msgstr", b'msgctxt "a"\n', b'msgid_plural "b"\n', b"[0]", b"\n",
        b"#~ ", b"#, fuzzy\n", b"\xff", b"\0", b"charset=x", b'msgstr[99] "a"\n',
        b"Plural-Forms: nplurals=x; plural=y;\\n",
    ]  # fmt: skip
    start, size = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 40))
    path.write_bytes(whole[:start] + data.draw(st.sampled_from(junk)) + whole[start + size :])
    try:
        catalogue = catalogues.load(path, "ja")
        for message in catalogue:
            assert all("\n" not in told for told in report.broken(message, PARSER))
        catalogues.coverage(["one"], catalogue)
        catalogues.compile_all([path.parents[1]], "ja", path.parents[1] / "made")
        catalogues.refresh(path, "ja", ["one", "four"])
    except BookError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error)
    finally:
        path.unlink()
