"""The languages of the book, and the words of the book's own in each of them.

Adding a language costs one row here and a folder of catalogues, `locales/<key>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bookbuild.i18n.catalogues import read

ROOT = Path(__file__).parents[2]
WORDS = "book"  # the catalogue of what bookbuild itself says on pages and in notebooks


@dataclass(frozen=True)
class Language:
    """Describe one language: `key` as gettext writes it, `label` as its readers do."""

    key: str
    label: str

    @property
    def tag(self) -> str:
        """The language as HTML and browsers write it, as in `zh-CN`."""
        return self.key.replace("_", "-")

    @property
    def folder(self) -> str:
        """Where its edition is within the site, as in `ja/`; empty for the source's language."""
        return "" if self.key == SOURCE else f"{self.key}/"


SOURCE = "en"
LANGUAGES: dict[str, Language] = {
    row.key: row
    for row in (Language("en", "English"), Language("zh_CN", "简体中文"), Language("ja", "日本語"))
}
TRANSLATED = tuple(key for key in LANGUAGES if key != SOURCE)


@lru_cache
def words(key: str) -> Callable[[str], str]:
    """Return the function that gives the book's own words in a language.

    By convention it is called `_` where it is used, so that `make i18n` finds the words. One that
    has no translation stays English.
    """
    found = {} if key == SOURCE else read(ROOT / f"locales/{key}/LC_MESSAGES/{WORDS}.po")
    return lambda text: found.get(text, text)
