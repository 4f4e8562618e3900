"""The row under a page's title: where each framework's notebook is, and what it was run with.

A link to a product, a PDF or the zip, is hidden as long as the file is not there: the PDFs need a
browser to print them, so a site may be without; and the zip does not hold itself.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.writers.html5 import HTML5Translator

from bookbuild.config import Book
from bookbuild.i18n import words
from bookbuild.page import Page

ZIP = "book.zip"
SLIDES = "{key}-slides.html"


class framework_links(nodes.General, nodes.Element):
    """Hold the links of one framework as attributes: no text, nothing to index or translate."""


def rows(app: Sphinx, docname: str, page: Page) -> dict[str, framework_links]:
    """Return the row of each framework for one page."""
    language, metadata = app.config.language, app.env.metadata[docname]
    _ = words(language)
    found = {}
    for key, framework in page.book.frameworks.items():
        absent = page.front.absent.get(key)
        row = framework_links(links=[], note=absent or _("No notebook is stored."))
        if key in metadata["book_runs"]:
            row["links"] = addresses(app.config, docname, page, key)
            if metadata.get("book_slides"):
                row["links"].append((_("Slides"), quote(page.beside(SLIDES.format(key=key)))))
            row["product"] = (
                _("PDF"),
                product_link(page.book, pdf(page.book, key), docname, language),
            )
            run = metadata["book_runs"][key]
            row["note"] = page.front.pending.get(key) or describe(framework.label, run, language)
        found[key] = row
    return found


def addresses(config: Config, docname: str, page: Page, key: str) -> list[tuple[str, str]]:
    """Return (label, address) of each way to open a notebook; Colab opens only GitHub's.

    Notebooks in other languages than the pages' are published on a branch of their own.
    """
    _, book, language = words(config.language), config.book, config.language
    name = page.notebook(key).name
    branch = book.branch if language == book.source else config.book_translations_branch
    start = book.path_to_book if language == book.source else book.languages[language].folder
    folder = PurePosixPath(start) / PurePosixPath(docname).parent
    place = quote(f"blob/{branch}/{folder / name}")
    url = urlsplit(book.repository)
    links = [(_("Download notebook"), quote(name))]
    if url.hostname == "github.com":
        colab = f"https://colab.research.google.com/github{url.path}/{place}"
        topic = quote(f"{page.name} {book.frameworks[key].label}")
        links = [
            (_("Open in Colab"), colab),
            *links,
            (_("View on GitHub"), f"{book.repository}/{place}"),
            (_("Discuss"), f"{book.repository}/discussions?discussions_q={topic}"),
        ]
    return links


class SourceRole(SphinxRole):
    """Link to a file of the repository by its path."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or the path alone where no repository is named."""
        name = nodes.literal(self.text, self.text)
        book = self.config.book
        address = book.address(book.root / self.text)
        return [nodes.reference("", "", name, refuri=address) if address else name], []


def describe(label: str, run: dict[str, Any], language: str) -> str:
    """Say in one line what made the outputs: version, date, processor, time."""
    _ = words(language)
    if "seconds" not in run:
        return _("{framework}: not executed yet.").format(framework=label)
    seconds = round(run["seconds"])
    minutes = _("{n} min").format(n=round(seconds / 60))
    time = _("{n} s").format(n=seconds) if seconds < 120 else minutes
    date = str(run.get("date", "")).split("T")[0]
    name, _comma, cores = str(run.get("processor", "")).rpartition(", ")
    if found := re.fullmatch(r"(\d+) cores?", cores):
        cores = (_("1 core") if found[1] == "1" else _("{n} cores")).format(n=found[1])
        processor = _("{processor}, {cores}").format(processor=name, cores=cores)
    else:
        processor = str(run.get("processor", ""))
    parts = [f"{label} {run.get('version', '')}".strip(), date, processor, time]
    return " · ".join(part for part in parts if part)


def visit_links(self: HTML5Translator, node: framework_links) -> None:
    """Write the links and the note."""
    self.body.append('<div class="book-links-row">')
    for label, address in node["links"]:
        away = ' class="external" rel="noopener"' if "://" in address else ""
        more = " download" if address.endswith(".ipynb") and not away else away
        self.body.append(f'<a href="{escape(address)}"{more}>{escape(label)}</a>\n')
    if "product" in node:
        label, attributes = node["product"]
        self.body.append(f"<a {attributes}>{escape(label)}</a>\n")
    self.body.append(f'</div><p class="book-run">{escape(node["note"])}</p>')
    raise nodes.SkipNode


def pdf(book: Book, key: str) -> str:
    """Return where the PDF of a framework is, within an edition."""
    return f"pdf/{book.name}-{key}.pdf"


def product_link(book: Book, product: str, docname: str, language: str) -> str:
    """Return the attributes of a link from a page to a product, hidden for now.

    The zip is the whole site's, every other product that of an edition.
    """
    folder = book.languages[language].folder
    place = product if product == ZIP else folder + product
    up = "../" * (folder + docname).count("/")
    return f'href="{escape(up + place)}" data-product="{escape(place)}" hidden'


class product(nodes.paragraph):
    """Hold the words that lead to a product."""


class ProductDirective(SphinxDirective):
    """Link to a product: the argument is its place within the site, the body its words."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the link."""
        self.assert_has_content()
        text, _ = self.state.inline_text(" ".join(self.content), self.content_offset + 1)
        node = product(" ".join(self.content), "", *text, product=self.arguments[0])
        node.source, node.line = self.state_machine.get_source_and_line(self.content_offset + 1)
        return [node]


def visit_product(self: HTML5Translator, node: product) -> None:
    """Open the link."""
    page = self.builder.current_docname
    link = product_link(self.config.book, node["product"], page, self.config.language)
    self.body.append(f'<p class="book-product"><a {link}>')


def depart_product(self: HTML5Translator, node: product) -> None:
    """Close the link."""
    self.body.append("</a></p>\n")


class LeadToPage(SphinxPostTransform):
    """Take out of notebooks what is of the site alone: products, and what can be tried there."""

    default_priority = 150
    formats = ("notebooks",)

    def run(self, **kwargs: object) -> None:
        """Remove products, and leave the title of what can be tried."""
        for node in list(self.document.findall(product)):
            node.parent.remove(node)
        _ = words(self.config.language)
        before, _title, after = _("{title}: to be tried on the book's page.").partition("{title}")
        for place in list(self.document.findall(nodes.container)):
            if "book-widget" in place["classes"]:
                paragraphs = list(place.findall(nodes.paragraph))
                title = next(node for node in paragraphs if "word-title" in node["classes"])
                told = [nodes.Text(before), *title.children, nodes.Text(after)]
                place.replace_self(nodes.block_quote("", nodes.paragraph("", "", *told)))


def setup(app: Sphinx) -> None:
    """Register the row, the links to files and to products."""
    app.add_config_value("book_translations_branch", "translations", "html", [str])
    app.add_node(framework_links, html=(visit_links, None))
    app.add_node(product, html=(visit_product, depart_product))
    app.add_role("source", SourceRole())
    app.add_directive("product", ProductDirective)
    app.add_post_transform(LeadToPage)
