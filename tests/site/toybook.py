"""Write small books, build books, and parse what comes out.

No framework is needed: notebooks are written here, with outputs that say which framework they are
of. The builds run in processes of their own, where importing a framework leaves a trace. They are
forked from one that has imported what a build needs, which takes longer than to build a small book.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import yaml
from babel.messages.pofile import write_po
from bs4 import BeautifulSoup, Tag
from lxml.html import HtmlElement, HTMLParser, parse
from nbformat.v4 import new_output

from bookbuild import config
from bookbuild.i18n import catalogues
from bookbuild.notebook import METADATA, make_notebook
from bookbuild.page import Block, Page
from bookbuild.page.cells import parse_page

Done = subprocess.CompletedProcess[str]
ROOT = Path(__file__).parents[2]
REAL = config.read_book(ROOT)
FRAMEWORKS, LANGUAGES = REAL.frameworks, REAL.languages
SOURCE, TRANSLATED = REAL.source, REAL.translated
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><!-- {} --></svg>'
HEAD = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n"
HANGS = 900  # seconds after which nothing is still going on
BUILDERS = get_context("forkserver")
PRELOADED = (
    "book.api", "bookbuild.cli", "bookbuild.editions", "bookbuild.export.slides", "bookbuild.site",
    "jupyter_book.sphinx", "matplotlib.figure", "onnx", "sphinx.builders.gettext",
    "sphinx.builders.html", "sphinx_book_theme", "sphinx_comments", "sphinx_copybutton",
    "sphinx_external_toc", "sphinx_togglebutton", "sphinxcontrib.bibtex",
)  # fmt: skip
BUILDERS.set_forkserver_preload(list(PRELOADED))


def call(arguments: list[str], folder: Path, first: Callable[[], None] | None = None) -> Done:
    """Run a command of `python -m bookbuild` in a folder; `first` is called before, in its process.

    The status is negative where its process was killed, by the signal of that number.
    """
    with TemporaryDirectory() as name:
        place = Path(name)
        process = BUILDERS.Process(target=_command, args=(arguments, folder, place, first))
        process.start()
        process.join(HANGS)
        if process.exitcode is None:
            process.terminate()
            raise AssertionError(f"{arguments} does not end")
        told = [(place / kind).read_text(encoding="utf-8") for kind in ("stdout", "stderr")]
        return subprocess.CompletedProcess(arguments, process.exitcode, *told)


def _command(
    arguments: list[str], folder: Path, place: Path, first: Callable[[], None] | None
) -> None:
    from bookbuild import cli

    assert Path(cli.__file__).is_relative_to(ROOT), "the engine of another checkout"
    for stream, kind in ((sys.stdout, "stdout"), (sys.stderr, "stderr")):
        os.dup2(os.open(place / kind, os.O_WRONLY | os.O_CREAT), stream.fileno())
    os.chdir(folder)
    os.environ |= {"NO_COLOR": "1"}
    if first:
        first()
    sys.exit(cli.main(arguments))


@dataclass(frozen=True)
class Trap:
    """Note in a file that a framework is imported."""

    folder: Path

    def set(self) -> None:
        """Write modules with the names of the frameworks."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for framework in FRAMEWORKS.values():
            trap = f"open({str(self.folder.with_name('imported'))!r}, 'a').write(__name__)\n"
            (self.folder / f"{framework.module}.py").write_text(trap)

    def __call__(self) -> None:
        """Let this process meet them."""
        sys.path.insert(0, str(self.folder))


@lru_cache(40)  # the pages of all editions: a third of a second and 10 MB each
def parsed(path: Path, changed: int) -> BeautifulSoup:
    """Return a page, parsed once as long as it does not change."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@dataclass
class Book:
    """Hold a book's folder, and where it is built."""

    source: Path
    output: Path

    @property
    def site(self) -> Path:
        """The built site."""
        return self.output / "_build/html"

    def build(self, *options: str) -> Done:
        """Build the edition in the language of the pages."""
        return self.build_editions("--language", SOURCE, *options)

    def build_editions(self, *options: str) -> Done:
        """Build as `make book` does, in all languages."""
        trap = Trap(self.output / "poison")
        trap.set()
        arguments = ["build", "--out", str(self.output / "_build"), *options]
        return call(arguments, self.source, trap)

    def build_by_jupyter_book(self) -> Done:
        """Run `jupyter-book build -W -n --keep-going`."""
        trap = Trap(self.output / "poison")
        trap.set()
        program = str(Path(sys.executable).with_name("jupyter-book"))
        return subprocess.run(
            [program, "build", "-W", "-n", "--keep-going", "--path-output", self.output, "."],
            cwd=self.source,
            env=os.environ | {"PYTHONPATH": f"{trap.folder}{os.pathsep}{ROOT}", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def page(self, docname: str) -> Page:
        """Return a page as the engine reads it."""
        return parse_page(self.source / f"{docname}.md", config.read_book(self.source))

    def html(self, docname: str) -> BeautifulSoup:
        """Return a page of the built site: to be read, as others are given the same."""
        path = self.site / f"{docname}.html"
        return parsed(path, path.stat().st_mtime_ns)

    @cached_property
    def all(self) -> dict[str, HtmlElement]:
        """All pages of the site by their addresses, as lxml reads them: in a twentieth the time."""
        paths = [path for path in sorted(self.site.rglob("*.html")) if "_static" not in path.parts]
        return {
            path.relative_to(self.site).as_posix(): parse(
                str(path), HTMLParser(encoding="utf-8")
            ).getroot()
            for path in paths
        }

    def article(self, docname: str) -> Tag:
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


def store(path: Path) -> None:
    """Write the notebooks of a page as if they had been executed: their code and outputs."""
    page = parse_page(path, config.read_book(path.parent))
    blocks = {f"cell-{block.index}": block for block in page.cells}
    for key in page.frameworks if blocks else ():
        notebook = make_notebook(page, key)
        for cell in notebook.cells:
            cell.execution_count = 1
            if cell.id in blocks:
                cell.outputs = outputs(blocks[cell.id], key)
        notebook.metadata[METADATA] |= {
            "setting": "full", "version": "9.9", "date": "2026-01-02",
            "processor": "An <abacus>", "seconds": 754.2,
        }  # fmt: skip
        nbformat.write(notebook, page.notebook(key))


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


def write_book(
    folder: Path,
    pages: dict[str, str],
    executed: bool = True,
    languages: tuple[str, ...] = tuple(LANGUAGES),
) -> Book:
    """Write a book with the real book's configuration and these pages.

    A page `name` is `chapters/name/index.md`, a page `folder/name` is `chapters/folder/name.md`.
    """
    source = book_in(folder).source
    (source / "chapters").mkdir(parents=True)
    (source / "chapters" / "index.md").write_text("# Root\n\nWelcome.\n")
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    for part, key in (("html", "favicon"), (None, "logo")):
        (settings[part] if part else settings)[key] = str(ROOT / "book/static/logo.svg")
    settings["exclude_patterns"].remove("*.md")  # this repository's own, at the top
    settings["sphinx"]["config"]["book"]["languages"] = {
        key: LANGUAGES[key].label for key in languages
    }
    (source / "references.bib").write_text("")
    (source / "_config.yml").write_text(yaml.safe_dump(settings, sort_keys=False))
    (source / "node_modules").symlink_to(ROOT / "node_modules")  # decks have their player there
    places = {name: f"chapters/{name}{'' if '/' in name else '/index'}" for name in pages}
    write_contents(source, *places.values())
    for name, text in pages.items():
        path = source / f"{places[name]}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if executed:
            store(path)
    return book_in(folder)


def write_contents(source: Path, *places: str) -> None:
    """Write the contents of a book."""
    toc = {"format": "jb-book", "root": "chapters/index"}
    toc |= {"chapters": [{"file": place} for place in places]}  # type: ignore[dict-item]
    (source / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), encoding="utf-8")


def translate(source: Path, place: str, translations: dict[str, str], language: str = "ja") -> Path:
    """Put translations into a catalogue of a book, and return where it is."""
    path = catalogues.place(source, language, place)
    catalogue = catalogues.load(path, language)
    for text, translation in translations.items():
        (catalogue.get(text) or catalogue.add(text)).string = translation
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    return path


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
