"""What makes pages a site: its address, descriptions, previews, sitemap and 404 page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from bookbuild.config import published_at
from bookbuild.i18n.languages import LANGUAGES, SOURCE, words

SIDEBAR = ["book-logo.html", "search-button-field.html", "book-contents.html"]
NOT_FOUND = """
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{start}">{book}</a> · <a href="{start}search.html">{search}</a></p>
"""


def configure(app: Sphinx, config: Config) -> None:
    """Set what the extensions need to know, from the one address in `_config.yml`."""
    _ = words(config.language)
    site = published_at(config.html_theme_options.get("repository_url", ""))
    folder = LANGUAGES[config.language].folder
    config.html_baseurl = config.html_baseurl or (site + folder if site else "")
    start = urlsplit(config.html_baseurl).path or f"/{folder}"
    config.html_sidebars = {"**": SIDEBAR}
    config.notfound_urls_prefix = start
    body = NOT_FOUND.format(
        start=start,
        title=_("This page does not exist"),
        text=_("The address may be misspelt, or the page has moved."),
        book=_("Start of the book"),
        search=_("Search"),
    )
    config.notfound_context = {"title": _("Page not found"), "body": body}


def add_description(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the template know the address of the site, and the description of the page."""
    found = doctree.findall(nodes.meta) if doctree else ()
    texts = [meta["content"] for meta in found if meta.get("name") == "description"]
    context["site_address"] = app.config.html_baseurl
    context["description"] = texts[0] if texts else ""


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Tell search engines of all pages, also of those that this build did not have to write.

    The edition in the language of the source has the one sitemap, of all editions.
    """
    skipped = app.config.language != SOURCE or not app.config.html_baseurl
    if exception or app.builder.format != "html" or skipped:
        return
    sitemap = Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for key in app.config.book_editions or [SOURCE]:
        for page in sorted(app.env.all_docs):
            address = LANGUAGES[key].folder + app.builder.get_target_uri(page)
            SubElement(SubElement(sitemap, "url"), "loc").text = app.config.html_baseurl + address
    target = Path(app.outdir, "sitemap.xml")
    target.write_bytes(tostring(sitemap, encoding="utf-8", xml_declaration=True))


def setup(app: Sphinx) -> None:
    """Register all of it."""
    app.setup_extension("notfound.extension")
    app.config.templates_path.append(str(Path(__file__).parents[1] / "theme/templates"))
    app.connect("config-inited", configure, priority=200)
    app.connect("html-page-context", add_description)
    app.connect("build-finished", write_sitemap)
