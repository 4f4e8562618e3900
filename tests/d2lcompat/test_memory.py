"""Memory that stays with the process: counted in pages that the system had to clear."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
from d2lcompat.workarounds.malloc import keep_freed_memory

told = keep_freed_memory()
for i in range(4):
    if i == 1:  # what the first pass takes, all passes need
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(2**24, np.float32)  # 64 MB
print(told, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library on Linux is told")
@pytest.mark.parametrize(("setting", "kept"), [("", True), ("0", False)])
def test_freed_memory_is_kept_unless_told_otherwise(setting: str, kept: bool) -> None:
    env = os.environ | {"D2LCOMPAT_KEEP_MEMORY": setting}
    out = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True
    )
    told, faults = out.stdout.split()
    assert told == str(kept)
    assert (int(faults) < 1000) == kept, "64 MB are 16,384 pages, or 32 huge ones"
