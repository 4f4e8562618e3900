"""Memory that stays with the process while it trains: counted in pages that had to be cleared."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import re, resource
import numpy as np
from d2lcompat.workarounds.malloc import freed_memory_kept

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(3):
        np.ones(2**24, np.float32)  # 64 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def megabytes():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024

faults()
usual, begun = faults(), megabytes()
with freed_memory_kept() as told:
    faults()  # what the first pass takes, all passes need
    print(told, faults(), megabytes() - begun)
print(faults() / usual, megabytes() - begun)
"""


def run(**env: str) -> list[list[str]]:
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=os.environ | env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return [line.split() for line in out.stdout.splitlines()]


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library on Linux is told")
def test_freed_memory_is_kept_for_a_while_and_given_back() -> None:
    (told, faults, kept), (afterwards, left) = run()
    assert told == "True"
    assert int(faults) < 1000, "64 MB are 16,384 pages, or 32 huge ones"
    assert int(kept) >= 60
    assert 0.5 < float(afterwards) < 2, "large blocks are the system's again, as before"
    assert int(left) < 8


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library on Linux is told")
@pytest.mark.parametrize("name", ["D2LCOMPAT_KEEP_MEMORY", "MALLOC_ARENA_MAX"])
def test_who_says_otherwise_is_left_alone(name: str) -> None:
    assert run(**{name: "0" if name.startswith("D2L") else "4"})[0][0] == "False"
