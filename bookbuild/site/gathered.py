"""Put side by side what a cell printed in every framework: `{gathered}`, a table or curves.

The cell carries a tag `name:NAME` and prints a table: columns divided by two spaces or more, the
first line the heads. Its first column is the same in all frameworks, the second is gathered.
"""

import io
import re
from html import escape
from itertools import cycle
from os.path import relpath
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.config import Framework
from bookbuild.files import write_whole
from bookbuild.page import Page
from bookbuild.site.reader import Outputs

STYLES = ("-", "--", "-.", ":")
COLOURS = ("#d9480f", "#e8930c", "#1c7ed6", "#2f9e44")

Rows = list[list[str]]  # of two columns, the heads first


def columns(page: Page | None, outputs: Outputs, name: str) -> dict[str, Rows]:
    """Return the rows that a named cell has printed in each framework that has outputs.

    Raises `ValueError` if no cell has the name, or if what it printed is no table.
    """
    cells = page.cells if page else ()
    index = next((c.index for c in cells if f"name:{name}" in c.tags), None)
    if index is None:
        raise ValueError(f"no code cell has the tag name:{name}")
    found: dict[str, Rows] = {}
    for key, printed in outputs.items():
        text = "".join(o.get("text", "") for o in printed.get(f"cell-{index}", []))
        rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]
        if not rows or any(len(row) != 2 for row in rows):
            raise ValueError(f"the cell name:{name} prints no table of two columns in {key}")
        first = next(iter(found.values()), rows)
        if rows[0] != first[0] or [row[0] for row in rows] != [row[0] for row in first]:
            raise ValueError(f"the cell name:{name} prints other entries in {key}")
        found[key] = rows
    return found


def table(found: dict[str, Rows], frameworks: dict[str, Framework]) -> str:
    """Return the table in HTML."""
    (head, _), *entries = next(iter(found.values()))
    labels = "".join(f'<th scope="col">{escape(row.label)}</th>' for row in frameworks.values())
    lines = [f'<thead><tr><th scope="col">{escape(head)}</th>{labels}</tr></thead><tbody>']
    for i, (entry, _) in enumerate(entries, start=1):
        values = [found[key][i][1] if key in found else "" for key in frameworks]
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        lines.append(f'<tr><th scope="row">{escape(entry)}</th>{cells}</tr>')
    inner = f'<table class="table">{chr(10).join(lines)}</tbody></table>'
    return f'<div class="book-gathered" tabindex="0">{inner}</div>'  # keys can scroll it


def curves(found: dict[str, Rows], frameworks: dict[str, Framework]) -> str:
    """Return a plot in SVG; raises `ValueError` where a value is no number."""
    import matplotlib
    from matplotlib.figure import Figure

    # The same in every build; and what was printed is no formula.
    same = {"svg.fonttype": "none", "svg.hashsalt": "book", "text.parse_math": False}
    with matplotlib.rc_context(same):
        figure = Figure(figsize=(5.2, 3.2), layout="constrained")
        axes = figure.add_subplot()
        for (key, rows), colour, style in zip(found.items(), cycle(COLOURS), cycle(STYLES)):
            points = zip(*(map(float, row) for row in rows[1:]), strict=True)
            axes.plot(*points, color=colour, ls=style, lw=2, label=frameworks[key].label)
        xlabel, ylabel = next(iter(found.values()))[0]
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))  # two plots can be compared
        axes.grid(color="black", alpha=0.2)
        axes.legend(frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


class GatheredDirective(SphinxDirective):
    """Show the values of a named cell in all frameworks; the body is the caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"curves": directives.flag, "alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the figure."""
        name, docname, frameworks = self.arguments[0], self.env.docname, self.config.book.frameworks
        outputs = self.env.temp_data.get("book_outputs", {})
        figure = nodes.figure(gathered=name)
        try:
            found = columns(self.env.metadata[docname].get("book_page"), outputs, name)
            if not found and self.env.app.builder.format == "html":
                return []  # nothing is stored yet, of which the build has warned
            if "curves" in self.options:
                # It lies where MyST-NB keeps pictures, and is found as they are. Where no outputs
                # are read, for catalogues and notebooks, an empty one holds its place.
                path = Path(self.env.doctreedir, "outputs", docname, f"{name}.svg")
                write_whole(path, (curves(found, frameworks) if found else "<svg/>").encode())
                uri = relpath(path, Path(self.env.doc2path(docname)).parent)
                alt = " ".join(self.options.get("alt", "").split())
                figure += nodes.image(uri=uri, alt=alt, classes=["book-curves"])
            elif found:
                figure += nodes.raw("", table(found, frameworks), format="html")
        except ValueError as error:
            raise self.error(str(error)) from None
        if self.content:  # a node of its own is translated with the page
            text = " ".join(self.content)
            figure += nodes.caption(text, "", *self.parse_inline(text)[0])
        for node in figure.children:
            self.set_source_info(node)
        return [figure]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("gathered", GatheredDirective)
