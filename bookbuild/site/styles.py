"""One style sheet instead of a dozen: each costs a reader on a slow line a trip to the server.

No style stands in the pages themselves, where the site's policy would leave it out.

The theme's rules for two thousand icons are left out; `icons.css` has those that the pages use.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

# Beside the theme's sheets, so that the addresses in them stay right.
BUNDLE = "_static/styles/book-all.css"
# What the theme's page loads of itself, in its order.
THEME = ("_static/basic.css", "_static/styles/pydata-sphinx-theme.css")
UNUSED = ("*.map", "fontawesome.js*", "vendor/fontawesome/**/*", "locales/**/*")
ICONS = re.compile(
    r"(?<=\})(?:\.fa-[\w-]+:+before,?)+\{[^{}]*\}|@font-face\{[^{}]*Font Awesome[^{}]*\}"
)
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
# A size as docutils writes it.
SIZE = re.compile(r' style="((?:(?:width|height): [\d.]+(?:px)?;? ?)+)"')
DIMENSION = re.compile(r"(width|height): ([\d.]+)(?:px)?;? ?")
logger = logging.getLogger(__name__)


def bundle(texts: list[str]) -> str:
    r"""Return several style sheets as one, without comments and the theme's icons.

    >>> bundle(["a{b:c}/* why */", ".d{}.fa-star:before{content:'x'}.e{}"])
    'a{b:c}\n.d{}.e{}'
    """
    return "\n".join(ICONS.sub("", COMMENTS.sub("", text)).strip() for text in texts)


def drop_links(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Leave to the page's template to link to the bundle alone."""
    context["css_files"] = []


def write_bundle(app: Sphinx, exception: Exception | None) -> None:
    """Write the bundle, when all sheets are in their place."""
    builder = app.builder
    if exception or not isinstance(builder, StandaloneHTMLBuilder):
        return
    # The public name of this list is there only if a page was written.
    sheets = sorted(dict.fromkeys(builder._css_files), key=lambda sheet: sheet.priority)
    files = [*THEME, *(str(sheet.filename) for sheet in sheets)]
    paths = [Path(app.outdir, file) for file in files]
    # Where no page was written, Sphinx copies nothing, and an edition has what it does not share.
    if all(map(Path.is_file, paths)):
        texts = [path.read_text(encoding="utf-8") for path in paths]
        Path(app.outdir, BUNDLE).write_text(bundle(texts), encoding="utf-8")


def visit_image(self: HTML5Translator, node: nodes.image) -> None:
    """Write an image with its size in attributes."""
    HTML5Translator.visit_image(self, node)
    self.body[-1] = SIZE.sub(
        lambda found: DIMENSION.sub(r' \1="\2"', found[1]).rstrip(), self.body[-1]
    )
    if " style=" in self.body[-1]:
        logger.warning("the size of a picture must be in pixels", location=node)


def depart_image(self: HTML5Translator, node: nodes.image) -> None:
    """End it."""
    HTML5Translator.depart_image(self, node)


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme brings and no page loads any more."""
    if not exception and app.builder.format == "html":
        static = Path(app.outdir, "_static")
        for path in [path for pattern in UNUSED for path in static.rglob(pattern)]:
            if path.is_file():
                path.unlink()


def setup(app: Sphinx) -> None:
    """Register all of it."""
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    app.connect("builder-inited", lambda app: app.add_css_file("icons.css"), priority=950)
    app.connect("html-page-context", drop_links, priority=900)
    # The theme writes its colours of code when the build has finished.
    app.connect("build-finished", write_bundle, priority=800)
    app.connect("build-finished", remove_unused, priority=850)
