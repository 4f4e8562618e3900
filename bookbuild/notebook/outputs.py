"""Outputs of cells: tidied, checked, and as the site shows them: data, never markup.

On the site text is shown letter by letter, and pictures are files that `<img>` shows, where no
script runs. HTML, JavaScript, Markdown, LaTeX and widgets are left out for the text beside them.
"""

import binascii
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nbformat import NotebookNode, from_dict

from bookbuild.notebook.svg_safety import DrawingError, check_svg

TEXT, SVG = "text/plain", "image/svg+xml"
# How the files begin; what begins otherwise is no such picture.
PHOTOS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
SHOWN = (SVG, *PHOTOS, TEXT)
KNOWN = "the site shows text, PNG, JPEG and SVG: print it as one of these"
TEXT_TYPES = ("text/", SVG, "application/json")
# What a terminal obeys, but for line ends, tabs and colours.
CONTROL = re.compile(r"(?!\x1b\[[\d;]*m)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# The states of a line that was written anew: a terminal shows the last.
REWRITTEN = re.compile(r"[^\n]*\r(?=[^\r\n])")
# `<Figure at 0x7f…>` would differ in every run.
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
# Where people and systems keep what is theirs.
PRIVATE = re.compile(
    r"(?<![\w.-])(/(?:home|Users|var/folders)/[\w.-]+|/(?:root|tmp)(?![\w.-])|[A-Z]:\\Users\\\w+)"
)


class NotShown(ValueError):
    """Say why an output cannot be shown."""


def tidy(cell: NotebookNode) -> None:
    """Merge streams that follow each other, in place, each line in its last state.

    nbclient could merge, but moves what is printed after a picture before it.
    """
    merged: list[NotebookNode] = []
    for output in cell.outputs:
        if output.output_type == "stream" and merged and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    for output in merged:  # once each: a loop may have printed in thousands of pieces
        if output.output_type == "stream":
            output.text = REWRITTEN.sub("", output.text)
    cell.outputs = merged


def problems(cell: NotebookNode, folders: tuple[str, ...] = ()) -> list[str]:
    """Return what is wrong with the outputs of a cell; they may hold none of the `folders`."""
    found = shown(cell.outputs)[1]
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            found.append(f"writes to stderr: {shorten(output.text)}")
        expected = "raises-exception" in cell.metadata.get("tags", [])
        if output.output_type == "error" and not expected:
            found.append(f"ended in {output.ename}: {shorten(output.evalue)}")
    text = "\n".join(part for output in cell.outputs for part in _texts(output))
    # The path itself or something in it, not `/rooted` for `/root`.
    ours = (re.search(rf"(?<![\w.-]){re.escape(path)}(?![\w.-])", text) for path in folders)
    if path := next(filter(None, ours), None) or PRIVATE.search(text):
        found.append(f"shows a path of a machine: {path[0]}")
    if address := ADDRESS.search(text):
        found.append(f"shows a memory address ({address[0]}): end the cell's last line with `;`")
    return found


def folders_here() -> tuple[str, ...]:
    """Return the paths of this machine that no output may show."""
    ours = Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir())
    return tuple(str(folder) for folder in ours if len(folder.parts) > 1)


def shorten(text: str, limit: int = 200) -> str:
    """Return a text on one line, cut at `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _texts(output: NotebookNode) -> Iterator[str]:
    if output.output_type == "stream":
        yield output.text
    elif output.output_type == "error":
        yield from (output.evalue, *output.traceback)
    for kind, data in output.get("data", {}).items():
        if kind.startswith(TEXT_TYPES):
            yield data if isinstance(data, str) else str(data)


def shown(outputs: list[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """Return what the site shows of a cell's outputs, and why it cannot show the others."""
    kept, problems = [], []
    for output in outputs:
        try:
            kept.append(show(output))
        except NotShown as error:
            problems.append(str(error))
    return kept, problems


def show(output: NotebookNode) -> NotebookNode:
    """Return an output as the site shows it: nothing in it but text and pictures, both checked.

    Raises `NotShown` if it has none of them, or a picture that is not one or holds more than one.
    """
    if output.output_type == "stream":
        name = "stderr" if output.name == "stderr" else "stdout"
        text = plain(REWRITTEN.sub("", output.text))
        return NotebookNode(output_type="stream", name=name, text=text)
    if output.output_type == "error":
        name, value = plain(output.ename), plain(output.evalue)
        lines = list(map(plain, output.traceback))
        return NotebookNode(output_type="error", ename=name, evalue=value, traceback=lines)
    data = {kind: content(kind, value) for kind, value in output.data.items() if kind in SHOWN}
    # Of an object that shows itself by other means, its text says no more than what it is.
    named = re.fullmatch(r"<[^<>]*>", data.get(TEXT, "").strip())
    if not data or (list(data) == [TEXT] and named and len(output.data) > 1):
        other = [kind for kind in output.data if kind != TEXT]
        raise NotShown(f"shows nothing but {', '.join(other) or 'an empty output'}; {KNOWN}")
    sizes = {kind: found for kind in data if (found := size(output.metadata.get(kind)))}
    return from_dict({"output_type": "display_data", "data": data, "metadata": sizes})


def content(kind: str, value: object) -> str:
    """Return one form of an output, a picture only if it is nothing but that."""
    if not isinstance(value, str):
        raise NotShown(f"shows {kind} that is no text")
    if kind == SVG:
        # As MyST-NB writes it, so that what is checked is what is shown.
        value = "\n".join(value.splitlines())
        try:
            check_svg(value)
        except DrawingError as error:
            raise NotShown(f"shows an SVG that {error}: draw it without") from None
    elif kind in PHOTOS:
        with suppress(binascii.Error):
            if binascii.a2b_base64(value).startswith(PHOTOS[kind]):
                return value
        raise NotShown(f"shows something as {kind} that is none")
    else:
        plain(value)
    return value


def plain(text: str) -> str:
    """Return a text if a page can show it, which obeys no terminal."""
    if found := CONTROL.search(text):
        raise NotShown(f"shows the control character {found[0]!r}: print it without")
    return text


def size(metadata: object) -> dict[str, int]:
    """Return width and height of a picture in pixels, where they are noted, and nothing else."""
    noted = metadata if isinstance(metadata, dict) else {}
    sizes = {name: noted.get(name) for name in ("width", "height")}
    return {k: v for k, v in sizes.items() if type(v) is int and 0 < v < 10_000}
