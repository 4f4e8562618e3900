"""Cells that hang, flood, or kill their kernel; what is left of the kernel, and of its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from small import KEYS, SHARED, cell

import bookbuild
from bookbuild.cli import main
from bookbuild.execute import run_one
from bookbuild.execute.kernels import LIMIT, Client, Setting
from bookbuild.notebook import make_notebook
from bookbuild.notebook.outputs import shorten
from bookbuild.page import Page

pytestmark = pytest.mark.slow
# What a cell starts is there when it fails.
CHILD = """\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # child {mark}"])
"""
FLOOD = "outputs more than 5 MB, and was stopped: let it print less"
FAULTS = {
    "raises": ("1 / 0", "raised ZeroDivisionError: division by zero"),
    "a long error": ("raise ValueError('x' * 10**7)", FLOOD),
    "hangs and hears nothing": (
        "import signal\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True: pass",
        "took longer than 3 s",
    ),
    "prints 100 MB at once": ("print('x' * 10**8)", FLOOD),
    "prints for ever": ("while True: print('x' * 99)", FLOOD),
    "shows 100 MB": ("from IPython.display import HTML\nHTML('x' * 10**8)", FLOOD),
    "updates to 100 MB": (
        "from IPython.display import HTML, display\n"
        "shown = display(HTML('x'), display_id=True)\nshown.update(HTML('x' * 10**8))",
        FLOOD,
    ),
    # In long lines: their ends are two letters each where what is kept is measured below.
    "prints 100 MB in C": (
        f"import os\nos.system('yes {'x' * 99} | head -c 100000000')",
        FLOOD,
    ),
    "exits": ("import os\nos._exit(3)", "ended its kernel"),
    "is killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ended its kernel"),
    "aborts": ("import os\nos.abort()", "ended its kernel"),
}


def left(mark: str) -> dict[int, bytes]:
    """Return the processes that hold a text, by their numbers; not what multiprocessing keeps."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (folder / "cmdline").read_bytes()
            if mark.encode() in line + (folder / "environ").read_bytes():
                found[int(folder.name)] = line
    return {
        number: line
        for number, line in found.items()
        if number != os.getpid() and b"resource_tracker" not in line
    }


def until(condition: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return a text that marks all kernels of this test; temporary folders are its own."""
    text = f"mark-{tmp_path.name}-{os.getpid()}"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("BOOK_MARK", text)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield text
    for number in left(text):
        os.kill(number, signal.SIGKILL)


def run(page: Page, timeout: int | None = None) -> str:
    """Run the cells of a page, and return what is wrong."""
    notebook = make_notebook(page, "ant")
    del notebook.cells[0]  # which takes its time on a machine that is busy
    return run_one(page, "ant", notebook, Setting(timeout=timeout), page.notebook("ant"))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets how much the cell holds after each message."""
    found = [0]
    process = Client.process_message

    def count(self: Client, msg: dict[str, Any], cell: NotebookNode, index: int) -> Any:
        result = process(self, msg, cell, index)
        found.append(len(str(cell.outputs)))
        return result

    monkeypatch.setattr(Client, "process_message", count)
    return found


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_leaves_nothing_behind(
    page, tmp_path: Path, mark: str, kept: list[int], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would not watch the C streams
    source, message = FAULTS[name]
    # In one cell, so that whatever hangs has its child before its time is up.
    tiny = page(cell(CHILD.format(mark=mark) + source))
    tiny.notebook("ant").write_text("what was stored before")
    told = run(tiny, 3 if "hangs" in name else None)
    assert told.startswith(f"{tiny.path}:6: ant.ipynb, cell-0 {message}")
    assert told == shorten(told, 400)
    assert tiny.notebook("ant").read_text() == "what was stored before"
    # A process that was killed may be seen for a moment longer.
    assert until(lambda: left(mark) == {}), left(mark)
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(file.name for file in tiny.path.parent.iterdir()) == ["ant.ipynb", "index.md"]
    # However much it is, what is kept of it is no more than the limit, and what stands around it.
    assert max(kept) < 1.1 * LIMIT


def test_what_is_cleared_or_replaced_does_not_count(page) -> None:
    """A training that draws itself anew after each epoch may go on for ever."""
    source = """\
from IPython.display import HTML, clear_output, display
shown = display(HTML("x"), display_id=True)
for i in range(9):
    shown.update(HTML("x" * 999_999))
    print("x" * 999_999)
    clear_output()
print("done")
"""
    tiny = page(cell(source))
    assert run(tiny) == ""
    [found] = nbformat.read(tiny.notebook("ant"), as_version=4).cells
    assert found.outputs[-1].text == "done\n"


def test_a_kernel_that_dies_after_its_last_cell(page, mark: str) -> None:
    """Its outputs are whole, but nobody knows whether they would have been."""
    late = "import os\nget_ipython().events.register('pre_execute', lambda: os._exit(3))"
    tiny = page(SHARED + cell(late))
    assert run(tiny).startswith(f"{tiny.path}:9: ant.ipynb, cell-1 was the last; then its kernel ")
    assert not tiny.notebook("ant").exists()


def test_a_kernel_that_does_not_start(page, root: Path, mark: str) -> None:
    tiny = page(SHARED)
    (root / "ipykernel_launcher.py").write_text("raise SystemExit('no')")
    told = run(tiny)
    assert told.startswith(f"{tiny.path}:1: ant.ipynb: its kernel does not start: Kernel died")
    assert "\n" not in told


def test_a_process_that_is_killed_is_told_and_the_others_go_on(
    page, tmp_path: Path, mark: str, capfd
) -> None:
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
    tiny = page("".join(cell(kill if key == "bee" else "pass", key) for key in KEYS))
    out = tmp_path / "out"
    assert main(["test-run", "--jobs", "2", "--out", str(out)]) == 1
    told = capfd.readouterr().err
    assert f"{tiny.path}:1: bee.ipynb: its process was killed; out of memory?\n" in told
    assert told.count("was killed") == 1
    assert "Traceback" not in told
    assert {file.stem for file in (out / "tiny").iterdir()} == {"ant", "cat"}
    assert until(lambda: left(mark) == {})


@pytest.mark.parametrize("command", ["run", "test-run"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whoever_is_stopped_takes_all_with_it(
    page, tmp_path: Path, mark: str, command: str, number: signal.Signals
) -> None:
    """And leaves the notebook that it was about to write as it was."""
    began = tmp_path / "began"
    path = page("# A page\n\n" + cell(f"open({str(began)!r}, 'w').close()\nwhile True: pass")).path
    out = path.parent if command == "run" else tmp_path / "out/tiny"
    out.mkdir(parents=True, exist_ok=True)
    (out / "ant.ipynb").write_text("what was stored before")
    more = [] if command == "run" else ["--jobs", "2", "--out", str(out.parent)]
    process = subprocess.Popen(
        [sys.executable, "-m", "bookbuild", command, "--framework", "ant", *more],
        env=os.environ | {"PYTHONPATH": str(Path(bookbuild.__file__).parents[1])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert until(lambda: began.exists() or process.poll() is not None)
    process.send_signal(number)
    _, told = process.communicate()
    assert until(lambda: left(mark) == {})
    assert began.exists(), told
    assert (out / "ant.ipynb").read_text() == "what was stored before"
    assert [file.name for file in out.iterdir() if file.name != "index.md"] == ["ant.ipynb"]
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert told == "interrupted; the notebooks stored so far stay as they are\n"
        assert list((tmp_path / "temporary").iterdir()) == []
