"""What a page is made of, and the rules that its cells keep; each mistake is a `PageError`."""

import ast
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from bookbuild.config import Book
from bookbuild.page.front import FrontMatter
from bookbuild.page.markup import PageError


@dataclass(frozen=True)
class Block:
    """Hold one piece of a page; `framework` is prose for one framework, with its fence.

    `line` and `body_line` count from 1: where the block starts, and where `source` does.
    `frameworks` are those it belongs to: all of the page, unless it is `tagged`.
    `index` counts the code cells of the page from 0; it is -1 for prose.
    """

    kind: Literal["code", "markdown", "framework"]
    source: str
    line: int
    frameworks: tuple[str, ...]
    tags: tuple[str, ...] = ()
    index: int = -1
    tagged: bool = False
    body_line: int = 1
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Hold a page: its blocks in order, and what its front matter says."""

    path: Path
    book: Book
    blocks: tuple[Block, ...]
    front: FrontMatter

    @property
    def name(self) -> str:
        """The name of the page for people."""
        return page_name(self.path)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks the page has notebooks for, in the order of the tabs."""
        return tuple(key for key in self.book.frameworks if key not in self.front.absent)

    @property
    def cells(self) -> tuple[Block, ...]:
        """The code cells of the page, all frameworks together."""
        return tuple(block for block in self.blocks if block.kind == "code")

    def error(self, message: str, line: int) -> PageError:
        """Return an error in a line of the page."""
        return PageError(message, self.path, line)

    def notebook(self, key: str) -> Path:
        """Return where a framework's notebook is: beside the page."""
        return self.path.with_name(self.beside(f"{key}.ipynb"))

    def beside(self, name: str) -> str:
        """Return the name of a file beside the page: the folder of an `index` is its own."""
        return name if self.path.stem == "index" else f"{self.path.stem}-{name}"


def page_name(path: Path) -> str:
    """Return the name of a page: of `intro/index.md` that of its folder, else that of the file."""
    return path.parent.name if path.stem == "index" else path.stem


def check_groups(page: Page) -> None:
    """Check that each run of tagged blocks has the same number of cells in each framework."""
    solid = (block for block in page.blocks if block.kind != "markdown" or not _is_comment(block))
    for tagged, run in groupby(solid, key=lambda block: block.tagged):
        if not tagged:
            continue
        group = list(run)
        kinds = {key: [b.kind for b in group if key in b.frameworks] for key in page.frameworks}
        counts = {key: found.count("code") for key, found in kinds.items()}
        if missing := [key for key, found in kinds.items() if not found]:
            told = f"this group of parallel cells lacks {', '.join(missing)}"
            raise page.error(told, group[0].line)
        if len(set(counts.values())) > 1:
            each = ", ".join(f"{key} {count}" for key, count in counts.items())
            told = f"this group has an unequal number of code cells: {each}"
            raise page.error(told, group[0].line)


def _is_comment(block: Block) -> bool:
    lines = block.source.split("\n")
    return all(not line.strip() or line.startswith(("%", "+++")) for line in lines)


def check_names(page: Page) -> None:
    """Check that no framework has two cells of one name, or two that hold its parameters."""
    first: dict[tuple[str, str], int] = {}
    for cell in page.cells:
        for tag in (tag for tag in cell.tags if tag.startswith(("name:", "parameters"))):
            for key in cell.frameworks:
                line = first.setdefault((key, tag), cell.line)
                if line != cell.line:
                    told = f"a second cell {tag}; the first is in line {line}: rename one"
                    raise page.error(told, cell.line)


def check_parameters(page: Page) -> None:
    """Check that the cell tagged `parameters` fits the front matter."""
    front = page.front
    if page.cells and front.data.get("file_format") != "mystnb":
        raise page.error("code cells need `file_format: mystnb` in the front matter", 1)
    cell = next((cell for cell in page.cells if "parameters" in cell.tags), None)
    if cell is None:
        if front.small:
            raise page.error("`small` needs a code cell tagged `parameters`", front.small_line)
        return
    if cell.tagged:
        told = "the `parameters` cell belongs to all frameworks: remove its framework tag"
        raise page.error(told, cell.line)
    for key in sorted(set(front.small) - _assigned(cell, page)):
        told = f"`small` sets {key!r}, which the `parameters` cell does not assign"
        raise page.error(told, front.small_line)


def _assigned(cell: Block, page: Page) -> set[str]:
    try:
        tree = ast.parse(cell.source)
    except (SyntaxError, MemoryError, RecursionError) as error:
        line = cell.body_line + (getattr(error, "lineno", 1) or 1) - 1
        told = getattr(error, "msg", "too deep")
        raise page.error(f"the `parameters` cell is not Python: {told}", line) from None
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {name.id for name in names if isinstance(name.ctx, ast.Store)}
