"""Read and check the front matter of a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from bookbuild.config import KINDS, Book, YamlError, parse_yaml
from bookbuild.page.markup import PageError

# What notebooks and MyST-NB take for granted of keys that are theirs.
FORMS: dict[object, type] = {"mystnb": dict, "language_info": dict, "title": str, "authors": list}


@dataclass(frozen=True)
class FrontMatter:
    """Hold what the `book` entry of a page says, and the line where `small` stands.

    `data` is all of the front matter, as Jupyter notes it in a notebook.
    """

    data: dict[str, Any] = field(default_factory=dict)
    small: dict[str, Any] = field(default_factory=dict)
    small_examples: int | None = None
    absent: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    untranslated: dict[str, str] = field(default_factory=dict)
    small_line: int = 1


def read_front_matter(text: str, path: Path, book: Book, find_files: bool = True) -> FrontMatter:
    """Return the checked front matter; raises `PageError` with the line of the mistake.

    `find_files=False` is for scripts that make the files which the page lists.
    """
    try:
        data, lines = parse_yaml(text) or {}, _key_lines(text)
    except YamlError as error:
        message = f"front matter is not valid YAML: {error}"
        raise PageError(message, path, 1 + error.line) from None
    if not isinstance(data, dict):
        raise PageError("front matter must be a mapping", path, 2)
    for key, value in data.items():
        kind, at = FORMS.get(key, object), lines.get(str(key), 2)
        if not isinstance(value, kind):
            raise PageError(f"`{key}` must be {KINDS[kind]}", path, at)
        if str(key).startswith("book_"):
            raise PageError(f"`{key}` is a name of ours: call it otherwise", path, at)
    said = data.get("book") or {}
    if not isinstance(said, dict):
        raise PageError("`book` must be a mapping", path, lines["book"])
    frameworks = partial(_check_reasons, what="framework", known=book.frameworks)
    languages = partial(_check_reasons, what="language", known=book.translated)
    checks: dict[str, Callable[[object], str]] = {
        "small": _check_small,
        "small_examples": _check_examples,
        "files": _check_files,
        "absent": frameworks,
        "pending": frameworks,
        "untranslated": languages,
    }
    for key, value in said.items():
        at = lines.get(str(key), lines["book"])  # it may stand elsewhere, behind an alias
        if key not in checks:
            raise PageError(f"unknown key {key!r} in `book`; known: {', '.join(checks)}", path, at)
        if problem := checks[key](value):
            raise PageError(f"`{key}` {problem}", path, at)
    files = tuple(said.get("files", ()))
    lost = [name for name in files if not (path.parent / name).is_file()]
    if lost and find_files:
        raise PageError(f"no file {lost[0]}, seen from the page", path, lines.get("files", 1))
    data = json.loads(json.dumps(data, default=str, skipkeys=True))  # as notebooks can hold it
    return FrontMatter(**{**said, "files": files}, data=data, small_line=lines.get("small", 1))


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


def _check_files(value: object) -> str:
    """Let pass `name`, and `../page/name`: a file of another page."""
    good = isinstance(value, list) and all(
        isinstance(v, str) and v in (Path(v).name, f"../{Path(v).parent.name}/{Path(v).name}")
        for v in value
    )
    return "" if good else "must list files beside this page or, as ../page/name, another"


def _check_reasons(value: object, what: str, known: Container[str]) -> str:
    if not isinstance(value, dict) or not all(isinstance(why, str) for why in value.values()):
        return f"must map {what}s to the reason why"
    unknown = [key for key in value if key not in known]
    return f"names an unknown {what}: {unknown[0]}" if unknown else ""
