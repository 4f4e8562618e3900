"""The locks of CI: what the requirements ask for, each package with the digests of its files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PYTHON = "3.11"
NAMES = ["requirements", "requirements-pdf"]
DIGEST = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> dict[str, str]:
    """Return the version of each locked package, without the name of its build."""
    found = {}
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8").replace("\\\n", "")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            package, *digests = re.split(r" +(?=--)", line)
            assert digests, line
            assert all(DIGEST.fullmatch(digest) for digest in digests), line
            row = Requirement(package)
            assert normal(row.name) not in found, line
            found[normal(row.name)] = str(row.specifier).removeprefix("==").partition("+")[0]
    return found


def required(name: str) -> Iterator[Requirement]:
    """Yield what a file of requirements asks for, and the files that it names."""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            yield from required(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            yield Requirement(line)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_all_that_is_required_in_the_same_version(name: str) -> None:
    wanted = {
        normal(row.name): str(row.specifier).removeprefix("==")
        for row in required(f"{name}.txt")
        if row.marker is None or row.marker.evaluate({"python_version": PYTHON})
    }
    found = locked(name)
    assert {key: found.get(key) for key in wanted} == wanted
    assert len(found) > 2 * len(wanted)


def test_what_prints_the_book_is_what_was_tested() -> None:
    assert locked("requirements-pdf").items() <= locked("requirements").items()


@pytest.mark.parametrize("name", NAMES)
def test_it_names_no_place_of_the_machine_that_made_it(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    assert [word for word in ("file://", "--find-links", "index-url", " @ ") if word in text] == []


def test_make_says_what_to_do_when_a_file_does_not_fit(tmp_path: Path) -> None:
    # A pip that refuses, in the place of the one that make would call.
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    answers = "*require-hashes*) exit 1;; *print*) echo 3.11;;"
    python.write_text(f'#!/bin/sh\ncase "$*" in {answers} esac\n')
    python.chmod(0o755)
    command = ["make", "setup", "LOCKED=1", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    for word in ("make lock", "PIP_EXTRA_INDEX_URL", "without LOCKED"):
        assert word in done.stderr
    assert not (tmp_path / "venv/.installed").exists()


@pytest.mark.parametrize("path", [".ci/run", ".github/workflows/pages.yml"])
def test_ci_installs_what_is_locked(path: str) -> None:
    assert re.search(
        r"^\W*(run: )?make (test|pdf) LOCKED=", (ROOT / path).read_text(), re.MULTILINE
    )
