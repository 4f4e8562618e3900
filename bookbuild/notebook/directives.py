"""Turn MyST's directives into plain Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from bookbuild.notebook.pictures import embed
from bookbuild.notebook.roles import Context
from bookbuild.page.markup import Directive, PageError

PLAIN_ADMONITIONS = (
    "attention",
    "caution",
    "danger",
    "error",
    "hint",
    "important",
    "note",
    "seealso",
    "tip",
    "warning",
)
TITLED_ADMONITIONS = ("admonition", "margin", "sidebar", "topic")
DROPPED = ("contents", "index", "tableofcontents", "toctree")


class Rewriter(Protocol):
    """What a directive needs of `plain.Plain`: to rewrite its body, and to know its page."""

    context: Context
    key: str

    def __call__(self, source: str, first: int) -> str:
        """Return the plain Markdown of `source`, whose first line is the page's line `first`."""


def convert(directive: Directive, plain: Rewriter) -> str:
    """Return a directive's plain Markdown; raises `PageError` if there is none."""
    if directive.name not in _DIRECTIVES:
        message = (
            f"notebooks cannot show the directive {{{directive.name}}}; "
            "add it to bookbuild/directives.py"
        )
        raise PageError(message, plain.context.path, directive.line)
    return _DIRECTIVES[directive.name](directive, plain)


def _admonition(directive: Directive, plain: Rewriter) -> str:
    if "dropdown" in str(directive.options.get("class", "")):
        return _details(directive, plain)
    title, body = _titled(directive, plain)
    text = plain(body, directive.body_line)
    quoted = [f"**{plain(title, directive.line)}**", "", *text.splitlines()]
    return _quote(quoted)


def _quote(lines: Iterable[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines).rstrip("\n>").rstrip()


def _titled(directive: Directive, plain: Rewriter) -> tuple[str, str]:
    """Return title and body; of `{note}` and its like, the first line belongs to the body."""
    if directive.name in (*TITLED_ADMONITIONS, "dropdown"):
        return directive.argument or directive.name.capitalize(), directive.body
    title = _title(directive.name, plain.context.word)
    return title, "\n".join(filter(None, (directive.argument, directive.body)))


def _title(name: str, _: Callable[[str], str]) -> str:
    """Return the heading of an admonition that brings none."""
    return {
        "attention": _("Attention"),
        "caution": _("Caution"),
        "danger": _("Danger"),
        "error": _("Error"),
        "hint": _("Hint"),
        "important": _("Important"),
        "note": _("Note"),
        "seealso": _("See also"),
        "tip": _("Tip"),
        "warning": _("Warning"),
    }[name]


def _details(directive: Directive, plain: Rewriter) -> str:
    title, body = _titled(directive, plain)
    text = plain(body, directive.body_line)
    return f"<details><summary>{plain(title, directive.line)}</summary>\n\n{text}\n\n</details>"


def _framework(directive: Directive, plain: Rewriter) -> str:
    mine = directive.argument == plain.key
    return plain(directive.body, directive.body_line) if mine else ""


def _figure(directive: Directive, plain: Rewriter) -> str:
    context = plain.context
    alt = str(directive.options.get("alt") or "")
    alt = context.translation(alt) or alt
    picture = embed(directive.argument, alt, context, directive.line)
    caption = plain(directive.body, directive.body_line)
    if number := context.numbers.get(str(directive.options.get("name"))):
        _ = context.word
        named = _("Fig. %s").replace("%s", str(number))
        caption = _("**{figure}.** {caption}").format(figure=named, caption=caption).rstrip()
    return f"{picture}\n\n{caption}".rstrip()


def _math(directive: Directive, plain: Rewriter) -> str:
    name = str(directive.options.get("label") or directive.options.get("name") or "")
    number = plain.context.numbers.get(name)
    tag = rf" \tag{{{number}}}" if number else ""
    body = "\n".join(filter(None, (directive.argument, directive.body.strip())))
    return f"$$\n{body}{tag}\n$$"


def _code(directive: Directive, plain: Rewriter) -> str:
    fence = "`" * max(3, 1 + max(map(len, _runs_of_ticks(directive.body)), default=0))
    return f"{fence}{directive.argument}\n{directive.body.rstrip()}\n{fence}"


def _runs_of_ticks(text: str) -> list[str]:
    return "".join(c if c == "`" else " " for c in text).split()


def _bibliography(directive: Directive, plain: Rewriter) -> str:
    context = plain.context
    return context.bibliography.list(context.cited) if context.cited else ""


def _table(directive: Directive, plain: Rewriter) -> str:
    return f"**{directive.argument}**\n\n{plain(directive.body, directive.body_line)}"


def _rubric(directive: Directive, plain: Rewriter) -> str:
    return f"**{plain(directive.argument, directive.line)}**"


def _gathered(directive: Directive, plain: Rewriter) -> str:
    """Return the caption: a notebook has run in one framework, and does not know the others."""
    caption = plain(directive.body, directive.body_line)
    _ = plain.context.word
    site = _("The book's page shows this for all frameworks, side by side.")
    return _quote(f"{caption} {site}".strip().splitlines())


def _widget(directive: Directive, plain: Rewriter) -> str:
    """Return the title: what is tried in the browser is on the book's page alone."""
    title = next((line for line in directive.body.splitlines() if line.startswith("title:")), "")
    title = plain(title.partition(":")[2].strip(), directive.body_line)
    _ = plain.context.word
    return _quote([_("{title}: to be tried on the book's page.").format(title=title)])


def _unwrapped(directive: Directive, plain: Rewriter) -> str:
    return plain(directive.body, directive.body_line)


def _dropped(directive: Directive, plain: Rewriter) -> str:
    return ""


_DIRECTIVES: dict[str, Callable[[Directive, Rewriter], str]] = {
    **dict.fromkeys(PLAIN_ADMONITIONS + TITLED_ADMONITIONS, _admonition),
    **dict.fromkeys(DROPPED, _dropped),
    **dict.fromkeys(("code", "code-block", "sourcecode"), _code),
    **dict.fromkeys(("figure", "image"), _figure),
    **dict.fromkeys(("container", "div"), _unwrapped),
    **dict.fromkeys(("bibliography", "footbibliography"), _bibliography),
    "dropdown": _details,
    "framework": _framework,
    "gathered": _gathered,
    "math": _math,
    "rubric": _rubric,
    "table": _table,
    "widget": _widget,
}
