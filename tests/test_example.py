"""A book of another author: the engine from an empty environment, two frameworks, one page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def needed(lines: Iterable[str]) -> set[str]:
    """Return the names of all packages that requirements ask for, and those ask for in turn."""
    found: dict[str, set[str]] = {}
    asked = [(Requirement(line), "") for line in lines]
    while asked:
        row, extra = asked.pop()
        if row.marker and not row.marker.evaluate({"extra": extra}):
            continue
        for name in {"", *row.extras} - found.setdefault(canonicalize_name(row.name), set()):
            found[canonicalize_name(row.name)].add(name)
            asked += [(Requirement(line), name) for line in distribution(row.name).requires or []]
    return set(found)


def link(package: Distribution, folder: Path) -> None:
    """Let a folder have a package's files, and what Python has compiled of them, as they are here.

    Other packages' files are not taken, even if they lie beside them.
    """
    for file in package.files or []:
        place, to = Path(str(package.locate_file(file))), folder / file
        if ".." in file.parts or "__pycache__" in file.parts or not place.is_file():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        if not to.exists():
            to.symlink_to(place)
        compiled = to.with_name("__pycache__")
        if file.suffix == ".py" and len(file.parts) > 1 and not compiled.is_symlink():
            compiled.symlink_to(place.with_name("__pycache__"))


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example, executed and built by the engine that pip installed.

    Beside it is nothing but the packages that it names, in the versions that are here.
    """
    folder = tmp_path_factory.mktemp("example")
    junk = shutil.ignore_patterns("__pycache__", "build", "_build", "*.egg-info", "*.ipynb")
    shutil.copytree(ROOT / "bookbuild", folder / "bookbuild", ignore=junk)
    shutil.copytree(ROOT / "examples", folder / "book", ignore=junk)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    python = folder / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    run(*pip, "--no-deps", "./bookbuild", folder=folder)
    shutil.rmtree(folder / "bookbuild")  # nothing may be read from where it was installed from
    [packages] = (folder / "venv").glob("lib/*/site-packages")
    [engine] = distributions(path=[str(packages)])
    for name in needed(engine.requires or []) | needed(["numpy"]):
        link(distribution(name), packages)
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
