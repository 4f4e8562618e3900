"""Search in Chinese and Japanese, which write words without spaces between them.

Runs of their characters are indexed as pairs, each character with the one after it, and alone; so
is what a reader types. A phrase is found by its pairs, whatever a dictionary takes for words.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

# Ideographs, kana with their marks of length and repetition, and what else is a letter or a digit.
CJK = r"\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(rf"[{CJK}]+|[^\W{CJK}]+")
FIRST = re.compile(rf"[{CJK}]")


def pairs(text: str) -> list[str]:
    """Return the words of a text: pairs of CJK characters, runs of anything else.

    >>> pairs("CNN的1×1卷积层")
    ['CNN', '的', '1', '1', '卷积', '积层']
    """
    found: list[str] = []
    for run in RUNS.findall(text):
        if not FIRST.match(run) or len(run) == 1:
            found.append(run)
        else:
            found += [run[i : i + 2] for i in range(len(run) - 1)]
    return found


class SearchPairs(SearchLanguage):
    """Index pairs and single characters; ask for pairs."""

    # The same as `pairs`, for what a reader types.
    js_splitter_code = f"""
var splitQuery = (query) => (query.match(/[{CJK}]+|[^\\P{{L}}{CJK}]+|[\\p{{N}}_]+/gu) || [])
  .flatMap((run) => (/[{CJK}]/.test(run) && run.length > 1
    ? Array.from({{ length: run.length - 1 }}, (_, i) => run.slice(i, i + 2))
    : [run]));
"""

    def split(self, input: str) -> list[str]:
        """Return what to index of a text."""
        return pairs(input) + FIRST.findall(input)

    def stem(self, word: str) -> str:
        """Return the word in lower case, as the reader's words are."""
        return word.lower()

    def word_filter(self, word: str) -> bool:
        """Keep every CJK character, and of others words of two letters and more."""
        return bool(FIRST.match(word)) or len(word) > 1


def setup(app: Sphinx) -> None:
    """Register it for Chinese and Japanese."""
    for key in ("zh_CN", "zh_TW", "zh", "ja"):
        app.add_search_language(type(f"Search_{key}", (SearchPairs,), {"lang": key}))
