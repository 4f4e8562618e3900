"""Drawn figures in other languages: the words in an SVG, from the catalogue `figures`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from sphinx.application import Sphinx

from bookbuild.i18n import catalogues
from bookbuild.i18n.languages import LANGUAGES, SOURCE

DOMAIN = "figures"
SVG = "http://www.w3.org/2000/svg"
WORDS = tuple(f"{{{SVG}}}{name}" for name in ("title", "desc", "text"))


def labels(root: Path) -> list[str]:
    """Return the words of all figures of the book, in their order."""
    found = {}
    for path in sorted((root / "chapters").rglob("*.svg")):
        found.update(
            dict.fromkeys(str(tag.text) for tag in _words(ElementTree.parse(path).getroot()))
        )
    return list(found)


def _words(figure: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for tag in figure.iter():
        if tag.tag in WORDS and tag.text and any(map(str.isalpha, tag.text)):
            yield tag


def translate_figures(app: Sphinx, exception: Exception | None) -> None:
    """Write the figures of an edition anew, with the words of its language."""
    language = app.config.language
    if exception or app.builder.format != "html" or language == SOURCE:
        return
    root = Path(app.srcdir)
    known = catalogues.read(catalogues.place(root, language, DOMAIN))
    ElementTree.register_namespace("", SVG)
    for source, name in app.builder.images.items():
        path = root / source
        if path.suffix != ".svg" or not path.is_relative_to(root / "chapters"):
            continue
        tree = ElementTree.parse(path)
        tree.getroot().set("lang", LANGUAGES[language].tag)  # chooses among fonts
        for tag in _words(tree.getroot()):
            tag.text = known.get(str(tag.text), tag.text)
        tree.write(Path(app.outdir, app.builder.imagedir, name), "utf-8", xml_declaration=True)


def setup(app: Sphinx) -> None:
    """Register it."""
    app.connect("build-finished", translate_figures)
