"""Take a page apart into Markdown, code cells and prose for one framework."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bookbuild.config import find_site
from bookbuild.page.blocks import Block, Page
from bookbuild.page.front import FrontMatter, read_front_matter
from bookbuild.page.markup import (
    Directive,
    PageError,
    directive_name,
    make_parser,
    read_directive,
    read_source,
)
from bookbuild.page.rules import check_groups, check_names, check_parameters
from d2lcompat import FRAMEWORKS

__all__ = ["Block", "Page", "pages", "parse_page"]

CELL_TAGS = frozenset(
    {"parameters", "scroll-output", "raises-exception", "full-width", "margin"}
    | {f"{verb}-{part}" for verb in ("hide", "remove") for part in ("input", "output", "cell")}
)
CELL_OPTIONS = frozenset({"tags", "mystnb"})


def pages(root: Path) -> list[Path]:
    """Return `chapters/*/index.md` below `root`, sorted, as far as they have code cells."""
    return [path for path in sorted(root.glob("chapters/*/index.md")) if parse_page(path).cells]


def parse_page(path: Path, find_files: bool = True) -> Page:
    """Read and check a page; raises `PageError` with file and line of the first mistake.

    `find_files=False` lets pass a page that lists a file which is not there.
    """
    text = read_source(path)
    parser = make_parser(find_site(path.parent).extensions)
    tokens = parser.parse(text + "\n")
    front, start = FrontMatter(), 0
    if tokens and tokens[0].type == "front_matter":
        head = tokens.pop(0)
        start = head.map[1] if head.map else 0
        front = read_front_matter(head.content, path, find_files)
    elif text.startswith("---"):
        raise PageError("front matter is not closed: a line with --- is missing", path, 1)
    blocks = tuple(_Splitter(path, front, parser).split(tokens, text.splitlines(), start))
    page = Page(path, blocks, front)
    check_groups(blocks, page)
    check_parameters(page)
    check_names(page)
    return page


class _Splitter:
    """Split tokens into blocks; keeps count of the code cells."""

    def __init__(self, path: Path, front: FrontMatter, parser: MarkdownIt) -> None:
        self.path, self.front, self.parser = path, front, parser
        self.everyone = tuple(key for key in FRAMEWORKS if key not in front.absent)
        self.cells = 0

    def split(
        self, tokens: list[Token], lines: list[str], start: int, first: int = 1, depth: int = 0
    ) -> Iterator[Block]:
        """Yield the blocks of `lines[start:]`; `first` is the page's number of `lines[0]`."""
        for token in tokens:
            name = directive_name(token)
            if not name:
                continue
            directive = read_directive(token, lines, self.path, first)
            if token.level == 0 and name in ("code-cell", "framework"):
                begin, end = token.map or (0, 0)
                yield from self._markdown(lines, start, begin, first)
                start = end
            if name == "code-cell":
                yield self._code(directive, token, depth)
            elif name == "framework":
                yield self._framework(directive, token)
            elif name not in ("code", "code-block", "sourcecode", "math", "raw"):
                self._check_inside(directive, depth)
        yield from self._markdown(lines, start, len(lines), first)

    def _markdown(self, lines: list[str], start: int, end: int, first: int) -> Iterator[Block]:
        while start < end and not lines[start].strip():
            start += 1
        source = "\n".join(lines[start:end]).rstrip()
        if source:
            at = first + start
            yield Block("markdown", source, at, self.everyone, body_line=at)

    def _code(self, directive: Directive, token: Token, depth: int) -> Block:
        if token.level or depth or token.type != "fence":
            message = "a code cell must stand alone, between backticks, not inside anything"
            raise self._error(message, directive)
        if wrong := sorted(set(directive.options) - CELL_OPTIONS):
            raise self._error(f"a code cell has no option {wrong[0]!r}", directive)
        tags = directive.options.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise self._error("tags must be a list, as in `:tags: [torch]`", directive)
        for tag in tags:
            if tag not in CELL_TAGS and not re.fullmatch(r"name:[a-z][a-z-]*", tag):
                self._check_framework(tag, directive, "tag", CELL_TAGS)
        mine = tuple(key for key in FRAMEWORKS if key in tags)
        if len(mine) > 1:
            message = f"a code cell belongs to one framework or to all, not to {' and '.join(mine)}"
            raise self._error(message, directive)
        self.cells += 1
        return Block(
            kind="code",
            source=directive.body.rstrip(),
            line=directive.line,
            frameworks=mine or self.everyone,
            tags=tuple(tag for tag in tags if tag not in FRAMEWORKS),
            index=self.cells - 1,
            tagged=bool(mine),
            body_line=directive.body_line,
            options=directive.options.get("mystnb") or {},
        )

    def _framework(self, directive: Directive, token: Token) -> Block:
        self._check_framework(directive.argument, directive, "framework")
        self._check_inside(directive, 1)
        mine, at = (directive.argument,), directive.line
        body = directive.body.rstrip()
        return Block("framework", body, at, mine, tagged=True, body_line=directive.body_line)

    def _check_inside(self, directive: Directive, depth: int) -> None:
        """Check directives within a directive: groups must be complete there as well."""
        lines = directive.body.splitlines()
        tokens = self.parser.parse(directive.body + "\n")
        inside = tuple(self.split(tokens, lines, 0, directive.body_line, depth + 1))
        if directive.name != "framework":
            check_groups(inside, Page(self.path, inside, self.front))
        elif nested := [block for block in inside if block.kind == "framework"]:
            message = "{framework} inside {framework}"
            raise PageError(message, self.path, nested[0].line)

    def _check_framework(
        self, key: str, directive: Directive, what: str, more: frozenset[str] = frozenset()
    ) -> None:
        if key in self.front.absent:
            raise self._error(f"{key} is declared absent in the front matter", directive)
        if key not in FRAMEWORKS:
            known = ", ".join([*FRAMEWORKS, *sorted(more)])
            raise self._error(f"unknown {what} {key!r}; known: {known}", directive)

    def _error(self, message: str, directive: Directive) -> PageError:
        return PageError(message, self.path, directive.line)
