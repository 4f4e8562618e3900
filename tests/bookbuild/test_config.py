"""What a book says of itself: `_config.yml` and `_toc.yml`, and each mistake in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small import CONFIG, HEAD, LANGUAGES, SHARED

from bookbuild.cli import main
from bookbuild.config import Book, BookError, Framework, read_book
from bookbuild.page import Page
from bookbuild.page.cells import find_pages


def test_a_book_is_what_its_config_says(root: Path) -> None:
    (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8-sig")  # with a mark
    (root / "deep/down").mkdir(parents=True)
    book = read_book(root / "deep/down")
    assert (book.root, book.title, book.author, book.name) == (root, "The book", "Ada", "toy")
    assert book.frameworks["bee"] == Framework("bee", "Bee", "json", "--no-deps bee==1.0")
    assert book.frameworks["cat"].install == ""
    assert (book.source, book.translated) == ("en", ("ja",))
    assert [(row.folder, row.tag) for row in book.languages.values()] == [("", "en"), ("ja/", "ja")]
    assert book.helpers == {"textwrap": "git+https://example.org/helpers"}
    assert book.site == "https://a.github.io/b/"


def test_little_is_needed(root: Path) -> None:
    row = "{a: {label: A, module: a}}"
    (root / "_config.yml").write_text(f"sphinx: {{config: {{book: {{frameworks: {row}}}}}}}")
    book = read_book(root)
    assert (book.name, book.source, book.translated) == (root.name, "en", ())
    assert (book.helpers, book.site, book.address(root / "a.md")) == ({}, "", "")


def test_addresses_are_quoted_and_inside_the_book(root: Path, book: Book) -> None:
    path = root / "chapters/第 1 章/a#b.md"
    there = "chapters/%E7%AC%AC%201%20%E7%AB%A0/a%23b.md"
    assert book.address(path) == f"https://github.com/a/b/blob/main/{there}"
    assert book.address(path, raw=True) == f"https://github.com/a/b/raw/main/{there}"
    assert book.address(root.parent / "other.md") == ""
    more = CONFIG.replace("branch: main", "branch: main, path_to_book: docs")
    (root / "_config.yml").write_text(more)
    assert read_book(root).address(path).endswith(f"main/docs/{there}")


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("https://github.com/Ada/Book.git", "https://ada.github.io/Book/"),
        ("https://github.com/ada/ada.github.io", "https://ada.github.io/"),
        ("https://gitlab.com/ada/book", ""),
        ("https://github.com/ada", ""),
        ("https://[github.com/a/b", ""),
        ("", ""),
    ],
)
def test_where_a_book_is_published(root: Path, repository: str, site: str) -> None:
    text = CONFIG.replace("https://github.com/a/b", repository)
    (root / "_config.yml").write_text(text)
    assert read_book(root).site == site


ANT = "ant: {label: Ant, module: yaml, install: pyyaml}"
BAD = {  # what takes the place of what in the settings, and what is said
    "yaml": (CONFIG, "a: 1\nb: [", ":2: not valid YAML: "),
    "tab": (CONFIG, "\ta: 1", ":1: not valid YAML: "),
    "date": (CONFIG, "title: 2026-13-45", ":1: not valid YAML: month must be"),
    "circle": (CONFIG, "title: &a [*a]", ":1: not valid YAML: Circular"),
    "deep": (CONFIG, "a: " + "[" * 5000, ":1: not valid YAML: maximum recursion"),
    "half a character": (CONFIG, r'a: "\ud800"', ":1: not valid YAML: "),
    "list": (CONFIG, "- a", ": expected a mapping"),
    "empty": (CONFIG, "", ": `sphinx`, `config`, `book` must name `frameworks`"),
    "parse": ("parse:\n", "parse: 3\nother:\n", ": `parse` must be a mapping"),
    "extensions": (
        "[amsmath, colon_fence, deflist, dollarmath]", "{a: b}", ": `myst_enable_extensions` must",
    ),
    "extension": ("[amsmath", "[amsmat", ": `myst_enable_ext.*not recognised: {'amsmat'}"),
    "title": ("title: The book", "title: [1]", ": `title` must be text"),
    "repository": (
        '{url: "https://github.com/a/b", branch: main}', "x", ": `repository` must be a mapping",
    ),
    "url": ('"https://github.com/a/b"', "[1]", ": `url` must be text"),
    "branch": ("branch: main", "branch: 1.10", ": `branch` must be text: put it in quotes"),
    "unknown": ("name: toy", "nam: toy", ": unknown key 'nam' in `book`; known: name, "),
    "name": ("name: toy", "name: ../toy", ": `name`, `examples_variable`: letters"),
    "variable": ("TOY_EXAMPLES", "'A=B'", ": `name`, `examples_variable`: letters"),
    "row": (ANT, "ant: Ant", ": framework 'ant' must have `label`, `module`"),
    "column": (ANT, "ant: {label: Ant}", ": framework 'ant' must have `label`, `module`"),
    "more": ("{label: Ant,", "{labels: 1, label: Ant,", ": framework 'ant' must have"),
    "module": ("module: yaml", "module: [1]", ": `module` must be text"),
    "key": ("ant: {", "a/b: {", ": framework 'a/b': its key"),
    "number": ("ant: {", "1: {", ": framework 1: its key"),
    "languages": ("name: toy", "languages: [en]", ": `languages` must be a mapping"),
    "language": ("name: toy", "languages: {en-US: x}", ": no language 'en-US'"),
    "folder": ("name: toy", "languages: {en: x, ../a: y}", ": no language '../a'"),
    "norway": ("name: toy", "languages: {en: x, no: y}", ": no language False: .*in quotes"),
    "helpers": ('{textwrap: "git+https://example.org/helpers"}', "[a]", ": `helpers` must be"),
    "helper": ('"git+https://example.org/helpers"', "3", ": `textwrap` must be text"),
}  # fmt: skip


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command ends with."""
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1, told
    return told


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_in_the_settings_is_one_line(
    root: Path, write_page, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_page(SHARED)
    old, new, message = BAD[name]
    assert old in CONFIG
    (root / "_config.yml").write_text(CONFIG.replace(old, new, 1))
    assert re.match(rf"({re.escape(str(root))}/)?_config\.yml{message}", said(capsys))


def test_settings_that_are_no_text(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "_config.yml").write_bytes(b"a: \xff")
    assert said(capsys).startswith(f"{root}/_config.yml: cannot be read: ")


def test_no_book(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=rf"^no _config\.yml in {tmp_path} or above it"):
        read_book(tmp_path)


CONTENTS = {
    "chapters": ("chapters: [{file: a}, {file: b/c.md}]", ["a", "b/c"]),
    "parts": (
        "parts: [{caption: P, chapters: [{file: a}]}, {chapters: [{file: b/d}]}]",
        ["a", "b/d"],
    ),
    "sections": (
        "chapters: [{file: a, sections: [{file: b/c}]}, {file: b/d}]",
        ["a", "b/c", "b/d"],
    ),
    "glob": ("chapters: [{glob: 'b/*'}, {file: a}]", ["b/c", "b/d", "a"]),
    "sections of a glob": ("chapters: [{file: a, sections: [{glob: 'b/*'}]}]", ["a", "b/c", "b/d"]),
    "address": ("chapters: [{url: 'https://example.org', title: A}, {file: a}]", ["a"]),
    "root alone": ("", []),
    "file that is missing": ("chapters: [{file: lost}]", ["lost"]),  # Sphinx tells of it
}


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_in_all_forms(root: Path, book: Book, name: str) -> None:
    (root / "b").mkdir()
    for page in ("a", "b/c", "b/d"):
        (root / f"{page}.md").touch()
    text, documents = CONTENTS[name]
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: chapters/index\n{text}\n")
    assert book.documents() == ["chapters/index", *documents]


BAD_CONTENTS = {
    "yaml": ("a: [", ":1: not valid YAML: "),
    "date": ("root: 2026-13-45", ":1: not valid YAML: "),
    "list": ("- a", ": toc is not a mapping"),
    "root": ("format: jb-book", ": 'root' key not found"),
    "number": ("root: 1", ": .*must be <class 'str'>"),
    "key": ("root: a\nchapter: []", ": Unknown key"),
    "twice": ("root: a\nentries: [{file: a}]", ": document file used multiple times: 'a'"),
    "glob outside": ("root: a\nentries: [{glob: '/etc/*'}]", ": Non-relative patterns"),
}


@pytest.mark.parametrize("name", BAD_CONTENTS)
def test_a_mistake_in_the_contents_is_one_line(
    root: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, message = BAD_CONTENTS[name]
    (root / "_toc.yml").write_text(text)
    assert re.match(rf"{re.escape(str(root))}/_toc\.yml{message}", said(capsys))


def test_no_contents(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "_toc.yml").unlink()
    assert said(capsys).startswith(f"{root}/_toc.yml: cannot be read: ")


def test_pages_are_those_with_code_in_the_order_of_the_contents(
    root: Path, book: Book, write_page
) -> None:
    write_page("# No code\n", name="prose/index", head="")
    for name in ("other/index", "other/second", "one/index"):
        write_page(SHARED, name=name)
    write_page(SHARED, name="draft/index")  # not in the contents
    names = ("other/index", "prose/index", "other/second", "one/index")
    rows = "".join(f"- file: chapters/{name}\n" for name in names)
    (root / "_toc.yml").write_text(f"root: chapters/index\nentries:\n{rows}")
    assert [page.name for page in find_pages(book)] == ["other", "second", "one"]
    assert [page.name for page in find_pages(book, "second")] == ["second"]
    with pytest.raises(BookError, match="no page 'draft'; pages: chapters, other, prose, second"):
        find_pages(book, "draft")
    with pytest.raises(BookError, match="no page with code cells: prose"):
        find_pages(book, "prose")


def test_two_pages_of_one_name_would_take_each_other_s_place(book: Book, write_page) -> None:
    for folder in ("one", "other"):
        (book.root / "chapters" / folder).mkdir()
        write_page("# Mean\n\n```{code-cell}\nprint(1)\n```\n", name=f"{folder}/mean")
    for name in (None, "mean"):
        with pytest.raises(BookError, match=r"other.mean\.md: .*one.mean\.md is called mean, too"):
            find_pages(book, name)


def test_several_pages_in_one_folder(page, write_page) -> None:
    index, second = page(SHARED), page(SHARED, name="tiny/second")
    assert (index.name, second.name) == ("tiny", "second")
    assert index.notebook("ant").name == "ant.ipynb"
    assert second.notebook("ant").name == "second-ant.ipynb"
    assert index.notebook("ant").parent == second.notebook("ant").parent


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_the_settings_hold_is_read_or_told_on_one_line(root: Path, data) -> None:
    """Values of any kind in any place; then junk anywhere."""
    words = [
        "", "a", "1", "[]", "{}", "[1]", "{a: 1}", "null", "2026-13-45", '"\\ud800"', "&a [*a]",
        "!!int x", "|", "- b", "\t", "\x00", "é", "%", ": ",
    ]  # fmt: skip
    name = data.draw(st.sampled_from(["_config.yml", "_toc.yml"]))
    text = (
        CONFIG
        if name == "_config.yml"
        else "root: a\nentries:\n- file: b\n  sections:\n  - glob: c\n"
    )
    start = data.draw(st.integers(0, len(text)))
    size = data.draw(st.integers(0, 30))
    text = text[:start] + data.draw(st.sampled_from(words)) + text[start + size :]
    before = (root / name).read_bytes()
    (root / name).write_text(text, encoding="utf-8")
    try:
        read_book(root).documents()
    except BookError as error:
        assert "\n" not in str(error)
        assert name in str(error)
    finally:
        (root / name).write_bytes(before)


def test_a_page_knows_its_book(page, book: Book) -> None:
    tiny: Page = page(SHARED, head=HEAD)
    assert tiny.book == book
    assert tiny.frameworks == ("ant", "bee", "cat")
