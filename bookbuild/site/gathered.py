"""Put side by side what a cell printed in every framework: `{gathered}`, a table or curves.

The cell carries a tag `name:NAME` and prints a table: columns divided by two spaces or more, the
first line the heads. Its first column is the same in all frameworks, the second is gathered.
"""

from __future__ import annotations

import io
import re
from html import escape
from itertools import cycle
from typing import ClassVar
from xml.etree import ElementTree

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from bookbuild.config import Framework
from bookbuild.i18n import words
from bookbuild.i18n.figures import SVG
from bookbuild.page import Page
from bookbuild.site.reader import Outputs

INK = "#123456"  # stands in for the colour of the text, which the page chooses
ALT = "the words that describe the curves"
XLINK = "{http://www.w3.org/1999/xlink}href"
STYLES = ("-", "--", "-.", ":")
COLOURS = ("#d9480f", "#e8930c", "#1c7ed6", "#2f9e44")  # readable on white and on black

Rows = dict[str, dict[str, str]]


def columns(page: Page, outputs: Outputs, name: str) -> tuple[str, str, Rows]:
    """Return both heads, and for each entry of the first column each framework's value.

    Raises `LookupError` if no cell has the name, `ValueError` if what it printed is no table.
    """
    index = next((c.index for c in page.cells if f"name:{name}" in c.tags), None)
    if index is None:
        raise LookupError(f"no code cell has the tag name:{name}")
    heads: tuple[str, str] | None = None
    rows: Rows = {}
    for key, cells in outputs.cells.items():
        text = "".join(o.get("text", "") for o in cells.get(f"cell-{index}", []))
        table = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]
        if not table or any(len(row) != 2 for row in table):
            raise ValueError(f"the cell name:{name} prints no table of two columns in {key}")
        (first, second), *body = table
        if heads is None:
            heads = first, second
            rows = {entry: {} for entry, _ in body}
        if (first, second) != heads or [entry for entry, _ in body] != list(rows):
            raise ValueError(f"the cell name:{name} prints other entries in {key}")
        for entry, value in body:
            rows[entry][key] = value
    return *(heads or ("", "")), rows


def table(head: str, rows: Rows, frameworks: dict[str, Framework]) -> str:
    """Return the table in HTML."""
    labels = "".join(f'<th scope="col">{escape(row.label)}</th>' for row in frameworks.values())
    lines = [f'<thead><tr><th scope="col">{escape(head)}</th>{labels}</tr></thead><tbody>']
    for entry, values in rows.items():
        cells = "".join(f"<td>{escape(values.get(key, ''))}</td>" for key in frameworks)
        lines.append(f'<tr><th scope="row">{escape(entry)}</th>{cells}</tr>')
    inner = f'<table class="table">{chr(10).join(lines)}</tbody></table>'
    return f'<div class="book-gathered" tabindex="0">{inner}</div>'  # keys can scroll it


def curves(heads: tuple[str, str], rows: Rows, frameworks: dict[str, Framework]) -> str:
    """Return a plot in SVG, one curve a framework, in the colours of the page; `ALT` describes it.

    Raises `ValueError` where a value is no number.
    """
    import matplotlib

    ink = {f"{part}.color": INK for part in ("text", "xtick", "ytick")}
    ink |= {"axes.edgecolor": INK, "axes.labelcolor": INK}
    literal = {"text.parse_math": False}  # what was printed is no formula
    same = {"svg.fonttype": "none", "svg.hashsalt": "book"}
    with matplotlib.rc_context({**ink, **same, "axes.facecolor": "none", **literal}):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(5.2, 3.2), layout="constrained", facecolor="none")
        axes = figure.add_subplot()
        for key, colour, style in zip(frameworks, cycle(COLOURS), cycle(STYLES)):
            points = [(_number(x), _number(row[key])) for x, row in rows.items() if key in row]
            axes.plot(
                *zip(*points, strict=True),
                color=colour, linestyle=style, linewidth=2, label=frameworks[key].label,
            )  # fmt: skip
        axes.set(xlabel=heads[0], ylabel=heads[1])
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))  # two plots can be compared
        axes.grid(color=INK, alpha=0.2)
        axes.legend(frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return _for_a_page(file.getvalue())


def _for_a_page(svg: str) -> str:
    """Return a plot as a part of a page: in its colours, as wide as it, without style of its own.

    The site's policy leaves attributes in place of style, which say the same in SVG.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg.replace(INK, "currentColor"))
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}style", f"{{{SVG}}}metadata"):
                parent.remove(child)
        if link := parent.attrib.pop(XLINK, ""):
            parent.set("href", link)
        for rule in filter(None, map(str.strip, parent.attrib.pop("style", "").split(";"))):
            name, _, value = rule.partition(":")
            parent.set(name.strip(), value.strip())
    del root.attrib["height"]
    root.attrib |= {"role": "img", "aria-label": ALT, "class": "book-curves", "width": "100%"}
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    return ElementTree.tostring(root, "unicode")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a curve is drawn of numbers, and {text!r} is none") from None


class GatheredDirective(SphinxDirective):
    """Show the values of a named cell in all frameworks; the body is the caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"curves": directives.flag, "alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        name, metadata = self.arguments[0], self.env.metadata[self.env.docname]
        if "book_page" not in metadata:
            raise self.error(f"no code cell has the tag name:{name}: the page has no code cell")
        frameworks, drawn = self.config.book.frameworks, "curves" in self.options
        html = ""
        try:
            outputs = self.env.temp_data["book_outputs"]
            first, second, rows = columns(metadata["book_page"], outputs, name)
            if rows:
                heads = first, second
                html = curves(heads, rows, frameworks) if drawn else table(first, rows, frameworks)
        except (LookupError, ValueError) as error:
            raise self.error(str(error)) from None
        if not html and self.env.app.builder.format == "html":
            return []  # nothing is stored yet, of which the build has warned
        figure = nodes.figure("", nodes.raw("", html, format="html"), gathered=name)
        # A node of its own is translated with the page.
        if drawn:
            alt = self._text(nodes.paragraph, self.options.get("alt", ""))
            alt["classes"].append("book-alt")
            figure += alt
        if self.content:
            figure += self._text(nodes.caption, " ".join(self.content))
        return [figure]

    def _text(self, kind: type[nodes.TextElement], text: str) -> nodes.TextElement:
        parsed, _ = self.state.inline_text(text, self.lineno)
        node = kind(text, "", *parsed)
        self.set_source_info(node)
        return node


class DescribeCurves(SphinxPostTransform):
    """Give curves the words that describe them, in the language of the page."""

    default_priority = 150
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Turn each description into an attribute of its plot."""
        for told in list(self.document.findall(nodes.paragraph)):
            if "book-alt" in told["classes"]:
                plot = told.parent[told.parent.index(told) - 1]
                alt = escape(told.astext())
                plot.replace_self(nodes.raw("", plot.astext().replace(ALT, alt), format="html"))
                told.parent.remove(told)


class LeaveCaption(SphinxPostTransform):
    """Leave the caption in a notebook, which has run in one framework and knows no other."""

    default_priority = 150
    formats = ("notebooks",)

    def run(self, **kwargs: object) -> None:
        """Turn each figure into a quoted paragraph."""
        _ = words(self.config.language)
        for figure in list(self.document.findall(nodes.figure)):
            if "gathered" in figure:
                told = [
                    child for found in figure.findall(nodes.caption) for child in found.children
                ]
                there = nodes.Text(
                    _("The book's page shows this for all frameworks, side by side.")
                )
                told += [nodes.Text(" "), there] if told else [there]
                figure.replace_self(nodes.block_quote("", nodes.paragraph("", "", *told)))


def setup(app: Sphinx) -> None:
    """Register all of it."""
    app.add_directive("gathered", GatheredDirective)
    app.add_post_transform(DescribeCurves)
    app.add_post_transform(LeaveCaption)
