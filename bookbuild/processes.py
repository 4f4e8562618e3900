"""Call functions in processes of their own, which never outlive the one that started them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def pool(jobs: int, method: str = "spawn") -> Iterator[ProcessPoolExecutor]:
    """Return an executor whose processes are told to stop when the block ends in an error."""
    executor = ProcessPoolExecutor(jobs, get_context(method), _follow)
    try:
        yield executor
    except BaseException:
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def call_each(function: Callable[..., T], tasks: Sequence[tuple]) -> list[T | None]:
    """Call a function for each task, all at once, each in a process of its own.

    Returns what it returned, and None where its process was killed; raises what it raised.
    """
    # Forked, as all have loaded the same by then; macOS cannot.
    method = "fork" if sys.platform == "linux" else "spawn"
    with ExitStack() as stack:
        pools = [stack.enter_context(pool(1, method)) for _ in tasks]
        running = [one.submit(function, *task) for one, task in zip(pools, tasks, strict=True)]
        return [result(future) for future in running]


def result(future: Future[T]) -> T | None:
    """Return what a call has returned; None if its process was killed."""
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def _follow() -> None:
    """End with the process that started this one, and stop in good order if it says so."""

    def wait() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=wait, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who pressed the keys has told the parent too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
