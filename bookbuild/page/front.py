"""Read and check the front matter of a page."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bookbuild.config import one_line
from bookbuild.i18n.languages import TRANSLATED
from bookbuild.page.markup import PageError
from d2lcompat import FRAMEWORKS


@dataclass(frozen=True)
class FrontMatter:
    """Hold what the `book` entry of a page says, and the line where `small` stands."""

    notebook: bool = False
    small: dict[str, Any] = field(default_factory=dict)
    small_examples: int | None = None
    absent: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    untranslated: dict[str, str] = field(default_factory=dict)
    small_line: int = 1


def read_front_matter(text: str, path: Path, find_files: bool = True) -> FrontMatter:
    """Return the checked front matter; raises `PageError` with the line of the mistake.

    `find_files=False` is for scripts that make the files which the page lists.
    """
    try:
        data = yaml.safe_load(text) or {}
        lines = _key_lines(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 2 + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or one_line(error)
        raise PageError(f"front matter is not valid YAML: {problem}", path, line) from None
    if not isinstance(data, dict):
        raise PageError("front matter must be a mapping", path, 2)
    book = data.get("book") or {}
    if not isinstance(book, dict):
        raise PageError("`book` must be a mapping", path, lines["book"])

    def at(key: object) -> int:
        return lines.get(str(key), lines["book"])  # a key may stand elsewhere, behind an alias

    for key, value in book.items():
        if key not in _CHECKS:
            known = ", ".join(_CHECKS)
            raise PageError(f"unknown key {key!r} in `book`; known: {known}", path, at(key))
        if problem := _CHECKS[key](value):
            raise PageError(f"`{key}` {problem}", path, at(key))
    lost = [name for name in book.get("files", ()) if not (path.parent / name).is_file()]
    if lost and find_files:
        raise PageError(f"no file {lost[0]}, seen from the page", path, at("files"))
    book["files"] = tuple(book.get("files", ()))
    return FrontMatter(
        notebook=data.get("file_format") == "mystnb", small_line=lines.get("small", 1), **book
    )


def _key_lines(text: str) -> dict[str, int]:
    """Return the line in the page of each top-level key and of each key of `book`."""
    lines: dict[str, int] = {}
    nodes = [yaml.compose(text)]
    while nodes:
        node = nodes.pop()
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            lines[key.value] = key.start_mark.line + 2
            if key.value == "book":
                nodes.append(value)
    return lines


def _check_small(value: object) -> str:
    if not isinstance(value, dict) or not value:
        return "must map parameters to their small values"
    plain = (bool, int, float, str, type(None))
    wrong = [k for k, v in value.items() if not (isinstance(k, str) and isinstance(v, plain))]
    return f"has a value that is no number, text or boolean: {wrong[0]}" if wrong else ""


def _check_examples(value: object) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return "" if good else f"must be a whole number above 0, not {value!r}"


def _reasons(what: str, plural: str, known: Container[str]) -> Callable[[object], str]:
    """Return the check of a mapping from some of the known keys to reasons."""

    def check(value: object) -> str:
        if not isinstance(value, dict) or not all(isinstance(why, str) for why in value.values()):
            return f"must map {plural} to the reason why"
        unknown = [key for key in value if key not in known]
        return f"names an unknown {what}: {unknown[0]}" if unknown else ""

    return check


def _check_files(value: object) -> str:
    """Let pass `name`, and `../page/name`: a file of another page."""
    good = isinstance(value, list) and all(
        isinstance(v, str) and v in (Path(v).name, f"../{Path(v).parent.name}/{Path(v).name}")
        for v in value
    )
    return "" if good else "must list files beside this page or, as ../page/name, another"


_CHECKS: dict[str, Callable[[object], str]] = {
    "small": _check_small,
    "small_examples": _check_examples,
    "absent": _reasons("framework", "frameworks", FRAMEWORKS),
    "pending": _reasons("framework", "frameworks", FRAMEWORKS),
    "files": _check_files,
    "untranslated": _reasons("language", "languages", TRANSLATED),
}
