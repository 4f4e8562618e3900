"""Tables of Markdown, whose columns are divided by bars."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes

ALIGN = {"text-left": ":--", "text-center": ":-:", "text-right": "--:"}


def table(node: nodes.Element, cell: Callable[[nodes.Element], str]) -> str:
    """Return a table; `cell` gives what an entry holds, on one line.

    Markdown wants a head, which stays empty if there is none; of several rows in it, the first.
    """
    entries = [[*row.findall(nodes.entry)] for row in node.findall(nodes.row)]
    rows = [[text for entry in row for text in _columns(entry, cell)] for row in entries]
    sides = [[ALIGN[name] for name in entry["classes"] if name in ALIGN] for entry in entries[0]]
    rule = [side[0] if side else "---" for side in sides]
    rule += ["---"] * (len(rows[0]) - len(rule))
    if not any(node.findall(nodes.thead)):
        rows.insert(0, [""] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _columns(entry: nodes.Element, cell: Callable[[nodes.Element], str]) -> list[str]:
    return [cell(entry).replace("|", r"\|"), *[""] * entry.get("morecols", 0)]
