"""Bring the catalogues up to the pages, and say what they lack or break."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bookbuild.config import BookError, find_site
from bookbuild.editions import extract
from bookbuild.i18n import catalogues, figures
from bookbuild.i18n.catalogues import Coverage, place
from bookbuild.i18n.languages import ROOT, TRANSLATED, WORDS
from bookbuild.page.cells import parse_page
from bookbuild.page.markup import make_parser
from d2lcompat.files import write_whole

THEME = "sphinx"  # the catalogue of what the theme says and does not translate itself
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"\{\w*\}|%s")


@dataclass(frozen=True)
class Row:
    """Say of one page and language how much is translated, and since when all of it was."""

    language: str
    domain: str
    coverage: Coverage
    complete_since: str
    declared: str  # why the page may be incomplete


def wanted(root: Path) -> dict[str, list[str]]:
    """Return the messages of each page, and of the book's own words, in their order.

    Raises `BookError` if Sphinx cannot read the pages.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        if said := extract(root, out, Path(folder) / "trees"):
            raise BookError(f"the pages cannot be read:\n{said}")
        found = {}
        for path in sorted(out.rglob("*.pot")):
            domain = path.relative_to(out).with_suffix("").as_posix()
            ids = [str(m.id) for m in read_po(BytesIO(path.read_bytes())) if m.id]
            if domain != THEME:
                found[domain] = ids
    if words := figures.labels(root):
        found[figures.DOMAIN] = words
    if root == ROOT:
        found[WORDS] = own_words(root)
    return found


def own_words(root: Path) -> list[str]:
    """Return what bookbuild says on pages and in notebooks, and the book's title and author."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    found = {str(config[name]): None for name in ("title", "author")}
    package = root / "bookbuild"
    for row in extract_from_dir(package, [("**.py", "python")], keywords={"_": None}):
        found[str(row[2])] = None
    return list(found)


def refresh(root: Path) -> list[Row]:
    """Bring all catalogues up to the pages, note which are complete, and return how they are."""
    messages = wanted(root)
    noted = catalogues.completed(root)
    today = datetime.now(UTC).date().isoformat()
    for language in TRANSLATED:
        dates = noted.setdefault(language, {})
        for domain, ids in messages.items():
            found = catalogues.refresh(place(root, language, domain), language, ids)
            new = {"date": today, "messages": catalogues.digest(ids)}
            same = dates.get(domain, {}).get("messages") == new["messages"]
            if catalogues.coverage(ids, found).complete and not same:
                dates[domain] = new
    text = json.dumps(noted, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    write_whole(root / catalogues.FOLDER / catalogues.COMPLETE, text.encode())
    return report(root, messages)


def report(root: Path, messages: dict[str, list[str]]) -> list[Row]:
    """Return how much of each page is translated."""
    rows = []
    for language in TRANSLATED:
        for domain, ids in messages.items():
            page = root / f"{domain}.md"
            declared = parse_page(page).front.untranslated if page.is_file() else {}
            found = catalogues.load(place(root, language, domain), language)
            since = catalogues.complete_since(root, language, domain)
            covered = catalogues.coverage(ids, found)
            rows.append(Row(language, domain, covered, since, declared.get(language, "")))
    return rows


def faults(root: Path, rows: list[Row]) -> Iterator[str]:
    """Yield what must not be: a page no longer complete, a translation that breaks something."""
    for row in rows:
        path = place(root, row.language, row.domain)
        if row.complete_since and not row.coverage.complete and not row.declared:
            missing = row.coverage.total - row.coverage.translated
            yield (
                f"{path}: {missing} of {row.coverage.total} messages have no translation, and on "
                f"{row.complete_since} all had: run `make i18n` and translate them, or say why not "
                f"in the page's front matter, below `book`: `untranslated: {{{row.language}: why}}`"
            )
        if path.is_file():
            for message in catalogues.load(path, row.language):
                for problem in broken(message, find_site(root).extensions):
                    yield f"{path}:{message.lineno}: {problem}"


def broken(message: Message, extensions: tuple[str, ...]) -> Iterator[str]:
    """Yield what a translation has lost or added of what must be the same in all languages."""
    if not message.id or not message.string or message.fuzzy:
        return
    old, new = (_kept(str(text), extensions) for text in (message.id, message.string))
    for kind, text in (old - new).elements():
        yield f"the translation lacks the {kind} {text}"
    for kind, text in (new - old).elements():
        yield f"the translation adds the {kind} {text}"
    slanted = False
    for token in _inline(str(message.string), extensions):
        slanted = slanted if token.type not in ("em_open", "em_close") else token.type == "em_open"
        if slanted and token.type == "text" and CJK.search(token.content):
            yield f"italics on characters that have none: {token.content}"
        if token.type == "text" and "**" in token.content:
            yield f"** that is not read as bold: {token.content}"


@lru_cache
def _parser(extensions: tuple[str, ...]) -> MarkdownIt:
    return make_parser(extensions)


def _inline(text: str, extensions: tuple[str, ...]) -> list[Token]:
    [inline] = _parser(extensions).parseInline(text)
    return inline.children or []


def _kept(text: str, extensions: tuple[str, ...]) -> Counter[tuple[str, str]]:
    """Count code, formulas, roles, addresses and placeholders of a message."""
    found: Counter[tuple[str, str]] = Counter()
    for token in _inline(text, extensions):
        if token.type in ("code_inline", "math_inline"):
            found[token.type.removesuffix("_inline"), token.content] += 1
        elif token.type == "myst_role":
            found["role", f"{{{token.meta['name']}}}`{token.content}`"] += 1
        elif token.type == "link_open":
            found["link", str(token.attrs["href"])] += 1
        elif token.type == "text":
            found.update(("placeholder", name) for name in PLACEHOLDER.findall(token.content))
    return found
