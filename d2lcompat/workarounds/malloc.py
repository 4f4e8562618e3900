"""Memory: what a step frees stays with the process; how each library says that there is no more."""

from __future__ import annotations

import ctypes
import os
import platform

# From malloc.h of the GNU C library.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4
NEVER = 2**31 - 1
PAD = 64 * 2**20


def keep_freed_memory() -> bool:
    """Keep the C library from giving large blocks back to the system as soon as they are freed.

    By itself it asks the system for each block above 32 MB and gives it back at the end of every
    layer; the system must clear each page of it anew, a hundred thousand pages a step for
    Network in Network on 224×224 pixels. The price: what a process has freed stays its own until it
    ends. `D2LCOMPAT_KEEP_MEMORY=0` in the environment leaves all as it is.

    Returns whether the C library was told; only that of GNU on Linux is.
    """
    if os.environ.get("D2LCOMPAT_KEEP_MEMORY") == "0":
        return False
    if platform.system() != "Linux" or platform.libc_ver()[0] != "glibc":
        return False
    settings = ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, NEVER), (M_TOP_PAD, PAD))
    mallopt = ctypes.CDLL(None).mallopt
    return [mallopt(*setting) for setting in settings] == [1, 1, 1]


# What PyTorch, TensorFlow, MXNet, PaddlePaddle and their allocators say; their types differ more.
_NO_MEMORY = (
    "out of memory", "can't allocate memory", "cannot allocate memory", "bad_alloc",
    "unable to allocate", "failed to allocate", "oom when allocating", "resourceexhausted",
)  # fmt: skip


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error, of whichever library, says that there is no memory left."""
    if isinstance(error, MemoryError):
        return True
    said = f"{type(error).__name__}: {error}".lower()
    return any(words in said for words in _NO_MEMORY)
