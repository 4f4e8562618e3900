"""Write small books, build books, and parse what comes out.

No framework is needed: notebooks are written here, with outputs that say which framework they are
of. The builds run in processes of their own, where importing a framework leaves a trace.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup, SoupStrainer, Tag
from nbformat.v4 import new_output

from bookbuild.notebook.make import make_notebook
from bookbuild.page.cells import Block, parse_page
from d2lcompat import FRAMEWORKS

Done = subprocess.CompletedProcess[str]
ROOT = Path(__file__).parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><!-- {} --></svg>'
HEAD = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"


@lru_cache(40)  # the pages of all editions: a third of a second and 10 MB each
def parsed(path: Path, changed: int) -> BeautifulSoup:
    """Return a page, parsed once as long as it does not change."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@dataclass
class Book:
    """Hold a book's folder, and where it is built."""

    source: Path
    output: Path

    def build(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run `jupyter-book build -W -n --keep-going`, and return what it said."""
        program = str(Path(sys.executable).with_name("jupyter-book"))
        command = [program, "build", "-W", "-n", "--keep-going", "--path-output", str(self.output)]
        return self._run([*command, *options, str(self.source)])

    def build_editions(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m bookbuild build`, which is what `make book` does, for all languages."""
        command = [sys.executable, "-m", "bookbuild", "build", "--out", str(self.output / "_build")]
        return self._run([*command, *options])

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        poison = self.output / "poison"
        poison.mkdir(parents=True, exist_ok=True)
        for framework in FRAMEWORKS.values():
            trap = f"open({str(self.output / 'imported')!r}, 'a').write(__name__)\n"
            (poison / f"{framework.package}.py").write_text(trap)
        return subprocess.run(
            command,
            cwd=self.source,
            env=os.environ | {"PYTHONPATH": f"{poison}{os.pathsep}{ROOT}", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def html(self, docname: str) -> BeautifulSoup:
        """Return a page of the built site: to be read, as others are given the same."""
        path = self.output / "_build" / "html" / f"{docname}.html"
        return parsed(path, path.stat().st_mtime_ns)

    def every(self, *names: str) -> Iterator[Tag]:
        """Return all elements of some names on all pages."""
        for path in sorted((self.output / "_build" / "html").rglob("*.html")):
            text = path.read_text(encoding="utf-8")
            only = SoupStrainer(list(names))  # much quicker than whole pages
            yield from BeautifulSoup(text, "html.parser", parse_only=only).find_all(list(names))

    def article(self, docname: str) -> BeautifulSoup:
        """Return the part of a built page that its author wrote."""
        article = self.html(docname).select_one("article")
        assert article is not None
        return article


def outputs(block: Block, key: str) -> list[nbformat.NotebookNode]:
    """Invent the outputs of one cell, as its comment says.

    `# same` has the same outputs in all, `# silent` none, `# not torch` none in that framework,
    `# table` prints one.
    """
    if "# silent" in block.source or f"# not {key}" in block.source:
        return []
    who = "all" if "# same" in block.source else FRAMEWORKS[key].label
    said = f"cell {block.index} ran in {who}\n"
    if "# table" in block.source:
        n = list(FRAMEWORKS).index(key)
        said = f"images  accuracy\n10  0.{n}\n20  0.{n}5\n"
    text = new_output("stream", name="stdout", text=said)
    if "# draw" not in block.source:
        return [text]
    return [text, new_output("display_data", data={"image/svg+xml": SVG.format(who)})]


def store(page: Path) -> None:
    """Write the notebooks of a page as if they had been executed."""
    parsed = parse_page(page)
    blocks = {f"cell-{block.index}": block for block in parsed.cells}
    for key in parsed.frameworks:
        notebook = make_notebook(parsed, key)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
            if cell.id in blocks:
                cell.outputs = outputs(blocks[cell.id], key)
        notebook.metadata["nin_book"] |= {
            "setting": "full", "version": "9.9", "date": "2026-01-02",
            "processor": "An <abacus>", "seconds": 754.2,
        }  # fmt: skip
        nbformat.write(notebook, page.with_name(f"{key}.ipynb"))


def cells(code: str = "x = 1  # {}", *extra_tags: str) -> str:
    """Return one group of parallel cells; `{}` in the code becomes the framework's key."""
    return "\n".join(
        f"```{{code-cell}}\n:tags: [{', '.join([key, *extra_tags])}]\n{code.format(key)}\n```\n"
        for key in FRAMEWORKS
    )


def prose(text: str = "Prose for {}.") -> str:
    """Return one group of prose, a paragraph per framework."""
    return "\n".join(f"::::{{framework}} {k}\n{text.format(k)}\n::::\n" for k in FRAMEWORKS)


def shared(code: str) -> str:
    """Return a cell that belongs to all frameworks."""
    return f"```{{code-cell}}\n{code}\n```\n"


def write_book(folder: Path, pages: dict[str, str], executed: bool = True) -> Book:
    """Write a book with the real book's configuration and these pages."""
    source = book_in(folder).source
    (source / "chapters").mkdir(parents=True)
    (source / "chapters" / "index.md").write_text("# Root\n\nWelcome.\n")
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    for part, key in (("html", "favicon"), (None, "logo")):
        (config[part] if part else config)[key] = str(ROOT / "bookbuild" / "static" / "logo.svg")
    (source / "references.bib").write_text("")
    (source / "_config.yml").write_text(yaml.safe_dump(config))
    toc = {"format": "jb-book", "root": "chapters/index"}
    toc |= {"chapters": [{"file": f"chapters/{name}/index"} for name in pages]}
    (source / "_toc.yml").write_text(yaml.safe_dump(toc))
    for name, text in pages.items():
        path = source / "chapters" / name / "index.md"
        path.parent.mkdir()
        path.write_text(text)
        if executed:
            store(path)
    return book_in(folder)


def book_in(folder: Path) -> Book:
    """Return the book that `write_book` writes into a folder."""
    return Book(folder / "source", folder / "output")


FIRST = (
    f"{HEAD}# First page\n\nSome prose.\n\n{shared('a = 1  # silent')}\nA group:\n\n"
    + cells("b = '{}'")
    + prose("Only **{}** does this.")
    + cells("c = '{}'  # draw")
    + f"\nThe same everywhere:\n\n{shared('print(1)  # same draw')}\nDifferent:\n\n"
    + shared("print(d)  # draw")
    + cells("e = '{}'  # silent", "hide-input")
    + "\n## A section\n\n"
    + prose("The end of {}.")
)
SECOND = HEAD.replace(
    "---\n\n", "book:\n  absent: {mxnet: archived & gone}\n---\n\n"
) + "# Second page\n\n" + cells().replace(
    "```{code-cell}\n:tags: [mxnet]\nx = 1  # mxnet\n```\n", ""
) + shared("print(2)  # not torch")  # fmt: skip
