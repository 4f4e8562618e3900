"""Three parts, and the rooms of the engine: who may know whom."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import pytest

from bookbuild.config import read_book
from d2lcompat import FRAMEWORKS

ROOT = Path(__file__).parents[2]
PAGE, NOTEBOOK = {"config"}, {"config", "files", "page", "i18n"}
SITE = NOTEBOOK | {"notebook"}
TOP = SITE | {"site", "export", "processes"}
ROOMS = {  # and what each may know
    "config": set(), "processes": set(), "files": {"config"}, "page": PAGE,
    "i18n": PAGE | {"files", "page"}, "notebook": NOTEBOOK, "execute": SITE, "site": SITE,
    "export": SITE | {"site"}, "editions": TOP,
    "cli": TOP | {"execute", "editions"},
}  # fmt: skip


def imported(place: Path) -> Iterator[list[str]]:
    """Yield the full names, in parts, of what a folder or a module imports."""
    for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".") for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}".split(".") for alias in node.names)


@pytest.mark.parametrize(
    ("part", "known"),
    [("d2lcompat", set()), ("bookbuild", set()), ("book", {"bookbuild", "d2lcompat"})],
)
def test_arrows_between_the_parts(part: str, known: set[str]) -> None:
    ours = {name[0] for name in imported(ROOT / part)} & {"book", "bookbuild", "d2lcompat"}
    assert ours - {part} == known


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_within_the_engine(room: str) -> None:
    found = {name[1] for name in imported(ROOT / "bookbuild" / room) if name[0] == "bookbuild"}
    assert found - {room} <= ROOMS[room]


def test_every_room_is_in_the_table() -> None:
    engine = ROOT / "bookbuild"
    places = {path.parent.name for path in engine.glob("*/__init__.py")}
    places |= {path.stem for path in engine.glob("[!_]*.py")}
    assert places == set(ROOMS)


def test_the_engine_names_no_book() -> None:
    paths = [
        p for end in ("py", "js", "css", "html") for p in (ROOT / "bookbuild").rglob(f"*.{end}")
    ]
    named = re.compile(r"\bnin\b|d2lcompat|chapters/")
    assert [p.name for p in paths if named.search(p.read_text(encoding="utf-8"))] == []


def test_the_table_of_frameworks_is_that_of_the_helpers() -> None:
    book, here = read_book(ROOT).frameworks, FRAMEWORKS.values()
    assert [astuple(row) for row in book.values()] == [astuple(row) for row in here]
