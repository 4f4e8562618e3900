"""The lock of CI: what requirements.txt asks for, each package with the digest of its file."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bookbuild import lock
from bookbuild.config import BookError

ROOT = Path(__file__).parents[1]
LINE = re.compile(r"([a-z0-9-]+)==([\w.]+)(\+cpu)? --hash=sha256:[0-9a-f]{64}")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Return the version of each locked package, without the name of its build."""
    found = {}
    for line in (ROOT / lock.LOCK).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            match = LINE.fullmatch(line)
            assert match is not None, line
            assert match[1] not in found, line
            found[match[1]] = match[2]
    return found


def test_it_has_all_that_is_required_in_the_same_version() -> None:
    text = (ROOT / lock.SOURCE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    rows = [Requirement(line) for line in lines]
    here = {"python_version": lock.PLACE[-1]}
    wanted = {
        normal(row.name): str(row.specifier).removeprefix("==")
        for row in rows
        if row.marker is None or row.marker.evaluate(here)
    }
    found = locked()
    assert {name: found.get(name) for name in wanted} == wanted
    assert len(found) > 2 * len(wanted)


def test_its_head_is_the_one_that_is_written() -> None:
    text = (ROOT / lock.LOCK).read_text(encoding="utf-8")
    assert text.startswith(lock.HEAD)
    rows = text.removeprefix(lock.HEAD).splitlines()
    assert rows == sorted(rows)


def item(name: str, **archive: object) -> dict[str, object]:
    info = {"archive_info": archive} if archive else {"dir_info": {}}
    return {"metadata": {"name": name, "version": "1.0"}, "download_info": info}


def test_names_are_those_of_an_index() -> None:
    found = {"install": [item(name, hashes={"sha256": "0" * 64}) for name in ("b_B.b", "A")]}
    end = f"==1.0 --hash=sha256:{'0' * 64}"
    assert lock.lines(found) == [f"a{end}", f"b-b-b{end}"]


@pytest.mark.parametrize("archive", [{}, {"hashes": {}}, {"hashes": {"md5": "0"}}])
def test_a_file_without_a_digest_is_an_error(archive: dict[str, object]) -> None:
    with pytest.raises(BookError, match="nin: its index tells no SHA-256"):
        lock.lines({"install": [item("nin", **archive)]})


def pip(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two wheels, one of which needs the other."""
    import zipfile

    folder = tmp_path_factory.mktemp("index")
    for name, more in (("nin_a", "Requires-Dist: nin-b\n"), ("nin_b", "")):
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
            info = f"{name}-1.0.dist-info"
            head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}"
            wheel.writestr(f"{info}/METADATA", head)
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    (folder / "requirements.txt").write_text("nin-a==1.0\n")
    return folder


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, index: Path) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))


@pytest.mark.usefixtures("offline")
def test_pip_takes_what_is_locked_and_nothing_else(index: Path, tmp_path: Path) -> None:
    rows = lock.lines(lock.report(index / "requirements.txt"))
    assert [row.split("==")[0] for row in rows] == ["nin-a", "nin-b"]
    (tmp_path / "good").write_text("\n".join(rows))
    install = ("install", "--dry-run", "--ignore-installed", "--require-hashes", "-r")
    assert pip(*install, "good", folder=tmp_path).returncode == 0
    digit = "0" if rows[0][-1] != "0" else "1"
    (tmp_path / "bad").write_text("\n".join([rows[0][:-1] + digit, rows[1]]))
    assert "DO NOT MATCH THE HASHES" in pip(*install, "bad", folder=tmp_path).stderr
    (tmp_path / "short").write_text(rows[0])
    assert "--require-hashes" in pip(*install, "short", folder=tmp_path).stderr


@pytest.mark.usefixtures("offline")
def test_what_cannot_be_found_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("nin-lost==1.0\n")
    with pytest.raises(BookError, match=r"pip finds no set of packages: ERROR: .*nin-lost"):
        lock.report(tmp_path / "requirements.txt")


def test_make_says_what_to_do_when_a_file_does_not_fit(tmp_path: Path) -> None:
    # A pip that refuses, in the place of the one that make would call.
    python = tmp_path / "venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\ncase "$*" in *require-hashes*) exit 1;; esac\n')
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
