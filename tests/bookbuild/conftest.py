"""Small books in a temporary folder: `write_page` writes a page, its cells are `print` only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from d2lcompat import FRAMEWORKS

HEAD = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
CONFIG = """\
repository: {url: "https://example.org/book", branch: main}
bibtex_bibfiles: [references.bib]
parse:
  myst_enable_extensions: [amsmath, colon_fence, deflist, dollarmath]
"""
BIB = """\
@article{lin, author={Lin, Min and Chen, Qiang and Yan, Shuicheng}, title={Network},
  journal={arXiv}, year=2013}
@book{pair, author={von M{\\"u}ller, Ada and Li, Bo}, title={Pairs}, publisher={P}, year=2000}
"""

WritePage = Callable[..., Path]


def cell(source: str, *tags: str) -> str:
    """Return a code cell."""
    options = f":tags: [{', '.join(tags)}]\n" if tags else ""
    return f"```{{code-cell}}\n{options}{source}\n```\n"


def group(source: str = "print('{}')") -> str:
    """Return one cell per framework; `{}` in the source stands for its key."""
    return "\n".join(cell(source.replace("{}", name), name) for name in FRAMEWORKS)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of an empty book, which is also the working folder."""
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "references.bib").write_text(BIB)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/index.md").write_text("# The book\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write_page(book: Path) -> WritePage:
    """Return a function that writes a page into the book and returns its path."""

    def write(text: str, name: str = "tiny", head: str = HEAD) -> Path:
        path = book / "chapters" / name / "index.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(head + text, encoding="utf-8")
        return path.relative_to(book)

    return write
