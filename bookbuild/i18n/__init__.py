"""Translations: catalogues, what they lack; here the engine's own words in each language."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from bookbuild.i18n import catalogues

HERE = Path(__file__).parent
DOMAIN = "bookbuild"


@cache
def words(language: str) -> Callable[[str], str]:
    """Return the function that gives the engine's words in a language.

    By convention it is called `_` where it is used, so that `make i18n` finds the words. One that
    has no translation stays English.
    """
    found = catalogues.translations(HERE, language, DOMAIN)
    return lambda text: found.get(text, text)
