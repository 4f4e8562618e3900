"""Search in languages that write words without spaces between them."""

from __future__ import annotations

import pytest

from bookbuild.site.search import SearchPairs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("全局平均汇聚", ["全局", "局平", "平均", "均汇", "汇聚"]),
        ("畳み込み層", ["畳み", "み込", "込み", "み層"]),
        ("1×1卷积", ["1", "1", "卷积"]),
        ("第3轮。", ["3"]),
        ("プーリング", ["プー", "ーリ", "リン", "ング"]),
        ("global average", ["global", "average"]),
        ("用PyTorch训练", ["PyTorch", "训练"]),
    ],
)
def test_chinese_and_japanese_are_indexed_by_pairs_and_single_characters(
    text: str, words: list[str]
) -> None:
    search = SearchPairs({})
    single = [char for char in text if char > "\u3004" and search.word_filter(char)]
    assert sorted(search.split(text)) == sorted([*words, *single])
