"""Catalogues of translations: `locales/<language>/LC_MESSAGES/<page>.po`, one for each page."""

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from gettext import c2py
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bookbuild.config import BookError, one_line
from bookbuild.files import write_whole

FOLDER = "locales"
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
        return self.translated == self.total

    @property
    def translated(self) -> int:
        """How many messages are translated."""
        return self.total - self.fuzzy - self.missing


def place(root: Path, language: str, domain: str) -> Path:
    """Return where a catalogue is; `domain` is the name of a page, as in `pages/intro`."""
    return root / FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def load(path: Path, language: str | None = None) -> Catalog:
    """Read a catalogue, an empty one where there is no file; raises `BookError` if it is broken."""
    if not path.is_file():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    content = path.read_bytes()
    try:
        for number, line in enumerate(content.decode("utf-8").split("\n"), start=1):
            if not LINE.fullmatch(line.strip()):  # Babel reads on
                raise BookError(f"{path}:{number}: not a line of a catalogue: {line.strip()}")
        found = read_po(BytesIO(content), locale=language, abort_invalid=True)
        c2py(found.plural_expr)  # as Sphinx will
        return found
    except BookError:
        raise
    except Exception as error:  # Babel lets many kinds through
        told = one_line(error)[:120]
        raise BookError(f"{path}: not a catalogue of translations: {told}") from None


def valid(catalogue: Catalog) -> dict[str, str]:
    """Return the valid translations of a catalogue by their messages."""
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def translations(root: Path, language: str, domain: str) -> dict[str, str]:
    """Return the valid translations of one catalogue."""
    return valid(load(place(root, language, domain)))


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
    old.header_comment = ""
    file = BytesIO()
    write_po(file, old, width=100, omit_header=False, include_lineno=False)
    lines = file.getvalue().decode("utf-8").strip().split("\n")
    text = "\n".join(line for line in lines if not line.startswith(DROPPED)) + "\n"
    write_whole(path, text.encode())
    return old


def compile_all(folders: Iterable[Path], language: str, target: Path) -> None:
    """Write what Sphinx reads of the catalogues of a language, anew, into the folder `target`.

    The later of `folders` go before. Raises `BookError` if a catalogue is broken.
    """
    here = target / language / "LC_MESSAGES"
    shutil.rmtree(here, ignore_errors=True)
    for folder in folders:
        there = folder / language / "LC_MESSAGES"
        for path in sorted(there.rglob("*.po")):
            made = here / path.relative_to(there).with_suffix(".mo")
            made.parent.mkdir(parents=True, exist_ok=True)
            with made.open("wb") as file:
                write_mo(file, load(path, language))
