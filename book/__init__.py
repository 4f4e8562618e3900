"""What only this book has: its widgets, the network for the browser, the helpers' reference."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from bookbuild.files import digest


def configure(app: Sphinx, config: Config) -> None:
    """Add this book's own files, with the picture that is shown where a page is linked to."""
    config.html_static_path = [*config.html_static_path, str(Path(__file__).parent / "static")]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    from book import api, widgets

    app.setup_extension("bookbuild.site")
    app.connect("config-inited", configure, priority=210)
    widgets.setup(app)
    app.add_directive("d2lcompat-api", api.ApiDirective)
    app.add_css_file("widgets.css")
    version = digest(Path(__file__).parent)
    return {"version": version[:8], "env_version": int(version[:8], 16), "parallel_read_safe": True}
