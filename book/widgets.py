"""What a page lets its readers try: `{widget} NAME`, filled by a script of our own.

The body holds the words that the script shows, one `key: words` a line. They stand in the page as
hidden paragraphs, so that they are translated with it. A notebook names the title alone.
"""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from bookbuild.files import digest

# What a page with a widget may do besides: compile the runtime of the network, show a picture.
POLICY = {"nin-shapes": {}, "nin-try": {"script-src": "'wasm-unsafe-eval'", "img-src": "blob:"}}
FOLDER = "_static/nin-try"
ORT = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")


def words(lines: list[str]) -> dict[str, str]:
    """Return the words of a widget by their keys; raises `ValueError` on a line without a key."""
    found: dict[str, str] = {}
    for line in filter(str.strip, lines):
        key, colon, text = line.partition(":")
        if not colon or not text.strip():
            raise ValueError(f"expected `key: words`, found {line.strip()!r}")
        if key.strip() in found:
            raise ValueError(f"two lines have the key {key.strip()!r}")
        found[key.strip()] = text.strip()
    if "title" not in found:
        raise ValueError("the words of a widget must include its `title`")
    return found


class WidgetDirective(SphinxDirective):
    """Leave a place for a widget, and its words."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        name = self.arguments[0]
        if name not in POLICY:
            raise self.error(f"no widget is called {name!r}; there are {', '.join(POLICY)}")
        try:
            found = words(list(self.content))
        except ValueError as error:
            raise self.error(str(error)) from None
        hidden = nodes.container(classes=["book-words"])
        for key, text in found.items():
            parsed, _ = self.parse_inline(text)
            hidden += nodes.paragraph(text, "", *parsed, classes=[f"word-{key}"])
            self.set_source_info(hidden[-1])
        metadata = self.env.metadata[self.env.docname]
        metadata.setdefault("book_widgets", []).append(name)
        metadata.setdefault("book_policy", {}).update(POLICY[name])
        return [nodes.container("", hidden, classes=["book-widget", name])]


def add_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load a widget's script on the pages that hold it."""
    for name in app.env.metadata.get(page, {}).get("book_widgets", ()):
        app.add_js_file(f"{name}.js", loading_method="defer")


def copy_network(app: Sphinx, exception: Exception | None) -> None:
    """Put the trained network and what runs it beside the pages of the first edition."""
    wanted = any("nin-try" in page.get("book_widgets", ()) for page in app.env.metadata.values())
    first = app.config.language == app.config.book.source
    if exception or app.builder.format != "html" or not wanted or not first:
        return
    weights, folder = Path(app.srcdir, "chapters/nin/nin.safetensors"), Path(app.outdir, FOLDER)
    made_from = digest(weights, Path(__file__).with_name("onnx.py"))
    stamp = folder / "made-from.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == made_from:
        return
    from book import onnx  # slow to import

    onnx.export(weights, folder / "nin.onnx")
    for name in ORT:
        shutil.copyfile(Path(app.srcdir, "node_modules/onnxruntime-web/dist", name), folder / name)
    stamp.write_text(made_from, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("widget", WidgetDirective)
    app.connect("html-page-context", add_scripts)
    app.connect("build-finished", copy_network)
