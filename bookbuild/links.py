"""The row under a page's title: where each framework's notebook is, and what it was run with."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from bookbuild import products, slides
from d2lcompat import FRAMEWORKS


class framework_links(nodes.General, nodes.Element):
    """Hold the links of one framework as attributes: no text, nothing to index or translate."""


def rows(app: Sphinx, docname: str, page: dict[str, Any]) -> dict[str, framework_links]:
    """Return the row of each framework for one page."""
    folder = PurePosixPath(docname).parent
    has_slides = app.env.metadata[docname].get("book_slides", False)
    found = {}
    for key in FRAMEWORKS:
        row = framework_links(links=[], note=page["absent"].get(key, "No notebook is stored."))
        if key in page["runs"]:
            row["links"] = addresses(app.config.html_theme_options, folder, key)
            if has_slides:
                row["links"].append(("Slides", slides.name(key)))
            row["product"] = "PDF", products.attributes(products.pdf(key), docname)
            row["note"] = page["pending"].get(key) or describe(
                FRAMEWORKS[key].label, page["runs"][key]
            )
        found[key] = row
    return found


def addresses(theme: dict[str, Any], folder: PurePosixPath, key: str) -> list[tuple[str, str]]:
    """Return (label, address) of each way to open a notebook.

    `theme` holds the repository as `_config.yml` names it; Colab opens only GitHub's.
    """
    repository = theme.get("repository_url", "").rstrip("/").removesuffix(".git")
    branch = theme.get("repository_branch") or "main"
    docs = PurePosixPath(theme.get("path_to_docs") or "")
    place = quote(f"blob/{branch}/{docs / folder / key}.ipynb")
    url = urlsplit(repository)
    links = [("Download notebook", f"{key}.ipynb")]
    if url.hostname == "github.com":
        colab = f"https://colab.research.google.com/github{url.path}/{place}"
        words = quote(f"{folder.name} {FRAMEWORKS[key].label}")
        links = [
            ("Open in Colab", colab),
            *links,
            ("View on GitHub", f"{repository}/{place}"),
            ("Discuss", f"{repository}/discussions?discussions_q={words}"),
        ]
    return links


class SourceRole(SphinxRole):
    """Link to a file of the repository by its path."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or the path alone where no repository is named."""
        theme = self.config.html_theme_options
        name = nodes.literal(self.text, self.text)
        repository = theme.get("repository_url", "").rstrip("/").removesuffix(".git")
        if not repository:
            return [name], []
        branch = theme.get("repository_branch") or "main"
        address = f"{repository}/blob/{branch}/{quote(self.text)}"
        return [nodes.reference("", "", name, refuri=address)], []


def describe(label: str, run: dict[str, Any]) -> str:
    """Say in one line what made the outputs: version, date, processor, time."""
    if "seconds" not in run:
        return f"{label}: not executed yet."
    seconds = round(run["seconds"])
    time = f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
    date = str(run.get("date", "")).split("T")[0]
    parts = [f"{label} {run.get('version', '')}".strip(), date, run.get("processor", ""), time]
    return " · ".join(part for part in parts if part)


def visit(self: HTML5Translator, node: framework_links) -> None:
    """Write the links and the note."""
    self.body.append('<div class="book-links-row">')
    for label, address in node["links"]:
        away = ' class="external" rel="noopener"' if "://" in address else ""
        more = " download" if address.endswith(".ipynb") and not away else away
        self.body.append(f'<a href="{escape(address)}"{more}>{escape(label)}</a>\n')
    if "product" in node:
        label, attributes = node["product"]
        self.body.append(f"<a {attributes}>{escape(label)}</a>\n")
    self.body.append(f'</div><p class="book-run">{escape(node["note"])}</p>')


def depart(self: HTML5Translator, node: framework_links) -> None:
    """Do nothing: `visit` wrote it all."""


def copy_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Copy the notebooks beside their pages, so that downloads work without a network."""
    if exception or app.builder.format != "html":
        return
    for docname, metadata in app.env.metadata.items():
        for key in metadata.get("book_page", {}).get("runs", {}):
            source = Path(app.env.doc2path(docname)).with_name(f"{key}.ipynb")
            target = Path(app.outdir, docname).with_name(f"{key}.ipynb")
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
