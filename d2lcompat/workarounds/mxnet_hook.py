"""Let `import mxnet` work wherever d2lcompat was imported before it.

Notebooks of d2l import MXNet first, which ends in an AttributeError on today's NumPy. What helps is
loaded when MXNet is asked for, and not before.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class MXNetFinder:
    """Find `mxnet` as others do, and let it be imported with what it misses supplied."""

    def __init__(self) -> None:
        self.asking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders find, with a loader that supplies; None for all else."""
        if name != "mxnet" or self.asking:
            return None
        self.asking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.asking = False
        if spec is not None and spec.loader is not None:
            _supply(spec.loader)
        return spec


def _supply(loader: object) -> None:
    """Let a loader, once, execute a module as `mxnet_import` does."""
    execute = loader.exec_module  # type: ignore[attr-defined]

    def exec_module(module: ModuleType) -> None:
        from .mxnet_import import supplied

        vars(loader).pop("exec_module", None)
        with supplied():
            execute(module)

    vars(loader)["exec_module"] = exec_module


def install() -> None:
    """Put the finder before the others, once."""
    if not any(isinstance(finder, MXNetFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, MXNetFinder())
