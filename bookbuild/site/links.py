"""The row under a page's title: where each framework's notebook is, and what it was run with.

A link to a product is hidden as long as the file is not there: a site may be without PDFs, and the
zip does not hold itself.
"""

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
    """Hold the row of one framework in HTML: no text, nothing to index or translate."""


def row(app: Sphinx, docname: str, page: Page, key: str) -> framework_links:
    """Return the row of a framework for one page."""
    config, metadata, label = app.config, app.env.metadata[docname], page.book.frameworks[key].label
    _, run = words(config.language), metadata["book_runs"].get(key)
    if run is None:
        note, links = page.front.absent.get(key) or _("No notebook is stored."), []
    else:
        note = page.front.pending.get(key) or describe(label, run, config.language)
        links = addresses(config, docname, page, key)
        if metadata.get("book_slides"):
            links.append((_("Slides"), quote(page.beside(SLIDES.format(key=key)))))
    html = ""
    for text, address in links:
        more = " download" if address.endswith(".ipynb") else ""
        more = ' class="external" rel="noopener"' if "://" in address else more
        html += f'<a href="{escape(address)}"{more}>{escape(text)}</a>\n'
    if run is not None:
        link = product_link(page.book, pdf(page.book, key), docname, config.language)
        html += f"<a {link}>{escape(_('PDF'))}</a>\n"
    html = f'<div class="book-links-row">{html}</div><p class="book-run">{escape(note)}</p>'
    return framework_links(html=html)


def addresses(config: Config, docname: str, page: Page, key: str) -> list[tuple[str, str]]:
    """Return (label, address) of each way to open a notebook; Colab opens only GitHub's."""
    _, book, language = words(config.language), config.book, config.language
    name = page.notebook(key).name
    branch, start = book.branch, book.path_to_book
    if language != book.source:  # they are published on a branch of their own
        branch, start = config.book_translations_branch, book.languages[language].folder
    place = quote(f"blob/{branch}/{PurePosixPath(start, docname).parent / name}")
    url, download = urlsplit(book.repository), (_("Download notebook"), quote(name))
    if url.hostname != "github.com":
        return [download]
    topic = quote(f"{page.name} {book.frameworks[key].label}")
    return [
        (_("Open in Colab"), f"https://colab.research.google.com/github{url.path}/{place}"),
        download,
        (_("View on GitHub"), f"{book.repository}/{place}"),
        (_("Discuss"), f"{book.repository}/discussions?discussions_q={topic}"),
    ]


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
    seconds, date = round(run["seconds"]), str(run.get("date", "")).split("T")[0]
    minutes = _("{n} min").format(n=round(seconds / 60))
    time = _("{n} s").format(n=seconds) if seconds < 120 else minutes
    processor = str(run.get("processor", ""))
    if found := re.fullmatch(r"(.*), (\d+) cores?", processor):
        cores = _("1 core") if found[2] == "1" else _("{n} cores").format(n=found[2])
        processor = _("{processor}, {cores}").format(processor=found[1], cores=cores)
    parts = [f"{label} {run.get('version', '')}".strip(), date, processor, time]
    return " · ".join(part for part in parts if part)


def visit_links(self: HTML5Translator, node: framework_links) -> None:
    """Write the row."""
    self.body.append(node["html"])
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
        text = " ".join(self.content)
        node = product(text, "", *self.parse_inline(text)[0], product=self.arguments[0])
        self.set_source_info(node)
        return [node]


def visit_product(self: HTML5Translator, node: product) -> None:
    """Open the link."""
    place, page = node["product"], self.builder.current_docname
    link = product_link(self.config.book, place, page, self.config.language)
    self.body.append(f'<p class="book-product"><a {link}>')


def depart_product(self: HTML5Translator, node: product) -> None:
    """Close the link."""
    self.body.append("</a></p>\n")


class LeadToPage(SphinxPostTransform):
    """Lead from a notebook to the page for what is of the site alone."""

    default_priority = 150
    formats = ("notebooks",)

    def run(self, **kwargs: object) -> None:
        """Remove products, and leave the title of what is gathered or can be tried."""
        _ = words(self.config.language)
        tried = _("{title}: to be tried on the book's page.")
        shown = "{title} " + _("The book's page shows this for all frameworks, side by side.")
        for node in list(self.document.findall(nodes.Element)):
            if isinstance(node, product):
                node.parent.remove(node)
            elif "gathered" in node or "book-widget" in node["classes"]:
                title = nodes.caption()
                for text in node.findall(nodes.TextElement):
                    if isinstance(text, nodes.caption) or "word-title" in text["classes"]:
                        title = text
                before, after = (shown if "gathered" in node else tried).split("{title}")
                told = [nodes.Text(before), *title.children, nodes.Text(after)]
                node.replace_self(nodes.block_quote("", nodes.paragraph("", "", *told)))


def setup(app: Sphinx) -> None:
    """Register the row, the links to files and to products."""
    app.add_config_value("book_translations_branch", "translations", "html", [str])
    app.add_node(framework_links, html=(visit_links, None))
    app.add_node(product, html=(visit_product, depart_product))
    app.add_role("source", SourceRole())
    app.add_directive("product", ProductDirective)
    app.add_post_transform(LeadToPage)
