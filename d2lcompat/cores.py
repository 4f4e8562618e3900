"""How many processor cores there are for us."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Return the number of cores that this process may use, as far as the system tells."""
    if hasattr(os, "sched_getaffinity"):  # Linux only
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
