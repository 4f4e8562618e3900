"""Stored notebooks that are not what their page needs: named with what to do, never kept so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_output
from small import SHARED, store

from bookbuild.cli import main
from bookbuild.config import Book, BookError
from bookbuild.notebook import make_notebook
from bookbuild.notebook.stored import load, read_notebook, write
from bookbuild.page.cells import parse_page

RUN = "run `make run PAGE=tiny FRAMEWORK=ant`"
RESTORE = f"restore its last version from the repository, or {RUN}"


@pytest.fixture
def done(page) -> Path:
    """Return the notebook of a page for the first framework, stored as if it had been run."""
    path = store(page("Text\n\n" + SHARED), "ant")
    edit(path, outputs=[{"name": "stdout", "output_type": "stream", "text": "shared\n"}])
    assert load(page("Text\n\n" + SHARED), "ant").faults() == []
    return path


def edit(path: Path, note: dict[str, object] | None = None, **changes: object) -> None:
    """Change the last cell of a stored notebook by hand, or what we note in it."""
    notebook = json.loads(path.read_text())
    notebook["cells"][-1].update(changes)
    notebook["metadata"]["book"] |= note or {}
    path.write_text(json.dumps(notebook, indent=1))


def cut(path: Path) -> None:
    text = path.read_bytes()
    path.write_bytes(text[: text.index(b"shared") + 3])


def old_format(path: Path) -> None:
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


def put(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "half": (cut, ":[1-9][0-9]*: cannot be read: no JSON: Unterminated string"),
    "empty": (put(b""), ":1: cannot be read: no JSON"),
    "junk": (put(b"a\nb\n\xff\0"), ": cannot be read: 'utf-8' codec can't decode byte 0xff"),
    "zeros": (put(bytes(999)), ":1: cannot be read: no JSON"),
    "deep": (put(b"[" * 99999), ": cannot be read: maximum recursion"),
    "list": (put(b"[]"), ": cannot be read: JSON, but no notebook"),
    "no notebook": (put(b'{"cells": 3}'), ": cannot be read: "),
    "half a character": (
        lambda path: path.write_text(path.read_text().replace("shared", r"\ud800")) and None,
        ": cannot be read: 'utf-8' codec can't encode character",
    ),
    "conflict": (
        lambda path: path.write_text("<<<<<<< HEAD\n" + path.read_text()) and None,
        ":1: cannot be read: no JSON",
    ),
    "old format": (old_format, ": cannot be read: its format is older than 4.5"),
    "cells of one name": (repeat, ": cannot be read: Non-unique cell id"),
    "note": (
        lambda path: edit(path, {"seconds": "soon"}),
        ": cannot be read: its metadata `book` has a wrong 'seconds'",
    ),
    "folder": (folder, ": cannot be read: Is a directory"),
    "loop": (loop, ": cannot be read: Too many levels of symbolic links"),
    "another page": (lambda path: edit(path, {"page": "other"}), ": is the notebook of other/ant"),
    "another framework": (
        lambda path: edit(path, {"framework": "bee"}), ": is the notebook of tiny/bee",
    ),
}  # fmt: skip
FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (Path.unlink, ": is missing"),
    "edited": (lambda path: edit(path, source="print(2)"), ": stale, its code is not that of"),
    "renamed": (lambda path: edit(path, id="cell-7"), ": stale, its code is not that of the page"),
    "digest": (lambda path: edit(path, {"digest": "0"}), ": stale, its code is not that of"),
    "not run": (lambda path: edit(path, execution_count=None), ": not executed in full"),
    "small": (lambda path: edit(path, {"setting": "small"}), ": not executed in full"),
    "stderr": (
        lambda path: edit(path, outputs=[new_output("stream", name="stderr", text="x")]),
        ": cell-0 writes to stderr: x",
    ),
    "html": (
        lambda path: edit(path, outputs=[new_output("display_data", data={"text/html": "x"})]),
        ": cell-0 shows nothing but text/html; the site shows text, PNG, JPEG and SVG: print it",
    ),
    "gif": (
        lambda path: edit(path, outputs=[new_output("display_data", data={"image/gif": "x"})]),
        ": cell-0 shows nothing but image/gif; the site shows",
    ),
    "path": (
        lambda path: edit(path, outputs=[new_output("stream", text="/home/ada/x")]),
        ": cell-0 shows a path of a machine: /home/ada",
    ),
}  # fmt: skip


def checked(capsys: pytest.CaptureFixture[str], path: Path) -> str:
    """Return the one line in which `check` complains of a notebook."""
    capsys.readouterr()
    assert main(["check"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == [
        str(path.with_name(f"{key}.ipynb")) for key in ("bee", "cat")
    ]
    return lines[0]


@pytest.mark.parametrize("name", [*DAMAGES, *FAULTS])
def test_a_notebook_that_is_not_right_is_named_with_what_to_do(
    done: Path, name: str, capsys
) -> None:
    harm, message = (DAMAGES | FAULTS)[name]
    harm(done)
    told = checked(capsys, done)
    assert told.startswith(str(done))
    place = message.replace(":[1-9][0-9]*", f":{told.removeprefix(str(done)).split(':')[1]}")
    assert told.removeprefix(str(done)).startswith(place)
    assert told.endswith(f": {RESTORE if name in DAMAGES else RUN}")


def test_prose_may_change_without_a_run(done: Path, page, capsys) -> None:
    page("Other text\n\n" + SHARED)
    told = checked(capsys, done)
    assert told == f"{done}: its prose is not that of the page: run `make notebooks`"


def test_a_first_cell_of_another_day_is_told(done: Path, capsys) -> None:
    text = done.read_text(encoding="utf-8")
    assert "import subprocess" in text
    done.write_text(
        text.replace("import subprocess", "import shutil, subprocess"), encoding="utf-8"
    )
    capsys.readouterr()
    assert main(["check"]) == 1
    [told, *_] = capsys.readouterr().err.splitlines()
    assert told == f"{done}: its first cell is of another day: run `make notebooks`"


def test_outputs_are_taken_over_if_they_are_those_of_the_code(done: Path, page) -> None:
    for text, kept in (("Other\n\n" + SHARED, True), (SHARED.replace("shared", "new"), False)):
        tiny = page(text)
        fresh = make_notebook(tiny, "ant", ["Other", 0])
        renewed = load(tiny, "ant").renewed(fresh)
        assert [bool(cell.get("outputs")) for cell in renewed.cells] == [False, False, kept]
        assert renewed.cells[1].source == "Other"
        assert ("setting" in renewed.metadata["book"]) == kept
        assert renewed.metadata["book"]["source"] == fresh.metadata["book"]["source"]


def test_a_pending_run_is_no_fault_until_it_is_there(page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  pending: {ant: still to come}\n---\n"
    tiny = page(SHARED, head=head)
    assert "is missing" in load(tiny, "ant").faults()[0]
    write(make_notebook(tiny, "ant"), tiny.notebook("ant"))
    assert load(tiny, "ant").faults() == []
    store(tiny, "ant")
    assert "still says that it is `pending`" in load(tiny, "ant").faults()[0]
    assert "stale" in load(page(SHARED.replace("shared", "new"), head=head), "ant").faults()[0]


@pytest.mark.parametrize("copied", ["framework", "page"])
def test_the_outputs_of_another_notebook_are_not_taken(page, copied: str) -> None:
    """Both have the same code, so that digests alone cannot tell."""
    tiny, other = page(SHARED), page(SHARED, name="other/index")
    source = store(tiny, "ant") if copied == "framework" else store(other, "bee")
    shutil.copyfile(source, tiny.notebook("bee"))
    stored = load(tiny, "bee")
    whose = "tiny/ant" if copied == "framework" else "other/bee"
    assert stored.problem == f": is the notebook of {whose}"
    fresh = make_notebook(tiny, "bee")
    assert stored.renewed(fresh).cells[-1].execution_count is None


def test_a_folder_in_its_place_stays(done: Path, book: Book) -> None:
    folder(done)
    (done / "mine.txt").touch()
    tiny = parse_page(done.with_name("index.md"), book)
    with pytest.raises(BookError, match=f"^{done}: cannot be written: Is a directory$"):
        write(make_notebook(tiny, "ant"), done)
    assert [path.name for path in done.iterdir()] == ["mine.txt"]
    assert sorted(path.name for path in done.parent.iterdir()) == ["ant.ipynb", "index.md"]


def test_half_a_notebook_is_a_fault_wherever_it_ends(done: Path, book: Book) -> None:
    tiny, whole = parse_page(done.with_name("index.md"), book), done.read_bytes()
    for size in range(0, len(whole) - 1, 7):
        done.write_bytes(whole[:size])
        [fault] = load(tiny, "ant").faults()
        line = whole[:size].count(b"\n") + 1
        assert fault.startswith(f"{done}:{line}: cannot be read: no JSON"), size


def test_whatever_is_in_the_file_is_told_or_mended(done: Path, book: Book) -> None:
    tiny, whole = parse_page(done.with_name("index.md"), book), done.read_bytes()

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=8))
    def damage(start: int, size: int, junk: bytes) -> None:
        done.write_bytes(whole[:start] + junk + whole[start + size :])
        stored = load(tiny, "ant")
        assert all("\n" not in fault and fault.startswith(str(done)) for fault in stored.faults())
        write(stored.renewed(make_notebook(tiny, "ant")), done)
        again = load(tiny, "ant")
        assert read_notebook(done)
        assert not again.problem
        assert not again.stale

    damage()
