"""Search in Chinese and Japanese, which write words without spaces between them.

Characters are indexed alone and in pairs, each with the one after it, and a phrase is found by its
pairs, whatever a dictionary takes for words.
"""

import re

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

# Ideographs, kana with their marks of length and repetition, and what else is a letter or a digit.
CJK = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORDS = re.compile(rf"(?=([{CJK}]{{2}})|)([{CJK}]|[^\W{CJK}]+)")


class SearchPairs(SearchLanguage):
    """Index pairs and single characters; ask for pairs."""

    js_splitter_code = f"""
var splitQuery = (query) => (query.match(/[{CJK}]+|[^\\P{{L}}{CJK}]+|[\\p{{N}}_]+/gu) || [])
  .flatMap((run) => (/[{CJK}]/.test(run) && run.length > 1
    ? Array.from({{ length: run.length - 1 }}, (_, i) => run.slice(i, i + 2))
    : [run]));
"""

    def split(self, input: str) -> list[str]:
        """Return what to index of a text."""
        return [word for found in WORDS.findall(input) for word in found if word]

    def stem(self, word: str) -> str:
        """Return the word in lower case, as the reader's words are."""
        return word.lower()

    def word_filter(self, word: str) -> bool:
        """Keep every CJK character, and of others words of two letters and more."""
        return len(word) > 1 or bool(re.match(f"[{CJK}]", word))


def setup(app: Sphinx) -> None:
    """Register it for Chinese and Japanese."""
    for key in ("zh_CN", "zh_TW", "zh", "ja"):
        app.add_search_language(type(f"Search_{key}", (SearchPairs,), {"lang": key}))
