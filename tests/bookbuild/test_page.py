"""What a page holds, with the line of each piece and of each mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import HEAD as FULL_HEAD
from small import KEYS, SHARED, cell, group, prose

from bookbuild.cli import main
from bookbuild.config import Book
from bookbuild.page.cells import parse_page
from bookbuild.page.markup import PageError

HEAD = "---\nfile_format: mystnb\n---\n"
CELL = "```{code-cell}\n"
ALL = group("print()")
PROSE = prose("For {}")
WRONG = {
    "unknown tag": ("\n" + cell("", "jax"), 5, "unknown tag 'jax'"),
    "group": ("a\n\n" + cell("", "ant"), 6, "lacks bee, cat"),
    "count": (ALL + cell("", "bee"), 4, "unequal number .* bee 2, cat 1"),
    "prose group": ("::::{framework} ant\n::::\n", 4, "lacks bee, cat"),
    "prose, other cells": (PROSE + cell("", "ant"), 4, "unequal number"),
    "unknown framework": ("::::{framework} jax\n::::\n", 4, "unknown framework 'jax'"),
    "no framework": ("::::{framework}\n::::\n", 4, "unknown framework ''"),
    "framework in itself": (
        f"::::::{{framework}} ant\n\n{PROSE}::::::\n", 6, "{framework} inside {framework}",
    ),
    "nested group": (":::::{note}\na\n::::{framework} ant\n::::\n:::::\n", 6, "lacks bee"),
    "nested cell": (f":::{{note}}\n{CELL}```\n:::\n", 5, "must stand alone"),
    "cell in a list": ("- a\n\n  ```{code-cell}\n  1\n  ```\n", 6, "must stand alone"),
    "cell in a quote": ("> ```{code-cell}\n> 1\n> ```\n", 4, "must stand alone"),
    "cell in colons": (":::{code-cell}\n:::\n", 4, "between backticks"),
    "two frameworks": (cell("", "ant", "cat"), 4, "one framework or to all"),
    "second parameters": (
        2 * cell("a = 1", "parameters"), 8, "second cell parameters; the first is in line 4",
    ),
    "second name": (
        2 * cell("a = 1", '"name:errors"'), 8, "second cell name:errors; the first is in line 4",
    ),
    "second name in one framework": (
        cell("", '"name:errors"') + ALL.replace("[cat]", '[cat, "name:errors"]'),
        16, "second cell name:errors; the first is in line 4",
    ),
    "tagged parameters": (ALL.replace("[ant]", "[ant, parameters]"), 4, "belongs to all"),
    "no Python": (cell("\na = 1\nb =", "parameters"), 8, "is not Python"),
    "too deep": (cell("a = " + "-" * 99999 + "1", "parameters"), 6, "is not Python: too deep"),
    "options": (CELL + ":tags: [ant\n```\n", 4, "options are no YAML"),
    "date": (CELL + ":tags: [2026-13-45]\n```\n", 4, "options are no YAML: month"),
    "open options": (CELL + "---\ntags: [ant]\n```\n", 4, "options are not closed"),
    "list of options": (CELL + "---\n- a\n---\n```\n", 4, "must map names to values"),
    "option": (CELL + ":timeout: 3\n```\n", 4, "no option 'timeout'"),
    "tags": (CELL + ":tags: ant\n```\n", 4, "tags must be a list"),
    "number": (CELL + ":tags: [1]\n```\n", 4, "tags must be a list"),
    "open cell": (CELL + "print()\n", 4, "is not closed: ``` is missing"),
    "open fence": (":::{note}\ntext\n", 4, "{note} is not closed: :::"),
    "no mystnb": (cell("1"), 1, "need `file_format: mystnb`"),
    "after what ends lines elsewhere": ("a\u2028b\n\x0cc\x85d\n" + cell("", "jax"), 6, "'jax'"),
    "after it in a cell": (cell("a = '\u2028\x85\x0c'") + cell("", "jax"), 7, "'jax'"),
    "within a note": (f":::{{note}}\na\u2028b\n{CELL}```\n:::\n", 6, "must stand alone"),
}  # fmt: skip
BAD_HEADS = {
    "open": ("file_format: mystnb", 1, "code cells need `file_format: mystnb`"),
    "yaml": ("a: 1\nb: [1\n---", 3, "not valid YAML"),
    "date": ("a: 2026-13-45\n---", 2, "not valid YAML: month"),
    "circle": ("book: &a {small: *a}\n---", 2, "not valid YAML: Circular"),
    "half a character": ('a: "\\ud800"\n---', 2, "not valid YAML: "),
    "list": ("- 1\n---", 2, "must be a mapping"),
    "title": ("a: 1\ntitle: [b]\n---", 3, "`title` must be text"),
    "mystnb": ("a: 1\nmystnb: 3\n---", 3, "`mystnb` must be a mapping"),
    "name of ours": ("book_page: 1\n---", 2, "`book_page` is a name of ours"),
    "book": ("a: 1\nbook: 1\n---", 3, "`book` must be a mapping"),
    "key that is no text": ("book:\n  1: x\n---", 3, "unknown key 1 in `book`"),
    "key that is a date": ("book:\n  2026-01-02: x\n---", 3, "unknown key datetime"),
    "key behind an alias": ("a: &a {smal: 1}\nbook:\n  <<: *a\n---", 3, "unknown key 'smal'"),
    "key that is a list": ("? [a]\n: 1\n---", 2, "unhashable key"),
    "unknown": ("book:\n  smal: 1\n---", 3, "unknown key 'smal' in `book`; known: small,"),
    "small": ("book:\n  small: 1\n---", 3, "`small` must map"),
    "nothing": ("book:\n  small:\n---", 3, "`small` must map"),
    "value": ("book:\n  small: {a: [1]}\n---", 3, "must map parameters to numbers"),
    "examples": ("book:\n  small_examples: 0\n---", 3, "a whole number above 0"),
    "absent": ("book:\n  absent: [bee]\n---", 3, "must map frameworks"),
    "absent whom": ("book:\n  absent: {jax: why}\n---", 3, r"frameworks \(ant, bee, cat\)"),
    "pending whom": ("book:\n  pending: {jax: why}\n---", 3, r"frameworks \(ant, bee, cat\)"),
    "untranslated": ("book:\n  untranslated: [ja]\n---", 3, "must map languages"),
    "untranslated what": ("book:\n  untranslated: {fr: why}\n---", 3, r"translations \(\) to"),
    "files": ("book:\n  files: data.npy\n---", 3, "must list files beside"),
    "folders": ("book:\n  files: [../data.npy]\n---", 3, "must list files beside"),
    "lost file": ("book:\n  files: [lost.npy]\n---", 3, "no file lost.npy, seen from the page"),
    "no cell": (
        "file_format: mystnb\nbook:\n  small: {a: 1}\n---",
        4, "`small` needs a code cell tagged `parameters`",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_names_file_and_line(
    page, root: Path, text: str, line: int, message: str
) -> None:
    with pytest.raises(PageError, match=message) as caught:
        page(text, head="" if "mystnb" in message else HEAD)
    assert str(caught.value).startswith(f"{root}/chapters/tiny/index.md:{line}: ")


@pytest.mark.parametrize(("head", "line", "message"), BAD_HEADS.values(), ids=BAD_HEADS)
def test_a_mistake_in_front_matter(page, head: str, line: int, message: str) -> None:
    with pytest.raises(PageError, match=message) as caught:
        page(f"\n{CELL}print()\n```\n", head=f"---\n{head}\n")
    assert caught.value.line == line


def test_front_matter_says_what_it_may(page) -> None:
    page("").path.with_name("data.txt").touch()
    told = (
        "small: {lr: 1, name: a, none: null}\n  small_examples: 7\n"
        "  absent: {cat: gone}\n  pending: {bee: soon}\n  files: [data.txt, ../tiny/data.txt]\n"
    )
    head = f"---\nfile_format: mystnb\nmine: [2026-01-02]\nbook:\n  {told}---\n"
    front = page(cell("lr = name = 2\nnone: int = 4", "parameters"), head=head).front
    assert front.small == {"lr": 1, "name": "a", "none": None}
    assert (front.small_examples, front.absent, front.pending) == (
        7,
        {"cat": "gone"},
        {"bee": "soon"},
    )
    assert front.files == ("data.txt", "../tiny/data.txt")
    assert front.data["mine"] == ["2026-01-02"]  # as a notebook can hold it


def test_small_names_a_parameter_that_is_not_assigned(page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  small: {lr: 1, size: 2}\n---\n"
    with pytest.raises(PageError, match=r":4: `small` sets 'size'"):
        page(cell("lr: float = 0.1", "parameters"), head=head)


def test_a_script_that_makes_files_may_read_the_page_before(write_page, book: Book) -> None:
    path = write_page("", head="---\nbook:\n  files: [lost.npy]\n---\n")
    assert parse_page(path, book, find_files=False).front.files == ("lost.npy",)


@pytest.mark.parametrize("content", [b"\xff", None])
def test_an_unreadable_page(root: Path, book: Book, content: bytes | None) -> None:
    path = root / "chapters/none.md"
    if content:
        path.write_bytes(content)
    with pytest.raises(PageError, match=r"none\.md:1: cannot be read"):
        parse_page(path, book)


def test_an_absent_framework_lacks_in_groups(page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  absent: {cat: why}\n---\n"
    with pytest.raises(PageError, match="cat is declared absent"):
        page(ALL, head=head)
    tiny = page(cell("1", "ant") + cell("2", "bee") + SHARED, head=head)
    assert tiny.frameworks == tiny.cells[-1].frameworks == ("ant", "bee")


def test_blocks_know_kind_place_and_frameworks(page) -> None:
    text = f"# Title\n\n{CELL}\nshared\n```\n{ALL}\n% a comment ends no group\n\n{PROSE}"
    tiny = page(text, head=HEAD)
    kinds = [block.kind for block in tiny.blocks]
    assert kinds == ["markdown", "code", *3 * ["code"], "markdown", *3 * ["framework"]]
    assert [cell.index for cell in tiny.cells] == [0, 1, 2, 3]
    first, second, third, _ = tiny.cells
    assert (first.frameworks, third.frameworks) == (KEYS, ("bee",))
    assert (first.line, first.body_line, first.source) == (6, 8, "shared")
    assert (second.line, second.body_line) == (10, 12)


@pytest.mark.parametrize("mark", ["+++", '+++ {"slide": 1}', "% a comment", "% a\n% b\n\n+++"])
def test_what_shows_nothing_ends_no_group(page, mark: str) -> None:
    parts = [cell(key, key) for key in KEYS]
    assert len(page(f"\n{mark}\n\n".join(parts)).cells) == 3
    with pytest.raises(PageError, match="lacks bee, cat"):
        page(f"\n{mark}\nwords\n\n".join(parts))


ODD = "a\u2028b\x0cc\x85d\x0b\x1ce"  # what `str.splitlines` takes for ends of lines


def test_what_ends_lines_elsewhere_is_kept(page) -> None:
    tiny = page(f"# {ODD}\n\n{cell(f'x = {ODD!r}' + chr(10) + f'# {ODD}')}\n{ODD}\n", head=HEAD)
    assert [block.source for block in tiny.blocks] == [f"# {ODD}", f"x = {ODD!r}\n# {ODD}", ODD]
    assert [block.line for block in tiny.blocks] == [4, 6, 11]


@pytest.mark.parametrize(("begin", "end"), [("\ufeff", "\n"), ("", "\r\n"), ("", "\r")])
def test_marks_and_ends_of_other_systems(root: Path, book: Book, begin: str, end: str) -> None:
    path = root / "chapters/a.md"
    text = f"{begin}{HEAD}# A\n\n{cell('x')}{ALL}"
    path.write_bytes(text.replace("\n", end).encode())
    tiny = parse_page(path, book)
    assert [(block.source, block.line) for block in tiny.blocks[:2]] == [("# A", 4), ("x", 6)]


OPTIONS = {  # the head of a cell, its tags, and the line in it where its code begins
    "one line": (":tags: [hide-input]\n", 2),
    "text": (':tags: ["hide-input"]\n', 2),
    "an empty line after it": (":tags: [hide-input]\n\n", 3),
    "more lines": (":tags:\n:  - hide-input\n", 3),
    "aside": ("   :tags: [hide-input]\n", 2),
    "between rules": ("---\ntags: [hide-input]\n---\n", 4),
    "more between rules": ("---\ntags:\n- hide-input\nmystnb:\n  image: {}\n---\n\n", 8),
}


@pytest.mark.parametrize(("head", "line"), OPTIONS.values(), ids=OPTIONS)
def test_options_in_all_forms(page, head: str, line: int) -> None:
    [block] = page(f"{CELL}{head}x = {{\n  1: 2}}\n```\n", head=HEAD).cells
    assert (block.tags, block.source) == (("hide-input",), "x = {\n  1: 2}")
    assert block.body_line == 4 + line


def test_parallel_cells_may_have_one_name(page) -> None:
    text = re.sub(r"\[(\w+)\]", r'[\1, "name:errors"]', ALL)
    assert [cell.tags for cell in page(text).cells] == len(KEYS) * [("name:errors",)]


GOOD = {
    "code that is shown": f"````md\n{CELL}:tags: [nope]\n```\n````\n\n    {CELL}    ```\n",
    "words": "`{code-cell}`\n",
    "directive in a quote": "> ```{note}\n> a\n> ```\n",
    "directive in a list": "- ```{note}\n  a\n  ```\n- b\n",
    "directive in both": "- > :::{note}\n  > a\n  > :::\n",
    "group in a note": f"::::::{{note}}\nfor\n{PROSE}::::::\n",
    "colons at the start": prose(":::{note}\na\n:::"),
}  # fmt: skip


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_no_cell_is_no_mistake(page, text: str) -> None:
    assert page(text).cells == ()


PIECES = [
    "```{code-cell}\n", "```\n", ":tags: [ant]\n", ":tags: [", "---\n", "::::{framework} bee\n",
    "::::\n", "> ", "- ", "  ", "\t", "\n", "a", "# A\n", "$$\n", "+++\n", "% c\n", "```{note}\n",
    "book:\n", "  small: {a: 1}\n", "  files: [", "x" * 300, "\x00", "\u2028", "\x0c", "\x85", "\r",
    "\ufeff", "2026-13-45\n", "&a [*a]\n", '"\\ud800"\n', "[a](b)", "{ref}`", "`", "|a|\n|-|\n",
    "[^a]: b\n", "(a)=\n", ":::{", "}", "~~~{code-cell}\n", "~~~\n", "parameters", "\\", "<!--",
]  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.booleans())
def test_any_page_is_read_or_told_with_its_line(
    root: Path, book: Book, pieces: list[str], headed: bool
) -> None:
    path = root / "chapters/any.md"
    path.write_bytes((FULL_HEAD * headed + "".join(pieces)).encode())
    try:
        found = parse_page(path, book)
    except PageError as error:
        assert re.match(rf"{re.escape(str(path))}:\d+: .", str(error))
        assert "\n" not in str(error)
        assert error.line <= path.read_text().count("\n") + 2
    else:
        text = path.read_text(encoding="utf-8-sig").split("\n")
        for block in found.blocks:
            first = block.source.split("\n")[0].strip()
            assert first.replace("\ufffd", "\0") in text[block.body_line - 1].expandtabs() or (
                first in text[block.body_line - 1]
            )


def test_a_mistake_is_one_line_of_the_command(page, root: Path, capsys) -> None:
    with pytest.raises(PageError):
        page(cell("", "jax"))
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{root}/chapters/tiny/index.md:6: unknown tag 'jax'; known: ant, bee")
    assert told.count("\n") == 1
