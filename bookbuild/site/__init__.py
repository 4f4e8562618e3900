"""The Sphinx extension of the engine: set up reading, tabs, links, languages and notebooks."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from bookbuild.config import Book, read_book
from bookbuild.files import digest
from bookbuild.i18n import translate
from bookbuild.notebook import builder
from bookbuild.site import gathered, links, mathml, reader, search, tabs

PACKAGE = Path(__file__).parents[1]
THEME = PACKAGE / "theme"
SIDEBAR = ["book-logo.html", "search-button-field.html", "book-contents.html"]


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
    site, folder = config.book.site, config.book.languages[config.language].folder
    config.html_baseurl = config.html_baseurl or (site and site + folder)
    config.notfound_template = "book-404.html"
    config.notfound_urls_prefix = urlsplit(str(config.html_baseurl)).path or "/"


def prepare(app: Sphinx) -> None:
    """Keep the outputs that MyST-NB writes out of the site's own folder."""
    folder = str(Path(app.doctreedir) / "outputs")
    app.env.mystnb_config = app.env.mystnb_config.copy(output_folder=folder)  # type: ignore[attr-defined]


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


def remove_gone(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Remove from the site what earlier builds have written for pages that are gone."""
    for name in removed:
        path, page = Path(app.outdir, f"{name}.html"), env.metadata[name].get("book_page")
        path.unlink(missing_ok=True)
        if page:
            for end in (links.SLIDES, "{key}.ipynb"):
                for key in page.frameworks:
                    path.with_name(page.beside(end.format(key=key))).unlink(missing_ok=True)
    return []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    for name in ("myst_nb", "sphinx_design", "notfound.extension"):
        app.setup_extension(name)
    app.add_config_value("book", {}, "env", [dict, Book])
    app.connect("config-inited", find_book, priority=80)
    app.connect("config-inited", configure, priority=200)
    app.connect("builder-inited", prepare, priority=900)
    app.connect("env-before-read-docs", reader.validate)
    app.connect("html-page-context", add_description)
    app.connect("env-get-updated", note_contents)
    app.connect("env-get-outdated", remove_gone)
    # After all that other extensions bring.
    for name in ("framework.js", "language.js"):
        app.add_js_file(name, priority=600)
    app.add_css_file("book.css", priority=600)
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
