"""What `make` takes: a Python that the work has wheels for, any GNU make from 3.81, a browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKE = shutil.which("make") or "make"
NEWER = [  # than macOS's GNU make 3.81
    r"^\.ONESHELL", r"^\.EXTRA_PREREQS", r"^define \S+ *[:?]?=", r"^\S+ *(!|::)=", r"&:",
    r"\$\((file|let|guile|intcmp) ", r"^(undefine|private) ",
]  # fmt: skip


def make(*arguments: object, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    command = [MAKE, *map(str, arguments)]
    environment = {"PATH": path, "HOME": os.environ["HOME"]}  # no LOCKED, no MAKEFLAGS of CI
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment
    )


def program(path: Path, body: str = "") -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("target", "version", "locked", "needed"),
    [
        ("book", "3.10", "", "Building the site needs one of Python 3.11 3.12 3.13 3.14"),
        ("setup", "3.14", "", "(some have no wheels for later ones) needs one of Python 3.11 3.12"),
        ("setup", "3.13", "1", "needs one of Python 3.11, "),
    ],
)
def test_an_unfit_python_is_one_line(
    tmp_path: Path, target: str, version: str, locked: str, needed: str
) -> None:
    answers = f"*version) echo Python {version}.0;; *print*) echo {version};; *) exit 1;;"
    python = program(tmp_path / "python", f'case "$*" in {answers} esac')
    venv = tmp_path / "venv"
    done = make(target, f"LOCKED={locked}", f"PYTHON={python}", f"VENV={venv}")
    assert done.returncode != 0
    line = done.stderr.splitlines()[0]
    assert needed in line
    assert f"found: Python {version}.0. " in line
    assert not venv.exists()


@pytest.mark.parametrize("flags", [[], [".SHELLFLAGS=-c"]], ids=["4", "3.81"])
def test_book_makes_do_with_its_own_size(tmp_path: Path, flags: list[str]) -> None:
    log = tmp_path / "log"
    (tmp_path / "venv/bin").mkdir(parents=True)
    answers = f"*print*version*) echo 3.14;; *site*) echo {tmp_path};;"
    body = f'echo "$*" >> {log}; case "$*" in {answers} esac'
    program(tmp_path / "venv/bin/python", body)
    done = make(*flags, tmp_path / "venv/.book", f"VENV={tmp_path / 'venv'}")
    assert (done.returncode, done.stderr) == (0, "")
    installed = [line for line in log.read_text().splitlines() if " -r " in line]
    assert [line.split()[-1] for line in installed] == ["requirements-book.txt"]
    assert (tmp_path / "nin-book.pth").read_text() == f"{ROOT}\n"


def test_a_failed_installation_leaves_no_stamp(tmp_path: Path) -> None:
    (tmp_path / "venv/bin").mkdir(parents=True)
    body = 'case "$*" in *print*) echo 3.11;; *install*) exit 1;; esac'
    program(tmp_path / "venv/bin/python", body)
    stamp = tmp_path / "venv/.book"
    assert make(".SHELLFLAGS=-c", stamp, f"VENV={tmp_path / 'venv'}").returncode != 0
    assert not stamp.exists()


@pytest.mark.parametrize("pattern", NEWER)
def test_macos_has_a_make_that_is_new_enough(pattern: str) -> None:
    assert re.search(pattern, (ROOT / "Makefile").read_text(), re.MULTILINE) is None


@pytest.mark.parametrize("name", ["chromium-browser", "google-chrome", "Google Chrome"])
def test_a_browser_of_another_name_will_do(tmp_path: Path, name: str) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    known = (ROOT / "Makefile").read_text().partition("FIND_BROWSER =")[2].partition(";")[0].split()
    for tool in ("bash", "uname"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    assert "make CHROME=" in make("browser", path=str(tools)).stderr
    browser = program(tools / name)
    done = make("browser", *([] if name in known else [f"CHROME={browser}"]), path=str(tools))
    assert (done.returncode, done.stderr) == (0, "")


def test_help_names_every_target() -> None:
    shown = re.findall(r"^  (\w+)", make("help").stdout, re.MULTILINE)
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    assert sorted(shown) == sorted(
        re.findall(r"^\.PHONY: (help .*)", text, re.MULTILINE)[0].split()
    )
