"""Turn MyST's roles, and links within the book, into plain Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from posixpath import normpath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bookbuild.config import Site, published_at
from bookbuild.i18n.catalogues import messages
from bookbuild.i18n.languages import LANGUAGES, SOURCE, words
from bookbuild.notebook.references import Bibliography
from bookbuild.page.markup import (
    PageError,
    directive_name,
    make_parser,
    read_directive,
    read_source,
)


class Unknown(Exception):
    """A role, label or key that a notebook cannot render; the message says which."""


@dataclass
class Context:
    """Hold what a page's prose refers to.

    `titles` maps a label to the text a bare `{ref}` shows, `numbers` maps the labels of figures
    and formulas to their numbers; `cited` grows with each citation.
    """

    path: Path
    site: Site
    parser: MarkdownIt
    bibliography: Bibliography
    language: str = SOURCE
    titles: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    cited: dict[str, None] = field(default_factory=dict)  # an ordered set

    def collect(self, source: str, first: int) -> None:
        """Note the labels of headings, figures and formulas in a piece of the page."""
        tokens = self.parser.parse(source + "\n")
        label = ""
        for i, token in enumerate(tokens):
            name = directive_name(token)
            if token.type == "myst_target":
                label = token.content
                continue
            if token.type == "heading_open" and label:
                self.titles[label] = tokens[i + 1].content
            elif token.type == "math_block_label":
                self._number(token.info, "math")
            elif name:
                found = read_directive(token, source.splitlines(), self.path, first)
                named = str(found.options.get("name") or found.options.get("label") or label)
                if name in ("figure", "math") and named:
                    self._number(named, name)
                    self.titles[named] = found.body.split("\n\n")[0]
                elif name not in ("code-block", "code", "sourcecode", "raw", "figure", "math"):
                    self.collect(found.body, found.body_line)
            label = ""

    def _number(self, label: str, kind: str) -> None:
        counted = self._counts.setdefault(kind, [])
        counted.append(label)
        self.numbers[label] = len(counted)

    def __post_init__(self) -> None:
        self._counts: dict[str, list[str]] = {}
        self.word = words(self.language)
        self._messages = {}
        if self.language != SOURCE:
            page = self.path.resolve().relative_to(self.site.root).with_suffix("")
            self._messages = messages(self.site.root, self.language, page.as_posix())

    def translation(self, text: str) -> str | None:
        """Return the translation of a paragraph, a heading, a title; None where there is none."""
        return self._messages.get(text.replace("\n", " ").strip())

    def address(self, target: str) -> str:
        """Return where a link goes: links within the book need the web address of the file.

        A page of the book has one for each language, that of the site.
        """
        if not target or ":" in target.split("/")[0] or target.startswith(("#", "/")):
            return target
        file, hash_, anchor = target.partition("#")
        path = Path(normpath(self.path.parent.resolve().joinpath(file).as_posix()))
        if self.language != SOURCE and path.suffix == ".md" and (page := self._published(path)):
            return page + hash_ + anchor
        return (self.site.address(path) or file) + hash_ + anchor

    def elsewhere(self, label: str) -> str:
        """Return where a label of another page is on the published site; empty if it is not."""
        page = labels(self.site).get(label)
        if page is None or page == self.path.resolve():
            return ""
        published = self._published(page)
        return published and f"{published}#{label}"

    def _published(self, page: Path) -> str:
        site = published_at(self.site.repository)
        place = page.relative_to(self.site.root).with_suffix(".html").as_posix()
        return site and site + LANGUAGES[self.language].folder + place


@lru_cache
def labels(site: Site) -> dict[str, Path]:
    """Return the labels that stand before headings and formulas, and the pages they are on."""
    parser = make_parser(site.extensions)
    return {
        token.content: path
        for path in sorted(site.root.glob("chapters/**/*.md"))
        for token in parser.parse(read_source(path))
        if token.type == "myst_target"
    }


def role(token: Token, context: Context, line: int) -> str:
    """Return a role's plain Markdown; raises `PageError` if there is none."""
    name = token.meta["name"]
    try:
        convert = _ROLES[name]
    except KeyError:
        message = f"notebooks cannot show the role {{{name}}}; add it to bookbuild/roles.py"
        raise PageError(message, context.path, line) from None
    try:
        return convert(token.content, context)
    except Unknown as error:
        raise PageError(f"{{{name}}}: {error}", context.path, line) from None


def split_title(text: str) -> tuple[str, str]:
    """Return title and target of `title <target>`; the title is empty if there is none."""
    if text.endswith(">") and "<" in text:
        title, _, target = text[:-1].rpartition("<")
        return title.strip(), target.strip()
    return "", text.strip()


def _cite(text: str, context: Context, *, textual: bool) -> str:
    keys = [key.strip() for key in text.split(",")]
    try:
        found = [context.bibliography.cite(key, textual, context.word) for key in keys]
    except KeyError as error:
        raise Unknown(f"no entry {error} in the bibliography") from None
    context.cited.update(dict.fromkeys(keys))
    _ = context.word
    if textual:
        return _(" and ").join(found)
    return _("({citations})").format(citations=_("; ").join(found))


def _ref(text: str, context: Context) -> str:
    title, label = split_title(text)
    if not title and label not in context.titles:
        raise Unknown(f"no label {label!r} on this page; write `text <{label}>`")
    return title or context.translation(context.titles[label]) or context.titles[label]


def _numref(text: str, context: Context) -> str:
    title, label = split_title(text)
    if label not in context.numbers:
        raise Unknown(f"no numbered label {label!r} on this page")
    number = str(context.numbers[label])
    _ = context.word
    return (title or _("Fig. %s")).replace("%s", number).replace("{number}", number)


def _eq(text: str, context: Context) -> str:
    if text not in context.numbers:
        raise Unknown(f"no formula is labelled {text!r}")
    return f"({context.numbers[text]})"


def _doc(text: str, context: Context) -> str:
    title, target = split_title(text)
    file = context.path.parent / f"{target.removesuffix('.md')}.md"
    if not file.is_file():
        raise Unknown(f"no page {target!r}")
    return f"[{title or _first_title(file, context)}]({context.address(target + '.md')})"


def _source(text: str, context: Context) -> str:
    path = context.site.root / text
    if not path.exists():
        raise Unknown(f"the repository has no file {text!r}")
    address = context.site.address(path)
    return f"[`{text}`]({address})" if address else f"`{text}`"


def _first_title(file: Path, context: Context) -> str:
    tokens = context.parser.parse(read_source(file))
    return next(
        (tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"), file.stem
    )


def _wrapped(text: str, context: Context, *, before: str, after: str) -> str:
    return before + text + after


def _term(text: str, context: Context) -> str:
    return split_title(text)[0] or text


def _code(text: str, context: Context) -> str:
    title, target = split_title(text)
    return f"`{(title or target.removeprefix('~')).strip('`')}`"


_ROLES: dict[str, Callable[[str, Context], str]] = {
    **dict.fromkeys(("cite", "cite:p", "footcite", "footcite:p"), partial(_cite, textual=False)),
    **dict.fromkeys(("cite:t", "footcite:t"), partial(_cite, textual=True)),
    "ref": _ref,
    "numref": _numref,
    **dict.fromkeys(("eq", "math:numref"), _eq),
    "doc": _doc,
    "source": _source,
    "math": partial(_wrapped, before="$", after="$"),
    "sub": partial(_wrapped, before="<sub>", after="</sub>"),
    "sup": partial(_wrapped, before="<sup>", after="</sup>"),
    "kbd": partial(_wrapped, before="<kbd>", after="</kbd>"),
    **dict.fromkeys(("guilabel", "strong"), partial(_wrapped, before="**", after="**")),
    "emphasis": partial(_wrapped, before="*", after="*"),
    **dict.fromkeys(("term", "abbr"), _term),
    **dict.fromkeys(("code", "file", "samp", "command", "envvar", "literal", "program"), _code),
    **{
        f"{domain}{kind}": _code
        for domain in ("", "py:")
        for kind in ("func", "class", "meth", "mod", "attr", "obj", "data", "exc")
    },
}
