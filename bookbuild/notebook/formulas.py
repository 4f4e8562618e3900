"""Formulas as the viewers of notebooks take them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from docutils import nodes

# Environments that viewers render only inside `$$`, and how they are called there.
INNER = {
    "align": "aligned", "flalign": "aligned", "eqnarray": "aligned", "alignat": "alignedat",
    "gather": "gathered", "multline": "gathered",
}  # fmt: skip


def without_bars(formula: str) -> str:
    """Return a formula for a cell of a table, which a bar would end."""
    return re.sub(r"(\\?)\| ?", lambda bar: rf"\{'V' if bar[1] else 'v'}ert ", formula)


def display(node: nodes.Element, numbers: Mapping[str, tuple[int, ...]]) -> str:
    """Return a formula that stands alone, with its number if it has one.

    `numbers` are those of the page's formulas by their ids, where they are not counted one by one.
    """
    text = "\n".join(filter(str.strip, node.astext().splitlines()))
    if node.get("nowrap"):
        text = re.sub(r"\\(begin|end)\{equation\*?\}", "", text).strip()
        text = re.sub(r"\\(begin|end)\{(\w+)\*?\}", _inner, text)
    elif r"\\" in text and r"\begin" not in text:
        text = f"\\begin{{aligned}}\n{text}\n\\end{{aligned}}"
    if node.get("number"):
        number = next((numbers[name] for name in node["ids"] if name in numbers), ())
        text += rf" \tag{{{'.'.join(map(str, number)) or node['number']}}}"
    return f"$$\n{text}\n$$"


def _inner(found: re.Match[str]) -> str:
    name = INNER.get(found[2])
    return rf"\{found[1]}{{{name}}}" if name else found[0]
