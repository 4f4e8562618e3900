"""What a page is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bookbuild.config import Book
from bookbuild.page.front import FrontMatter


@dataclass(frozen=True)
class Block:
    """Hold one piece of a page.

    `kind` is `code`, `markdown`, or `framework` (prose for one framework, with its fence).
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
        """The name of a page `intro/index.md` is that of its folder, of others that of the file."""
        return page_name(self.path)

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks the page has notebooks for, in the order of the tabs."""
        return tuple(key for key in self.book.frameworks if key not in self.front.absent)

    @property
    def cells(self) -> tuple[Block, ...]:
        """The code cells of the page, all frameworks together."""
        return tuple(block for block in self.blocks if block.kind == "code")

    def notebook(self, key: str) -> Path:
        """Return where a framework's notebook is: beside the page."""
        return self.path.with_name(self.beside(f"{key}.ipynb"))

    def beside(self, name: str) -> str:
        """Return the name of a file beside the page: the folder of an `index` is its own."""
        return name if self.path.stem == "index" else f"{self.path.stem}-{name}"


def page_name(path: Path) -> str:
    """Return the name of a page for people."""
    return path.parent.name if path.stem == "index" else path.stem
