"""What a page of the site may do: its Content-Security-Policy, under which nothing inline runs.

What the theme and the extensions would write into the pages as scripts stands in a file instead. A
policy in `<meta>` holds on any host, and in a folder.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _JavaScript
from sphinx.util.typing import ExtensionMetadata

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


def meta(more: dict[str, str] | None = None) -> str:
    """Return the element that states the policy of a page; `more` is what it allows besides.

    >>> "'wasm-unsafe-eval'" in meta({"script-src": "'wasm-unsafe-eval'"})
    True
    """
    policy = dict(POLICY)
    for name, sources in (more or {}).items():
        policy[name] += f" {sources}"
    text = "; ".join(f"{name} {sources}" for name, sources in policy.items())
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
    bodies = [str(script.attributes["body"]) for script in inline]
    bodies = [body for body in dict.fromkeys(bodies) if ".pagename =" not in body]
    text = "\n".join([(STRICT / "inline.js").read_text(encoding="utf-8"), *bodies, ""])
    name = f"_static/inline-{sha256(text.encode()).hexdigest()[:8]}.js"
    path = Path(app.outdir, name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    # After Sphinx's own, which some of them complement, and before all that read them.
    file = _JavaScript(name, priority=201)
    context["script_files"] = [file, *(script for script in scripts if script not in inline)]


def tell_without_eval(app: Sphinx, exception: Exception | None) -> None:
    """Write the words of Sphinx's scripts anew, so that nothing is evaluated to read them."""
    path = Path(app.outdir, "_static/translations.js")
    if exception or app.builder.format != "html" or not path.is_file():
        return
    text = path.read_text(encoding="utf-8").strip()
    if text.startswith("Documentation.addTranslations("):
        told = json.loads(text.removeprefix("Documentation.addTranslations(").rstrip(");"))
        new = TRANSLATIONS.format(
            messages=json.dumps(told["messages"]),
            plural=told["plural_expr"],
            locale=json.dumps(told["locale"]),
        )
        path.write_text(new, encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register both, and the style sheet without which pages would need styles of their own."""
    app.setup_extension("bookbuild.site")
    app.setup_extension("bookbuild.site.styles")
    app.config.templates_path = [*app.config.templates_path, str(STRICT)]
    app.connect("html-page-context", apply, priority=950)  # after the theme
    app.connect("build-finished", tell_without_eval)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
