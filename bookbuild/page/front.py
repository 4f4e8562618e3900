"""Read and check the front matter of a page."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bookbuild.config import KINDS, Book, YamlError, parse_yaml
from bookbuild.page.markup import PageError

# What notebooks and MyST-NB take for granted of keys that are theirs.
FORMS: dict[object, type] = {"mystnb": dict, "language_info": dict, "title": str, "authors": list}


def _is_small(value: Any, known: Collection[str]) -> bool:
    plain = bool, int, float, str, type(None)
    items = value.items() if isinstance(value, dict) else ()
    return bool(items) and all(isinstance(k, str) and isinstance(v, plain) for k, v in items)


def _is_count(value: Any, known: Collection[str]) -> bool:
    return type(value) is int and value > 0


def _are_files(value: Any, known: Collection[str]) -> bool:
    """Let pass `name`, and `../page/name`: a file of another page."""
    return isinstance(value, list) and all(
        isinstance(v, str) and v in (Path(v).name, f"../{Path(v).parent.name}/{Path(v).name}")
        for v in value
    )


def _are_reasons(value: Any, known: Collection[str]) -> bool:
    items = value.items() if isinstance(value, dict) else [(None, None)]
    return all(key in known and isinstance(why, str) for key, why in items)


RULES = {  # how the keys of `book` are checked, and what they must do
    "small": (_is_small, "map parameters to numbers, texts or booleans"),
    "small_examples": (_is_count, "be a whole number above 0"),
    "files": (_are_files, "list files beside this page or, as ../page/name, another"),
    "absent": (_are_reasons, "map frameworks ({}) to the reason why"),
    "pending": (_are_reasons, "map frameworks ({}) to the reason why"),
    "untranslated": (_are_reasons, "map languages of translations ({}) to the reason why"),
}


@dataclass(frozen=True)
class FrontMatter:
    """Hold what the `book` entry of a page says; `data` is all, as a notebook can hold it."""

    data: dict[str, Any] = field(default_factory=dict)
    small: dict[str, Any] = field(default_factory=dict)
    small_examples: int | None = None
    absent: dict[str, str] = field(default_factory=dict)
    pending: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    untranslated: dict[str, str] = field(default_factory=dict)
    small_line: int = 1


def read_front_matter(text: str, path: Path, book: Book, find_files: bool = True) -> FrontMatter:
    """Return the checked front matter; raises `PageError` with the line of the mistake."""
    try:
        data, lines = parse_yaml(text) or {}, _key_lines(text)
    except YamlError as error:
        raise PageError(f"front matter is not valid YAML: {error}", path, 1 + error.line) from None
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
    for key, value in said.items():
        at = lines.get(str(key), lines["book"])  # it may stand elsewhere, behind an alias
        if key not in RULES:
            raise PageError(f"unknown key {key!r} in `book`; known: {', '.join(RULES)}", path, at)
        known = book.translated if key == "untranslated" else tuple(book.frameworks)
        good, rule = RULES[key]
        if not good(value, known):
            raise PageError(f"`{key}` must {rule.format(', '.join(known))}", path, at)
    files = tuple(said.get("files", ()))
    lost = [name for name in files if not (path.parent / name).is_file()]
    if lost and find_files:
        raise PageError(f"no file {lost[0]}, seen from the page", path, lines.get("files", 1))
    data = json.loads(json.dumps(data, default=str, skipkeys=True))
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
