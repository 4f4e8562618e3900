"""What importing the helpers brings with it: one framework, no words, no trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from d2lcompat import FRAMEWORKS

HEAVY = {"matplotlib", "matplotlib_inline", "IPython", "tqdm", "safetensors"}
PACKAGES = {row.package for row in FRAMEWORKS.values()}
# A framework may load heavy packages of its own accord: only what our modules ask for counts.
IMPORT = """
import builtins, json, os, sys

statement, report = sys.argv[1:]
theirs, asked = builtins.__import__, set()

def noting(name, globals=None, *rest, **settings):
    if str((globals or {}).get("__name__")).partition(".")[0] == "d2lcompat":
        asked.add(name.partition(".")[0])
    return theirs(name, globals, *rest, **settings)

builtins.__import__ = noting
exec(statement)
builtins.__import__ = theirs
found = {
    "asked": sorted(asked),
    "loaded": sorted({name.partition(".")[0] for name in sys.modules}),
    "environment": dict(os.environ),
}
with open(report, "w") as file:
    json.dump(found, file)
"""


def after(statement: str, folder: Path, *options: str) -> dict[str, Any]:
    """Return what a new process has imported, set and said after a statement."""
    command = [sys.executable, *options, "-c", IMPORT, statement, str(folder / "report")]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(
        command, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads((folder / "report").read_text())
    return found | {"said": result.stdout + result.stderr}


@pytest.fixture(scope="module")
def imported(key: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what importing the framework's module does, with its first call."""
    statement = f"from d2lcompat import {key} as d2l; d2l.seed(1)"
    return after(statement, tmp_path_factory.mktemp("imported"))


def test_it_imports_one_framework(key: str, imported: dict[str, Any]) -> None:
    assert PACKAGES & set(imported["loaded"]) == {FRAMEWORKS[key].package}


def test_it_imports_nothing_to_draw_with(imported: dict[str, Any]) -> None:
    assert "numpy" in imported["asked"]
    assert not set(imported["asked"]) & HEAVY


def test_it_prints_nothing(imported: dict[str, Any]) -> None:
    assert imported["said"] == ""


def test_it_changes_no_variable_of_the_environment(
    key: str, imported: dict[str, Any], tmp_path: Path
) -> None:
    # The framework may set some itself.
    alone = f"import {FRAMEWORKS[key].package}"
    if key == "mxnet":
        alone = "from d2lcompat.workarounds.mxnet_import import import_mxnet; import_mxnet()"
    theirs = after(alone, tmp_path, "-W", "ignore")
    assert imported["environment"] == theirs["environment"]


def test_the_package_imports_no_framework(tmp_path: Path) -> None:
    found = after("import d2lcompat", tmp_path)
    assert not set(found["loaded"]) & (HEAVY | PACKAGES)
    assert found["said"] == ""
