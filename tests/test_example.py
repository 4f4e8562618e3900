"""A book of another author: the engine from an empty environment, two frameworks, one page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


def run(*command: object, folder: Path) -> None:
    """Run a command as it runs outside of this checkout."""
    here = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {name: value for name, value in os.environ.items() if name not in here}
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example, executed and built by the engine that pip installed."""
    folder = tmp_path_factory.mktemp("example")
    junk = shutil.ignore_patterns("__pycache__", "build", "_build", "*.egg-info", "*.ipynb")
    shutil.copytree(ROOT / "bookbuild", folder / "bookbuild", ignore=junk)
    shutil.copytree(ROOT / "examples", folder / "book", ignore=junk)
    run(sys.executable, "-m", "venv", folder / "venv", folder=folder)
    python = folder / "venv/bin/python"
    pip = (python, "-m", "pip", "install", "--quiet", "--no-compile")
    pins = ROOT / "requirements-book.txt"  # the versions that the engine is tested with
    run(*pip, "--constraint", pins, "./bookbuild", "numpy", folder=folder)
    shutil.rmtree(folder / "bookbuild")  # nothing may be read from where it was installed from
    for command in ("run", "build"):
        run(python, "-m", "bookbuild", command, folder=folder / "book")
    return folder / "book"


@pytest.mark.parametrize("key", ["numpy", "python"])
def test_its_notebooks_are_executed(book: Path, key: str) -> None:
    notebook = nbformat.read(book / f"pi-{key}.ipynb", as_version=4)
    printed = [out.text for cell in notebook.cells for out in cell.get("outputs", ())]
    assert printed == ["3.141593\n"]


def test_its_page_has_both_ways_in_tabs(book: Path) -> None:
    text = (book / "_build/html/pi.html").read_text(encoding="utf-8")
    page = BeautifulSoup(text, "html.parser")
    labels = [label.get_text(strip=True) for label in page.select("label.sd-tab-label")]
    assert labels[:2] == ["NumPy", "Python"]
    assert "3.141593" in page.get_text()


def test_its_readme_is_short() -> None:
    text = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
