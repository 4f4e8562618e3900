"""Read a notebook from its file, and say what is wrong with one that cannot be used."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from bookbuild.notebook.make import METADATA
from bookbuild.notebook.outputs import shorten

OLDEST = (4, 5)  # of the format: before it cells had no names


class Unusable(Exception):
    """A notebook that cannot be used: the message says why, `line` where, or is 0."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook that a file holds; raises `Unusable` where there is no whole one."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Unusable("is missing") from None
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from None
    try:
        return _parse(content.decode("utf-8"))
    except Unusable:
        raise
    except json.JSONDecodeError as error:
        raise Unusable(f"cannot be read: no JSON: {error.msg}", error.lineno) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unusable("cannot be read: no text in UTF-8", line) from None
    except Exception as error:  # nbformat and jsonschema let many kinds through
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        raise Unusable(f"cannot be read: {shorten(str(said), 120)}") from None


def _parse(text: str) -> NotebookNode:
    data = json.loads(text)
    json.dumps(data, ensure_ascii=False).encode()  # fails on half a character
    if not isinstance(data, dict) or "cells" not in data:
        raise Unusable("cannot be read: JSON, but no notebook")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nbformat would mend the cells of a copy, and go on
        notebook = nbformat.reads(text, as_version=OLDEST[0])
        nbformat.validate(notebook)
    if (notebook.nbformat, notebook.nbformat_minor) < OLDEST:
        raise Unusable(f"cannot be read: its format is older than {OLDEST[0]}.{OLDEST[1]}")
    _check_note(notebook.metadata.get(METADATA, {}))
    return notebook


def _check_note(note: object) -> None:
    """Check what we note in a notebook: the site shows it."""
    if not isinstance(note, dict):
        raise Unusable(f"cannot be read: its metadata `{METADATA}` is no mapping")
    for name, value in note.items():
        good = isinstance(value, dict if name == "files" else str)
        if name == "seconds":
            good = isinstance(value, int | float) and math.isfinite(value)
        if not good:
            raise Unusable(f"cannot be read: its metadata `{METADATA}` has a wrong {name!r}")
