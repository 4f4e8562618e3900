"""A book that changes between two builds: what follows, what stays as it is, and what goes."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from toybook import (
    FIRST,
    FRAMEWORKS,
    LANGUAGES,
    SECOND,
    Book,
    store,
    translate,
    write_book,
    write_contents,
)

MARKED = FIRST.replace("A group:", "% slide\n\nA group:\n\n% slide ends")
EDITIONS = {key: LANGUAGES[key].folder for key in ("en", "ja")}
PLACES = ["chapters/first/index", "chapters/second/index"]
# What lies beside a page with marks.
BESIDE = [f"{key}{end}" for key in FRAMEWORKS for end in (".ipynb", "-slides.html")]


@dataclass(frozen=True)
class State:
    """Hold what a build has left: times of change and contents of all files by their names."""

    times: dict[str, int]
    bytes: dict[str, bytes]

    def html(self, name: str) -> BeautifulSoup:
        return BeautifulSoup(self.bytes[f"html/{name}.html"], "html.parser")

    def written_since(self, before: State, end: str) -> set[str]:
        """Return the files with this end of a name that are not those of a state before."""
        return {
            name
            for name, time in self.times.items()
            if name.endswith(end) and time != before.times.get(name)
        }


def built(book: Book) -> State:
    """Build a book, and return what is there now."""
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    root = book.output / "_build"
    files = [path for path in root.rglob("*") if path.is_file()]
    names = [path.relative_to(root).as_posix() for path in files]
    return State(
        dict(zip(names, (path.stat().st_mtime_ns for path in files), strict=True)),
        dict(zip(names, (path.read_bytes() for path in files), strict=True)),
    )


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> dict[str, State]:
    """Return the states of a book that changes, by what was changed before each."""
    pages = {"first": MARKED, "second": SECOND}
    book = write_book(tmp_path_factory.mktemp("changing"), pages, languages=tuple(EDITIONS))
    first, second, third = (
        book.source / f"chapters/{n}/index.md" for n in ("first", "second", "3")
    )
    states = {"": built(book), "nothing": built(book)}

    second.with_name("jax.ipynb").write_text("{}")
    path = first.with_name("paddle.ipynb")
    notebook = nbformat.read(path, as_version=4)
    output = next(cell.outputs[0] for cell in notebook.cells if cell.get("outputs"))
    output["text"] = "something new\n"
    nbformat.write(notebook, path)
    states["an output, and a stray notebook"] = built(book)

    change(first, "Some prose.", "Some other prose.")
    states["a sentence"] = built(book)

    translate(book.source, PLACES[0], {"First page": "最初のページ"})
    change(second, "# Second page", "# The page after that")
    states["titles"] = built(book)

    alone = book.source / "more/alone.md"
    top = book.source / "top.md"
    for path in (third, alone, top):
        path.parent.mkdir(exist_ok=True)
        path.write_text(MARKED.replace("First page", f"The page {path.stem}"))
        store(path)
    more = ["chapters/3/index", "more/alone", "top"]
    write_contents(book.source, *PLACES, *more)
    states["pages more"] = built(book)

    change(third, "% slide\n", "")
    write_contents(book.source, PLACES[0], more[0])
    shutil.rmtree(second.parent)
    states["pages less"] = built(book)

    change(first, "Some other prose.", "[Some other prose](#lost).")
    assert book.build_editions().returncode == 1
    change(first, "[Some other prose](#lost).", "Some other prose.")
    write_contents(book.source, PLACES[0])
    states["a failure"] = built(book)
    return states


def test_where_nothing_has_changed_nothing_is_touched(history: dict[str, State]) -> None:
    assert history["nothing"].times == history[""].times
    assert history["nothing"].bytes == history[""].bytes


def test_a_changed_notebook_rereads_its_page_alone(history: dict[str, State]) -> None:
    state, before = history["an output, and a stray notebook"], history["nothing"]
    assert state.written_since(before, ".doctree") == {
        f".doctrees-{key}/{PLACES[0]}.doctree" for key in EDITIONS
    }
    for folder in EDITIONS.values():
        for name in ("index.html", "paddle.ipynb", "paddle-slides.html"):
            new = b"something new" in state.bytes[f"html/{folder}chapters/first/{name}"]
            assert new == (name != "paddle-slides.html")  # it is on no slide


def test_a_new_notebook_of_no_framework_changes_nothing(history: dict[str, State]) -> None:
    state, before = history["an output, and a stray notebook"], history["nothing"]
    assert not any(PLACES[1] in name for name in state.written_since(before, ""))
    assert "html/chapters/second/jax.ipynb" not in state.bytes


def test_a_changed_sentence_rewrites_its_page_and_what_is_searched(
    history: dict[str, State],
) -> None:
    state, before = history["a sentence"], history["an output, and a stray notebook"]
    changed = {
        name
        for name, content in state.bytes.items()
        if name.startswith("html/") and content != before.bytes.get(name)
    }
    page = {f"html/{folder}{PLACES[0]}.html" for folder in EDITIONS.values()}
    notebooks = {
        f"html/{folder}chapters/first/{key}.ipynb"
        for folder in EDITIONS.values()
        for key in FRAMEWORKS
    }
    search = {f"html/{folder}searchindex.js" for folder in EDITIONS.values()}
    assert changed == page | notebooks | search | {"html/book.zip"}
    assert state.bytes.keys() == before.bytes.keys()
    assert b"Some other prose" in state.bytes[f"html/ja/{PLACES[0]}.html"]
    assert b"Some other prose" in state.bytes["html/ja/chapters/first/torch.ipynb"]
    assert state.written_since(before, ".html") >= page
    assert not any(PLACES[1] in name for name in state.written_since(before, ""))


def test_a_changed_catalogue_rereads_its_page_in_its_language(history: dict[str, State]) -> None:
    assert history["titles"].written_since(history["a sentence"], ".doctree") == {
        f".doctrees-ja/{PLACES[0]}.doctree",
        *(f".doctrees-{key}/{PLACES[1]}.doctree" for key in EDITIONS),
    }


def sidebar(state: State, name: str) -> list[str]:
    nav = state.html(name).select_one("nav.bd-links")
    assert nav is not None
    root, *others = (link.get_text(strip=True) for link in nav.select("li a"))
    assert root == "Root"
    return others


def neighbours(state: State, name: str) -> list[str]:
    """Return the titles of the pages before and after a page."""
    found = state.html(name).select(".prev-next-area .prev-next-title")
    return [title.get_text(strip=True) for title in found]


@pytest.mark.parametrize("folder", EDITIONS.values())
def test_a_new_title_is_in_the_sidebar_and_the_next_link(
    history: dict[str, State], folder: str
) -> None:
    first = "最初のページ" if folder else "First page"
    state = history["titles"]
    assert sidebar(state, f"{folder}{PLACES[0]}") == [first, "The page after that"]
    assert neighbours(state, f"{folder}{PLACES[0]}") == ["Root", "The page after that"]
    assert sidebar(state, f"{folder}chapters/index") == [first, "The page after that"]


@pytest.mark.parametrize("folder", EDITIONS.values())
def test_a_new_page_likewise(history: dict[str, State], folder: str) -> None:
    first = "最初のページ" if folder else "First page"
    state = history["pages more"]
    more = ["The page after that", "The page index", "The page alone", "The page top"]
    assert sidebar(state, f"{folder}{PLACES[0]}") == [first, *more]
    assert neighbours(state, f"{folder}{PLACES[1]}") == [first, "The page index"]


@pytest.mark.parametrize("folder", EDITIONS.values())
def test_a_page_that_is_gone_likewise(history: dict[str, State], folder: str) -> None:
    first = "最初のページ" if folder else "First page"
    state = history["pages less"]
    assert sidebar(state, f"{folder}{PLACES[0]}") == [first, "The page index"]
    assert neighbours(state, f"{folder}{PLACES[0]}") == ["Root", "The page index"]


# Of a page in a folder of its own, of one with another name in another folder, and of one in none.
GONE = {
    "chapters/second/": ["index.html", *(f"{key}.ipynb" for key in FRAMEWORKS if key != "mxnet")],
    "more/alone": [".html", *(f"-{name}" for name in BESIDE)],
    "top": [".html", *(f"-{name}" for name in BESIDE)],
}


@pytest.mark.parametrize("folder", EDITIONS.values())
@pytest.mark.parametrize("start", GONE)
def test_a_page_that_is_gone_leaves_nothing(
    history: dict[str, State], start: str, folder: str, tmp_path: Path
) -> None:
    names = {f"html/{folder}{start}{end}" for end in GONE[start]}
    assert names <= history["pages more"].bytes.keys()
    after = history["pages less"].bytes
    left = [name for name in after if name.startswith(f"html/{folder}{start}")]
    assert left == []
    (tmp_path / "book.zip").write_bytes(after["html/book.zip"])
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        assert not [n for n in archive.namelist() if n.startswith(f"book/{folder}{start}")]
        assert f"book/{folder}chapters/first/torch-slides.html" in archive.namelist()


@pytest.mark.parametrize("folder", EDITIONS.values())
def test_a_page_that_is_gone_after_a_build_that_failed_likewise(
    history: dict[str, State], folder: str
) -> None:
    before, after = history["pages less"].bytes, history["a failure"].bytes
    gone = {name for name in before if name.startswith(f"html/{folder}chapters/3/")}
    assert f"html/{folder}chapters/3/index.html" in gone
    assert {f"html/{folder}{PLACES[0]}.html", f"html/{folder}index.html"} <= after.keys()
    assert not gone & after.keys()


@pytest.mark.parametrize("folder", EDITIONS.values())
def test_a_deck_that_is_gone_likewise(history: dict[str, State], folder: str) -> None:
    before, after = history["pages more"].bytes, history["pages less"].bytes
    for key in FRAMEWORKS:
        assert f"html/{folder}chapters/3/{key}-slides.html" in before
        assert f"html/{folder}chapters/3/{key}-slides.html" not in after
        assert f"html/{folder}chapters/3/{key}.ipynb" in after


def test_all_that_pages_have_beside_them_stays(history: dict[str, State]) -> None:
    after = history["pages less"].bytes
    for folder in EDITIONS.values():
        for name in ("index.html", "404.html", "search.html", "genindex.html", f"{PLACES[0]}.html"):
            assert f"html/{folder}{name}" in after
        assert {f"html/{folder}chapters/first/{name}" for name in BESIDE} <= after.keys()
