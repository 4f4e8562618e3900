"""Build the site, an edition for each language: each by Sphinx, in a process of its own."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bookbuild import catalogues, policy, products
from bookbuild.languages import LANGUAGES, SOURCE

FRONT_DOOR = policy.meta() + '\n<meta http-equiv="Refresh" content="0; url={start}" />\n'


def build(root: Path, build: Path, languages: Sequence[str], jobs: int = 2) -> dict[str, str]:
    """Build editions below `build`/html; a warning is an error.

    Returns what Sphinx said of each edition that failed. What is built beside the pages is made
    when all are there.
    """
    tasks = [(root.resolve(), build.resolve(), key) for key in languages]
    with get_context("spawn").Pool(min(jobs, len(tasks))) as pool:
        said = dict(pool.starmap(build_one, tasks, chunksize=1))
    failed = {key: text for key, text in said.items() if text}
    if not failed:
        products.finish(build / "html")
    return failed


def build_one(root: Path, build: Path, key: str) -> tuple[str, str]:
    """Build one edition; returns its key and, if it failed, what Sphinx said."""
    out = build / "html" / LANGUAGES[key].folder
    trees = build / (".doctrees" if key == SOURCE else f".doctrees-{key}")
    stamp, now = trees / "catalogues", _digest(root, key)
    # Words of a page stand in the contents of all others.
    fresh = not stamp.is_file() or stamp.read_text(encoding="utf-8") != now
    overrides = {"language": key, "nitpicky": True, "book_editions": list(LANGUAGES)}
    if said := run_sphinx(root, out, trees, overrides, fresh=fresh):
        # Sphinx does not repeat the warnings of a page it has read: read all again next time.
        shutil.rmtree(trees, ignore_errors=True)
        return key, said
    stamp.write_text(now, encoding="utf-8")
    (out / "index.html").write_text(FRONT_DOOR.format(start=_start(root)), encoding="utf-8")
    return key, ""


def extract(root: Path, out: Path, trees: Path) -> str:
    """Write the messages of all pages below `out`; returns what Sphinx said, if that failed."""
    task = (root, out, trees, {"gettext_location": False}, "gettext")
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(run_sphinx, task)


def run_sphinx(
    root: Path,
    out: Path,
    trees: Path,
    overrides: dict[str, Any],
    builder: str = "html",
    fresh: bool = False,
) -> str:
    """Run Sphinx as `jupyter-book build -W --keep-going -q` does, in a process that ends with it.

    Returns nothing if all went well, and otherwise what it said.
    """
    from jupyter_book.sphinx import build_sphinx

    overrides = {
        "external_toc_path": str(root / "_toc.yml"),
        "latex_individualpages": False,
        **overrides,
    }
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said):
        status = build_sphinx(
            root, out, noconfig=True, path_config=root / "_config.yml", confoverrides=overrides,
            doctreedir=trees, builder=builder, warningiserror=True, keep_going=True, quiet=True,
            freshenv=fresh,
        )  # fmt: skip
    return (said.getvalue() or str(status)) if status else ""


def _digest(root: Path, key: str) -> str:
    folder = catalogues.place(root, key, "x").parent
    paths = sorted(folder.rglob("*.po"))
    return sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _start(root: Path) -> str:
    from sphinx_external_toc.parsing import parse_toc_yaml

    return f"{parse_toc_yaml(root / '_toc.yml').root.docname}.html"
