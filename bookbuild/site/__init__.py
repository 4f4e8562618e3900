"""The Sphinx extension of the engine: set up reading, tabs, links, languages and notebooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from bookbuild.config import Book, read_book
from bookbuild.files import digest
from bookbuild.i18n import translate, words
from bookbuild.notebook import builder
from bookbuild.site import gathered, links, mathml, reader, search, tabs

PACKAGE = Path(__file__).parents[1]
THEME = PACKAGE / "theme"
SIDEBAR = ["book-logo.html", "search-button-field.html", "book-contents.html"]
NOT_FOUND = """
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{start}">{book}</a> · <a href="{start}search.html">{search}</a></p>
"""


def find_book(app: Sphinx, config: Config) -> None:
    """Read what the book is, before anything asks."""
    config.book = read_book(Path(app.srcdir))


def configure(app: Sphinx, config: Config) -> None:
    """Set what a book needs wherever it is built: the reader, the theme, our files.

    The theme's options stand here since `_config.yml` can only replace them all together.
    """
    config.nb_execution_mode = "off"  # MyST-NB's default is to run what has no outputs
    config.gettext_compact = False  # a catalogue for each page
    config.nb_custom_formats.setdefault(".md", [f"{reader.__name__}.read_page", {}, False])
    config.html_theme_options |= {
        "article_header_start": ["book-header-start.html"],
        "article_header_end": ["book-header-end.html"],
        "logo": {"text": config.html_title},
        "navbar_persistent": [],  # a second search bar
        "use_download_button": False,  # it offers the source of the page, not the notebooks
    }
    config.html_context.setdefault("default_mode", "auto")
    # Not in place: the list may be the default of all builds in this process.
    config.html_static_path = [*config.html_static_path, str(THEME / "static")]
    config.html_math_renderer = "mathml"
    config.html_sidebars = {"**": SIDEBAR}
    config.html_copy_source = False  # nothing leads to it
    config.templates_path = [*config.templates_path, str(THEME / "templates")]
    book, _ = config.book, words(config.language)
    folder = book.languages[config.language].folder
    config.html_baseurl = config.html_baseurl or (book.site and book.site + folder)
    start = urlsplit(str(config.html_baseurl)).path or "/"
    config.notfound_urls_prefix = start
    body = NOT_FOUND.format(
        start=start,
        title=_("This page does not exist"),
        text=_("The address may be misspelt, or the page has moved."),
        book=_("Start of the book"),
        search=_("Search"),
    )
    config.notfound_context = {"title": _("Page not found"), "body": body}


def prepare(app: Sphinx) -> None:
    """Load our scripts and styles on every page, and keep outputs out of the site's own folder."""
    # MyST-NB's own attribute of the environment
    folder = str(Path(app.doctreedir) / "outputs")
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=folder)  # type: ignore[attr-defined]
    if app.builder.format == "html":
        for name in ("framework.js", "language.js"):
            app.add_js_file(name)
        app.add_css_file("book.css")


def add_description(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the template know the address of the site, and the description of the page.

    (`sphinxext-opengraph` describes a page by its first words, which are those of our tabs.)
    """
    found = doctree.findall(nodes.meta) if doctree else ()
    texts = [meta["content"] for meta in found if meta.get("name") == "description"]
    context["site_address"] = app.config.html_baseurl
    context["description"] = texts[0] if texts else ""


def note_contents(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Have all pages written anew when the contents have changed, which all of them show."""
    titles = {name: title.astext() for name, title in sorted(env.titles.items())}
    contents = titles, {name: list(below) for name, below in sorted(env.toctree_includes.items())}
    known = getattr(env, "book_contents", None)
    env.book_contents = contents  # type: ignore[attr-defined]
    return [] if known in (None, contents) else sorted(env.found_docs)


def pages_written(app: Sphinx) -> Iterator[str]:
    """Yield the names of all files that the pages have on the site, as they are now."""
    for name in app.env.all_docs:
        yield f"{name}.html"
        if page := app.env.metadata[name].get("book_page"):
            for key in page.frameworks:
                yield str(Path(name).with_name(page.notebook(key).name))
                if app.env.metadata[name].get("book_slides"):
                    yield str(Path(name).with_name(page.beside(links.SLIDES.format(key=key))))


def remove_gone(app: Sphinx, exception: Exception | None) -> None:
    """Remove what earlier builds have left of pages that are gone."""
    if exception or app.builder.format != "html":
        return
    # Beside the doctrees, which are removed where a build fails.
    noted, now = Path(f"{app.doctreedir}.json"), sorted(pages_written(app))
    before = json.loads(noted.read_text(encoding="utf-8")) if noted.is_file() else []
    for name in set(before) - set(now):
        Path(app.outdir, name).unlink(missing_ok=True)
    noted.write_text(json.dumps(now), encoding="utf-8")


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Tell search engines of all pages of all editions, in the edition of the pages' language.

    (`sphinx-sitemap` knows no edition that has no folder of its own.)
    """
    book = app.config.book
    html = app.builder.format == "html"
    if exception or not html or not book.site or app.config.language != book.source:
        return
    sitemap = Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for language in book.languages.values():
        for page in sorted(app.env.all_docs):
            address = book.site + language.folder + app.builder.get_target_uri(page)
            SubElement(SubElement(sitemap, "url"), "loc").text = address
    target = Path(app.outdir, "sitemap.xml")
    target.write_bytes(tostring(sitemap, encoding="utf-8", xml_declaration=True))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    for name in ("myst_nb", "sphinx_design", "notfound.extension"):
        app.setup_extension(name)
    app.add_config_value("book", {}, "env", [dict, Book])
    app.connect("config-inited", find_book, priority=80)
    app.connect("config-inited", configure, priority=200)
    app.connect("builder-inited", prepare, priority=900)
    app.connect("env-before-read-docs", reader.validate)
    app.connect("source-read", reader.remember)
    app.connect("html-page-context", add_description)
    app.connect("env-get-updated", note_contents)
    app.connect("build-finished", remove_gone)
    app.connect("build-finished", write_sitemap)
    for module in (translate, search, gathered, mathml, links, builder):
        module.setup(app)
    app.add_directive("framework", tabs.FrameworkDirective)
    app.add_post_transform(tabs.FoldFrameworks)
    found = digest(PACKAGE)
    # Any change to how pages are read or shown makes stored environments worthless.
    return {
        "version": found[:8],
        "env_version": int(found[:8], 16),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
