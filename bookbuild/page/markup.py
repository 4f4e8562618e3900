"""Parse MyST Markdown into tokens, and directives into their parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils.parsers.rst.directives.misc import TestDirective
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.image import image
from markdown_it.rules_inline.link import link
from markdown_it.token import Token
from mdit_py_plugins.myst_role.index import myst_role
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from bookbuild.config import BookError

Rule = Callable[[StateInline, bool], bool]


class PageError(BookError):
    """A mistake on a page; reads `path:line: message`."""

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.message, self.path, self.line = message, path, line


def read_source(path: Path) -> str:
    """Return the text of a page; raises `PageError` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PageError(f"cannot be read: {error}", path, 1) from None


@dataclass(frozen=True)
class Directive:
    """Hold the parts of a directive; lines count from 1 in the page."""

    name: str
    argument: str
    options: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    line: int = 1
    body_line: int = 1


def make_parser(extensions: tuple[str, ...]) -> MarkdownIt:
    """Return MyST's own parser, which notes where roles, links and images stand.

    Their tokens get `meta["span"]`, the start and end within the text of their paragraph. Raises
    `BookError` for an extension that MyST does not know.
    """
    try:
        config = MdParserConfig(enable_extensions=set(extensions))
    except ValueError as error:
        raise BookError(f"_config.yml: `myst_enable_extensions`: {error}") from None
    parser = create_md_parser(config, RendererHTML)
    for name, rule in {"myst_role": myst_role, "link": link, "image": image}.items():
        parser.inline.ruler.at(name, _with_span(rule, {name, f"{name}_open"}))
    return parser


def _with_span(rule: Rule, types: set[str]) -> Rule:
    def spanned(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        found = rule(state, silent)
        if found and not silent:
            token = next(token for token in state.tokens[before:] if token.type in types)
            token.meta = {**token.meta, "span": (start, state.pos)}
        return found

    return spanned


def directive_name(token: Token) -> str:
    """Return the name of the directive that a token is, or an empty string."""
    if token.type not in ("fence", "colon_fence"):
        return ""
    head = token.info.strip().split(maxsplit=1)
    name = head[0] if head else ""
    return name[1:-1] if name.startswith("{") and name.endswith("}") else ""


def read_directive(token: Token, lines: list[str], path: Path, first: int) -> Directive:
    """Take a directive apart; `first` is the page's line number of `lines[0]`.

    Raises `PageError` if its options are malformed or it is never closed.
    """
    name = directive_name(token)
    start, end = token.map or (0, 0)
    line = first + start
    last = lines[end - 1].strip() if start + 1 < end <= len(lines) else ""
    if not last.startswith(token.markup) or last.strip(token.markup[0]):
        raise PageError(f"{{{name}}} is not closed: {token.markup} is missing", path, line)
    argument = token.info.strip()[len(name) + 2 :].strip()
    if name == "framework":  # it has no options, so that its body may open with a colon fence
        return Directive(name, argument, {}, token.content, line, line + 1)
    # MyST reads the options of cells as YAML, those of other directives as text. Of all
    # classes of docutils, only this one takes any option.
    as_text = name != "code-cell"
    parts = parse_directive_text(TestDirective, "", token.content, validate_options=as_text)
    if parts.warnings:
        raise PageError(f"{{{name}}}: {parts.warnings[0].msg}", path, line)
    # What remains of the content tells where the body starts.
    skipped = len(token.content.splitlines()) - len(parts.body)
    return Directive(name, argument, parts.options, "\n".join(parts.body), line, line + 1 + skipped)
