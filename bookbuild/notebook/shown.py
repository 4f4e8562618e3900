"""What the site shows of a cell's outputs: data, never markup.

Text is shown letter by letter, and pictures are files that `<img>` shows, where no script runs.
HTML, JavaScript, Markdown, LaTeX and widgets are left out in favour of the text beside them.
"""

from __future__ import annotations

import binascii
import re

from nbformat import NotebookNode

from bookbuild.notebook.svg_safety import DrawingError, check_svg

TEXT, SVG = "text/plain", "image/svg+xml"
# How the files begin; what begins otherwise is no such picture.
PHOTOS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
SHOWN = (SVG, *PHOTOS, TEXT)
KNOWN = "the site shows text, PNG, JPEG and SVG: print it as one of these"
# What a terminal obeys, but for line ends, tabs and colours.
CONTROL = re.compile(r"(?!\x1b\[[\d;]*m)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class NotShown(ValueError):
    """Say why an output cannot be shown."""


def show(output: NotebookNode) -> NotebookNode:
    """Return an output as the site shows it: nothing in it but text and pictures, both checked.

    Raises `NotShown` if it has none of them, or a picture that is not one or holds more than one.
    """
    if output.output_type == "stream":
        name = "stderr" if output.name == "stderr" else "stdout"
        return NotebookNode(output_type="stream", name=name, text=plain(output.text))
    if output.output_type == "error":
        return NotebookNode(
            output_type="error",
            ename=plain(output.ename),
            evalue=plain(output.evalue),
            traceback=[plain(line) for line in output.traceback],
        )
    data = {kind: content(kind, value) for kind, value in output.data.items() if kind in SHOWN}
    if not data:
        raise NotShown(f"shows nothing but {', '.join(output.data) or 'an empty output'}; {KNOWN}")
    sizes = {kind: size(output.metadata.get(kind)) for kind in data}
    return NotebookNode(
        output_type="display_data",
        data=NotebookNode(data),
        metadata=NotebookNode({kind: found for kind, found in sizes.items() if found}),
    )


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
        try:
            start = binascii.a2b_base64(value)[:8]
        except binascii.Error:
            start = b""
        if not start.startswith(PHOTOS[kind]):
            raise NotShown(f"shows something as {kind} that is none")
    else:
        plain(value)
    return value


def plain(text: str) -> str:
    """Return a text if a page can show it, which obeys no terminal."""
    if found := CONTROL.search(text):
        raise NotShown(f"shows the control character {found[0]!r}: print it without")
    return text


def size(metadata: object) -> NotebookNode:
    """Return width and height of a picture in pixels, where they are noted, and nothing else."""
    noted = metadata if isinstance(metadata, dict) else {}
    return NotebookNode({k: v for k, v in noted.items() if k in ("width", "height") and _pixels(v)})


def _pixels(value: object) -> bool:
    return type(value) is int and 0 < value < 10_000


def sort(outputs: list[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """Return what the site shows of a cell's outputs, and why it cannot show the others."""
    kept, problems = [], []
    for output in outputs:
        try:
            kept.append(show(output))
        except NotShown as error:
            problems.append(str(error))
    return kept, problems
