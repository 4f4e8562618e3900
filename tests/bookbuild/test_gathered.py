from __future__ import annotations

from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_output
from small import KEYS

from bookbuild.config import Book
from bookbuild.page import Page
from bookbuild.site.gathered import columns, curves, table
from bookbuild.site.reader import Outputs

PRINTED = "epoch  accuracy\n1 of 2  0.{}5\n2 of 2  0.{}9\n"


@pytest.fixture
def tiny(page) -> Page:
    named = '```{code-cell}\n:tags: ["name:curve"]\nprint()\n```\n'
    return page(f"Text\n\n```{{code-cell}}\n1\n```\n\n{named}")


def outputs(**printed: str) -> Outputs:
    """Return what the second cell printed in each framework, in two pieces."""
    found: Outputs = {}
    for key, text in printed.items():
        pieces = [new_output("stream", text=text[:9]), new_output("stream", text=text[9:])]
        found[key] = {"cell-0": [], "cell-1": pieces}
    return found


def printed() -> dict[str, str]:
    return {key: PRINTED.format(i, i) for i, key in enumerate(KEYS)}


def test_values_of_all_frameworks_stand_side_by_side(tiny: Page) -> None:
    found = columns(tiny, outputs(**printed()), "curve")
    assert tuple(found) == KEYS
    assert found[KEYS[1]] == [["epoch", "accuracy"], ["1 of 2", "0.15"], ["2 of 2", "0.19"]]
    found[KEYS[0]][0][0] = "<epoch>"
    tree = ElementTree.fromstring(table(found, tiny.book.frameworks))
    cells = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert cells[0] == ["<epoch>", *(row.label for row in tiny.book.frameworks.values())]
    assert cells[1] == ["1 of 2", *(f"0.{i}5" for i in range(len(KEYS)))]


def test_a_framework_without_outputs_leaves_its_place_empty(tiny: Page) -> None:
    found = columns(tiny, outputs(bee="a  b\nc  1\n"), "curve")
    tree = ElementTree.fromstring(table(found, tiny.book.frameworks))
    assert [cell.text for cell in list(tree.iter("tr"))[1]] == ["c", None, "1", None]
    assert columns(tiny, {}, "curve") == {}


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("lost", {}, "no code cell has the tag name:lost"),
        ("curve", {"bee": "a  b  c\n"}, "no table of two columns in bee"),
        ("curve", {"bee": ""}, "no table of two columns in bee"),
        ("curve", {"bee": "epoch  accuracy\n7  1\n"}, "other entries in bee"),
        ("curve", {"bee": PRINTED.replace("epoch", "step")}, "other entries in"),
    ],
)
def test_what_cannot_be_gathered(tiny: Page, name, more, message) -> None:
    with pytest.raises(ValueError, match=message):
        columns(tiny, outputs(**printed() | more), name)


def test_curves_are_one_line_a_framework(book: Book) -> None:
    heads = ["images", "accuracy"]
    found = {key: [heads, *([str(x), str(x * i)] for x in (1, 2))] for i, key in enumerate(KEYS)}
    drawn = curves(found, book.frameworks)
    svg = ElementTree.fromstring(drawn)
    words = {
        "".join(text.itertext()).strip() for text in svg.iter("{http://www.w3.org/2000/svg}text")
    }
    assert {*heads, *(row.label for row in book.frameworks.values())} <= words
    assert drawn == curves(found, book.frameworks)


def test_a_curve_is_drawn_of_numbers(book: Book) -> None:
    with pytest.raises(ValueError, match="float: 'three'"):
        curves({"ant": [["images", "accuracy"], ["three", "0.5"]]}, book.frameworks)
