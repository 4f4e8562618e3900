"""What stands within a paragraph, as plain Markdown, and formulas as viewers take them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from unicodedata import category

from docutils import nodes

SEAM, BREAK = "\0", "\r"  # between the pieces of a paragraph; where a line must end
LINE_END = re.compile(f"[ {SEAM}]*\n[ {SEAM}]*")
CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")  # is written without spaces
# What Markdown would read as a sign of its own: anywhere, or among the words of a link.
SIGN = re.compile(
    r"[*`$]|\\(?=[!-/:-@\[-`{-~]|$)|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
    r"|(?<![^\W_])_|_(?![^\W_])|\](?=\()|~(?=~)|(?<=\S)~"
)
SIGN_IN_LINK = re.compile(rf"{SIGN.pattern}|[\[\]]")
MARKS = {nodes.strong: ("**", "strong"), nodes.emphasis: ("*", "em")}
# Environments that viewers render only inside `$$`, and how they are called there.
INNER = {
    "align": "aligned", "flalign": "aligned", "eqnarray": "aligned", "alignat": "alignedat",
    "gather": "gathered", "multline": "gathered",
}  # fmt: skip


@dataclass(frozen=True)
class Context:
    """Hold what the prose of a notebook needs besides the doctree.

    `picture` gives the address to embed for an image's `uri`, `word` our words in the page's
    language; `numbers` are Sphinx's `env.toc_fignumbers` of it, `formats` its `numfig_format`.
    """

    key: str
    picture: Callable[[str], str]
    word: Callable[[str], str] = str
    numbers: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)


class Inline:
    """Write nodes, each by the method that is called as its class or as one above that."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.place: frozenset[str] = frozenset()  # what we are in: bold, a cell, html, a link

    def node(self, node: nodes.Node) -> str:
        """Return the Markdown of a node, which is empty if a notebook does without."""
        seen = [node, *node.children] if isinstance(node, nodes.figure) else [node]
        if any("only-dark" in n["classes"] for n in seen if isinstance(n, nodes.Element)):
            return ""
        names = (f"_{kind.__name__}" for kind in type(node).__mro__)
        return str(next(getattr(self, name) for name in names if hasattr(self, name))(node))

    def inline(self, node: nodes.Node, *place: str) -> str:
        """Return the children of a node as one run of text; `place` says what the node is."""
        outer, self.place = self.place, self.place | {*place}
        children = list(self._unwrapped(node))
        pieces = LINE_END.sub(_fold, SEAM.join(map(self.node, children))).split(SEAM)
        out = ""
        for i, child in enumerate(children):
            piece = pieces[i]
            if piece and (mark := next((MARKS[k] for k in MARKS if isinstance(child, k)), None)):
                piece = self._marked(piece, *mark, out[-1:], "".join(pieces[i + 1 :])[:1])
            elif out[-1:] + piece[:1] in ("](", "!["):  # would be a link, a picture
                out = f"{out[:-1]}\\{out[-1]}"
            elif out[-1:] + piece[:1] in ("``", "$$"):  # would be one
                out += "<!-- -->"
            out += piece
        self.place = outer
        return out

    def _unwrapped(self, node: nodes.Node) -> Iterator[nodes.Node]:
        """Yield the children, but instead of one that leaves no trace, what it holds."""
        for child in node.children:
            link = isinstance(child, nodes.reference) and not self._address(child)
            yield from self._unwrapped(child) if link or type(child) is nodes.inline else [child]

    def _marked(self, text: str, mark: str, tag: str, before: str, after: str) -> str:
        """Return bold or slanted text, by tags where Markdown would not take `mark` for one."""
        opens = not _punctuation(text[0]) or before in ("", " ") or _punctuation(before)
        closes = not _punctuation(text[-1]) or after in ("", " ") or _punctuation(after)
        alone = text == text.strip() and before != "*" and not self.place & {"bold", "html"}
        return mark + text + mark if opens and closes and alone else f"<{tag}>{text}</{tag}>"

    def _Inline(self, node: nodes.Node) -> str:
        return self.inline(node)

    def _Text(self, node: nodes.Text) -> str:
        if "html" in self.place:
            return escape(node.astext(), quote=False)
        return escaped(node.astext(), linked="link" in self.place)

    def _strong(self, node: nodes.Node) -> str:
        return self.inline(node, "bold")  # the text it stands in marks it, see `inline`

    _emphasis = _title_reference = _strong

    def _tagged(self, node: nodes.Element) -> str:
        tag = {"subscript": "sub", "superscript": "sup"}.get(node.tagname, "kbd")
        return f"<{tag}>{self.inline(node)}</{tag}>"

    _subscript = _superscript = _tagged

    def _literal(self, node: nodes.Element) -> str:
        if "kbd" in node["classes"]:
            return self._tagged(node)
        text = node.astext()
        if "html" in self.place:
            return f"<code>{escape(text, quote=False)}</code>"
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        return pad.join(("", text, "")).join([fence(text, 1)] * 2)

    def _math(self, node: nodes.Element) -> str:
        text = node.astext().strip()
        text = without_bars(text) if "cell" in self.place else text
        return f"${escape(text, quote=False) if 'html' in self.place else text}$"

    def _reference(self, node: nodes.Element) -> str:
        uri = self._address(node)
        if not uri:
            return self.inline(node)
        if node.astext() == uri:
            return f"<{uri}>"
        return f"[{self.inline(node, 'link')}]({f'<{uri}>' if re.search('[ ()]', uri) else uri})"

    def _address(self, node: nodes.Element) -> str:
        """Return where a link goes, if not within the page: anchors differ among viewers."""
        uri = str(node.get("refuri", ""))
        return "" if uri.startswith("#") or "html" in self.place else uri

    def _footnote_reference(self, node: nodes.Element) -> str:
        return f"[{node.astext()}]"

    def _image(self, node: nodes.Element) -> str:
        alt = escaped(" ".join(node.get("alt", "").split()), linked=True)
        return f"![{alt}]({self.context.picture(node['uri'])})"

    def _raw(self, node: nodes.Element) -> str:
        return BREAK if node["format"] == "html" and node.astext().startswith("<br") else ""


def escaped(text: str, linked: bool) -> str:
    """Return words so that Markdown shows them as they are, also among the words of a link."""
    sign = SIGN_IN_LINK if linked and text.count("[") != text.count("]") else SIGN
    return sign.sub(r"\\\g<0>", text)


def fence(text: str, least: int) -> str:
    """Return as many backticks as a text of code needs around it."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _fold(end: re.Match[str]) -> str:
    """Return what stands for the end of a line: a space, or nothing beside Chinese or Japanese."""
    around = end.string[max(end.start() - 1, 0) : end.start()] + end.string[end.end() :][:1]
    return end[0].replace(" ", "").replace("\n", "" if CJK.search(around) else " ")


def _punctuation(character: str) -> bool:
    return bool(character) and category(character)[0] in "PS"


def without_bars(formula: str) -> str:
    """Return a formula for a cell of a table, which a bar would end."""
    return re.sub(r"(\\?)\| ?", lambda bar: rf"\{'V' if bar[1] else 'v'}ert ", formula)


def display(node: nodes.Element, numbers: Mapping[str, tuple[int, ...]]) -> str:
    """Return a formula that stands alone, with its number, of `numbers` by ids, if it has one."""
    text = "\n".join(filter(str.strip, node.astext().splitlines()))
    if node.get("nowrap"):
        text = re.sub(r"\\(begin|end)\{equation\*?\}", "", text).strip()
        text = re.sub(r"\\(begin|end)\{(\w+)\*?\}", _renamed, text)
    elif r"\\" in text and r"\begin" not in text:
        text = f"\\begin{{aligned}}\n{text}\n\\end{{aligned}}"
    if node.get("number"):
        number = next((numbers[name] for name in node["ids"] if name in numbers), ())
        text += rf" \tag{{{'.'.join(map(str, number)) or node['number']}}}"
    return f"$$\n{text}\n$$"


def _renamed(found: re.Match[str]) -> str:
    name = INNER.get(found[2])
    return rf"\{found[1]}{{{name}}}" if name else found[0]
