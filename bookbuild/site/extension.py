"""The Sphinx extension of the book: set up reading, tabs, links and the reference."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from book import api, widgets
from bookbuild.export import articles, products, slides
from bookbuild.i18n import figures, translate
from bookbuild.notebook import shown
from bookbuild.notebook import svg_safety as drawings
from bookbuild.site import gathered, links, mathml, policy, publish, reader, search, styles, weave
from bookbuild.site import tabs as fold

STATIC = Path(__file__).parents[1] / "theme" / "static"


def configure(app: Sphinx, config: Config) -> None:
    """Set what the book needs wherever it is built: the reader, the theme, our files.

    The theme's options stand here since `_config.yml` can only replace them all together.
    """
    config.nb_custom_formats.setdefault(".md", ["bookbuild.site.reader.read_page", {}, False])
    config.html_theme_options |= {
        "article_header_start": ["book-header-start.html"],
        "article_header_end": ["book-header-end.html"],
        "logo": {"text": config.html_title},
        "navbar_persistent": [],  # a second search bar
        "use_download_button": False,  # it offers the source of the page, not the notebooks
    }
    config.html_context.setdefault("default_mode", "auto")
    config.html_static_path.append(str(STATIC))
    config.html_math_renderer = "mathml"


def add_assets(app: Sphinx) -> None:
    """Load our script and style on every page."""
    if app.builder.format == "html":
        app.add_js_file("framework.js")
        app.add_js_file("language.js")
        app.add_css_file("book.css")
        app.add_css_file("icons.css")


def forget_failure(app: Sphinx, exception: Exception | None) -> None:
    """Make a build that failed under `-W --keep-going` repeat its warnings next time.

    Sphinx keeps the environment of such a build, and would find nothing left to read.
    """
    if app.keep_going and app._warncount:
        (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    for name in ("myst_nb", "sphinx_design"):
        app.setup_extension(name)
    app.connect("config-inited", configure, priority=100)
    app.connect("builder-inited", add_assets)
    app.connect("env-before-read-docs", reader.validate)
    app.connect("source-read", reader.remember)
    app.connect("build-finished", links.copy_notebooks)
    app.connect("build-finished", forget_failure)
    translate.setup(app)
    search.setup(app)
    figures.setup(app)
    gathered.setup(app)
    mathml.setup(app)
    publish.setup(app)
    widgets.setup(app)
    slides.setup(app)
    products.setup(app)
    styles.setup(app)
    policy.setup(app)
    app.add_node(links.framework_links, html=(links.visit, links.depart))
    app.add_role("source", links.SourceRole())
    app.add_directive("framework", fold.FrameworkDirective)
    app.add_directive("d2lcompat-api", api.ApiDirective)
    app.add_post_transform(fold.FoldFrameworks)
    modules = (
        api, articles, drawings, figures, fold, gathered, links, mathml, policy, products, publish,
        reader, search, shown, slides, styles, translate, weave, widgets,
    )  # fmt: skip
    sources = [Path(str(module.__file__)) for module in modules]
    for name in ("static", "templates"):
        sources += sorted(
            path for path in (Path(__file__).parents[1] / "theme" / name).rglob("*") if path.is_file()
        )
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    return {
        "version": digest[:8],
        # Any change to how pages are read or shown makes stored environments worthless.
        "env_version": int(digest[:8], 16),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
