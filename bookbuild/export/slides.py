"""Decks of slides, one per framework and page: what stands between the marks in a page's source.

`% slide` begins a slide, and the next one, a heading, or `% slide ends` ends it. A slide has the
heading of its section. Decks lie beside their pages and are shown by reveal.js, from the book.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

from bs4 import Comment, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from bookbuild.export.articles import Site
from bookbuild.site import policy
from d2lcompat import FRAMEWORKS

BEGIN, END = "slide", "slide ends"
HEADINGS = ("h1", "h2", "h3", "h4")
REVEAL = Path(__file__).parents[2] / "node_modules" / "reveal.js" / "dist"
FILES = ("reveal.js", "reveal.css", "reset.css")
DECK = """<!DOCTYPE html>
<html lang="{language}" data-theme="light">
<head>
<meta charset="utf-8">
{policy}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="{static}/logo.svg" type="image/svg+xml">
<link rel="stylesheet" href="{static}/reveal/reset.css">
<link rel="stylesheet" href="{static}/reveal/reveal.css">
<link rel="stylesheet" href="{static}/pygments.css">
<link rel="stylesheet" href="{static}/slides.css">
</head>
<body>
<main class="reveal"><div class="slides">
{slides}
</div></main>
<script src="{static}/reveal/reveal.js"></script>
<script src="{static}/slides.js"></script>
</body>
</html>
"""


class KeepMarks(SphinxPostTransform):
    """Bring the marks into the page's HTML, where Sphinx leaves out comments."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Turn each mark into a comment of HTML."""
        for comment in list(self.document.findall(nodes.comment)):
            if (mark := comment.astext().strip()) in (BEGIN, END):
                comment.replace_self(nodes.raw("", f"<!--{mark}-->", format="html"))


def note_marks(app: Sphinx, doctree: nodes.document) -> None:
    """Remember that a page has marks, as long as Sphinx remembers the page."""
    if any(comment.astext().strip() == BEGIN for comment in doctree.findall(nodes.comment)):
        app.env.metadata[app.env.docname]["book_slides"] = True


def name(key: str) -> str:
    """Return the name of a framework's deck, beside its page."""
    return f"{key}-slides.html"


def split(article: Tag) -> Iterator[tuple[str, list[Tag]]]:
    """Yield heading and content of each slide of an article."""
    heading, on = "", False
    content: list[Tag] = []
    for part in _parts(article):
        if isinstance(part, Comment):
            if content:
                yield heading, content
            content, on = [], str(part) == BEGIN
        elif part.name in HEADINGS:
            if content:
                yield heading, content
            heading, content, on = part.decode_contents().strip(), [], False
        elif on:
            content.append(part)
    if content:
        yield heading, content


def _parts(section: Tag) -> Iterator[Tag | Comment]:
    """Yield headings, marks, and what else stands in a section and the sections within it."""
    for part in list(section.children):
        if isinstance(part, Comment) and str(part) in (BEGIN, END):
            yield part
        elif isinstance(part, Tag):
            if part.name == "section":
                yield from _parts(part)
            else:
                yield part


def deck(site: Site, address: str, key: str) -> str:
    """Return a page's deck for one framework; empty if the page has no marks."""
    article = site.article(address, key)
    page = f"{address.rsplit('/', 1)[-1]}?framework={key}"
    for note in article.select("a.footnote-reference"):
        note.decompose()
    for link in article.select("a[href^='#']"):
        link["href"] = page + str(link["href"])
    title = article.find("h1")
    slides = [
        f'<section><h2>{heading}</h2><div class="slide-body">'
        f"{''.join(map(str, content))}</div></section>"
        for heading, content in split(article)
    ]
    if not slides or title is None:
        return ""
    label = FRAMEWORKS[key].label
    first = (
        f'<section class="slide-title"><h1>{title.decode_contents()}</h1><p>{label}</p>'
        f'<p><a href="{page}">{book(site, address)}</a></p></section>'
    )
    return DECK.format(
        language=site.language(address),
        policy=policy.meta(),
        title=escape(f"{title.get_text()}: {label}"),
        static="../" * address.count("/") + "_static",
        slides="\n".join([first, *slides]),
    )


def book(site: Site, address: str) -> str:
    """Return the title of the book, in HTML."""
    title = site.page(address).select_one(".logo__title")
    return title.decode_contents() if title else ""


def write_decks(app: Sphinx, exception: Exception | None) -> None:
    """Write the decks of all pages with marks, where they are older than their pages."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    site = Site(out)
    for docname, metadata in app.env.metadata.items():
        page = out / f"{docname}.html"
        if not metadata.get("book_slides") or not page.exists():
            continue
        for key in FRAMEWORKS:
            path = page.with_name(name(key))
            if not path.exists() or path.stat().st_mtime < page.stat().st_mtime:
                path.write_text(deck(site, f"{docname}.html", key), encoding="utf-8")
    if site.read:
        (out / "_static/reveal").mkdir(parents=True, exist_ok=True)
        for file in FILES:
            shutil.copyfile(REVEAL / file, out / "_static/reveal" / file)


def setup(app: Sphinx) -> None:
    """Register the marks and the decks."""
    app.add_post_transform(KeepMarks)
    app.connect("doctree-read", note_marks)
    app.connect("build-finished", write_decks)
