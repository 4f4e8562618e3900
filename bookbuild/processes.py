"""Call a function in processes of their own, which never outlive the one that started them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar

from bookbuild.config import BookError

T = TypeVar("T")


def call_each(function: Callable[..., T], tasks: Sequence[tuple], jobs: int) -> list[T | None]:
    """Call a function for each task, each in a new process, at most `jobs` at a time.

    Returns what it returned, in the order of the tasks, and None where the process was killed: a
    pool of multiprocessing would wait for it for ever. Raises the `BookError` of a function.
    """
    done: list[Any] = [None] * len(tasks)
    waiting = list(enumerate(tasks))
    running: dict[Any, tuple[int, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                index, task = waiting.pop(0)
                pipe, process = _start(function, task)
                running[pipe] = index, process
            ready: list[Any] = wait(list(running))
            for ended in ready:
                index, process = running.pop(ended)
                with suppress(EOFError):
                    done[index] = ended.recv()
                process.join()
                if isinstance(done[index], BookError):
                    raise done[index]
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join()
    return done


def _start(function: Callable[..., Any], task: tuple) -> tuple[Connection, BaseProcess]:
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(function, task, theirs), daemon=True)
    process.start()
    theirs.close()  # so that the end of the process is the end of what can be read
    return ours, process


def _call(function: Callable[..., Any], task: tuple, pipe: Connection) -> None:
    """Send what the function returns; stop in good order if asked to by `terminate`."""
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, lambda *_: None)  # who pressed the keys has told the parent too
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        pipe.send(function(*task))
    except BookError as error:
        pipe.send(BookError(str(error)))
    except KeyboardInterrupt:
        sys.exit(130)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
