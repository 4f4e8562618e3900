"""Make one plain notebook per framework out of a page."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from bookbuild.config import BookError, Site, find_site
from bookbuild.i18n.languages import SOURCE, words
from bookbuild.notebook.plain import Plain
from bookbuild.notebook.references import Bibliography
from bookbuild.notebook.roles import Context
from bookbuild.page.cells import Block, Page, pages, parse_page
from bookbuild.page.markup import PageError, make_parser
from d2lcompat import FRAMEWORKS

__all__ = [
    "Block",
    "BookError",
    "Page",
    "PageError",
    "digest",
    "make_notebook",
    "pages",
    "parse_page",
    "to_text",
]

METADATA = "nin_book"
SETUP_ID = "setup"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
SETUP = """\
# {about}
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec

needed = {needed}
# {keeping}
keep = ["numpy==" + version("numpy")] if find_spec("numpy") else []
for package, install in needed.items():
    if find_spec(package) is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet"]
        subprocess.run(pip + install.split() + keep, check=True)
"""


FILES = """
# {fetching}
import shutil
from pathlib import Path
from urllib.request import urlretrieve

for name in {files}:
    if not Path(name).exists():
        Path(name).parent.mkdir(exist_ok=True)
        shutil.move(urlretrieve("{address}/" + name)[0], name)
"""


def make_notebook(page: Page, key: str, language: str = SOURCE) -> NotebookNode:
    """Return the notebook of a page for one framework in a language, without outputs.

    What the language's catalogues do not have stays in the language of the source. Raises
    `PageError` if the prose holds MyST that has no plain form.
    """
    site = find_site(page.path.parent)
    cells = [new_code_cell(_setup(page, site, key, language), id=SETUP_ID)]
    mine = (block for block in page.blocks if key in block.frameworks)
    prose = _prose(page, site, key, language)
    texts = 0
    for is_code, run in groupby(mine, key=lambda block: block.kind == "code"):
        if is_code:
            cells += [_code_cell(block) for block in run]
        elif text := "\n\n".join(filter(None, (prose(b.source, b.body_line) for b in run))):
            cells.append(new_markdown_cell(text, id=f"text-{texts}"))
            texts += 1
    name = f"{page.name}-{key}" + (f"-{language}" if language != SOURCE else "")
    notebook = new_notebook(cells=cells)
    notebook.metadata.update(
        {
            "kernelspec": dict(KERNEL),
            "language_info": {"file_extension": ".py", "name": "python"},
            "colab": {"name": f"{name}.ipynb", "provenance": []},
            METADATA: {"page": page.name, "framework": key},
        }
    )
    if page.front.files:
        notebook.metadata[METADATA]["files"] = {
            name: sha256((page.path.parent / name).read_bytes()).hexdigest()
            for name in page.front.files
        }
    notebook.metadata[METADATA]["digest"] = digest(notebook)
    return notebook


def digest(notebook: NotebookNode) -> str:
    """Return the SHA-256 of the page's code in a notebook, in order, and of the files it reads.

    Prose and outputs do not count, nor does the setup cell, which shows and computes nothing.
    """
    counted = [c.source for c in notebook.cells if c.cell_type == "code" and c.id != SETUP_ID]
    if files := notebook.metadata.get(METADATA, {}).get("files"):
        counted.append(files)
    return sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()


def to_text(notebook: NotebookNode) -> str:
    """Return the bytes-stable JSON text of a notebook; raises if it is not valid."""
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


def _setup(page: Page, site: Site, key: str, language: str) -> str:
    framework, _ = FRAMEWORKS[key], words(language)
    # The framework comes first: what d2lcompat needs then finds its NumPy already chosen.
    needed = {framework.package: framework.install, "d2lcompat": f"git+{site.repository}"}
    rows = "".join(f'    "{package}": "{install}",\n' for package, install in needed.items())
    told = {
        "{needed}": "{\n" + rows + "}",
        "{about}": _(
            "Installs what this notebook needs and does not find; otherwise it does nothing."
        ),
        "{keeping}": _(
            "Naming NumPy's version makes pip keep it: "
            "nothing else breaks, and no restart is needed."
        ),
        "{fetching}": _("Fetches what it reads besides, where the notebook was opened without."),
        "{files}": json.dumps(page.front.files),
        "{address}": site.address(page.path.parent.resolve(), raw=True),
    }
    setup = SETUP + (FILES if page.front.files else "")
    for name, text in told.items():
        setup = setup.replace(name, text)
    return setup.rstrip("\n")


def _code_cell(block: Block) -> NotebookNode:
    metadata = {"tags": list(block.tags)} if block.tags else {}
    return new_code_cell(block.source, id=f"cell-{block.index}", metadata=metadata)


def _prose(page: Page, site: Site, key: str, language: str) -> Plain:
    context = Context(
        page.path, site, make_parser(site.extensions), _bibliography(site.bibliography), language
    )
    plain = Plain(context, key)
    mine = [b for b in page.blocks if b.kind != "code" and key in b.frameworks]
    for block in mine:
        context.collect(block.source, block.body_line)
    # A first pass finds what is cited, wherever the list of references stands.
    for block in mine:
        plain(block.source, block.body_line)
    return plain


@lru_cache
def _bibliography(paths: tuple[Path, ...]) -> Bibliography:
    return Bibliography(paths)
