"""Build the site, an edition for each language: each by Sphinx, in a process of its own."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import Any

from bookbuild.export import products
from bookbuild.i18n import catalogues
from bookbuild.i18n.languages import LANGUAGES, SOURCE
from bookbuild.processes import call_each
from bookbuild.site import policy

KILLED = "its process was killed: is the memory full?"
# The empty icon keeps browsers from asking for one of their own choice.
FRONT_DOOR = (
    policy.meta()
    + '\n<link rel="icon" href="data:,">\n<meta http-equiv="Refresh" content="0; url={start}" />\n'
)


def build(root: Path, build: Path, languages: Sequence[str], jobs: int = 2) -> dict[str, str]:
    """Build editions below `build`/html; a warning is an error.

    Returns what Sphinx said of each edition that failed. What is built beside the pages is made
    when all are there.
    """
    tasks = [(root.resolve(), build.resolve(), key) for key in languages]
    said = zip(languages, call_each(build_one, tasks, jobs), strict=True)
    failed = {key: KILLED if text is None else text for key, text in said if text != ""}
    if not failed:
        products.finish(build / "html")
    return failed


def build_one(root: Path, build: Path, key: str) -> str:
    """Build one edition; returns nothing if all went well, and otherwise what Sphinx said.

    Where an earlier build of it did not end, as it was killed, nothing of that is used: Sphinx
    would take the pages it finds for whole.
    """
    out = build / "html" / LANGUAGES[key].folder
    trees = build / (".doctrees" if key == SOURCE else f".doctrees-{key}")
    begun = build / f".begun-{key}"
    if begun.exists():
        _clear(out)
        shutil.rmtree(trees, ignore_errors=True)
    build.mkdir(parents=True, exist_ok=True)
    begun.touch()
    stamp, now = trees / "catalogues", _digest(root, key)
    # Words of a page stand in the contents of all others.
    fresh = not stamp.is_file() or stamp.read_text(encoding="utf-8") != now
    overrides = {"language": key, "nitpicky": True, "book_editions": list(LANGUAGES)}
    if said := run_sphinx(root, out, trees, overrides, fresh=fresh):
        # Sphinx does not repeat the warnings of a page it has read: read all again next time.
        shutil.rmtree(trees, ignore_errors=True)
    else:
        stamp.write_text(now, encoding="utf-8")
        (out / "index.html").write_text(FRONT_DOOR.format(start=_start(root)), encoding="utf-8")
    begun.unlink()
    return said


def _clear(out: Path) -> None:
    """Remove an edition but for its PDFs, which others print, and for the editions inside it."""
    others = {Path(row.folder).name for row in LANGUAGES.values()}
    for path in out.glob("*"):
        if path.name not in {*others, Path(products.pdf("")).parent.name}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def extract(root: Path, out: Path, trees: Path) -> str:
    """Write the messages of all pages below `out`; returns what Sphinx said, if that failed."""
    task = (root, out, trees, {"gettext_location": False}, "gettext")
    [said] = call_each(run_sphinx, [task], jobs=1)
    return KILLED if said is None else said


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
