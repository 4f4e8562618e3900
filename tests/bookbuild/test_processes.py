"""Functions called in processes of their own: what they return and raise, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bookbuild.page.markup import PageError
from bookbuild.processes import call_each

HERE = Path(__file__).parents[2]
PARENT = """
import sys
from pathlib import Path
from time import sleep
from bookbuild.processes import call_each

def wait(name):
    Path(name).write_text(str(__import__("os").getpid()))
    sleep(600)

if __name__ == "__main__":
    call_each(wait, [(name,) for name in sys.argv[1:]])
"""


def give(value: object) -> object:
    return os.getpid(), value


def fail(path: Path) -> None:
    raise PageError("wrong", path, 7)


def call(function: Callable[[int], object], argument: int) -> object:
    time.sleep(0.3)  # so that others are under way
    return function(argument)


def meet(folder: Path, name: str, most: int) -> bool:
    """Return whether no more than some are there at the same time; wait until so many were."""
    (folder / name).touch()
    few = len(list(folder.glob("?"))) <= most
    assert until(lambda: (folder / "met").exists() or len(list(folder.glob("?"))) == most)
    (folder / "met").touch()
    time.sleep(0.1)
    (folder / name).unlink()
    return few


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


def until(condition: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_each_has_a_process_and_its_result_a_place() -> None:
    found = call_each(give, [("a",), (None,), ("",)])
    assert [value for _, value in found] == ["a", None, ""]
    assert len({number for number, _ in found} | {os.getpid()}) == 4


def test_nothing_is_asked_of_nobody() -> None:
    assert call_each(give, []) == []


def test_a_mistake_keeps_its_kind(tmp_path: Path) -> None:
    with pytest.raises(PageError) as caught:
        call_each(fail, [(tmp_path,)])
    assert (caught.value.path, caught.value.line, caught.value.message) == (tmp_path, 7, "wrong")
    assert str(caught.value) == f"{tmp_path}:7: wrong"
    with pytest.raises(ZeroDivisionError):
        call_each(divmod, [(1, 1), (1, 0)])


def test_who_is_killed_returns_nothing_and_the_others_go_on() -> None:
    assert call_each(kill, [(signal.SIGKILL,), (0,)]) == [None, None]
    tasks = [(kill, 0), (kill, signal.SIGKILL), (give, 7), (kill, signal.SIGKILL), (give, 8)]
    found = call_each(call, tasks, 2)
    assert [value and value[1] for value in found] == [None, None, 7, None, 8]
    assert call_each(eval, [("__import__('os')._exit(3)",), ("7",)]) == [None, 7]


def test_no_more_than_some_at_the_same_time(tmp_path: Path) -> None:
    assert call_each(meet, [(tmp_path, name, 2) for name in "abcd"], 2) == [True] * 4


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nobody_outlives_who_started_them(tmp_path: Path, number: signal.Signals) -> None:
    program = tmp_path / "program.py"
    program.write_text(PARENT)
    notes = [tmp_path / "1", tmp_path / "2"]
    process = subprocess.Popen(
        [sys.executable, str(program), *map(str, notes)],
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )
    assert until(lambda: all(note.exists() and note.read_text() for note in notes))
    children = [int(note.read_text()) for note in notes]
    assert all(map(alive, children))
    process.send_signal(number)
    assert process.wait(60) == -number
    assert until(lambda: not any(map(alive, children)))
