"""What a page is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bookbuild.page.front import FrontMatter
from d2lcompat import FRAMEWORKS


@dataclass(frozen=True)
class Block:
    """Hold one piece of a page.

    `kind` is `code`, `markdown`, or `framework` (prose for one framework, without its fence).
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
    blocks: tuple[Block, ...]
    front: FrontMatter

    @property
    def name(self) -> str:
        """The name of the page is that of its folder."""
        return self.path.parent.name

    @property
    def absent(self) -> dict[str, str]:
        """The frameworks the page declares absent, each with the reason."""
        return self.front.absent

    @property
    def frameworks(self) -> tuple[str, ...]:
        """The frameworks the page has notebooks for, in the order of the tabs."""
        return tuple(key for key in FRAMEWORKS if key not in self.front.absent)

    @property
    def cells(self) -> tuple[Block, ...]:
        """The code cells of the page, all frameworks together."""
        return tuple(block for block in self.blocks if block.kind == "code")
