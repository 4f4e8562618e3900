"""Take a page apart into Markdown, code cells and prose for one framework."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bookbuild.config import Book, BookError
from bookbuild.page import Block, Page, check_groups, check_names, check_parameters, page_name
from bookbuild.page.front import FrontMatter, read_front_matter
from bookbuild.page.markup import Directive, PageError, directive_name, make_parser, read_directive

CELL_TAGS = frozenset(
    {"parameters", "scroll-output", "raises-exception", "full-width", "margin"}
    | {f"{verb}-{part}" for verb in ("hide", "remove") for part in ("input", "output", "cell")}
)
CELL_OPTIONS = frozenset({"tags", "mystnb"})
CLOSED = ("code", "code-block", "sourcecode", "math", "raw")  # directives whose body is no Markdown


def find_pages(book: Book, name: str | None = None) -> list[Page]:
    """Return the pages of `_toc.yml` that have code cells, or of those the one with a name.

    Raises `BookError` if there is none, `PageError` for a mistake on a page that is looked at.
    """
    paths = [book.root / f"{document}.md" for document in book.documents()]
    names = {path: page_name(path) for path in paths if path.is_file()}
    if name is not None and name not in names.values():
        raise BookError(f"no page {name!r}; pages: {', '.join(names.values()) or 'none'}")
    wanted = [path for path in names if name in (None, names[path])]
    pages = [page for page in (parse_page(path, book) for path in wanted) if page.cells]
    if not pages:
        raise BookError(f"no page with code cells: {name or book.root / '_toc.yml'}")
    first = {page.name: page for page in reversed(pages)}
    for page in pages:
        if (other := first[page.name]) is not page:
            raise BookError(f"{page.path}: {other.path} is called {page.name}, too: rename one")
    return pages


def parse_page(path: Path, book: Book, find_files: bool = True) -> Page:
    """Read and check a page; raises `PageError` with file and line of the first mistake.

    `find_files=False` is for scripts that make the files which the page lists.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PageError(f"cannot be read: {error}", path, 1) from None
    parser = make_parser(book.extensions).disable("inline")  # the text in blocks stays as it is
    tokens = parser.parse(text + "\n")
    front, start = FrontMatter(), 0
    if tokens and tokens[0].type == "front_matter":
        head = tokens.pop(0)
        start = head.map[1] if head.map else 0
        front = read_front_matter(head.content, path, book, find_files)
    blocks = tuple(_Splitter(path, book, front, parser).split(tokens, text.split("\n"), start))
    page = Page(path, book, blocks, front)
    for rule in (check_groups, check_names, check_parameters):
        rule(page)
    return page


class _Splitter:
    """Split tokens into blocks; keeps count of the code cells."""

    def __init__(self, path: Path, book: Book, front: FrontMatter, parser: MarkdownIt) -> None:
        self.path, self.book, self.front, self.parser = path, book, front, parser
        self.everyone = tuple(key for key in book.frameworks if key not in front.absent)
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
                yield self._framework(directive, "\n".join(lines[slice(*(token.map or (0, 0)))]))
            elif name not in CLOSED:
                self._check_inside(directive, depth)
        yield from self._markdown(lines, start, len(lines), first)

    def _markdown(self, lines: list[str], start: int, end: int, first: int) -> Iterator[Block]:
        while start < end and not lines[start].strip():
            start += 1
        at = first + start
        if source := "\n".join(lines[start:end]).rstrip():
            yield Block("markdown", source, at, self.everyone, body_line=at)

    def _code(self, directive: Directive, token: Token, depth: int) -> Block:
        if token.level or depth or token.type != "fence":
            told = "a code cell must stand alone, between backticks, not inside anything"
            raise self._error(told, directive)
        if wrong := sorted(set(directive.options) - CELL_OPTIONS):
            raise self._error(f"a code cell has no option {wrong[0]!r}", directive)
        tags = directive.options.get("tags", [])
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise self._error("tags must be a list, as in `:tags: [torch]`", directive)
        for tag in tags:
            if tag not in CELL_TAGS and not re.fullmatch(r"name:[a-z][a-z-]*", tag):
                self._check_framework(tag, directive, "tag", CELL_TAGS)
        mine = tuple(key for key in self.book.frameworks if key in tags)
        if len(mine) > 1:
            told = f"a code cell belongs to one framework or to all, not to {' and '.join(mine)}"
            raise self._error(told, directive)
        self.cells += 1
        return Block(
            kind="code",
            source=directive.body.rstrip(),
            line=directive.line,
            frameworks=mine or self.everyone,
            tags=tuple(tag for tag in tags if tag not in self.book.frameworks),
            index=self.cells - 1,
            tagged=bool(mine),
            body_line=directive.body_line,
            options=directive.options,
        )

    def _framework(self, directive: Directive, source: str) -> Block:
        self._check_framework(directive.argument, directive, "framework")
        self._check_inside(directive, 1)
        mine, at = (directive.argument,), directive.line
        return Block("framework", source, at, mine, tagged=True, body_line=at)

    def _check_inside(self, directive: Directive, depth: int) -> None:
        """Check directives within a directive: groups must be complete there as well."""
        lines = directive.body.split("\n")
        tokens = self.parser.parse(directive.body + "\n")
        inside = tuple(self.split(tokens, lines, 0, directive.body_line, depth + 1))
        if directive.name != "framework":
            check_groups(Page(self.path, self.book, inside, self.front))
        elif nested := [block for block in inside if block.kind == "framework"]:
            raise PageError("{framework} inside {framework}", self.path, nested[0].line)

    def _check_framework(
        self, key: str, directive: Directive, what: str, more: frozenset[str] = frozenset()
    ) -> None:
        if key in self.front.absent:
            raise self._error(f"{key} is declared absent in the front matter", directive)
        if key not in self.book.frameworks:
            known = ", ".join([*self.book.frameworks, *sorted(more)])
            raise self._error(f"unknown {what} {key!r}; known: {known}", directive)

    def _error(self, message: str, directive: Directive) -> PageError:
        return PageError(message, self.path, directive.line)
