"""Build the site, an edition for each language, by Sphinx; or show one page of it, live."""

import io
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bookbuild.config import CONFIG, CONTENTS, Book, BookError
from bookbuild.export import products
from bookbuild.files import digest
from bookbuild.page import Page
from bookbuild.processes import call_each
from bookbuild.site import links, policy

KILLED = "its process was killed: is the memory full?"
# The empty icon keeps browsers from asking for one of their own choice.
FRONT_DOOR = (
    policy.meta()
    + '\n<link rel="icon" href="data:,">\n<meta http-equiv="Refresh" content="0; url={start}" />\n'
)


def build(book: Book, build: Path, languages: Sequence[str]) -> list[str]:
    """Build editions below `build`/html, if anything has changed; returns what failed, and why."""
    stamp, now = build / ".complete", inputs(book)
    same = stamp.is_file() and stamp.read_text(encoding="utf-8") == now
    if same and (build / "html" / "index.html").is_file():
        return []
    stamp.unlink(missing_ok=True)
    import_module("jupyter_book.sphinx")  # once, before the processes fork
    tasks = [(book, build.resolve(), key) for key in languages]
    failed = [
        f"The {book.languages[key].label} edition is not built:\n{KILLED if said is None else said}"
        for key, said in zip(languages, call_each(build_one, tasks), strict=True)
        if said != ""
    ]
    if not failed:
        products.finish(build / "html", book)
        if set(languages) == set(book.languages):
            stamp.write_text(now, encoding="utf-8")
    return failed


def inputs(book: Book) -> str:
    """Return a digest of all that the site is made of: the book's files, and the engine's."""
    paths = sorted(book.root.iterdir())
    paths = [p for p in paths if not p.name.startswith((".", "_build", "node_modules"))]
    return digest(*(p for p in paths if not (p / "pyvenv.cfg").exists()), Path(__file__).parent)


def build_one(book: Book, build: Path, key: str) -> str:
    """Build one edition; returns nothing if all went well, and otherwise what Sphinx said.

    Where an earlier build of it failed or was killed, nothing of that is used: Sphinx would take
    the pages it finds for whole.
    """
    out, begun = build / "html" / book.languages[key].folder, build / f".begun-{key}"
    trees = build / f".doctrees-{key}"
    if begun.exists():
        _clear(out, book)
        shutil.rmtree(trees, ignore_errors=True)
    build.mkdir(parents=True, exist_ok=True)
    begun.touch()
    if not (said := run_sphinx(book, out, trees, {"language": key, "nitpicky": True})):
        if (start := f"{book.documents()[0]}.html") != "index.html":
            (out / "index.html").write_text(FRONT_DOOR.format(start=start), encoding="utf-8")
        begun.unlink()
    return said


def _clear(out: Path, book: Book) -> None:
    """Remove an edition but for its PDFs, which others print, and for the editions inside it."""
    others = {Path(row.folder).name for row in book.languages.values()}
    for path in out.glob("*"):
        if path.name not in {*others, Path(links.pdf(book, "")).parent.name}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def extract(book: Book, out: Path) -> None:
    """Write the messages of all pages below `out`; raises `BookError` if Sphinx cannot."""
    trees = out.with_name(f".doctrees-{out.name}")
    shutil.rmtree(out, ignore_errors=True)  # it may hold those of pages that are gone
    if said := run_sphinx(book, out, trees, {"gettext_location": False}, "gettext"):
        raise BookError(f"the pages cannot be read:\n{said}")


def common(book: Book) -> dict[str, Any]:
    """Return the settings of all that Sphinx builds of a book."""
    return {
        "latex_individualpages": False,
        "gettext_auto_build": False,
        "templates_path": [],  # the theme appends to it: not to the default of all builds
        "external_toc_path": str(book.root / CONTENTS),
        "language": book.source,
    }


def run_sphinx(
    book: Book, out: Path, trees: Path, overrides: dict[str, Any], builder: str = "html"
) -> str:
    """Run Sphinx as `jupyter-book build -W --keep-going`; returns what it said if it failed."""
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import strip_colors

    overrides = {**common(book), **overrides}
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said):
        status = build_sphinx(
            book.root, out, noconfig=True, path_config=book.root / CONFIG, confoverrides=overrides,
            doctreedir=trees, builder=builder, warningiserror=True, keep_going=True, quiet=True,
        )  # fmt: skip
    if not status:
        return ""
    # Sphinx does not repeat the warnings of a page it has read: all are read again next time.
    shutil.rmtree(trees, ignore_errors=True)
    return strip_colors(said.getvalue()) or str(status)


def preview(book: Book, build: Path, page: Page, language: str, port: int) -> int:
    """Serve a page in a language until somebody presses Ctrl-C; returns the exit status."""
    from jupyter_book.config import get_final_config
    from sphinx_autobuild.utils import find_free_port

    port = port or find_free_port()  # here, so that we can say which
    build.mkdir(parents=True, exist_ok=True)
    document = page.path.relative_to(book.root).with_suffix("").as_posix()
    overrides = {**common(book), "language": language}
    settings, _ = get_final_config(
        user_yaml=book.root / CONFIG, cli_config=overrides, sourcedir=book.root
    )
    # Files are looked for from the folder of conf.py.
    files = settings.get("bibtex_bibfiles", ())
    settings["bibtex_bibfiles"] = [str(book.root / name) for name in files]
    for name in ("html_logo", "html_favicon"):
        if settings.get(name):
            settings[name] = str(book.root / settings[name])
    lines = [f"{name} = {value!r}" for name, value in settings.items()]
    (build / "conf.py").write_text("\n".join([*lines, ""]), encoding="utf-8")
    ignored = [f"--re-ignore={name}" for name in (r"/\.", "/_build/", "/node_modules/")]
    command = [
        sys.executable, "-m", "sphinx_autobuild", str(book.root), str(build / "html"), "--quiet",
        "-c", str(build), "-d", str(build / f".doctrees-{language}"), *ignored,
        f"--port={port}", "--open-browser",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}/{quote(document)}.html"
    print(f"The page: {address} (Ctrl-C ends it)", flush=True)
    return subprocess.run(command, check=False).returncode
