"""What a page of the site may do: its Content-Security-Policy, in `<meta>`, which holds anywhere.

What the theme and the extensions would write into pages as scripts and styles stands in files. One
style sheet takes the place of a dozen, each a trip to the server, and of rules for 2,000 icons:
`icons.css` has those that the pages use.
"""

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.builders.html._assets import _JavaScript
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from bookbuild.files import write_whole

# Firefox takes `'self'` of a page opened from a folder for nothing; elsewhere `file:` is nothing.
SELF = "'self' file:"
POLICY = {
    "default-src": "'none'",
    "script-src": SELF,
    "style-src": SELF,
    "img-src": f"{SELF} data:",
    "font-src": SELF,
    "connect-src": SELF,
    "form-action": SELF,
    "base-uri": "'none'",
}
STRICT = Path(__file__).parents[1] / "theme/strict"
TRANSLATIONS = """\
// Made from Sphinx's file of this name, whose plural is text to evaluate.
Object.assign(Documentation.TRANSLATIONS, {messages});
Documentation.PLURAL_EXPR = (n) => Number({plural});
Documentation.LOCALE = {locale};
"""
CATALOGUE = re.compile(r"Documentation\.addTranslations\((.*)\);", re.DOTALL)
# Beside the theme's sheets, so that the addresses in them stay right.
BUNDLE = "_static/styles/book-all.css"
# What the theme's page loads of itself, in its order.
THEMES = ("_static/basic.css", "_static/styles/pydata-sphinx-theme.css")
UNUSED = ("*.map", "fontawesome.js*", "vendor/fontawesome/**/*", "locales/**/*")
ICONS = re.compile(
    r"(?<=\})(?:\.fa-[\w-]+:+before,?)+\{[^{}]*\}|@font-face\{[^{}]*Font Awesome[^{}]*\}"
)
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
# A size as docutils writes it.
SIZE = re.compile(r' style="((?:(?:width|height): [\d.]+(?:px)?;? ?)+)"')
DIMENSION = re.compile(r"(width|height): ([\d.]+)(?:px)?;? ?")
logger = logging.getLogger(__name__)


def meta(more: dict[str, str] | None = None) -> str:
    """Return the element that states the policy of a page; `more` is what it allows besides."""
    rows = (f"{name} {sources} {(more or {}).get(name, '')}" for name, sources in POLICY.items())
    text = "; ".join(map(str.strip, rows))
    return f'<meta http-equiv="Content-Security-Policy" content="{text}">'


def apply(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """State the policy before all that it governs, and load what would be inline from a file."""
    more = app.env.metadata.get(page, {}).get("book_policy")
    context["book_policy"] = True
    context["metatags"] = f"\n    {meta(more)}\n{context.get('metatags', '')}"
    scripts = sorted(context["script_files"], key=lambda script: script.priority)
    inline = [script for script in scripts if not script.filename]
    # The place of a page is asked for by a menu of versions, which this site has not.
    bodies = dict.fromkeys(str(script.attributes["body"]) for script in inline)
    kept = (body for body in bodies if ".pagename =" not in body)
    text = "\n".join([(STRICT / "inline.js").read_text("utf-8"), *kept, ""])
    name = f"_static/inline-{sha256(text.encode()).hexdigest()[:8]}.js"
    write_whole(Path(app.outdir, name), text.encode())
    # After Sphinx's own, which some of them complement, and before all that read them.
    file = _JavaScript(name, priority=201)
    context["css_files"] = []  # the page's template links to the bundle alone
    context["script_files"] = [file, *(script for script in scripts if script not in inline)]


def tell_without_eval(app: Sphinx, exception: Exception | None) -> None:
    """Write the words of Sphinx's scripts anew, so that nothing is evaluated to read them."""
    path = Path(app.outdir, "_static/translations.js")
    if exception or app.builder.format != "html" or not path.is_file():
        return
    if found := CATALOGUE.fullmatch(path.read_text(encoding="utf-8").strip()):
        told = json.loads(found[1])
        words, locale = json.dumps(told["messages"]), json.dumps(told["locale"])
        new = TRANSLATIONS.format(messages=words, plural=told["plural_expr"], locale=locale)
        path.write_text(new, encoding="utf-8")


def write_bundle(app: Sphinx, exception: Exception | None) -> None:
    """Write all style sheets as one, without comments and the theme's icons."""
    builder = app.builder
    if exception or not isinstance(builder, StandaloneHTMLBuilder):
        return
    # The public name of this list is there only if a page was written.
    sheets = sorted(dict.fromkeys(builder._css_files), key=lambda sheet: sheet.priority)
    names = [*THEMES, *(str(sheet.filename) for sheet in sheets)]
    paths = [Path(app.outdir, name) for name in names]
    # Where no page was written, Sphinx copies nothing, and an edition has what it does not share.
    if all(map(Path.is_file, paths)):
        texts = [ICONS.sub("", COMMENTS.sub("", path.read_text("utf-8"))).strip() for path in paths]
        Path(app.outdir, BUNDLE).write_text("\n".join(texts), encoding="utf-8")


def visit_image(self: HTML5Translator, node: nodes.image) -> None:
    """Write an image with its size in attributes."""
    HTML5Translator.visit_image(self, node)
    self.body[-1] = SIZE.sub(
        lambda found: DIMENSION.sub(r' \1="\2"', found[1]).rstrip(), self.body[-1]
    )
    if " style=" in self.body[-1]:
        logger.warning("the size of a picture must be in pixels", location=node)


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Remove what the theme brings and no page loads any more."""
    static = Path(app.outdir, "_static")
    for path in [path for pattern in UNUSED for path in static.rglob(pattern)]:
        if path.is_file():
            path.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register all of it."""
    app.setup_extension("bookbuild.site")
    app.config.templates_path = [*app.config.templates_path, str(STRICT)]
    app.connect("html-page-context", apply, priority=950)  # after the theme
    app.connect("build-finished", tell_without_eval)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.add_css_file("icons.css", priority=610)  # after ours
    # The theme writes its colours of code when the build has finished.
    app.connect("build-finished", write_bundle, priority=800)
    app.connect("build-finished", remove_unused, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
