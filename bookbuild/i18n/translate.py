"""The languages of a page: what is translated, what is still missing, and the way to the others."""

from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import locale
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import extract_messages
from sphinxcontrib.bibtex.plugin import register_plugin
from sphinxcontrib.bibtex.style.referencing import PersonStyle
from sphinxcontrib.bibtex.style.referencing.foot import FootReferenceStyle

from bookbuild.config import BookError
from bookbuild.i18n import HERE, catalogues, figures, words


def configure(app: Sphinx, config: Config) -> None:
    """Hand Sphinx the catalogues, and say in their language what extensions say by a setting."""
    book, _ = config.book, words(config.language)
    compiled = Path(app.doctreedir).parent / ".locales"
    folders = [root / catalogues.FOLDER for root in (HERE, book.root)]
    try:
        catalogues.compile_all(folders, config.language, compiled)
        own = catalogues.translations(book.root, config.language, "book")
    except BookError as error:
        raise ExtensionError(str(error)) from None
    config.locale_dirs = [str(compiled)]
    # Sphinx has looked for its own words before it asks us: ours are for those it lacks.
    app.translator, _found = locale.init(config.locale_dirs, config.language)
    config.togglebutton_hint = _("Click to show")
    config.togglebutton_hint_hide = _("Click to hide")
    config.nb_code_prompt_show = _("Show code cell {type}")
    config.nb_code_prompt_hide = _("Hide code cell {type}")
    config.html_title = config.project = own.get(book.title, book.title)
    config.author = own.get(book.author, book.author)
    config.html_theme_options["toc_title"] = _("Contents")
    config.html_theme_options["search_bar_text"] = _("Search this book...")
    config.numfig_format = {"figure": _("Fig. %s"), **config.numfig_format}
    config.bibtex_foot_reference_style = f"book_{config.language}"
    style = partial(FootReferenceStyle, person=PersonStyle(sep2=_(" and ")))
    group = "sphinxcontrib.bibtex.style.referencing"
    register_plugin(group, config.bibtex_foot_reference_style, style)  # type: ignore[arg-type]


class KeepOut(SphinxTransform):
    """Keep formulas and front matter out of the catalogues: they are the same in every language."""

    default_priority = 5  # before Sphinx translates (20)

    def apply(self, **kwargs: object) -> None:
        """Mark each formula of the page, and what its front matter says to programs."""
        fields = (node for node in self.document.children if isinstance(node, nodes.field_list))
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
        book, language = self.config.book, self.config.language
        if language == book.source or self.env.docname not in self.env.found_docs:
            return
        path = catalogues.place(book.root, language, self.env.docname)
        needed = path, catalogues.place(book.root, language, figures.DOMAIN)
        for found in filter(Path.is_file, needed):  # Sphinx would read a page that lacks one again
            self.env.note_dependency(str(found))
        wrapped = self.document.findall(lambda node: isinstance(node, nodes.pending))
        head = [meta for node in wrapped for meta in node.details.get("nodes", ())]
        wanted = [meta["content"] for meta in head if isinstance(meta, nodes.meta)]
        wanted += [message for _, message in extract_messages(self.document)]
        catalogue = catalogues.load(path, language)
        known = catalogues.valid(catalogue)
        for meta in head:
            meta["content"] = known.get(meta["content"], meta["content"])
        self.env.metadata[self.env.docname] |= {
            "book_translation": catalogues.coverage(wanted, catalogue),
            "book_lacks": [path for path in needed if not path.is_file()],
        }


def find_new(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that have a catalogue now and had none when they were read."""
    lacked = ((name, told.get("book_lacks", ())) for name, told in env.metadata.items())
    return [name for name, paths in lacked if any(map(Path.is_file, paths))]


class TellWhatIsMissing(SphinxPostTransform):
    """Say below the title of a page that some of it is not translated."""

    default_priority = 160  # after the row of links has come below the title
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Add one line to a page that is not complete."""
        found = self.env.metadata[self.env.docname].get("book_translation")
        section = next(self.document.findall(nodes.section), None)
        if section is None or found is None or found.complete:
            return
        _ = words(self.config.language)
        text = _("{n} of {total} passages of this page are not translated yet.")
        text = text.format(n=found.total - found.translated, total=found.total)
        section.insert(1, nodes.paragraph("", text, classes=["book-behind"]))


def add_languages(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the template know where the page is in each language, and what scripts say."""
    book = app.config.book
    language, _ = book.languages[app.config.language], words(app.config.language)
    target = app.builder.get_target_uri(page)
    lost = page == "404"  # which may be asked for from anywhere
    up = "../" * (language.folder + page).count("/")
    editions = book.languages.values() if len(book.languages) > 1 else ()
    context["book_editions"] = [
        {
            **vars(row),
            "tag": row.tag,
            "current": row is language,
            "href": (book.site if lost else up) + row.folder + ("" if lost else target),
            "address": book.site + row.folder + target if book.site else "",
            "source": row.key == book.source,
        }
        for row in editions
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
    app.add_transform(KeepOut)
    app.add_transform(UseCatalogue)
    app.add_post_transform(TellWhatIsMissing)
    app.connect("config-inited", configure, priority=90)
    app.connect("env-get-outdated", find_new)
    app.connect("html-page-context", add_languages)
    app.connect("build-finished", figures.translate_figures)
