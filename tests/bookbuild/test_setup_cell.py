"""What the first cell of a notebook installs and fetches, and what its digest covers of that."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import d2lcompat
from bookbuild.notebook.make import make_notebook, parse_page
from d2lcompat import FRAMEWORKS

CELL = "```{code-cell}\n"
ALL = "".join(f"```{{code-cell}}\n:tags: [{name}]\nprint()\n```\n" for name in FRAMEWORKS)


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_setup_cell_is_short_and_does_nothing_where_all_is_there(write_page, name: str) -> None:
    source = make_notebook(parse_page(write_page(ALL)), name).cells[0].source
    assert len(source.splitlines()) <= 16
    needed = next(
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "needed"
    )
    framework = FRAMEWORKS[name]
    assert needed == {
        framework.package: framework.install,
        "d2lcompat": "git+https://example.org/book",
    }
    env = {**os.environ, "PYTHONPATH": str(Path(d2lcompat.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, env=env
    )
    assert ran.stdout == ran.stderr == ""


def test_setup_cell_installs_what_is_missing_and_keeps_numpy(write_page) -> None:
    source = make_notebook(parse_page(write_page(ALL)), "mxnet").cells[0].source
    calls: list[list[str]] = []
    fake = dedent("""
        import importlib.metadata, importlib.util, subprocess
        importlib.util.find_spec = lambda name: name == "numpy" or None
        importlib.metadata.version = lambda name: "1.2.3"
        subprocess.run = lambda command, check: print(command[1:])
    """)
    ran = subprocess.run(
        [sys.executable, "-c", fake + source], capture_output=True, text=True, check=True
    )
    calls = [ast.literal_eval(line) for line in ran.stdout.splitlines()]
    pip = ["-m", "pip", "install", "--quiet"]
    assert calls == [
        [*pip, *FRAMEWORKS["mxnet"].install.split(), "numpy==1.2.3"],
        [*pip, "git+https://example.org/book", "numpy==1.2.3"],
    ]


FILED = "---\nfile_format: mystnb\nbook:\n  files: [data.txt]\n---\n"


def with_file(write_page, content: str) -> Path:
    """Write a page that reads a file, and the file."""
    path: Path = write_page(CELL + "print(open('data.txt').read())\n```\n", head=FILED)
    (path.parent / "data.txt").write_text(content)
    return path


def test_setup_cell_fetches_missing_files_and_keeps_those_that_are_there(
    write_page, tmp_path: Path
) -> None:
    path = with_file(write_page, "one")
    source = make_notebook(parse_page(path), "torch").cells[0].source
    fake = dedent("""
        import importlib.util, urllib.request
        importlib.util.find_spec = lambda name: name
        def urlretrieve(address):
            print(address)
            with open("fetched", "w") as file:
                file.write("two")
            return "fetched", None
        urllib.request.urlretrieve = urlretrieve
    """)
    for before, after, said in (("one", "one", ""), (None, "two", "raw/main/chapters/tiny/")):
        (tmp_path / "data.txt").unlink(missing_ok=True)
        if before:
            (tmp_path / "data.txt").write_text(before)
        ran = subprocess.run(
            [sys.executable, "-c", fake + source],
            capture_output=True, text=True, check=True, cwd=tmp_path,
        )  # fmt: skip
        assert ran.stdout.strip() == (f"https://example.org/book/{said}data.txt" if said else "")
        assert (tmp_path / "data.txt").read_text() == after
        assert not (tmp_path / "fetched").exists()


def test_digest_covers_files(write_page) -> None:
    one, same, other = (
        make_notebook(parse_page(with_file(write_page, text)), "torch").metadata["nin_book"]
        for text in ("1", "1", "2")
    )
    assert one == same
    assert one["digest"] != other["digest"]
