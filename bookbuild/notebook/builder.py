"""A builder of Sphinx that writes notebooks: `-b notebooks`, and beside the pages of the site."""

from base64 import b64encode
from collections.abc import Iterable, Set
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from bookbuild.i18n import words
from bookbuild.notebook import make_notebook, prose, stored
from bookbuild.page import Page

LOGGER = logging.getLogger(__name__)
PICTURES = ["image/png", "image/jpeg", "image/gif", "image/svg+xml"]


class NotebookBuilder(Builder):
    """Write the notebooks of each page, with the outputs that are stored and still valid."""

    name = format = "notebooks"
    supported_remote_images = supported_data_uri_images = True
    supported_image_types = PICTURES

    def get_outdated_docs(self) -> Iterable[str]:
        """Return all documents: what is written is compared, not guessed."""
        return self.env.found_docs

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return where a page is on the published site, empty where it is not published."""
        book = self.config.book
        folder = book.languages[self.config.language].folder
        return f"{book.site}{folder}{quote(docname)}.html" if book.site else ""

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the same, as a notebook may be opened anywhere; nothing for its own page."""
        return "" if from_ == to else self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Do nothing."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write the notebooks of one page, if it has code cells."""
        page: Page | None = self.env.metadata[docname].get("book_page")
        if page is None:
            return
        language = self.config.language
        numbers, formats = self.env.toc_fignumbers.get(docname, {}), self.config.numfig_format
        picture, word = partial(self.embed, docname), words(language)
        for key in page.frameworks:
            parts = prose.write(doctree, prose.Context(key, picture, word, numbers, formats))
            mine = (block for block in page.cells if key in block.frameworks)
            if lost := next((block for block in mine if block.index not in parts), None):
                message = "this cell is lost: is it empty, or tagged `remove-cell`?"
                LOGGER.warning(message, location=(docname, lost.line))
            fresh = make_notebook(page, key, parts, language)
            place = Path(self.outdir, docname).with_name(page.notebook(key).name)
            stored.write(stored.load(page, key).renewed(fresh), place)

    def embed(self, docname: str, image: str) -> str:
        """Return the address of an image that holds the picture itself, as shows everywhere.

        Colab does not have the files next to a notebook, and JupyterLab shows no SVG that is a cell
        attachment. Colab shows no embedded SVG either, but `figure.png`, if it lies beside.
        """
        if "://" in image or image.startswith("data:"):
            return image
        path = Path(self.srcdir, image)
        if path.suffix == ".svg" and path.with_suffix(".png").is_file():
            path = path.with_suffix(".png")
        kind, _ = guess_type(path.name)
        if kind not in PICTURES or not path.is_file():
            LOGGER.warning("no picture that a notebook can show: %s", image, location=docname)
            return image
        return f"data:{kind};base64,{b64encode(path.read_bytes()).decode()}"


class LeaveOutputs(SphinxPostTransform):
    """Take the outputs out of cells before MyST-NB looks for a form that a notebook can show."""

    default_priority = 1
    formats = ("notebooks",)

    def run(self, **kwargs: object) -> None:
        """Empty the cells: which they are stands in their attributes."""
        for node in self.document.findall(nodes.container):
            if node.get("nb_element") == "cell_code":
                node.clear()


def write_beside(app: Sphinx, exception: Exception | None, written: set[str]) -> None:
    """Write the notebooks of the pages that were written, beside them, in their language."""
    if exception or app.builder.format != "html":
        return
    site, builder = app.builder, NotebookBuilder(app, app.env)
    app.builder = builder  # post-transforms ask the application which it is
    try:
        for name in sorted(written):
            if "book_page" in app.env.metadata.get(name, ()):
                builder.write_doc(name, app.env.get_and_resolve_doctree(name, builder))
    finally:
        app.builder = site


def setup(app: Sphinx) -> None:
    """Register the builder."""
    app.add_builder(NotebookBuilder)
    app.add_post_transform(LeaveOutputs)
    written: set[str] = set()
    app.connect("doctree-resolved", lambda app, doctree, name: written.add(name))
    app.connect("build-finished", partial(write_beside, written=written))
