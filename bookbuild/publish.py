"""What makes pages a site: its address, descriptions, previews, sitemap and 404 page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

SIDEBAR = ["book-logo.html", "search-button-field.html", "sbt-sidebar-nav.html"]
NOT_FOUND = """
<h1>This page does not exist</h1>
<p>The address may be misspelt, or the page has moved. Go to the <a href="{start}">start of the
book</a>, or <a href="{start}search.html">search it</a>.</p>
"""


def address(repository: str) -> str:
    """Return where GitHub Pages publishes a repository; empty if it is not one of GitHub's.

    >>> address("https://github.com/owner/name")
    'https://owner.github.io/name/'
    """
    url = urlsplit(repository)
    parts = url.path.strip("/").removesuffix(".git").split("/")
    if url.hostname != "github.com" or len(parts) != 2:
        return ""
    owner, name = parts
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def configure(app: Sphinx, config: Config) -> None:
    """Set what the extensions need to know, from the one address in `_config.yml`."""
    repository = config.html_theme_options.get("repository_url", "")
    config.html_baseurl = config.html_baseurl or address(repository)
    start = urlsplit(config.html_baseurl).path or "/"
    config.html_sidebars = {"**": SIDEBAR}
    config.notfound_urls_prefix = start
    config.notfound_context = {"title": "Page not found", "body": NOT_FOUND.format(start=start)}


def add_description(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the template know the address of the site, and the description of the page."""
    found = doctree.findall(nodes.meta) if doctree else ()
    texts = [meta["content"] for meta in found if meta.get("name") == "description"]
    context["site_address"] = app.config.html_baseurl
    context["description"] = texts[0] if texts else ""


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Tell search engines of all pages, also of those that this build did not have to write."""
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    sitemap = Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for page in sorted(app.env.all_docs):
        address = app.config.html_baseurl + app.builder.get_target_uri(page)
        SubElement(SubElement(sitemap, "url"), "loc").text = address
    target = Path(app.outdir, "sitemap.xml")
    target.write_bytes(tostring(sitemap, encoding="utf-8", xml_declaration=True))


def setup(app: Sphinx) -> None:
    """Register all of it."""
    app.setup_extension("notfound.extension")
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
    app.connect("config-inited", configure, priority=200)
    app.connect("html-page-context", add_description)
    app.connect("build-finished", write_sitemap)
