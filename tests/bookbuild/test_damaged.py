"""Notebooks that are not what their page needs: named with what to do, never kept as they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output

import bookbuild
from bookbuild.__main__ import main
from bookbuild.notebook.faults import faults
from bookbuild.notebook.make import make_notebook
from bookbuild.notebook.stored import load, renewed, write
from bookbuild.page.cells import parse_page

SHARED = "```{code-cell}\nprint('shared')\n```\n"
RUN = "run `make run PAGE=tiny FRAMEWORK=torch`"
RESTORE = f"restore its last version from the repository, or {RUN}"


@pytest.fixture
def done(write_page) -> Path:
    """Return the notebook of a page for PyTorch, stored as if it had been run."""
    path = write_page("Text\n\n" + SHARED)
    notebook = make_notebook(parse_page(path), "torch")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    notebook.cells[-1].outputs = [new_output("stream", name="stdout", text="shared\n")]
    notebook.metadata["nin_book"] |= {"setting": "full", "seconds": 1.5}
    write(notebook, path.with_name("torch.ipynb"))
    assert main(["check", "--framework", "torch"]) == 0
    return path.with_name("torch.ipynb")


def checked(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line in which `check` complains of the notebook."""
    capsys.readouterr()
    assert main(["check", "--framework", "torch"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told.rstrip()


def cut(path: Path) -> None:
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"shared") + 3])


def note(**changes: object) -> Callable[[Path], None]:
    """Return what changes the metadata that we keep in a notebook."""

    def change(path: Path) -> None:
        notebook = json.loads(path.read_text())
        notebook["metadata"]["nin_book"] |= changes
        path.write_text(json.dumps(notebook))

    return change


def renumber(path: Path) -> None:
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        del cell["id"]
    path.write_text(json.dumps(notebook | {"nbformat_minor": 4}))


def repeat(path: Path) -> None:
    notebook = json.loads(path.read_text())
    notebook["cells"].append(notebook["cells"][-1])
    path.write_text(json.dumps(notebook))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


DAMAGES = {
    "half": (cut, ":46: cannot be read: no JSON: Unterminated string"),
    "empty": (lambda path: path.write_bytes(b""), ":1: cannot be read: no JSON"),
    "junk": (
        lambda path: path.write_bytes(b"a\nb\n\xff\0"),
        ":3: cannot be read: no text in UTF-8",
    ),
    "zeros": (lambda path: path.write_bytes(bytes(999)), ":1: cannot be read: no JSON"),
    "deep": (lambda path: path.write_text("[" * 99999), ": cannot be read: maximum recursion"),
    "list": (lambda path: path.write_text("[]"), ": cannot be read: JSON, but no notebook"),
    "no notebook": (lambda path: path.write_text('{"cells": 3}'), ": cannot be read: "),
    "half a character": (
        lambda path: path.write_text(path.read_text().replace("shared", r"\ud800")),
        ": cannot be read: 'utf-8' codec can't encode character",
    ),
    "conflict": (
        lambda path: path.write_text("<<<<<<< HEAD\n" + path.read_text()),
        ":1: cannot be read: no JSON",
    ),
    "old format": (renumber, ": cannot be read: its format is older than 4.5"),
    "cells of one name": (repeat, ": cannot be read: Non-unique cell id"),
    "note": (
        note(seconds="soon"),
        ": cannot be read: its metadata `nin_book` has a wrong 'seconds'",
    ),
    "folder": (folder, ": cannot be read: Is a directory"),
    "loop": (loop, ": cannot be read: Too many levels of symbolic links"),
    "another page": (note(page="other"), ": is the notebook of other/torch"),
    "another framework": (note(framework="mxnet"), ": is the notebook of tiny/mxnet"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_notebook_is_named_with_what_to_do(done: Path, name: str, capsys) -> None:
    harm, message = DAMAGES[name]
    harm(done)
    told = checked(capsys)
    assert told.startswith(f"{done}{message}")
    assert told.endswith(f": {RESTORE}")


@pytest.mark.parametrize("name", ["half", "loop", "another framework"])
def test_a_run_replaces_it(done: Path, name: str, capsys) -> None:
    DAMAGES[name][0](done)
    assert main(["run", "--framework", "torch"]) == 0
    assert main(["check", "--framework", "torch"]) == 0


@pytest.mark.parametrize("command", ["run", "notebooks"])
def test_a_folder_in_its_place_is_one_line_and_stays(done: Path, command: str, capsys) -> None:
    folder(done)
    (done / "mine.txt").touch()
    assert main([command, "--framework", "torch"]) == 1
    told = capsys.readouterr().err
    assert told == f"{done}: cannot be written: Is a directory\n"
    assert [path.name for path in done.iterdir()] == ["mine.txt"]
    assert sorted(path.name for path in done.parent.iterdir()) == ["index.md", "torch.ipynb"]


def test_a_file_that_may_not_be_read(done: Path) -> None:
    done.chmod(0)
    # What root may do beyond others is taken away.
    rights = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    command = [sys.executable, "-m", "bookbuild", "check", "--framework", "torch"]
    ran = subprocess.run(
        (drop if os.geteuid() == 0 else []) + command,
        env=os.environ | {"PYTHONPATH": str(Path(bookbuild.__file__).parents[1])},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr == f"{done}: cannot be read: Permission denied: {RESTORE}\n"


@pytest.mark.parametrize("copied", ["framework", "page"])
def test_the_outputs_of_another_notebook_are_not_taken(
    write_page, copied: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both have the same code, so that digests alone cannot tell."""
    text = "```{code-cell}\nimport os\nprint(os.path.basename(os.getcwd()))\n```\n"
    other, path = write_page(text, name="other"), write_page(text)
    assert main(["run", "--page", "other", "--framework", "mxnet"]) == 0
    assert main(["run", "--page", "tiny", "--framework", "torch"]) == 0
    own = path.with_name("mxnet.ipynb")
    source = path.with_name("torch.ipynb") if copied == "framework" else other.with_name(own.name)
    shutil.copyfile(source, own)
    capsys.readouterr()
    here = ["--page", "tiny", "--framework", "mxnet"]
    assert main(["check", *here]) == 1
    whose = "tiny/torch" if copied == "framework" else "other/mxnet"
    assert f"{own}: is the notebook of {whose}: restore" in capsys.readouterr().err
    assert main(["notebooks", *here]) == 0
    assert f"outputs dropped, it was the notebook of {whose}" in capsys.readouterr().out
    assert main(["check", *here]) == 1
    assert "not executed in full" in capsys.readouterr().err


def test_half_a_notebook_is_a_fault_wherever_it_ends(done: Path) -> None:
    page, whole = parse_page(done.with_name("index.md")), done.read_bytes()
    for size in range(len(whole) - 1):  # its last byte ends the line
        done.write_bytes(whole[:size])
        [fault] = faults(load(page, "torch"))
        assert fault.startswith(f"{done}:{whole[:size].count(10) + 1}: cannot be read: no JSON"), (
            size
        )


def test_whatever_is_in_the_file_is_told_or_mended(done: Path) -> None:
    page, whole = parse_page(done.with_name("index.md")), done.read_bytes()

    @settings(max_examples=500, deadline=None, derandomize=True)
    @given(st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=8))
    def damage(start: int, size: int, junk: bytes) -> None:
        done.write_bytes(whole[:start] + junk + whole[start + size :])
        stored = load(page, "torch")
        assert all("\n" not in fault and fault.startswith(str(done)) for fault in faults(stored))
        write(renewed(stored), done)
        again = load(page, "torch")
        assert again.old is not None
        assert not again.foreign
        assert not again.stale

    damage()


def test_drafts_of_a_killed_run_are_removed_later(done: Path) -> None:
    old, new = (done.with_name(f".torch.ipynb.{name}") for name in ("old", "new"))
    for draft in (old, new):
        draft.write_text("{")
    os.utime(old, (1, 1))
    assert main(["run", "--framework", "torch", "--force"]) == 0
    assert not old.exists()
    assert new.exists()  # of a run at the same time
