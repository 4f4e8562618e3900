"""Catalogues of translations: `locales/<language>/LC_MESSAGES/<page>.po`, one for each page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bookbuild.config import BookError
from d2lcompat.files import write_whole

FOLDER = "locales"
COMPLETE = "complete.json"  # when each page was last complete, in each language
LINE = re.compile(r'|#.*|(msg(id|id_plural|str|ctxt)(\[\d\])?\s+)?"(\\.|[^"\\])*"')
# Of the head only what tools need: the rest is in the history of the repository.
HEAD = ("Project-Id", "Report-Msgid", "POT-Creation", "PO-Revision", "Last-Translator")
DROPPED = tuple(f'"{name}' for name in (*HEAD, "Language-Team", "Generated-By"))


@dataclass(frozen=True)
class Coverage:
    """Count the messages of a page: all, and those that have no valid translation."""

    total: int
    fuzzy: int
    missing: int

    @property
    def complete(self) -> bool:
        """Whether every message is translated."""
        return self.fuzzy == self.missing == 0

    @property
    def translated(self) -> int:
        """How many messages are translated."""
        return self.total - self.fuzzy - self.missing


def place(root: Path, language: str, domain: str) -> Path:
    """Return where a catalogue is; `domain` is the name of a page, as in `chapters/nin/index`."""
    return root / FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def load(path: Path, language: str | None = None) -> Catalog:
    """Read a catalogue, an empty one where there is no file; raises `BookError` if it is broken."""
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    content = path.read_bytes()
    try:
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if not LINE.fullmatch(line.strip()):  # Babel reads on
                raise BookError(f"{path}:{number}: not a line of a catalogue: {line.strip()}")
        return read_po(BytesIO(content), locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise BookError(f"{path}: not a catalogue of translations: {error}") from None


@lru_cache
def read(path: Path) -> dict[str, str]:
    """Return the valid translations of a catalogue's file, none where there is no file."""
    return valid(load(path))


def valid(catalogue: Catalog) -> dict[str, str]:
    """Return the valid translations of a catalogue by their messages."""
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def messages(root: Path, language: str, domain: str) -> dict[str, str]:
    """Return the translations for a page; those of other pages come after its own."""
    own = place(root, language, domain)
    folder = root / FOLDER / language / "LC_MESSAGES" / "chapters"
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.po")):
        found |= read(path)
    return found | read(own)


def coverage(wanted: Iterable[str], catalogue: Catalog) -> Coverage:
    """Compare the messages of a page with its catalogue."""
    ids = dict.fromkeys(wanted)
    found = [catalogue.get(message) for message in ids]
    fuzzy = sum(bool(m and m.string and m.fuzzy) for m in found)
    missing = sum(not (m and m.string) for m in found)
    return Coverage(len(ids), fuzzy, missing)


def refresh(path: Path, language: str, wanted: Iterable[str]) -> Catalog:
    """Bring a catalogue up to its page, in place, and return it.

    What is new has no translation yet; for what has changed the old one is kept and marked fuzzy;
    what is gone is kept at the end, for the day it comes back.
    """
    template, old = Catalog(), load(path, language)
    for message in wanted:
        template.add(message)
        if gone := old.obsolete.pop(message, None):
            old[message] = gone
    old.update(template, update_creation_date=False)
    write(old, path)
    return old


def write(catalogue: Catalog, path: Path) -> None:
    """Write a catalogue, unless nothing in it has changed."""
    catalogue.header_comment = ""
    file = BytesIO()
    write_po(file, catalogue, width=100, omit_header=False, include_lineno=False)
    lines = file.getvalue().decode("utf-8").strip().splitlines()
    text = "\n".join(line for line in lines if not line.startswith(DROPPED)) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())


def completed(root: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Return what is noted of each page, in each language, when all of it was translated.

    Raises `BookError` if the file is damaged.
    """
    path = root / FOLDER / COMPLETE
    if not path.is_file():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise BookError(f"{path}:{error.lineno}: not JSON: {error.msg}") from None
    except UnicodeDecodeError:
        raise BookError(f"{path}: not JSON: no text in UTF-8") from None
    languages = list(known.values()) if isinstance(known, dict) else [None]
    pages = [page for row in languages if isinstance(row, dict) for page in row.values()]
    if not all(isinstance(row, dict) for row in languages + pages):
        raise BookError(f"{path}: must map languages to pages, and those to what is noted of them")
    return known


def complete_since(root: Path, language: str, domain: str) -> str:
    """Return the date when a page was last translated in full, as in `2026-11-25`, or nothing."""
    return str(completed(root).get(language, {}).get(domain, {}).get("date", ""))


def digest(wanted: Iterable[str]) -> str:
    """Return a short digest of the messages of a page."""
    return sha256("\0".join(wanted).encode()).hexdigest()[:12]
