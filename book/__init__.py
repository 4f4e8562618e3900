"""What only this book has: its widgets, the network for the browser, the helpers' reference."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from bookbuild.files import digest


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    from book import api, widgets

    folder = Path(__file__).parent
    app.setup_extension("bookbuild.site")
    # With the picture that is shown where a page is linked to.
    app.config.html_static_path = [*app.config.html_static_path, str(folder / "static")]
    app.add_css_file("widgets.css")
    widgets.setup(app)
    app.add_directive("d2lcompat-api", api.ApiDirective)
    app.add_directive("d2lcompat-names", api.NamesDirective)
    version = digest(folder)
    return {"version": version[:8], "env_version": int(version[:8], 16), "parallel_read_safe": True}
