"""Turn citations into plain text, with the bibliography that the site uses."""

# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pybtex.backends.markdown import Backend
from pybtex.database import BibliographyData, Entry, PybtexError, parse_file
from pybtex.plugin import find_plugin
from pybtex.richtext import Text
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.foot import FootReferenceStyle

from bookbuild.config import BookError, one_line
from bookbuild.i18n.languages import words


class Bibliography:
    """Read BibTeX files on first use; cite their entries by author and year."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        self.paths = paths

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for path in self.paths:
            try:
                entries.update(parse_file(str(path), bib_format="bibtex").entries)
            except (PybtexError, OSError) as error:
                raise BookError(f"{path}: cannot be read: {one_line(error)}") from None
        return entries

    def cite(self, key: str, textual: bool, word: Callable[[str], str] = str) -> str:
        """Return `Lin et al. (2013)` if `textual`, else `Lin et al., 2013`.

        `word` gives "and" and the brackets in another language. Raises `KeyError` for a key that
        no file has.
        """
        entry = self._entries[key]
        _, year = word, entry.fields.get("year", "n.d.")
        form = _("{authors} ({year})") if textual else "{authors}, {year}"
        return form.format(authors=_authors(entry, _(" and ")), year=year)

    def list(self, keys: Iterable[str]) -> str:
        """Return the entries with these keys as a Markdown list, in the order given."""
        data = BibliographyData({key: self._entries[key] for key in keys})
        style = find_plugin("pybtex.style.formatting", "unsrt")()
        backend = Backend()
        texts = [entry.text.render(backend) for entry in style.format_bibliography(data)]
        return "\n".join("- " + text.replace("\n", " ") for text in texts)


def footnote_style(language: str) -> str:
    """Register how footnotes of the site name authors in a language; returns the style's name."""
    _ = words(language)

    @dataclass
    class Style(FootReferenceStyle):
        person: PersonStyle = field(default_factory=lambda: PersonStyle(sep2=_(" and ")))

    name = f"book_{language}"
    register_plugin("sphinxcontrib.bibtex.style.referencing", name, Style)
    return name


def _authors(entry: Entry, and_: str) -> str:
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [str(Text.from_latex(" ".join(p.prelast_names + p.last_names))) for p in people]
    if not names:
        return str(Text.from_latex(entry.fields.get("title", entry.key)))
    return names[0] + " et al." if len(names) > 2 else and_.join(names)
