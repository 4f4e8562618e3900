"""Rewrite MyST Markdown as plain Markdown that Jupyter, Colab and GitHub render alike.

The source is kept line by line; only what plain Markdown does not know is replaced. What cannot
be replaced is a `PageError`, so that no notebook shows raw MyST.
"""

from __future__ import annotations

import re

from markdown_it.token import Token

from bookbuild.notebook.directives import convert
from bookbuild.notebook.pictures import embed
from bookbuild.notebook.roles import Context, role
from bookbuild.page.markup import PageError, directive_name, read_directive

GONE = "\0"  # a line that is left out in the end; until then all others keep their numbers

# Environments that plain Markdown renders only inside `$$`, and how they are called there.
AMS = {"align": "aligned", "gather": "gathered", "alignat": "alignedat", "multline": "aligned"}


class Plain:
    """Rewrite one piece of prose after another for one framework's notebook."""

    def __init__(self, context: Context, key: str) -> None:
        self.context, self.key = context, key

    def __call__(self, source: str, first: int) -> str:
        """Return the plain Markdown of `source`, whose first line is the page's line `first`."""
        lines = source.splitlines()
        tokens = self.context.parser.parse(source + "\n")
        spoken: dict[tuple[int, int], list[Token]] = {}
        blocks: list[tuple[int, int, list[str]]] = []
        for token in tokens:
            start, end = token.map or (0, 0)
            if token.type == "inline":
                spoken.setdefault((start, end), []).append(token)
            elif (new := self._block(token, lines, first)) is not None:
                if token.type == "amsmath":  # its map leaves out the last line
                    end = start + len(token.content.splitlines())
                if token.type == "myst_line_comment" and not any(
                    map(str.strip, lines[end : end + 1])
                ):
                    end += 1  # with the empty line after it
                blocks.append((start, end, self._indented(new, lines[start], token, first + start)))
        for (start, end), inlines in spoken.items():
            text = self._inline("\n".join(lines[start:end]), inlines, first + start)
            lines[start:end] = _as_many(text.splitlines(), end - start)
        self._definitions(tokens, lines)
        for start, end, new in reversed(blocks):
            lines[start:end] = _apart(new, lines, start, end)
        return "\n".join(line for line in lines if line != GONE).strip("\n")

    def _block(self, token: Token, lines: list[str], first: int) -> list[str] | None:
        """Return the lines that replace a token, or None to keep it."""
        if directive_name(token):
            directive = read_directive(token, lines, self.context.path, first)
            return convert(directive, self).splitlines()
        if token.type in ("myst_target", "myst_line_comment", "myst_block_break"):
            return []
        if token.type == "math_block_label":
            tag = rf" \tag{{{self.context.numbers[token.info]}}}"
            return ["$$", *(token.content.strip() + tag).splitlines(), "$$"]
        if token.type == "amsmath":
            name = token.meta["environment"].rstrip("*")
            star = token.meta["numbered"]
            new = token.content.replace(f"{{{name}{star}}}", f"{{{AMS.get(name, name)}}}")
            return ["$$", *new.splitlines(), "$$"]
        if token.type.startswith("footnote") or token.type == "colon_fence":
            what = "a footnote" if token.type.startswith("footnote") else "a plain ::: fence"
            line = first + (token.map or (0, 0))[0]
            raise PageError(f"notebooks cannot show {what}", self.context.path, line)
        return None

    def _indented(self, new: list[str], opening: str, token: Token, line: int) -> list[str]:
        """Indent what replaces a block inside a list; it must not share a line with the bullet."""
        indent = opening[: len(opening) - len(opening.lstrip())]
        if token.level and not opening.lstrip().startswith(token.markup or ("$", "(", "%", "+")):
            message = "start this block on a line of its own"
            raise PageError(message, self.context.path, line)
        return [indent + text if text and token.level else text for text in new]

    def _inline(self, text: str, inlines: list[Token], line: int) -> str:
        """Replace roles, links and images in the source lines of a paragraph or table row.

        Tokens know their place in their own text, which may lack the indentation of the source:
        each is found by its text, as the n-th of its like after the one before. What has a
        translation is replaced as a whole.
        """
        done, at = "", 0
        for token in inlines:
            seen = 0
            if (words := self.context.translation(token.content)) is not None:
                begin, end = _whole(token.content, text, at)
                [inline] = self.context.parser.parseInline(words)
                done += text[at:begin] + self._edited(words, inline, line)
                at = end
                continue
            for start, end, new in sorted(self._edits(token, line)):
                raw = token.content[start:end]
                place = at - 1
                for _ in range(token.content.count(raw, seen, start) + 1):
                    place = text.find(raw, place + 1)
                    if place < 0:
                        message = f"write this on one line: {raw}"
                        raise PageError(message, self.context.path, line)
                done += text[at:place] + new
                at, seen = place + len(raw), end
        return done + text[at:]

    def _edited(self, text: str, inline: Token, line: int) -> str:
        for start, end, new in sorted(self._edits(inline, line), reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _edits(self, inline: Token, line: int) -> list[tuple[int, int, str]]:
        edits = []
        for token in inline.children or []:
            start, end = token.meta.get("span", (0, 0))
            if token.type == "myst_role":
                edits.append((start, end, role(token, self.context, line)))
            elif token.type == "footnote_ref":
                raise PageError("notebooks cannot show a footnote", self.context.path, line)
            elif token.type == "image":
                source = str(token.attrs["src"])
                edits.append((start, end, embed(source, token.content, self.context, line)))
            elif token.type == "link_open":
                href = str(token.attrs["href"])
                tail = start + inline.content[start:end].rfind("](")
                if href.startswith("#") and (place := self.context.elsewhere(href[1:])):
                    edits.append((tail, end, f"]({place})"))
                elif href.startswith("#"):  # anchors differ from viewer to viewer
                    edits += [(start, start + 1, ""), (tail, end, "")]
                elif (new := self.context.address(href)) != href:
                    edits.append((tail, end, f"]({new})"))
        return edits

    def _definitions(self, tokens: list[Token], lines: list[str]) -> None:
        """Turn definition lists into bullet lists, in place and line by line."""
        for token in tokens:
            start, _ = token.map or (0, 0)
            if token.type == "dt_open":
                lines[start] = f"- **{lines[start].strip()}:**"
            elif token.type == "dd_open":
                lines[start] = lines[start].replace(":", " ", 1)


def _as_many(lines: list[str], count: int) -> list[str]:
    """Return `count` lines: those there are, filled up, the rest joined to the last."""
    if len(lines) > count:
        return [*lines[: count - 1], "\n".join(lines[count - 1 :])]
    return lines + [GONE] * (count - len(lines))


def _whole(content: str, text: str, at: int) -> tuple[int, int]:
    """Return where a paragraph's own text stands in its source, which may be indented."""
    lines = [re.escape(line.strip()) for line in content.strip().split("\n")]
    found = re.compile(r"[ \t]*\n[ \t>]*".join(lines)).search(text, at)
    assert found is not None, (content, text)
    return found.span()


def _apart(new: list[str], lines: list[str], start: int, end: int) -> list[str]:
    """Return `new` with a blank line towards each neighbour that has text."""
    before = [""] if new and start > 0 and lines[start - 1].strip() else []
    after = [""] if new and end < len(lines) and lines[end].strip() else []
    return before + new + after
