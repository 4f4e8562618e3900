"""The languages of a page: what is translated, what is still missing, and the way to the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import extract_messages

from bookbuild.config import published_at
from bookbuild.i18n import catalogues
from bookbuild.i18n.languages import LANGUAGES, SOURCE, words
from bookbuild.notebook.references import footnote_style


def configure(app: Sphinx, config: Config) -> None:
    """Say in the language of the edition what extensions say by a setting."""
    _ = words(config.language)
    config.togglebutton_hint = _("Click to show")
    config.togglebutton_hint_hide = _("Click to hide")
    config.nb_code_prompt_show = _("Show code cell {type}")
    config.nb_code_prompt_hide = _("Hide code cell {type}")
    config.html_title = config.project = _(config.html_title)
    config.author = _(config.author)
    config.html_theme_options["toc_title"] = _("Contents")
    config.html_theme_options["search_bar_text"] = _("Search this book...")
    config.bibtex_foot_reference_style = footnote_style(config.language)
    config.numfig_format = {"figure": _("Fig. %s"), **config.numfig_format}


class KeepOut(SphinxTransform):
    """Keep formulas and front matter out of the catalogues: they are the same in every language."""

    default_priority = 5  # before Sphinx translates (20)

    def apply(self, **kwargs: object) -> None:
        """Mark each formula of the page, and what its front matter says to programs."""
        fields = [node for node in self.document.children if isinstance(node, nodes.field_list)]
        told = (text for node in fields for text in node.findall(nodes.TextElement))
        for node in (*self.document.findall(nodes.math_block), *told):
            node["translatable"] = False


class UseCatalogue(SphinxTransform):
    """Remember how much of a page its catalogue translates, and translate the page's head.

    Sphinx translates the page, but its head is still wrapped up then.
    """

    default_priority = 10  # before Sphinx translates, after formulas are marked

    def apply(self, **kwargs: object) -> None:
        """Compare page and catalogue."""
        language = self.config.language
        if language == SOURCE or self.env.docname not in self.env.found_docs:
            return
        path = catalogues.place(Path(self.env.srcdir), language, self.env.docname)
        wrapped = self.document.findall(lambda node: isinstance(node, nodes.pending))
        head = [meta for node in wrapped for meta in node.details.get("nodes", ())]
        wanted = [meta["content"] for meta in head if isinstance(meta, nodes.meta)]
        wanted += [message for _, message in extract_messages(self.document)]
        catalogue = catalogues.load(path, language)
        found, known = catalogues.coverage(wanted, catalogue), catalogues.valid(catalogue)
        for meta in head:
            meta["content"] = known.get(meta["content"], meta["content"])
        done = catalogues.complete_since(Path(self.env.srcdir), language, self.env.docname)
        self.env.metadata[self.env.docname]["book_translation"] = (found, done)


class TellWhatIsMissing(SphinxPostTransform):
    """Say below the title of a page that some of it is not translated, and since when."""

    default_priority = 160  # after the row of links has come below the title
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Add one line to a page that is not complete."""
        found, done = self.env.metadata[self.env.docname].get("book_translation", (None, ""))
        section = next(self.document.findall(nodes.section), None)
        if section is None or found is None or found.complete:
            return
        _ = words(self.config.language)
        text = _("{n} of {total} passages of this page are not translated yet.")
        if done:
            text = _(
                "{n} of {total} passages of this page are not translated yet. "
                "The translation was last complete on {date}."
            )
        missing = found.total - found.translated
        text = text.format(n=missing, total=found.total, date=done)
        section.insert(1, nodes.paragraph("", text, classes=["book-behind"]))


def add_languages(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the template know where the page is in each language, and what scripts say."""
    language = LANGUAGES[app.config.language]
    _ = words(language.key)
    target = app.builder.get_target_uri(page)
    # A missing page may be asked for from anywhere.
    lost = page == "404"
    up = "../" * (language.folder + page).count("/")
    site = published_at(app.config.html_theme_options.get("repository_url", ""))
    editions = [LANGUAGES[key] for key in app.config.book_editions]
    context["book_editions"] = [
        {
            "key": row.key,
            "label": row.label,
            "tag": row.tag,
            "current": row is language,
            "href": (site if lost else up) + row.folder + ("" if lost else target),
            "address": site + row.folder + target if site else "",
            "source": row.key == SOURCE,
        }
        for row in editions
        if len(editions) > 1
    ]
    context["book_language"] = language
    context["book_words"] = {
        "language": _("Language"),
        "framework": _("Framework"),
        "copy": _("Copy"),
        "copied": _("Copied!"),
        "not-copied": _("Failed to copy"),
        "found": _("Search finished, found ${resultCount} page(s) matching the search query."),
    }


def setup(app: Sphinx) -> None:
    """Register all of it."""
    app.add_config_value("book_editions", [], "html", [list])
    app.add_config_value("book_translations_branch", "translations", "html", [str])
    app.add_transform(KeepOut)
    app.add_transform(UseCatalogue)
    app.add_post_transform(TellWhatIsMissing)
    app.connect("config-inited", configure, priority=90)
    app.connect("html-page-context", add_languages)
