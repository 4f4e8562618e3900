"""A notebook is made of a page: its cells, its setup cell, its note, its bytes."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from small import CONFIG, KEYS, LANGUAGES, SHARED, cell, group

from bookbuild.config import Book, read_book
from bookbuild.notebook import code_digest, make_notebook, source_digest, to_text
from bookbuild.notebook.stored import Stored
from bookbuild.page.cells import parse_page

ALL = group("print()")
FILED = "---\nfile_format: mystnb\nbook:\n  files: [my data 一.txt]\n---\n"


@pytest.mark.parametrize("key", KEYS)
def test_it_holds_its_framework_only(page, key: str) -> None:
    tiny = page(f"# Title\n\n{ALL}\nText\n\n{cell('shared', 'hide-input')}")
    number = KEYS.index(key)
    notebook = make_notebook(tiny, key, ["# Title", number, "Text", 3])
    ids = ["setup", "text-0", f"cell-{number}", "text-1", "cell-3"]
    assert [cell.id for cell in notebook.cells] == ids
    assert [cell.id for cell in make_notebook(tiny, key).cells] == ["setup", ids[2], ids[4]]
    assert notebook.cells[1].source == "# Title"
    assert notebook.cells[4].metadata == {"tags": ["hide-input"]}
    assert notebook.metadata["book"] == {
        "page": "tiny", "framework": key,
        "digest": code_digest(tiny, key), "source": source_digest(tiny),
    }  # fmt: skip
    assert not Stored(tiny, key, notebook).stale
    nbformat.validate(notebook)


def test_the_name_tells_framework_and_language(root: Path, write_page) -> None:
    (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8")
    tiny = parse_page(write_page(SHARED), read_book(root))
    names = [make_notebook(tiny, "bee", [], key).metadata["colab"]["name"] for key in ("en", "ja")]
    assert names == ["tiny-bee.ipynb", "tiny-bee-ja.ipynb"]
    assert "インストール" in make_notebook(tiny, "bee", [], "ja").cells[0].source


def test_the_same_page_gives_the_same_bytes(page) -> None:
    first, second = (to_text(make_notebook(page(ALL), "ant", ["é"])) for _ in range(2))
    assert first == second
    assert first.startswith('{\n "cells"')
    assert first.endswith("}\n")
    assert "é" in first


def test_the_digest_covers_code_alone_and_the_source_all(page) -> None:
    texts = (f"a\n\n{ALL}", f"b\n\n{ALL}", f"b\n\n{ALL.replace('print()', 'print(1)')}")
    digests = [(code_digest(tiny := page(text), "ant"), source_digest(tiny)) for text in texts]
    code, source = zip(*digests, strict=True)
    assert code[0] == code[1] != code[2]
    assert len(set(source)) == 3


def with_file(page, content: str, name: str = "tiny/index"):
    """Return a page that reads a file, written beside it."""
    path = page("", name=name).path.with_name("my data 一.txt")
    path.write_text(content)
    return page(cell("print(open('my data 一.txt').read())"), name=name, head=FILED)


def test_the_digest_covers_files(page) -> None:
    one, same, other = (code_digest(with_file(page, text), "ant") for text in ("1", "1", "2"))
    assert one == same != other


def setup(page, key: str) -> str:
    source: str = make_notebook(page, key).cells[0].source
    return source


def run(source: str, folder: Path, fake: str = "") -> str:
    """Run code, after other code that fakes what it calls; return what it says."""
    command = [sys.executable, "-I", "-c", dedent(fake) + source]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder).stdout


@pytest.mark.parametrize("key", KEYS)
def test_the_setup_cell_is_short_and_does_nothing_where_all_is_there(
    page, book: Book, tmp_path: Path, key: str
) -> None:
    source = setup(page(SHARED), key)
    assert len(source.splitlines()) <= 16
    named = (n for n in ast.parse(source).body if isinstance(n, ast.Assign))
    needed = next(ast.literal_eval(n.value) for n in named if n.targets[0].id == "needed")
    framework = book.frameworks[key]
    assert needed == {framework.module: framework.install, **book.helpers}
    assert next(iter(needed)) == framework.module
    assert run(source, tmp_path) == ""


def test_the_setup_cell_installs_what_is_missing_and_keeps_numpy(page, tmp_path: Path) -> None:
    fake = """
        import importlib.metadata, importlib.util, subprocess
        importlib.util.find_spec = lambda name: name == "numpy" or None
        importlib.metadata.version = lambda name: "1.2.3"
        subprocess.run = lambda command, check: print(command[1:])
    """
    calls = [
        ast.literal_eval(line)
        for line in run(setup(page(SHARED), "bee"), tmp_path, fake).splitlines()
    ]
    pip = ["-m", "pip", "install", "--quiet"]
    assert calls == [
        [*pip, "--no-deps", "bee==1.0", "numpy==1.2.3"],
        [*pip, "git+https://example.org/helpers", "numpy==1.2.3"],
    ]


def test_what_pip_is_told_may_hold_quotes(root: Path, write_page, tmp_path: Path) -> None:
    text = CONFIG.replace("install: pyyaml", "install: 'a\\\"b\\'")
    (root / "_config.yml").write_text(text)
    assert run(setup(parse_page(write_page(SHARED), read_book(root)), "ant"), tmp_path) == ""


FETCH = """
    import importlib.util, urllib.request
    importlib.util.find_spec = lambda name: name
    def urlretrieve(address):
        print(address)
        with open("fetched", "w") as file:
            file.write("two")
        return "fetched", None
    urllib.request.urlretrieve = urlretrieve
"""


@pytest.mark.parametrize("here", [True, False])
def test_the_setup_cell_fetches_files_that_are_missing(page, tmp_path: Path, here: bool) -> None:
    """By an address that holds no space and no Chinese, of the folder or of the file."""
    source = setup(with_file(page, "one", name="第 1 章/index"), "ant")
    file = tmp_path / "my data 一.txt"
    if here:
        file.write_text("one")
    there = "https://github.com/a/b/raw/main/chapters/%E7%AC%AC%201%20%E7%AB%A0/my%20data%20%E4%B8%80.txt\n"
    assert run(source, tmp_path, FETCH) == ("" if here else there)
    assert file.read_text() == ("one" if here else "two")
    assert not (tmp_path / "fetched").exists()
