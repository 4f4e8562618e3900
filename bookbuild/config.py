"""Read the few things that bookbuild needs from `_config.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

DEFAULT_EXTENSIONS = ("amsmath", "colon_fence", "deflist", "dollarmath")
KINDS: dict[str, type] = {"parse": dict, "repository": dict, "bibtex_bibfiles": list}


class BookError(Exception):
    """A mistake in the book or on the command line: shown as one line, without a traceback."""


@dataclass(frozen=True)
class Site:
    """Hold the folder of the book, its Markdown extensions, address and bibliography files."""

    root: Path
    extensions: tuple[str, ...] = DEFAULT_EXTENSIONS
    repository: str = ""
    branch: str = "main"
    bibliography: tuple[Path, ...] = ()

    def address(self, path: Path, raw: bool = False) -> str:
        """Return the web address of a file of the book; empty if `_config.yml` names none.

        `raw` asks for the file itself and not for the page that shows it.
        """
        if not self.repository or not path.is_relative_to(self.root):
            return ""
        kind = "raw" if raw else "blob"
        return f"{self.repository}/{kind}/{self.branch}/{path.relative_to(self.root).as_posix()}"


def find_site(start: Path) -> Site:
    """Return the site whose `_config.yml` lies in `start` or in the nearest folder above it.

    Without one, `start` itself (or its folder) is the root and everything has its default.
    Raises `BookError` if the file is not valid YAML.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "_config.yml").is_file():
            return _read_site(folder)
    return Site(start if start.is_dir() else start.parent)


def _read_site(root: Path) -> Site:
    path = root / "_config.yml"
    config = _settings(path)
    parse, repository = config["parse"], config["repository"]
    extensions = parse.get("myst_enable_extensions") or DEFAULT_EXTENSIONS
    if isinstance(extensions, str) or not isinstance(extensions, Sequence):
        raise BookError(f"{path}: `myst_enable_extensions` must be a list")
    return Site(
        root=root,
        extensions=tuple(map(str, extensions)),
        repository=str(repository.get("url") or "").rstrip("/"),
        branch=str(repository.get("branch") or "main"),
        bibliography=tuple(root / str(name) for name in config["bibtex_bibfiles"]),
    )


def _settings(path: Path) -> dict[str, Any]:
    """Return those settings that we read, each of its kind."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise BookError(f"{path}{line}: not valid YAML: {one_line(error)}") from None
    if not isinstance(config, dict):
        raise BookError(f"{path}: expected a mapping of settings")
    found = {}
    for name, kind in KINDS.items():
        found[name] = config.get(name) or kind()
        if not isinstance(found[name], kind):
            what = "list" if kind is list else "mapping"
            raise BookError(f"{path}: `{name}` must be a {what}")
    return found


def published_at(repository: str) -> str:
    """Return where GitHub Pages publishes a repository; empty if it is not one of GitHub's.

    >>> published_at("https://github.com/owner/name")
    'https://owner.github.io/name/'
    """
    url = urlsplit(repository)
    parts = url.path.strip("/").removesuffix(".git").split("/")
    if url.hostname != "github.com" or len(parts) != 2:
        return ""
    owner, name = parts
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def one_line(error: object) -> str:
    """Return the text of an error on one line."""
    return " ".join(str(error).split())
