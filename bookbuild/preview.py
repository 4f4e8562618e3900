"""Show one page in a browser, anew whenever it is saved: by sphinx-autobuild."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

from bookbuild.config import CONFIG, CONTENTS, Book
from bookbuild.editions import COMMON
from bookbuild.page.blocks import Page

COMPILE = """
from pathlib import Path
from bookbuild.config import read_book
from bookbuild.editions import locales
locales(read_book(Path({root!r})), Path({build!r}), {language!r})
"""


def preview(book: Book, build: Path, page: Page, language: str, port: int) -> int:
    """Serve a page in a language until somebody presses Ctrl-C; returns the exit status.

    The edition lies in a folder of its own; what is saved is all that is built anew.
    """
    from jupyter_book.config import get_final_config
    from sphinx_autobuild.utils import find_free_port

    port = port or find_free_port()  # here, so that we can say which
    build.mkdir(parents=True, exist_ok=True)
    document = page.path.relative_to(book.root).with_suffix("").as_posix()
    overrides = {
        **COMMON,
        "language": language,
        "locale_dirs": [str(build / ".locales")],
        "external_toc_path": str(book.root / CONTENTS),
    }
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
    translate = build / "compile.py"
    names = {"root": str(book.root), "build": str(build), "language": language}
    translate.write_text(COMPILE.format(**names), encoding="utf-8")
    before = shlex.join([sys.executable, str(translate)])  # it is split as by a shell
    ignored = [f"--re-ignore={name}" for name in (r"/\.", "/_build/", "/node_modules/")]
    command = [
        sys.executable, "-m", "sphinx_autobuild", str(book.root), str(build / "html"), "--quiet",
        "-c", str(build), "-d", str(build / f".doctrees-{language}"), *ignored,
        f"--port={port}", "--open-browser", f"--pre-build={before}",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}/{quote(document)}.html"
    print(f"The page: {address} (Ctrl-C ends it)", flush=True)
    return subprocess.run(command, check=False).returncode
