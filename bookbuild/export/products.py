"""What is built beside the pages: a zip of the site, a PDF per framework; and the links to them.

A link to a product is hidden as long as the file is not there. The PDFs need a browser to print
them, so a site may be without; and the zip, of all editions, does not hold itself.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from bookbuild.i18n.languages import LANGUAGES

ZIP = "book.zip"
LINK = re.compile(r'data-product="([^"]+)"(?: hidden)?')


def pdf(key: str) -> str:
    """Return where the PDF of a framework is, within the site."""
    return f"pdf/nin-four-ways-{key}.pdf"


def attributes(product: str, page: str, language: str) -> str:
    """Return the attributes of a link from a page to a product, hidden for now.

    The zip is the whole site's, every other product that of an edition.
    """
    folder = LANGUAGES[language].folder
    place = product if product == ZIP else folder + product
    up = "../" * (folder + page).count("/")
    return f'href="{escape(up + place)}" data-product="{escape(place)}" hidden'


class product(nodes.paragraph):
    """Hold the words that lead to a product."""


class ProductDirective(SphinxDirective):
    """Link to a product: the argument is its place within the site, the body its words."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {}

    def run(self) -> list[nodes.Node]:
        """Return the link."""
        self.assert_has_content()
        text, _ = self.state.inline_text(" ".join(self.content), self.content_offset + 1)
        node = product(" ".join(self.content), "", *text, product=self.arguments[0])
        node.source, node.line = self.state_machine.get_source_and_line(self.content_offset + 1)
        return [node]


def visit(self: HTML5Translator, node: product) -> None:
    """Open the link."""
    page = self.builder.get_target_uri(self.builder.current_docname)
    link = attributes(node["product"], page, self.config.language)
    self.body.append(f'<p class="book-product"><a {link}>')


def depart(self: HTML5Translator, node: product) -> None:
    """Close the link."""
    self.body.append("</a></p>\n")


def show(html: str, there: Callable[[str], bool]) -> str:
    """Return a page with the links to those products shown that are there.

    >>> show('<a href="../a" data-product="a" hidden>', lambda product: True)
    '<a href="../a" data-product="a">'
    """

    def link(match: re.Match[str]) -> str:
        return f'data-product="{match[1]}"' + ("" if there(match[1]) else " hidden")

    return LINK.sub(link, html)


def finish(site: Path) -> None:
    """Pack the site into one file beside its pages, and show the links to what is there.

    What is half done lies beside the site: a page or a zip of the site is whole at any time.
    """
    target, partial, page = site / ZIP, site.parent / f".{ZIP}", site.parent / ".page.html"
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(site.rglob("*")):
            place = path.relative_to(site)
            hidden = any(part.startswith(".") for part in place.parts)
            if not path.is_file() or hidden or path == target:
                continue
            text = path.read_text(encoding="utf-8") if path.suffix == ".html" else ""
            if "data-product=" not in text:
                archive.write(path, Path("book") / place)
                continue
            inside = show(text, lambda name: name != ZIP and (site / name).is_file())
            archive.writestr(f"book/{place.as_posix()}", inside)
            shown = show(text, lambda name: name == ZIP or (site / name).is_file())
            if shown != text:
                page.write_text(shown, encoding="utf-8")
                page.replace(path)
    partial.replace(target)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_node(product, html=(visit, depart))
    app.add_directive("product", ProductDirective)
