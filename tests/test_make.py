"""Which Python `make` takes: one that all four frameworks and the lock have wheels for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("version", "locked", "needed"), [("3.10", "", "3.11, 3.12 or 3.13"), ("3.13", "1", "3.11")]
)
def test_an_unfit_python_is_one_line(
    tmp_path: Path, version: str, locked: str, needed: str
) -> None:
    python = tmp_path / "python"
    answers = f"*version) echo Python {version}.0;; *print*) echo {version};; *) exit 1;;"
    python.write_text(f'#!/bin/sh\ncase "$*" in {answers} esac\n')
    python.chmod(0o755)
    venv = tmp_path / "venv"
    command = ["make", "setup", f"LOCKED={locked}", f"PYTHON={python}", f"VENV={venv}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.startswith(f"This book needs Python {needed}, found: Python {version}.0. ")
    assert not venv.exists()
