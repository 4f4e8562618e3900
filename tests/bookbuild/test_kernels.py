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

import nbformat
import pytest

import bookbuild
from bookbuild.__main__ import main
from bookbuild.notebook.outputs import shorten
from d2lcompat import FRAMEWORKS

GOOD = "print('good')"
# What a cell starts is there when it fails.
CHILD = """\
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # child {mark}"])
open({began!r}, "w").close()
"""
FLOOD = "outputs more than 5 MB, and was stopped: let it print less"
FAULTS = {
    "raises": ("1 / 0", "raised ZeroDivisionError: division by zero"),
    "a long error": ("raise ValueError('x' * 10**7)", FLOOD),
    "hangs": ("while True: pass", "took longer than 5 s"),
    "hangs and hears nothing": (
        "import signal\n"
        "for number in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "while True: pass",
        "took longer than 5 s",
    ),
    "prints 100 MB": ("for _ in range(10**6): print('x' * 99)", FLOOD),
    "prints 100 MB at once": ("print('x' * 10**8)", FLOOD),
    "prints for ever": ("while True: print('x' * 99)", FLOOD),
    "shows 100 MB": ("from IPython.display import HTML\nHTML('x' * 10**8)", FLOOD),
    "updates to 100 MB": (
        "from IPython.display import HTML, display\n"
        "shown = display(HTML('x'), display_id=True)\nshown.update(HTML('x' * 10**8))",
        FLOOD,
    ),
    "prints 100 MB in C": ("import os\nos.system('yes | head -c 100000000')", FLOOD),
    "exits": ("import os\nos._exit(3)", "ended its kernel"),
    "is killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ended its kernel"),
    "aborts": ("import os\nos.abort()", "ended its kernel"),
}


def cells(source: str, page: str = GOOD) -> str:
    """Return a shared cell, and a group in which MXNet's cell has the source."""
    sources = {key: source if key == "mxnet" else page for key in FRAMEWORKS}
    group = "".join(f"```{{code-cell}}\n:tags: [{k}]\n{s}\n```\n" for k, s in sources.items())
    return f"```{{code-cell}}\n{GOOD}\n```\n{group}"


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


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
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


def command(*arguments: str) -> subprocess.Popen[str]:
    """Start bookbuild as a process of its own."""
    env = os.environ | {"PYTHONPATH": str(Path(bookbuild.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-m", "bookbuild", *arguments],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_leaves_nothing_behind(
    write_page, tmp_path: Path, mark: str, name: str, monkeypatch: pytest.MonkeyPatch, capfd
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would not watch the C streams
    source, message = FAULTS[name]
    began = tmp_path / "began"
    path = write_page(cells(CHILD.format(mark=mark, began=str(began)) + source))
    own, other = path.with_name("mxnet.ipynb"), path.with_name("torch.ipynb")
    own.write_text("what was stored before")
    start = time.monotonic()
    for key, status in {"mxnet": 1, "torch": 0}.items():
        assert main(["run", "--framework", key, "--timeout", "5"]) == status
    took = time.monotonic() - start
    told = capfd.readouterr().err
    assert told.startswith(f"{path}:17: mxnet.ipynb, cell-3 {message}")
    assert told == shorten(told, 400) + "\n"
    assert began.exists()
    assert took < 60
    assert own.read_text() == "what was stored before"
    assert nbformat.read(other, as_version=4).cells[-1].outputs[0].text == "good\n"
    assert left(mark) == {}
    assert list((tmp_path / "temporary").iterdir()) == []
    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["index.md", "mxnet.ipynb", "torch.ipynb"]


@pytest.mark.parametrize("name", ["prints 100 MB", "prints 100 MB at once", "prints for ever"])
def test_what_floods_takes_no_more_memory_than_it_is_itself(
    write_page, mark: str, name: str
) -> None:
    write_page(cells(FAULTS[name][0]))
    process = command("run", "--framework", "mxnet")
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1
    process.returncode = 1
    process.communicate()
    assert used.ru_maxrss < 900_000  # KB, of the process and of its kernel


def test_what_is_cleared_or_replaced_does_not_count(write_page) -> None:
    """A training that draws itself anew after each epoch may go on for ever."""
    source = """\
from IPython.display import HTML, clear_output, display
shown = display(HTML("x"), display_id=True)
for i in range(9):
    shown.update(HTML("x" * 999_999))
    print("x" * 999_999)
    clear_output()
"""
    write_page(cells(source))
    assert main(["run", "--framework", "mxnet"]) == 0


def test_a_kernel_that_dies_after_its_last_cell(write_page, mark: str, capfd) -> None:
    """Its outputs are whole, but nobody knows whether they would have been."""
    late = "import os\nget_ipython().events.register('pre_execute', lambda: os._exit(3))"
    path = write_page(cells(late))
    assert main(["run", "--framework", "mxnet"]) == 1
    assert capfd.readouterr().err.startswith(f"{path}:17: mxnet.ipynb, cell-3 was the last; then ")
    assert not path.with_name("mxnet.ipynb").exists()


def test_a_kernel_that_does_not_start(write_page, book: Path, mark: str, capfd) -> None:
    path = write_page(cells(GOOD))
    (book / "ipykernel_launcher.py").write_text("raise SystemExit('no')")
    assert main(["run", "--framework", "mxnet"]) == 1
    told = capfd.readouterr().err
    assert f"{path}:1: mxnet.ipynb: its kernel does not start: Kernel died" in told
    assert "Traceback" not in told


def test_a_process_that_is_killed_is_told_and_the_others_go_on(
    write_page, tmp_path: Path, mark: str, capfd
) -> None:
    path = write_page(cells("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"))
    out = tmp_path / "out"
    assert main(["test-run", "--jobs", "2", "--out", str(out)]) == 1
    told = capfd.readouterr().err
    assert f"{path}:1: mxnet.ipynb: its process was killed; out of memory?\n" in told
    assert "Traceback" not in told
    assert {file.stem for file in (out / "tiny").iterdir()} == set(FRAMEWORKS) - {"mxnet"}
    assert until(lambda: left(mark) == {})


@pytest.mark.parametrize("jobs", ["run", "1", "2"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whoever_is_stopped_takes_all_with_it(
    write_page, tmp_path: Path, mark: str, jobs: str, number: signal.Signals
) -> None:
    """And leaves the notebook that it was about to write as it was."""
    began = tmp_path / "began"
    path = write_page(cells(f"open({str(began)!r}, 'w').close()\nwhile True: pass"))
    out = path.parent if jobs == "run" else tmp_path / "out/tiny"
    out.mkdir(parents=True, exist_ok=True)
    (out / "mxnet.ipynb").write_text("what was stored before")
    more = ["run"] if jobs == "run" else ["test-run", "--jobs", jobs, "--out", str(out.parent)]
    process = command(*more, "--framework", "mxnet")
    assert until(began.exists)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert until(lambda: left(mark) == {}, 20)
    assert (out / "mxnet.ipynb").read_text() == "what was stored before"
    assert [file.name for file in out.iterdir() if file.name != "index.md"] == ["mxnet.ipynb"]
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert told == "interrupted; the notebooks stored so far stay as they are\n"
        assert list((tmp_path / "temporary").iterdir()) == []
