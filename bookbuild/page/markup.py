"""Parse MyST Markdown into tokens, and directives into their parts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from bookbuild.config import BookError, YamlError, parse_yaml


class PageError(BookError):
    """A mistake on a page; reads `path:line: message`."""

    def __init__(self, message: str, path: Path, line: int) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.message, self.path, self.line = message, path, line

    def __reduce__(self) -> tuple[Any, ...]:
        """Let it pass between processes."""
        return PageError, (self.message, self.path, self.line)


@dataclass(frozen=True)
class Directive:
    """Hold the parts of a directive; lines count from 1 in the page."""

    name: str
    argument: str
    options: dict[str, Any]
    body: str
    line: int
    body_line: int


def make_parser(extensions: tuple[str, ...]) -> MarkdownIt:
    """Return MyST's own parser; raises `BookError` for an extension that MyST does not know."""
    try:
        config = MdParserConfig(enable_extensions=set(extensions))
    except ValueError as error:
        raise BookError(f"_config.yml: `myst_enable_extensions`: {error}") from None
    return create_md_parser(config, RendererHTML)


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
    last = lines[end - 1].strip().lstrip("> ") if start + 1 < end <= len(lines) else ""
    if not last.startswith(token.markup) or last.strip(token.markup[0]):
        raise PageError(f"{{{name}}} is not closed: {token.markup} is missing", path, line)
    argument = token.info.strip()[len(name) + 2 :].strip()
    # Not by `splitlines`, which also splits where Markdown and Python do not.
    body = token.content.removesuffix("\n").split("\n")
    # {framework} has no options, so that its body may open with a colon fence.
    options, skipped = ({}, 0) if name == "framework" else _options(name, body, path, line)
    text = "\n".join(body[skipped:])
    return Directive(name, argument, options, text, line, line + 1 + skipped)


def _options(name: str, lines: list[str], path: Path, line: int) -> tuple[dict[str, Any], int]:
    """Return the options at the head of a directive, and how many lines they take."""
    count, text = 0, ""
    if lines[0].strip() == "---":
        count = next((i for i, text in enumerate(lines[1:], 2) if text.strip() == "---"), 0)
        if not count:
            raise PageError(f"{{{name}}}: its options are not closed: --- is missing", path, line)
        text = "\n".join(lines[1 : count - 1])
    else:
        while count < len(lines) and lines[count].lstrip().startswith(":"):
            count += 1
        if name == "code-cell":  # those of others are text, and checked by who reads them
            text = "\n".join(line.lstrip()[1:] for line in lines[:count])
    try:
        found = parse_yaml(text) or {}
    except YamlError as error:
        raise PageError(f"{{{name}}}: its options are no YAML: {error}", path, line) from None
    if not isinstance(found, dict):
        raise PageError(f"{{{name}}}: its options must map names to values", path, line)
    if count < len(lines) and not lines[count].strip():
        count += 1  # one empty line before the body is none of it
    return found, count
