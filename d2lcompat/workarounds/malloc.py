"""Memory that a training step frees and the next one takes again stays with the process."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# From malloc.h of the GNU C library.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD, MMAP_MAX = -1, -2, -3, -4
KEEP = ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1), (TOP_PAD, 64 * 2**20))
# Where the library itself arrives once a program has freed a block of 32 MB (see mallopt(3)).
USUAL = ((MMAP_MAX, 65536), (MMAP_THRESHOLD, 2**25), (TRIM_THRESHOLD, 2**26), (TOP_PAD, 0))


@contextmanager
def freed_memory_kept() -> Iterator[bool]:
    """Keep the C library, for a `with` block, from giving large blocks back to the system at once.

    By itself it asks the system for each block above 32 MB and gives it back at the end of every
    layer; the system must clear each page of it anew, a hundred thousand pages a step for
    Network in Network on 224×224 pixels. Afterwards all that is free goes back to the system, and
    the library does as it would have done. `D2LCOMPAT_KEEP_MEMORY=0` in the environment, or
    settings of one's own for the library there, leave all as it is.

    Gives whether the C library was told; only that of GNU on Linux is.
    """
    own = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
    off = own or os.environ.get("D2LCOMPAT_KEEP_MEMORY") == "0"
    if off or platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        yield False
        return
    library = ctypes.CDLL(None)
    told = [library.mallopt(*setting) for setting in KEEP] == [1] * len(KEEP)
    try:
        yield told
    finally:
        for setting in USUAL:
            library.mallopt(*setting)
        library.malloc_trim(0)
