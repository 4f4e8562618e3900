"""Make the notebook of a page for one framework: its setup cell, its code, its prose."""

import json
from collections.abc import Sequence
from hashlib import sha256

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from bookbuild.i18n import words
from bookbuild.page import Page

METADATA = "book"
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
from urllib.parse import quote
from urllib.request import urlretrieve

for name in {files}:
    if not Path(name).exists():
        Path(name).parent.mkdir(exist_ok=True)
        shutil.move(urlretrieve("{address}/" + quote(name))[0], name)
"""


def make_notebook(
    page: Page, key: str, parts: Sequence[str | int] | None = None, language: str = ""
) -> NotebookNode:
    """Return the notebook of a page for one framework in a language, without outputs.

    `parts` are its Markdown texts and the indices of its code cells; without them, all code alone.
    """
    book, blocks = page.book, {block.index: block for block in page.cells}
    mine = [index for index, block in blocks.items() if key in block.frameworks]
    cells = [new_code_cell(setup_code(page, key, language or book.source), id=SETUP_ID)]
    texts = 0
    for part in mine if parts is None else parts:
        if isinstance(part, str):
            cells.append(new_markdown_cell(part, id=f"text-{texts}"))
            texts += 1
        else:
            metadata = {"tags": list(tags)} if (tags := blocks[part].tags) else {}
            cells.append(new_code_cell(blocks[part].source, id=f"cell-{part}", metadata=metadata))
    notebook = new_notebook(cells=cells)
    name = f"{page.name}-{key}" + (f"-{language}" if language in book.translated else "")
    notebook.metadata.update(
        {
            "kernelspec": dict(KERNEL),
            "language_info": {"file_extension": ".py", "name": "python"},
            "colab": {"name": f"{name}.ipynb", "provenance": []},
            METADATA: {
                "page": page.name,
                "framework": key,
                "digest": code_digest(page, key),
                "source": source_digest(page),
            },
        }
    )
    return notebook


def code_digest(page: Page, key: str) -> str:
    """Return the SHA-256 of a framework's code on a page, in order, and of the files it reads.

    Prose and outputs do not count, nor does the setup cell, which shows and computes nothing.
    """
    sources = [block.source for block in page.cells if key in block.frameworks]
    folder = page.path.parent
    files = {name: sha256((folder / name).read_bytes()).hexdigest() for name in page.front.files}
    counted = [*sources, files] if files else sources
    return sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()


def source_digest(page: Page) -> str:
    """Return a short digest of the page as it is written, prose and code."""
    return sha256(page.path.read_bytes()).hexdigest()[:16]


def to_text(notebook: NotebookNode) -> str:
    """Return the bytes-stable JSON text of a notebook; raises if it is not valid."""
    nbformat.validate(notebook)
    text: str = nbformat.writes(notebook, indent=1, sort_keys=True, ensure_ascii=False)
    return text.rstrip("\n") + "\n"


def setup_code(page: Page, key: str, language: str) -> str:
    """Return the code of the first cell, which installs and fetches what is missing."""
    framework, _ = page.book.frameworks[key], words(language)
    # The framework comes first: what the helpers need then finds its NumPy already chosen.
    needed = {framework.module: framework.install, **page.book.helpers}
    setup = SETUP + (FILES if page.front.files else "")
    return setup.rstrip("\n").format(
        needed=json.dumps(needed, indent=4).removesuffix("\n}") + ",\n}",
        about=_("Installs what this notebook needs and does not find; otherwise it does nothing."),
        keeping=_(
            "Naming NumPy's version makes pip keep it: "
            "nothing else breaks, and no restart is needed."
        ),
        fetching=_("Fetches what it reads besides, where the notebook was opened without."),
        files=json.dumps(page.front.files),
        address=page.book.address(page.path.parent.resolve(), raw=True),
    )
