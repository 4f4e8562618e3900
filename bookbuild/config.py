"""What the engine knows of a book: its frameworks, languages and addresses, read once."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import yaml
from babel import Locale, UnknownLocaleError

CONFIG, CONTENTS = "_config.yml", "_toc.yml"
DEFAULT_EXTENSIONS = ("amsmath", "colon_fence", "deflist", "dollarmath")
KEYS = ("name", "frameworks", "languages", "helpers", "examples_variable")
KINDS: dict[type, str] = {dict: "a mapping", list: "a list", str: "text: put it in quotes"}


class BookError(Exception):
    """A mistake in the book or on the command line: shown as one line, without a traceback."""


@dataclass(frozen=True)
class Framework:
    """Describe one framework; a notebook imports `module`, or tells pip to get `install`."""

    key: str
    label: str
    module: str
    install: str = ""


@dataclass(frozen=True)
class Language:
    """Describe one language, by its `key` for gettext; `folder` holds its edition, as in `ja/`."""

    key: str
    label: str
    folder: str = ""

    @property
    def tag(self) -> str:
        """The language as HTML and browsers write it, as in `zh-CN`."""
        return self.key.replace("_", "-")


@dataclass(frozen=True)
class Book:
    """Hold what the engine knows of a book.

    `name` begins the names of files to download; the first of `languages` is that of the pages.
    `helpers` maps modules that every notebook needs besides its framework to what pip is told;
    `examples_variable` is the environment variable that `small_examples` of a page sets.
    """

    root: Path
    title: str
    author: str
    name: str
    frameworks: dict[str, Framework]
    languages: dict[str, Language]
    helpers: dict[str, str]
    examples_variable: str = ""
    extensions: tuple[str, ...] = DEFAULT_EXTENSIONS
    repository: str = ""
    branch: str = "main"
    path_to_book: str = ""

    @property
    def source(self) -> str:
        """The language of the pages."""
        return next(iter(self.languages))

    @property
    def translated(self) -> tuple[str, ...]:
        """The languages of the other editions."""
        return tuple(self.languages)[1:]

    @property
    def site(self) -> str:
        """The address where GitHub Pages publishes the book; empty if it is not one of GitHub's."""
        try:
            url = urlsplit(self.repository)
        except ValueError:
            return ""
        parts = url.path.strip("/").split("/")
        if url.hostname != "github.com" or len(parts) != 2:
            return ""
        owner, name = parts
        host = f"{owner.lower()}.github.io"
        return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"

    def address(self, path: Path, raw: bool = False) -> str:
        """Return the web address of a file of the book; empty if `_config.yml` names none.

        `raw` asks for the file itself and not for the page that shows it.
        """
        if not self.repository or not path.is_relative_to(self.root):
            return ""
        place = quote(f"{PurePosixPath(self.path_to_book) / path.relative_to(self.root)}")
        return f"{self.repository}/{'raw' if raw else 'blob'}/{self.branch}/{place}"

    def documents(self) -> list[str]:
        """Return the names of the documents of `_toc.yml` in their order, without suffixes."""
        from sphinx_external_toc.api import FileItem, GlobItem
        from sphinx_external_toc.parsing import MalformedError, parse_toc_data

        def below(name: str) -> Iterator[str]:
            yield name.removesuffix(".md")
            for tree in contents[name].subtrees if name in contents else ():
                for item in tree.items:
                    if isinstance(item, FileItem):
                        yield from below(item)
                    elif isinstance(item, GlobItem):
                        for path in sorted(self.root.glob(f"{item}.md")):
                            yield path.relative_to(self.root).with_suffix("").as_posix()

        data = _read_yaml(self.root / CONTENTS)
        try:
            contents = parse_toc_data(data)
            return list(dict.fromkeys(below(contents.root.docname)))
        except (MalformedError, NotImplementedError, TypeError, ValueError) as error:
            raise BookError(f"{self.root / CONTENTS}: {one_line(error)}") from None


def read_book(start: Path) -> Book:
    """Return the book of `start` or the nearest folder above it; raises `BookError`."""
    start = start.resolve()
    for root in (start, *start.parents):
        if (root / CONFIG).is_file():
            return _book(root, root / CONFIG)
    raise BookError(f"no {CONFIG} in {start} or above it: a book has one; see examples/README.md")


def _book(root: Path, path: Path) -> Book:
    get = _getter(_read_yaml(path) or {}, path)
    sphinx, parse, repository = (
        _getter(get(name, dict), path) for name in ("sphinx", "parse", "repository")
    )
    said = _getter(sphinx("config", dict), path)("book", dict)
    if wrong := [key for key in said if key not in KEYS]:
        raise BookError(f"{path}: unknown key {wrong[0]!r} in `book`; known: {', '.join(KEYS)}")
    told = _getter(said, path)
    rows, languages = told("frameworks", dict), told("languages", dict) or {"en": "English"}
    name, variable = told("name", str), told("examples_variable", str)
    helpers = told("helpers", dict)
    if not rows:
        raise BookError(f"{path}: `sphinx`, `config`, `book` must name `frameworks`")
    for key in languages:
        try:
            Locale.parse(key)
        except (ValueError, TypeError, UnknownLocaleError):
            how = "write it as in `zh_CN`, and `no` in quotes"
            raise BookError(f"{path}: no language {key!r}: {how}") from None
    if not re.fullmatch(r"[\w.-]*", name) or not (variable or "a").isidentifier():
        raise BookError(f"{path}: `name`, `examples_variable`: letters and digits, please")
    return Book(
        root=root,
        title=get("title", str),
        author=get("author", str),
        name=name or root.name,
        frameworks={key: _framework(key, row, path) for key, row in rows.items()},
        languages={
            key: Language(key, str(label), f"{key}/" if i else "")
            for i, (key, label) in enumerate(languages.items())
        },
        helpers={module: _getter(helpers, path)(module, str) for module in helpers},
        examples_variable=variable,
        extensions=tuple(map(str, parse("myst_enable_extensions", list))) or DEFAULT_EXTENSIONS,
        repository=repository("url", str).rstrip("/").removesuffix(".git"),
        branch=repository("branch", str) or "main",
        path_to_book=repository("path_to_book", str),
    )


def _getter(config: Any, path: Path) -> Callable[[str, type], Any]:
    """Return a function that gets a setting of a kind, empty where there is none."""
    if not isinstance(config, dict):
        raise BookError(f"{path}: expected a mapping of settings")

    def get(name: str, kind: type) -> Any:
        found = config.get(name) or kind()
        if not isinstance(found, kind):
            raise BookError(f"{path}: `{name}` must be {KINDS[kind]}")
        return found

    return get


def _framework(key: str, row: Any, path: Path) -> Framework:
    names = "label", "module", "install"
    if not isinstance(row, dict) or not set(names[:2]) <= set(row) <= set(names):
        raise BookError(f"{path}: framework {key!r} must have `label`, `module` and `install`")
    if not isinstance(key, str) or not re.fullmatch("[a-z][a-z0-9_]*", key):
        raise BookError(f"{path}: framework {key!r}: its key is a word of small letters")
    return Framework(key, *(_getter(row, path)(name, str) for name in names))


class YamlError(ValueError):
    """Say what is wrong with YAML, and in which line of it."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse_yaml(text: str) -> Any:
    """Return what a text in YAML says; raises `YamlError`."""
    try:
        found = yaml.safe_load(text)
        # What holds itself, or half a character, can be written nowhere.
        json.dumps(found, default=str, skipkeys=True, ensure_ascii=False).encode()
    except Exception as error:  # dates that are none, deep nesting: not all are YAML's own
        mark = getattr(error, "problem_mark", None)
        told = getattr(error, "problem", None) or one_line(error)
        raise YamlError(told, mark.line + 1 if mark else 1) from None
    return found


def _read_yaml(path: Path) -> Any:
    try:
        return parse_yaml(path.read_text(encoding="utf-8-sig"))
    except YamlError as error:
        raise BookError(f"{path}:{error.line}: not valid YAML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BookError(f"{path}: cannot be read: {one_line(error)}") from None


def one_line(error: object) -> str:
    """Return the text of an error on one line."""
    return " ".join(str(error).split())
