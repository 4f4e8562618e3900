"""The row under a page's title: where each framework's notebook is, and what it was run with."""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxRole
from sphinx.writers.html5 import HTML5Translator

from bookbuild.config import find_site
from bookbuild.export import products, slides
from bookbuild.i18n.languages import LANGUAGES, SOURCE, words
from bookbuild.notebook.stored import load, translated, write
from bookbuild.page.cells import parse_page
from d2lcompat import FRAMEWORKS


class framework_links(nodes.General, nodes.Element):
    """Hold the links of one framework as attributes: no text, nothing to index or translate."""


def rows(app: Sphinx, docname: str, page: dict[str, Any]) -> dict[str, framework_links]:
    """Return the row of each framework for one page."""
    language = app.config.language
    _ = words(language)
    folder = PurePosixPath(docname).parent
    has_slides = app.env.metadata[docname].get("book_slides", False)
    found = {}
    for key in FRAMEWORKS:
        row = framework_links(links=[], note=page["absent"].get(key, _("No notebook is stored.")))
        if key in page["runs"]:
            row["links"] = addresses(app.config, folder, key)
            if has_slides:
                row["links"].append((_("Slides"), slides.name(key)))
            pdf = products.attributes(products.pdf(key), docname, language)
            row["product"] = _("PDF"), pdf
            row["note"] = page["pending"].get(key) or describe(
                FRAMEWORKS[key].label, page["runs"][key], language
            )
        found[key] = row
    return found


def addresses(config: Config, folder: PurePosixPath, key: str) -> list[tuple[str, str]]:
    """Return (label, address) of each way to open a notebook.

    The theme's options hold the repository as `_config.yml` names it; Colab opens only GitHub's.
    Notebooks in other languages than the source's are published on a branch of their own.
    """
    _, theme, language = words(config.language), config.html_theme_options, config.language
    repository = theme.get("repository_url", "").rstrip("/").removesuffix(".git")
    branch = theme.get("repository_branch") or "main"
    docs = PurePosixPath(theme.get("path_to_docs") or "")
    if language != SOURCE:
        branch, docs = config.book_translations_branch, PurePosixPath(LANGUAGES[language].folder)
    place = quote(f"blob/{branch}/{docs / folder / key}.ipynb")
    url = urlsplit(repository)
    links = [(_("Download notebook"), f"{key}.ipynb")]
    if url.hostname == "github.com":
        colab = f"https://colab.research.google.com/github{url.path}/{place}"
        topic = quote(f"{folder.name} {FRAMEWORKS[key].label}")
        links = [
            (_("Open in Colab"), colab),
            *links,
            (_("View on GitHub"), f"{repository}/{place}"),
            (_("Discuss"), f"{repository}/discussions?discussions_q={topic}"),
        ]
    return links


class SourceRole(SphinxRole):
    """Link to a file of the repository by its path."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or the path alone where no repository is named."""
        name = nodes.literal(self.text, self.text)
        root = Path(self.env.srcdir)
        address = find_site(root).address(root / self.text)
        return [nodes.reference("", "", name, refuri=address) if address else name], []


def describe(label: str, run: dict[str, Any], language: str = SOURCE) -> str:
    """Say in one line what made the outputs: version, date, processor, time."""
    _ = words(language)
    if "seconds" not in run:
        return _("{framework}: not executed yet.").format(framework=label)
    seconds = round(run["seconds"])
    minutes = _("{n} min").format(n=round(seconds / 60))
    time = _("{n} s").format(n=seconds) if seconds < 120 else minutes
    date = str(run.get("date", "")).split("T")[0]
    name, _comma, cores = str(run.get("processor", "")).rpartition(", ")
    if found := re.fullmatch(r"(\d+) cores?", cores):
        cores = (_("1 core") if found[1] == "1" else _("{n} cores")).format(n=found[1])
        processor = _("{processor}, {cores}").format(processor=name, cores=cores)
    else:
        processor = str(run.get("processor", ""))
    parts = [f"{label} {run.get('version', '')}".strip(), date, processor, time]
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
    """Put the notebooks beside their pages, in their language, for downloads without a network."""
    if exception or app.builder.format != "html":
        return
    for docname, metadata in app.env.metadata.items():
        for key in metadata.get("book_page", {}).get("runs", {}):
            page = Path(app.env.doc2path(docname))
            target = Path(app.outdir, docname).with_name(f"{key}.ipynb")
            target.parent.mkdir(parents=True, exist_ok=True)
            if app.config.language != SOURCE:
                write(translated(load(parse_page(page), key), app.config.language), target)
            elif page.with_name(target.name).exists():
                shutil.copyfile(page.with_name(target.name), target)
