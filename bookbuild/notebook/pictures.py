"""Embed pictures in Markdown so that Jupyter, Colab and GitHub all show them."""

from __future__ import annotations

from base64 import b64encode

from bookbuild.notebook.roles import Context
from bookbuild.page.markup import PageError

TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}


def embed(source: str, alt: str, context: Context, line: int) -> str:
    """Return an image whose address holds the picture itself.

    Nothing else shows everywhere: Colab does not have the files next to a notebook, and
    JupyterLab shows no SVG that is a cell attachment. Colab shows no embedded SVG either, so
    `figure.png`, where it lies beside `figure.svg`, is embedded in its stead.
    """
    if "://" in source or source.startswith("data:"):
        return f"![{alt}]({source})"
    path = context.path.parent / source
    if path.suffix == ".svg" and path.with_suffix(".png").is_file():
        path = path.with_suffix(".png")
    if path.suffix not in TYPES:
        raise PageError(f"{source}: no picture of a known type", context.path, line)
    try:
        data = path.read_bytes()
    except OSError:
        raise PageError(f"no picture {source}", context.path, line) from None
    text = alt.replace("[", r"\[").replace("]", r"\]").replace("\n", " ")
    return f"![{text}](data:{TYPES[path.suffix]};base64,{b64encode(data).decode('ascii')})"
