"""How the build behaves: what it refuses, what it warns about, what it does again."""

from __future__ import annotations

import re

import nbformat
import pytest
from docutils import nodes
from sphinx_design.shared import is_component
from toybook import (
    FIRST,
    FRAMEWORKS,
    HEAD,
    SVG,
    Book,
    Done,
    call,
    cells,
    prose,
    shared,
    write_book,
)

from bookbuild.i18n import catalogues
from bookbuild.site.tabs import tab_set

TITLE = f"{HEAD}# Page\n\n"  # eight lines
NO_TORCH = cells().split("```\n", 1)[1].lstrip()
INVALID = {
    "tag": (cells().replace("paddle", "jax"), 24, "unknown tag 'jax'"),
    "lacking": (f"Text.\n\n{NO_TORCH}", 11, "lacks torch"),
    "unequal": (cells() + "\n" + cells().split("\n\n")[0], 9, "torch 2"),
    "framework": (prose().replace("paddle", "jax"), 21, "unknown framework 'jax'"),
    "prose": (prose().split("\n", 4)[4], 9, "lacks torch"),
    "nested": (f"````{{note}}\n{shared('x')}````\n", 10, "a code cell must stand alone"),
}
DAMAGED = {
    "missing": "is missing",
    "unreadable": "cannot be read",
    "half": "mxnet.ipynb:2: cannot be read: no JSON",
    "folder": "cannot be read: Is a directory",
    "foreign": "is the notebook of missing/mxnet",
    "stale": "stale, its code is not that of the page",
    "unexecuted": "not executed in full",
    "timeless": "cannot be read: its metadata `book` has a wrong 'seconds'",
    "endless": "cannot be read: its metadata `book` has a wrong 'seconds'",
}


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Return the build of a book whose every page is invalid."""
    texts = {name: TITLE + text for name, (text, _, _) in INVALID.items()}
    return write_book(tmp_path_factory.mktemp("invalid"), texts, executed=False).build()


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_page_fails_naming_file_and_line(refused: Done, name: str) -> None:
    assert refused.returncode != 0
    _, line, words = INVALID[name]
    told = [row for row in refused.stderr.splitlines() if f"chapters/{name}/index.md:" in row]
    assert f"chapters/{name}/index.md:{line}: " in told[0]
    assert words in told[0]


NAMED = '```{code-cell}\n:tags: ["name:curve"]\nprint()  # table\n```\n\n'
TWICE = {
    "target": ("(here)=\n## A\n\n(here)=\n## B\n", 12, 'Duplicate explicit target name: "here"'),
    "formula": ("$$x$$ (e)\n\n$$y$$ (e)\n", 11, "duplicate label of equation e"),
    "figure": (2 * "```{figure} a.svg\n:name: f\n:alt: a\nA\n```\n\n", 15, 'target name: "f"'),
    "other": ("(there)=\n## A\n", 10, "duplicate label there, other instance in"),
    "another": ("(there)=\n## A\n", 10, "duplicate label there, other instance in"),
}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Return the build of a book whose pages give a label twice, the last two each other's.

    Two more pages ask for a cell that is not there, and for a directive that nobody knows.
    """
    texts = {name: TITLE + text for name, (text, _, _) in TWICE.items()}
    texts["lost"] = f"{TITLE}{NAMED}```{{gathered}} lost\n```\n"
    texts["odd"] = f"{TITLE}{cells()}\n```{{unknown}}\n```\n"
    book = write_book(tmp_path_factory.mktemp("twice"), texts, executed=False)
    (book.source / "chapters/figure/a.svg").write_text(SVG)
    return book.build()


def test_gathering_from_no_cell_fails(twice: Done) -> None:
    assert "no code cell has the tag name:lost" in twice.stderr


def test_prose_that_no_notebook_can_hold_fails_likewise(twice: Done) -> None:
    assert "chapters/odd/index.md:29: " in twice.stderr


@pytest.mark.parametrize("name", [name for name in TWICE if name != "other"])
def test_a_label_given_twice_fails_naming_file_and_line(twice: Done, name: str) -> None:
    assert twice.returncode != 0
    _, line, words = TWICE[name]
    # Of two pages, the one that is read later is named, and the earlier one as well.
    page = rf"chapters/{name if name != 'another' else '(another|other)'}/index\.md"
    told = [row for row in twice.stderr.splitlines() if re.search(rf"{page}:{line}: ", row)]
    assert words in told[0]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book with outputs side by side, with a run that is still to come, and with tabs."""
    table = "```{gathered} curve\nHow *all* learn.\n```\n\n"
    plot = "```{gathered} curve\n:curves:\n:alt: Four curves & more.\n```\n"
    head = HEAD.replace("---\n\n", "book:\n  pending: {paddle: still to come}\n---\n\n")
    items = "\n".join(
        f":::{{tab-item}} {framework.label}\n:sync: {key}\n\nProse for {key}.\n:::\n"
        for key, framework in FRAMEWORKS.items()
    )
    by_hand = f"::::{{tab-set}}\n:sync-group: framework\n:class: book-frameworks\n\n{items}::::\n"
    pages = {
        "side": f"{TITLE}{NAMED}{table}{plot}",
        "late": f"{head}# Page\n\n{cells()}\n{shared('print(2)')}",
        "ours": f"# Page\n\n{prose()}",
        "theirs": f"# Page\n\n{by_hand}",
    }
    book = write_book(tmp_path_factory.mktemp("good"), pages)
    path = book.source / "chapters/late/paddle.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    del notebook.metadata["book"]["setting"]
    nbformat.write(notebook, path)
    done = book.build()
    assert done.returncode == 0, done.stderr
    return book


def test_outputs_of_a_named_cell_are_gathered(good: Book) -> None:
    first, second = good.article("chapters/side/index").select("figure")
    rows = [[cell.get_text() for cell in row.select("th, td")] for row in first.select("tr")]
    assert rows[0] == ["images", *(row.label for row in FRAMEWORKS.values())]
    assert rows[2] == ["20", *(f"0.{n}5" for n in range(len(FRAMEWORKS)))]
    assert first.select_one("figcaption em").get_text() == "all"
    assert second.select_one("img.book-curves[src$='curve.svg']")["alt"] == "Four curves & more."


def test_a_plot_of_outputs_has_words_to_translate(good: Book) -> None:
    done = call(["i18n"], good.source)
    assert (done.returncode, done.stderr) == (0, "")
    message = "Four curves & more."
    found = catalogues.load(catalogues.place(good.source, "ja", "chapters/side/index"))
    assert message in {str(one.id) for one in found}


def test_a_pending_run_is_said_where_its_outputs_would_be(good: Book) -> None:
    article = good.article("chapters/late/index")
    links = article.select_one(".book-links")
    assert links is not None
    assert "still to come" in links.text
    code_tabs, output_tabs = article.select(".sd-tab-set.book-frameworks")
    assert "x = 1  # paddle" in code_tabs.text
    assert "still to come" not in code_tabs.text
    assert output_tabs.text.count("still to come") == 1


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, list[Done]]:
    """Return a book with one bad notebook a page, and two builds of it."""
    book = write_book(tmp_path_factory.mktemp("damaged"), dict.fromkeys(DAMAGED, FIRST))
    for name in DAMAGED:
        damage(book, name)
    return book, [book.build(), book.build()]


def damage(book: Book, name: str) -> None:
    path = book.source / f"chapters/{name}/mxnet.ipynb"
    if name == "missing":
        path.unlink()
    elif name == "unreadable":
        path.write_bytes(b"\xff\0")
    elif name == "half":
        path.write_text('{\n "cells')
    elif name == "folder":
        path.unlink()
        path.mkdir()
    else:
        notebook = nbformat.read(path, as_version=4)
        change = {
            "stale": {"digest": "0"},
            "unexecuted": {"setting": "small"},
            "foreign": {"page": "missing"},  # the pages of this book have the same code
            "timeless": {"seconds": "<b>"},
            "endless": {"seconds": float("inf")},
        }
        notebook.metadata["book"] |= change[name]
        nbformat.write(notebook, path)


@pytest.mark.parametrize("attempt", [0, 1])  # a failure must not be silent when repeated
@pytest.mark.parametrize("name", DAMAGED)
def test_a_bad_notebook_is_a_warning(
    damaged: tuple[Book, list[Done]], name: str, attempt: int
) -> None:
    done = damaged[1][attempt]
    assert done.returncode != 0
    told = [row for row in done.stderr.splitlines() if f"{name}/mxnet.ipynb" in row]
    assert f"chapters/{name}/index.md: WARNING" in told[0]
    assert DAMAGED[name] in told[0]


@pytest.mark.parametrize("name", DAMAGED)
def test_a_page_with_a_bad_notebook_keeps_its_code(
    damaged: tuple[Book, list[Done]], name: str
) -> None:
    article = damaged[0].article(f"chapters/{name}/index")
    assert len(article.select(".cell_input")) == 15
    assert "ran in MXNet" not in article.text
    assert "ran in PyTorch" in article.text


def test_our_tab_set_is_a_component_of_sphinx_design() -> None:
    ours = tab_set({key: [nodes.paragraph("", key)] for key in FRAMEWORKS}, FRAMEWORKS)
    assert is_component(ours, "tab-set")
    assert all(is_component(item, "tab-item") for item in ours.children)
    assert all(is_component(item.children[1], "tab-content") for item in ours.children)


def test_tabs_written_by_hand_become_the_same_html(good: Book) -> None:
    """Guard sphinx-design's internals: its own directives and our nodes give the same page."""
    ours, theirs = (
        str(good.article(f"chapters/{name}/index").select_one(".sd-tab-set"))
        for name in ("ours", "theirs")
    )
    assert ours == theirs
