"""Bring the catalogues up to the pages, and say what they lack or break."""

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bookbuild.config import Book
from bookbuild.i18n import DOMAIN as ENGINE
from bookbuild.i18n import HERE, catalogues, figures
from bookbuild.page.cells import parse_page
from bookbuild.page.front import FrontMatter
from bookbuild.page.markup import make_parser

BOOK = "book"  # the catalogue of the book's title and author
THEME = "sphinx"  # the catalogue of what the theme says and does not translate itself
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"\{\w*\}|%s")
PACKAGE = Path(__file__).parents[1]


def messages(book: Book, extracted: Path) -> dict[str, list[str]]:
    """Return the messages of each catalogue; Sphinx has `extracted` those of the pages there."""
    found = {}
    for path in sorted(extracted.rglob("*.pot")):
        domain = path.relative_to(extracted).with_suffix("").as_posix()
        if domain != THEME:
            found[domain] = [str(m.id) for m in read_po(BytesIO(path.read_bytes())) if m.id]
    if labels := figures.labels(book):
        found[figures.DOMAIN] = labels
    found[BOOK] = list(filter(None, (book.title, book.author)))
    if PACKAGE.is_relative_to(book.root):  # the engine's own words, where it is developed
        rows = extract_from_dir(PACKAGE, [("**.py", "python")], keywords={"_": None})
        found[ENGINE] = list(dict.fromkeys(str(row[2]) for row in rows))
    return found


def refresh(book: Book, wanted: dict[str, list[str]]) -> None:
    """Bring all catalogues up to the pages."""
    for language in book.translated:
        for domain, ids in wanted.items():
            catalogues.refresh(_path(book, language, domain), language, ids)


def report(book: Book, wanted: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return how much of each catalogue is translated, a line each; and what must not be.

    That is a page that is not complete and does not say why, or a translation that breaks what
    it translates.
    """
    parser, rows, faults = make_parser(book.extensions), [], []
    for language, (domain, ids) in product(book.translated, wanted.items()):
        path, page = _path(book, language, domain), book.root / f"{domain}.md"
        catalogue = catalogues.load(path, language)
        found = catalogues.coverage(ids, catalogue)
        share = f"{found.translated / max(found.total, 1):.0%} translated"
        rows.append(f"{language} {domain}: {share}, {found.fuzzy} fuzzy, {found.missing} missing")
        front = parse_page(page, book).front if page.is_file() else FrontMatter()
        if not found.complete and language not in front.untranslated:
            faults.append(
                f"{path}: {found.total - found.translated} of {found.total} messages have no "
                "translation: run `make i18n` and translate them, or say why not in the page's "
                f"front matter, below `book`: `untranslated: {{{language}: why}}`"
            )
        told = ((message, problem) for message in catalogue for problem in broken(message, parser))
        faults += [f"{path}:{message.lineno}: {problem}" for message, problem in told]
    return rows, faults


def _path(book: Book, language: str, domain: str) -> Path:
    return catalogues.place(HERE if domain == ENGINE else book.root, language, domain)


def broken(message: Message, parser: MarkdownIt) -> Iterator[str]:
    """Yield what a translation has lost or added of what must be the same in all languages."""
    if not message.id or not message.string or message.fuzzy:
        return
    texts = str(message.id), str(message.string)
    tokens = [parser.parseInline(text)[0].children or [] for text in texts]
    old, new = map(_kept, tokens)
    for kind, text in (old - new).elements():
        yield f"the translation lacks the {kind} {text}"
    for kind, text in (new - old).elements():
        yield f"the translation adds the {kind} {text}"
    slanted = False
    for token in tokens[1]:
        slanted = slanted if token.type not in ("em_open", "em_close") else token.type == "em_open"
        if slanted and token.type == "text" and CJK.search(token.content):
            yield f"italics on characters that have none: {token.content}"
        if token.type == "text" and "**" in token.content:
            yield f"** that is not read as bold: {token.content}"


def _kept(tokens: list[Token]) -> Counter[tuple[str, str]]:
    """Count code, formulas, roles, addresses and placeholders of a message."""
    found: Counter[tuple[str, str]] = Counter()
    for token in tokens:
        if token.type in ("code_inline", "math_inline"):
            found[token.type.removesuffix("_inline"), token.content] += 1
        elif token.type == "myst_role":
            found["role", f"{{{token.meta['name']}}}`{token.content}`"] += 1
        elif token.type == "link_open":
            found["link", str(token.attrs["href"])] += 1
        elif token.type == "text":
            found.update(("placeholder", name) for name in PLACEHOLDER.findall(token.content))
    return found
