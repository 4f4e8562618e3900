"""Call functions in processes of their own, which never outlive the one that started them."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
# Forked, where all have loaded the same by then; macOS cannot.
METHOD = "fork" if sys.platform == "linux" else "spawn"


def call_each(
    function: Callable[..., T], tasks: Sequence[tuple], jobs: int = 0, method: str = METHOD
) -> list[T | None]:
    """Call a function for each task, each in a process of its own, at most `jobs` at a time.

    Returns what it returned, and None where its process was killed; raises what it raised.
    """
    # One whose process was killed is of no more use, so that no two tasks share one.
    running: list[tuple[ProcessPoolExecutor, Future[T]]] = []
    try:
        for task in tasks:
            going = [future for _, future in running if not future.done()]
            if jobs and len(going) >= jobs:
                wait(going, return_when=FIRST_COMPLETED)
            for done in (one for one, future in running if future.done()):
                done.shutdown()  # here, where it is waited for: who ends before it never does
            one = ProcessPoolExecutor(1, get_context(method), _follow)
            running.append((one, one.submit(function, *task)))
        return [_result(future) for _, future in running]
    except BaseException:
        for one, _ in running:
            for process in list((one._processes or {}).values()):
                process.terminate()
        raise
    finally:
        for one, _ in running:
            one.shutdown(cancel_futures=True)


def _result(future: Future[T]) -> T | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None


def _follow() -> None:
    """End with the process that started this one, and stop in good order if it says so."""

    def end() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=end, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who pressed the keys has told the parent too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
