"""Drawn figures in other languages: the words in an SVG, from the catalogue `figures`."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from sphinx.application import Sphinx

from bookbuild.config import Book
from bookbuild.i18n import catalogues

DOMAIN = "figures"
SVG = "http://www.w3.org/2000/svg"
WORDS = tuple(f"{{{SVG}}}{name}" for name in ("title", "desc", "text"))


def figures(book: Book) -> list[Path]:
    """Return all drawn figures beside the pages."""
    folders = dict.fromkeys((book.root / name).parent for name in book.documents())
    return sorted(path for folder in folders for path in folder.glob("*.svg"))


def labels(book: Book) -> list[str]:
    """Return the words of all figures, in their order."""
    roots = (ElementTree.parse(path).getroot() for path in figures(book))
    return list(dict.fromkeys(str(tag.text) for root in roots for tag in _words(root)))


def _words(figure: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for tag in figure.iter():
        if tag.tag in WORDS and tag.text and any(map(str.isalpha, tag.text)):
            yield tag


def translate_figures(app: Sphinx, exception: Exception | None) -> None:
    """Write the figures of an edition anew, with the words of its language."""
    book, language = app.config.book, app.config.language
    if exception or app.builder.format != "html" or language == book.source:
        return
    known = catalogues.translations(book.root, language, DOMAIN)
    ElementTree.register_namespace("", SVG)
    for path in figures(book):
        name = app.builder.images.get(path.relative_to(book.root).as_posix())
        if name is None:
            continue  # no page that was written shows it
        tree = ElementTree.parse(path)
        tree.getroot().set("lang", book.languages[language].tag)  # chooses among fonts
        for tag in _words(tree.getroot()):
            tag.text = known.get(str(tag.text), tag.text)
        tree.write(Path(app.outdir, app.builder.imagedir, name), "utf-8", xml_declaration=True)
