"""What a page says, as plain Markdown that Jupyter, Colab and GitHub render alike.

What is special to the site becomes ordinary before: its module has a post-transform with `formats =
("notebooks",)`. A node that is still unknown is a warning, and keeps its words.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import indent

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.util import logging

from bookbuild.notebook.inline import BREAK, Context, Inline, display, fence

__all__ = ["Context", "write"]

LOGGER = logging.getLogger(__name__)
# What Markdown would read as more than a paragraph, at the start of its lines.
START = re.compile(
    r"^(\d{1,9}(?=[.)](?:\s|$))"
    r"|(?=[-+](?:\s|$)|#{1,6}(?:\s|$)|>|[-=]+$|\[[^\]\n]*\]:|\[[ xX]\]\s))",
    re.MULTILINE,
)
ALIGN = {"text-left": ":--", "text-center": ":-:", "text-right": "--:"}
LISTS = (nodes.bullet_list, nodes.enumerated_list, nodes.definition_list)


def write(doctree: nodes.document, context: Context) -> list[str | int]:
    """Return the notebook of one framework: pieces of Markdown, and numbers of code cells."""
    found: list[str | int] = []
    parts = _Prose(context).parts(doctree.children)
    for is_text, run in groupby(parts, key=lambda part: isinstance(part, str)):
        pieces = list(run)
        found += ["\n\n".join(map(str, pieces))] if is_text else pieces
    return found


class _Prose(Inline):
    depth = 0  # of the section we are in

    def parts(self, children: Iterable[nodes.Node]) -> Iterator[str | int]:
        """Yield blocks, and the numbers of the framework's code cells where they stand."""
        last = None
        for child in children:
            if isinstance(child, nodes.section):
                self.depth += 1
                yield from self.parts(child.children)
                self.depth -= 1
            elif isinstance(child, nodes.container) and "framework" in child:
                yield from self.parts(child.children if self._mine(child["framework"]) else ())
            elif isinstance(child, nodes.container) and child.get("nb_element") == "cell_code":
                book = child["cell_metadata"]["book"]
                if self._mine(book["framework"]) and not book.get("outputs_only"):
                    yield book["cell"]
            elif text := self.node(child):
                kind = text.lstrip("1234567890")[0] if isinstance(child, LISTS) else None
                if kind and kind == last:
                    yield "<!-- -->"  # or two lists would be one
                last = kind
                yield text

    def _mine(self, key: str | None) -> bool:
        return key in (None, self.context.key)

    def blocks(self, children: Iterable[nodes.Node], between: str = "\n\n") -> str:
        """Return blocks as one text; among them are no code cells."""
        return between.join(map(str, self.parts(children)))

    def _within(self, node: nodes.Element) -> str:
        return self.blocks(node.children)

    _compound = _legend = _definition = _definition_list_item = _figure = _within

    def _unknown(self, node: nodes.Node) -> str:
        message = "a notebook cannot show %r, only its words"
        LOGGER.warning(message, type(node).__name__, type="book", subtype="prose", location=node)
        inline = isinstance(node, nodes.TextElement)
        return self._paragraph(node) if inline else self.blocks(node.children)

    _Element = _unknown

    def _dropped(self, node: nodes.Element) -> str:
        return ""

    _Invisible = _meta = _docinfo = _toctree = _system_message = _dropped
    _highlightlang = _tabular_col_spec = _compact_paragraph = _dropped

    def _field_list(self, node: nodes.Element) -> str:
        return "" if isinstance(node.parent, nodes.document) else self._unknown(node)

    _target = Inline._Inline  # which is invisible as well

    def _paragraph(self, node: nodes.Node) -> str:
        text = re.sub(rf" *{BREAK}\s*", r"\\\n", self.inline(node).strip())
        return START.sub(r"\1\\", text)

    def _title(self, node: nodes.Element) -> str:
        if isinstance(node.parent, nodes.section):
            return "#" * self.depth + " " + self.inline(node).replace(BREAK, " ")
        return self._caption(node) if isinstance(node.parent, nodes.table) else self._rubric(node)

    def _rubric(self, node: nodes.Element) -> str:
        return f"**{self.inline(node, 'bold').replace(BREAK, ' ')}**"

    _term = _rubric

    def _caption(self, node: nodes.Element) -> str:
        text, _ = self._paragraph(node), self.context.word
        for kind, found in self.context.numbers.items():
            for name in found.keys() & {*node.parent["ids"]}:
                number = self.context.formats[kind].replace("%s", ".".join(map(str, found[name])))
                return _("**{figure}.** {caption}").format(figure=number, caption=text)
        return text

    def _attribution(self, node: nodes.Element) -> str:
        return f"— {self._paragraph(node)}"

    def _classifier(self, node: nodes.Element) -> str:
        return f"<em>{self.inline(node, 'bold')}</em>"

    def _transition(self, node: nodes.Element) -> str:
        return "---"

    def _literal_block(self, node: nodes.Element) -> str:
        language, text = node.get("language", ""), node.astext().rstrip("\n")
        ticks = fence(text, 3)
        return f"{ticks}{'' if language in ('none', 'default') else language}\n{text}\n{ticks}"

    _doctest_block = _literal_block

    def _math_block(self, node: nodes.Element) -> str:
        return display(node, self.context.numbers.get("displaymath", {}))

    def _line_block(self, node: nodes.Element) -> str:
        return "\\\n".join(map(self._paragraph, node.findall(nodes.line)))

    def _bullet_list(self, node: nodes.Element) -> str:
        first, end = node.get("start", 1), node.get("suffix", ".")
        numbered = isinstance(node, nodes.enumerated_list)
        # A list whose items are lines, or lines with lists below, is written close.
        tight = all(
            isinstance(block, LISTS if i else nodes.paragraph) and i < 2
            for item in node.children
            for i, block in enumerate(item.children)
        )
        items = []
        for i, item in enumerate(node.children):
            mark = f"{first + i}{end} " if numbered else "- "
            text = self.blocks(item.children, "\n" if tight else "\n\n")
            items.append((mark + indent(text, " " * len(mark))[len(mark) :]).rstrip())
        return ("\n" if tight else "\n\n").join(items)

    _enumerated_list = _definition_list = _bullet_list

    def _block_quote(self, node: nodes.Element) -> str:
        return _quoted(self.blocks(node.children))

    _sidebar = _block_quote

    def _topic(self, node: nodes.Element) -> str:
        return "" if "contents" in node["classes"] else self._block_quote(node)

    def _Admonition(self, node: nodes.Element) -> str:
        label = str(admonitionlabels.get(node.tagname, ""))
        children = [nodes.rubric("", label), *node.children] if label else node.children
        folded = "dropdown" in node["classes"]
        return self._folded(children) if folded else _quoted(self.blocks(children))

    def _container(self, node: nodes.Element) -> str:
        folded = node.get("design_component") == "dropdown"
        return self._folded(node.children) if folded else self.blocks(node.children)

    def _folded(self, children: Sequence[nodes.Node]) -> str:
        named = isinstance(children[0], nodes.title | nodes.rubric)
        title = self.inline(children[0], "html").replace(BREAK, "<br>") if named else ""
        body = self.blocks(children[named:])
        return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"

    def _footnote(self, node: nodes.Element) -> str:
        label, *rest = node.children
        return f"[{label.astext()}] " + self.blocks(rest)

    _citation = _footnote

    def _table(self, node: nodes.Element) -> str:
        """Write a table: Markdown wants one row as its head, which is empty if there is none."""
        titles = [self.node(child) for child in node.children if isinstance(child, nodes.title)]
        entries = [[*row.findall(nodes.entry)] for row in node.findall(nodes.row)]
        rows = [[text for entry in row for text in self._columns(entry)] for row in entries]
        sides = [[ALIGN[kind] for kind in e["classes"] if kind in ALIGN] for e in entries[0]]
        rule = [side[0] if side else "---" for side in sides]
        rule += ["---"] * (len(rows[0]) - len(rule))
        if not any(node.findall(nodes.thead)):
            rows.insert(0, [""] * len(rows[0]))
        lines = (f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))
        return "\n\n".join([*titles, "\n".join(lines)])

    def _columns(self, entry: nodes.Element) -> list[str]:
        texts = []
        for child in entry.children:
            simple = isinstance(child, nodes.paragraph) and not entry.get("morerows")
            texts.append(self.inline(child, "cell") if simple else self._unknown(child))
        cell = "<br>".join(texts).replace(BREAK, "<br>").replace("\n", " ").strip()
        return [cell.replace("|", r"\|"), *[""] * entry.get("morecols", 0)]


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())
