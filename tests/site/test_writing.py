"""What authors may write besides: any names, any marks of Markdown, any characters."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import nbformat
import pytest
from bs4 import Tag
from nbformat.v4 import new_output
from toybook import (
    FRAMEWORKS,
    HEAD,
    REAL,
    SVG,
    Book,
    call,
    cells,
    shared,
    store,
    translate,
    write_book,
)

from bookbuild.i18n import catalogues
from bookbuild.site.links import SLIDES

NAMED = "das Netz/网络 1"  # the name of a page with all that an address must quote
DIVIDED = cells("x = '{}'").replace("```\n\n", "```\n\n+++\n\n")
# Ends of lines elsewhere than in Markdown and Python, and a space that must not break.
ENDS = "\u2028", "\x0c", "\x85", "\u2029", "\x1e"
PAGES = {
    NAMED: "# 网络\n\n% slide\n\nIt has a name.\n\n% slide ends\n\n" + cells("y = '{}'"),
    "links": "# Links\n\nTo [the net](<../das Netz/网络 1.md>), and [elsewhere][place].\n\n"
    + cells("z = '{}'")
    + "\nAnd [there][Place] again.\n\n[place]: https://example.org/a_b\n",
    "pictures": "# Pictures\n\n"
    + "".join(
        f"```{{image}} {kind}.svg\n:class: only-{kind}\n:alt: A {kind} picture\n```\n\n"
        for kind in ("light", "dark")
    )
    + shared("draw()"),
    "characters": f"# Characters\n\nBefore{'after'.join(ENDS)}the end.\n\n"
    + shared("text = '" + "".join(ENDS[:1] + ENDS[2:4]) + "'\nprint(text)"),
    "divided": f"# Divided\n\n{DIVIDED}",
    "own": "# Own\n\nThe same words.\n\n| head | other |\n|---|---|\n| a \\| b | `c` |\n\n"
    "A first line.\\\nA second line.\n\n" + shared("1"),
    "other": "# Other\n\nThe same words.\n\n" + shared("2"),
}
JA = {
    "The same words.": "同じ言葉。",
    "a | b": "あ | い",
    "A first line.\\ A second line.": "一行目。\\\n二行目。",
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book of these pages in two languages, with its notebooks beside them."""
    pages = {name: HEAD + text for name, text in PAGES.items()}
    pages["links"] = "\ufeff" + pages["links"]  # a mark that editors of Windows write
    folder = tmp_path_factory.mktemp("writing")
    book = write_book(folder, pages, executed=False, languages=("en", "ja"))
    for kind in ("light", "dark"):
        (book.source / f"chapters/pictures/{kind}.svg").write_text(SVG.format(kind))
    for name in PAGES:
        store(path(book, name))
    for key in FRAMEWORKS:
        progress(path(book, "pictures").with_name(f"{key}.ipynb"))
    assert call(["i18n"], book.source).returncode == 0
    place = catalogues.place(book.source, "ja", "chapters/own/index")
    assert {str(message.id) for message in catalogues.load(place)} >= set(JA)
    translate(book.source, "chapters/own/index", JA)
    for done in (call(["notebooks"], book.source), book.build_editions()):
        assert done.returncode == 0, done.stderr
    return book


def path(book: Book, name: str) -> Path:
    return book.source / f"chapters/{name}{'' if '/' in name else '/index'}.md"


def progress(notebook: Path) -> None:
    """Let the first cell have printed a bar of progress, as tqdm does."""
    found = nbformat.read(notebook, as_version=4)
    text = "\r  0%|   |\r 50%|#  |\r100%|###|\ndone\n"
    found.cells[1].outputs = [new_output("stream", name="stdout", text=text)]
    nbformat.write(found, notebook)


def prose(book: Book, name: str, folder: str = "") -> str:
    """Return the prose of a page's notebook, its cells divided by empty lines."""
    notebook = nbformat.read(book.site / f"{folder}chapters/{name}/torch.ipynb", as_version=4)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def article(book: Book, name: str, folder: str = "") -> Tag:
    return book.article(f"{folder}chapters/{name}{'' if '/' in name else '/index'}")


@pytest.mark.parametrize("folder", ["", "ja/"])
def test_its_files_are_there_and_linked_to(book: Book, folder: str) -> None:
    page = book.site / f"{folder}chapters/{NAMED}.html"
    links = [str(tag["href"]) for tag in article(book, NAMED, folder).select("a[href]")]
    beside = [link for link in links if "://" not in link and not link.startswith(("#", "../"))]
    ends = [end for key in FRAMEWORKS for end in (f"{key}.ipynb", SLIDES.format(key=key))]
    assert [unquote(link) for link in beside] == [f"网络 1-{end}" for end in ends]
    assert all(link.isascii() and " " not in link for link in links)
    for link in beside:
        assert page.with_name(unquote(link)).is_file()


def test_colab_and_github_know_them(book: Book) -> None:
    links = [str(tag["href"]) for tag in article(book, NAMED).select(".book-links-row a[href]")]
    found = [unquote(urlsplit(link).path) for link in links if link.endswith(".ipynb")]
    places = [place.split("/blob/main/")[1] for place in found if "/blob/" in place]
    assert places == [f"chapters/{NAMED}-{key}.ipynb" for key in FRAMEWORKS for _ in range(2)]
    assert all((book.source / place).is_file() for place in places)


@pytest.mark.parametrize("folder", ["", "ja/"])
def test_other_pages_and_notebooks_lead_there(book: Book, folder: str) -> None:
    address = f"{quote(f'chapters/{NAMED}')}.html"
    link = article(book, "links", folder).find("a", string="the net")
    assert isinstance(link, Tag) and link["href"] == f"../{address.removeprefix('chapters/')}"
    assert f"[the net]({REAL.site}{folder}{address})" in prose(book, "links", folder)


def test_a_slide_leads_back(book: Book) -> None:
    deck = book.html(f"chapters/{NAMED}-mxnet-slides")
    assert "It has a name." in deck.get_text()
    [link] = [str(tag["href"]) for tag in deck.select("a[href]")]
    assert link == f"{quote('网络 1')}.html?framework=mxnet"


def test_a_page_may_begin_with_a_mark_of_its_bytes(book: Book) -> None:
    assert article(book, "links").select_one("h1").contents[0] == "Links"  # type: ignore[union-attr]
    assert "\ufeff" not in article(book, "links").text + prose(book, "links")


def test_links_may_be_named_elsewhere_on_the_page(book: Book) -> None:
    place = "https://example.org/a_b"
    links = [tag.text for tag in article(book, "links").select(f"a[href='{place}']")]
    assert links == ["elsewhere", "there"]
    for name in links:
        assert f"[{name}]({place})" in prose(book, "links")
    assert "[place]" not in prose(book, "links")


def test_a_notebook_has_the_picture_for_light(book: Book) -> None:
    images = article(book, "pictures").select("img.only-light, img.only-dark")
    assert [image["alt"] for image in images] == ["A light picture", "A dark picture"]
    assert all((book.site / "chapters/pictures" / str(image["src"])).is_file() for image in images)
    assert prose(book, "pictures").count("![A light picture](data:image/") == 1
    assert "dark" not in prose(book, "pictures")


def test_a_bar_of_progress_shows_its_last_state(book: Book) -> None:
    [shown] = article(book, "pictures").select(".cell_output pre")
    assert shown.text == "100%|###|\ndone\n"


def test_a_break_between_cells_ends_no_group(book: Book) -> None:
    [tabs] = article(book, "divided").select(".sd-tab-set.book-frameworks")
    code = [pre.text.strip() for pre in tabs.select(".cell_input pre")]
    assert code == [f"x = '{key}'" for key in FRAMEWORKS]


def test_characters_that_end_lines_elsewhere_end_none(book: Book) -> None:
    [code] = article(book, "characters").select(".cell_input pre")
    page = book.page("chapters/characters/index")
    assert code.text.strip() == page.cells[0].source
    assert "\u2028" in code.text and "\x85" in code.text
    text = f"Before{'after'.join(ENDS)}the end."
    assert text in prose(book, "characters")
    shown = article(book, "characters").select_one("section > p")
    assert shown is not None and shown.text.replace("\x1e", "") == text.replace("\x1e", "")
    notebook = nbformat.read(book.site / "chapters/characters/mxnet.ipynb", as_version=4)
    assert notebook.cells[-1].source == page.cells[0].source


def test_a_page_and_its_notebook_have_those_of_their_own_catalogue(book: Book) -> None:
    for text in (article(book, "own", "ja/").text, prose(book, "own", "ja/")):
        assert "同じ言葉。" in text and "The same words." not in text
    for text in (article(book, "other", "ja/").text, prose(book, "other", "ja/")):
        assert "The same words." in text and "同じ言葉。" not in text


def test_a_bar_in_a_table_is_one_there_too(book: Book) -> None:
    cells = [tag.get_text() for tag in article(book, "own", "ja/").select("td")]
    assert cells == ["あ | い", "c"]
    assert "| あ \\| い | `c` |" in prose(book, "own", "ja/")


def test_a_line_ends_there_too(book: Book) -> None:
    lines = article(book, "own", "ja/").find_all("br")
    assert [line.next_sibling.strip() for line in lines] == ["二行目。"]
    assert "一行目。\\\n二行目。" in prose(book, "own", "ja/")


@pytest.mark.parametrize("name", PAGES)
def test_notebooks_beside_the_pages_are_those_of_the_site(book: Book, name: str) -> None:
    for key in FRAMEWORKS:
        stored = book.page(f"chapters/{name}{'' if '/' in name else '/index'}").notebook(key)
        built = book.site / stored.relative_to(book.source)
        assert built.read_bytes() == stored.read_bytes()
