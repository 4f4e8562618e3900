"""What `pip install .` promises: the table of frameworks, the extras, and a light import."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from d2lcompat import FRAMEWORKS, __version__

ROOT = Path(__file__).parents[1]

# Blocks the import of a module, so that the message of a missing framework shows.
IMPORT_WITHOUT = """
import sys
sys.modules[{package!r}] = None
try:
    import d2lcompat.{key}
except ImportError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    parsed: dict[str, Any] = tomllib.loads(text)
    return parsed


def run_python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_every_framework_is_an_extra(project: dict[str, Any]) -> None:
    assert list(project["project"]["optional-dependencies"]) == list(FRAMEWORKS)


def test_no_framework_is_a_hard_dependency(project: dict[str, Any]) -> None:
    needed = {re.split(r"\W", line)[0] for line in project["project"]["dependencies"]}
    assert needed == {"matplotlib", "numpy", "safetensors", "tqdm"}


def test_the_wheel_holds_every_module_and_nothing_else(tmp_path: Path) -> None:
    files = {path for path in (ROOT / "d2lcompat").rglob("*") if path.suffix in {".py", ".typed"}}
    for path in [*files, ROOT / "pyproject.toml", ROOT / "README.md", *ROOT.glob("LICENSE*")]:
        copy = tmp_path / path.relative_to(ROOT)  # a build leaves files beside what it builds
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    # The backend that pyproject.toml names, as pip calls it, but without a download.
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], check=True, cwd=tmp_path, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {path.relative_to(ROOT).as_posix() for path in files}
    assert "d2lcompat/py.typed" in packed


def test_version_is_in_the_changelog() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


@pytest.mark.parametrize("name", ["", "-book", "-pdf"])
def test_every_requirement_is_pinned(name: str) -> None:
    found = requirements(f"requirements{name}.txt")
    assert found
    pinned = re.compile(r"[\w.-]+==[\w.]+(; python_version (<|>=) '3\.\d+')?")
    assert [line for line in found if not pinned.fullmatch(line)] == []


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[=<>;]", line)[0] for line in lines}


def test_what_the_engine_needs_is_what_the_tests_install() -> None:
    engine = tomllib.loads((ROOT / "bookbuild/pyproject.toml").read_text(encoding="utf-8"))
    own = {"numpy", "onnx", "safetensors"}  # of this book
    assert names(engine["project"]["dependencies"]) | own == names(
        requirements("requirements-book.txt")
    )
    assert names(engine["project"]["optional-dependencies"]["pdf"]) == names(
        requirements("requirements-pdf.txt")
    )


def test_the_engine_is_packed_as_a_whole() -> None:
    engine = tomllib.loads((ROOT / "bookbuild/pyproject.toml").read_text(encoding="utf-8"))
    folders = {path.parent.relative_to(ROOT) for path in ROOT.glob("bookbuild/**/__init__.py")}
    named = engine["tool"]["setuptools"]["packages"]
    assert sorted(named) == sorted(".".join(folder.parts) for folder in folders)


def test_mxnet_is_pinned_by_digest_and_as_notebooks_install_it() -> None:
    text = (ROOT / "requirements-mxnet.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", "").splitlines()
    requirement, *digests = next(line for line in joined if not line.startswith("#")).split()
    assert requirement in FRAMEWORKS["mxnet"].install.split()
    assert digests
    assert [word for word in digests if not re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word)] == []


def test_import_is_light() -> None:
    heavy = {framework.package for framework in FRAMEWORKS.values()} | {"matplotlib", "IPython"}
    program = "import sys, d2lcompat; print(*{name.partition('.')[0] for name in sys.modules})"
    assert heavy.isdisjoint(run_python(program).split())


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_a_missing_framework_is_one_line(key: str) -> None:
    framework = FRAMEWORKS[key]
    message = run_python(IMPORT_WITHOUT.format(key=key, package=framework.package))
    expected = f"d2lcompat.{key} needs {framework.label}: pip install {framework.install}\n"
    assert message == expected


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_every_framework_has_a_module(key: str) -> None:
    assert importlib.util.find_spec(f"d2lcompat.{key}") is not None
