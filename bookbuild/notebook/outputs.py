"""Tidy the outputs of a cell, and find what must not be stored."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from bookbuild.notebook.shown import sort

# `<Figure at 0x7f…>` would differ in every run.
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")
TEXT_TYPES = ("text/", "image/svg+xml", "application/json")


def tidy(cell: NotebookNode) -> None:
    """Merge streams that follow each other, in place; nothing else is changed.

    A display that was updated holds its last state already: `nbclient` sees to that.
    """
    merged: list[NotebookNode] = []
    for output in cell.outputs:
        before = merged[-1] if merged else None
        if (
            before
            and output.output_type == before.output_type == "stream"
            and output.name == before.name
        ):
            before.text += output.text
        else:
            merged.append(output)
    cell.outputs = merged


def problems(cell: NotebookNode, folders: tuple[Path, ...] = ()) -> list[str]:
    """Return what a stored notebook may not contain: stderr, machine paths, memory addresses,
    and what the site does not show.

    `folders` are paths to look for besides the home folder and that of Python.
    """
    found = sort(cell.outputs)[1]
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            found.append(f"writes to stderr: {shorten(output.text)}")
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get(
            "tags", []
        ):
            found.append(f"ended in {output.ename}: {shorten(output.evalue)}")
    text = "\n".join(part for output in cell.outputs for part in _texts(output))
    for folder in _private(folders):
        # The path itself or something in it, not `/rooted` for `/root`.
        if re.search(rf"(?<![\w.-]){re.escape(folder)}(?![\w.-])", text):
            found.append(f"shows a path of this machine: {folder}")
            break
    if address := ADDRESS.search(text):
        found.append(f"shows a memory address ({address[0]}): end the cell's last line with `;`")
    return found


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


def _private(folders: tuple[Path, ...]) -> Iterator[str]:
    ours = (*folders, Path.home(), Path.cwd(), Path(sys.prefix), Path(tempfile.gettempdir()))
    for folder in ours:
        if len(folder.parts) > 1:
            yield str(folder)
