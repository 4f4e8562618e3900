"""Decks of slides, one per framework and page: what stands between the marks in a page's source.

`% slide` begins a slide, and the next one, a heading, or `% slide ends` ends it. A slide has the
heading of its section. Decks lie beside their pages and are shown by reveal.js, from the book.
"""

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from lxml.html import HtmlElement, tostring
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.writers.html5 import HTML5Translator

from bookbuild.export.articles import Site
from bookbuild.site import policy
from bookbuild.site.links import SLIDES

BEGIN, END = "slide", "slide ends"
HEADINGS = ("h1", "h2", "h3", "h4")
# What stands in an article and in the sections within it: elements, and the marks.
PARTS = (
    ".//node()[parent::article or parent::section]"
    f"[self::*[not(self::section)] or self::comment()[. = '{BEGIN}' or . = '{END}']]"
)
FILES = ("reveal.js", "reveal.css", "reset.css")
NEEDED = "slides need {source}: get it by `npm install reveal.js` in the folder of the book"
DECK = Path(__file__).parents[1] / "theme/deck.html"


def visit_comment(self: HTML5Translator, node: nodes.comment) -> None:
    """Write the marks into the page's HTML, where Sphinx leaves out comments."""
    if (mark := node.astext().strip()) in (BEGIN, END):
        self.body.append(f"<!--{mark}-->")
    raise nodes.SkipNode


def note_marks(app: Sphinx, doctree: nodes.document) -> None:
    """Remember that a page has marks, as long as Sphinx remembers the page."""
    if any(comment.astext().strip() == BEGIN for comment in doctree.findall(nodes.comment)):
        app.env.metadata[app.env.docname]["book_slides"] = True


def split(article: HtmlElement) -> Iterator[tuple[str, list[HtmlElement]]]:
    """Yield heading and content of each slide of an article."""
    heading, on = "", False
    content: list[HtmlElement] = []
    for part in article.xpath(PARTS):
        is_mark, is_heading = not isinstance(part.tag, str), part.tag in HEADINGS
        if is_mark or is_heading:
            if content:
                yield heading, content
            content, on = [], is_mark and part.text == BEGIN
            heading = inner(part) if is_heading else heading
        elif on:
            content.append(part)
    if content:
        yield heading, content


def inner(tag: HtmlElement) -> str:
    """Return what an element holds, in HTML."""
    return (escape(tag.text or "", quote=False) + "".join(map(written, tag))).strip()


def written(tag: HtmlElement) -> str:
    """Return an element in HTML, with the text after it."""
    return str(tostring(tag, encoding="unicode"))


def deck(site: Site, address: str, key: str) -> str:
    """Return a page's deck for one framework; empty if there is nothing between its marks."""
    article, page = site.article(address, key), f"{address.rsplit('/', 1)[-1]}?framework={key}"
    for link in article.findall(".//a"):
        if "footnote-reference" in link.classes:
            link.drop_tree()
        elif link.get("href", "").startswith("#"):
            link.set("href", page + link.get("href"))
    title = article.find(".//h1")
    slides = [
        f'<section><h2>{heading}</h2><div class="slide-body">'
        f"{''.join(map(written, content))}</div></section>"
        for heading, content in split(article)
    ]
    if not slides or title is None:
        return ""
    label = site.book.frameworks[key].label
    book = site.page(address).find_class("logo__title")
    icons = site.page(address).findall(".//link[@rel='icon']")  # a deck lies beside its page
    first = (
        f'<section class="slide-title"><h1>{inner(title)}</h1><p>{label}</p>'
        f'<p><a href="{page}">{inner(book[0]) if book else ""}</a></p></section>'
    )
    return DECK.read_text(encoding="utf-8").format(
        language=site.language(address),
        policy=policy.meta(),
        icon="".join(written(icon).strip() for icon in icons),
        title=escape(f"{title.text_content()}: {label}"),
        static="../" * address.count("/") + "_static",
        slides="\n".join([first, *slides]),
    )


def write_decks(app: Sphinx, exception: Exception | None) -> None:
    """Write the decks of all pages with marks, where they are older than their pages."""
    if exception or app.builder.format != "html":
        return
    out, book = Path(app.outdir), app.config.book
    site, some = Site(out, book), False
    for docname, metadata in app.env.metadata.items():
        if not (page := metadata.get("book_page")):
            continue
        marked, path = metadata.get("book_slides", False), out / f"{docname}.html"
        some = some or marked
        for key in book.frameworks:
            target = path.with_name(page.beside(SLIDES.format(key=key)))
            if not marked:
                target.unlink(missing_ok=True)
            elif not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
                target.write_text(deck(site, f"{quote(docname)}.html", key), encoding="utf-8")
    for file in FILES if some else ():
        source = book.root / "node_modules/reveal.js/dist" / file
        if not source.is_file():
            raise ExtensionError(NEEDED.format(source=source))
        (out / "_static/reveal").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, out / "_static/reveal" / file)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the marks and the decks."""
    app.add_node(nodes.comment, override=True, html=(visit_comment, None))
    app.connect("doctree-read", note_marks)
    app.connect("build-finished", write_decks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
