"""Import MXNet 1.9.1, which is archived, beside a NumPy and a Python that are younger than it.

MXNet copies names from NumPy while it is imported, and NumPy has since dropped some of them. They
are put back for the time of the import only. Afterwards MXNet's own modules see them through a
view of NumPy, and NumPy itself is as before.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NoReturn

import numpy

from ..errors import missing
from ..utils import usable_cores
from .silence import environment, python_warnings_dropped

# A name of NumPy that MXNet reads -> the name (or value) that means the same today.
_EQUIVALENTS: dict[str, Any] = {
    "PZERO": 0.0,
    "NZERO": -0.0,
    "PINF": float("inf"),
    "NINF": float("-inf"),
    "Inf": float("inf"),
    "NaN": float("nan"),
    "NAN": float("nan"),
    "int": int,
    "bool": numpy.bool_,  # the built-in bool would break those who compare dtypes meanwhile
    "alltrue": numpy.all,
    "sometrue": numpy.any,
    "product": numpy.prod,
    "cumproduct": numpy.cumprod,
    "round_": numpy.round,
    "row_stack": numpy.vstack,
    "in1d": numpy.isin,
    "msort": lambda a: numpy.sort(a, axis=0),
    "trapz": getattr(numpy, "trapezoid", None),  # only NumPy 2 has it, and only NumPy 2 needs it
}
# Functions of finance that NumPy gave up; MXNet re-exports them and never calls them.
_GIVEN_UP = ("mirr", "npv", "pmt", "ppmt", "pv", "rate")


def import_mxnet() -> ModuleType:
    """Import and return `mxnet`, without warnings and without a lasting change of NumPy.

    Works with NumPy 1.26 and 2, on Python 3.11 to 3.13. If `mxnet` is already imported, it is
    returned as it is. Raises `ImportError` if it is not installed.
    """
    try:
        return importlib.import_module("mxnet")  # by the loader of `mxnet_hook`
    except ModuleNotFoundError as error:
        raise missing("mxnet", error) from None


@contextmanager
def supplied() -> Iterator[None]:
    """Supply, for a `with` block in which MXNet is imported, what it misses."""
    names = _missing_names()
    # By itself MXNet computes on half the cores, taking the other half for hyperthreads.
    cores = environment(MXNET_OMP_MAX_THREADS=str(usable_cores()))
    with python_warnings_dropped(), cores, _on_numpy(names), _stand_in_modules():
        yield
    _show_to_mxnet(names)


def _missing_names() -> dict[str, Any]:
    """Return what MXNet expects of NumPy and this NumPy does not have."""
    expected = _EQUIVALENTS | {name: _given_up(name) for name in _GIVEN_UP}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns when asked for a name it has renamed
        return {name: value for name, value in expected.items() if not hasattr(numpy, name)}


def _given_up(name: str) -> Callable[..., NoReturn]:
    def function(*args: object, **kwargs: object) -> NoReturn:
        raise NotImplementedError(f"NumPy no longer has `{name}`: use the numpy-financial package")

    function.__name__ = name
    return function


@contextmanager
def _on_numpy(names: dict[str, Any]) -> Iterator[None]:
    """Give NumPy these names for the time of a `with` block."""
    for name, value in names.items():
        setattr(numpy, name, value)
    try:
        yield
    finally:
        for name in names:
            delattr(numpy, name)


class _Version(tuple[int, ...]):
    """Compare versions by their numbers: all that MXNet asks of distutils' version classes."""

    def __new__(cls, text: str) -> _Version:
        return super().__new__(cls, (int(part) for part in text.split(".") if part.isdigit()))


@contextmanager
def _stand_in_modules() -> Iterator[None]:
    """Let MXNet import `distutils.version`, and `requests` where that is not installed.

    Python 3.12 dropped the first, and earlier versions warn about it. The second serves MXNet
    only for the download of ready-made models.
    """
    version = ModuleType("distutils.version")
    vars(version).update(LooseVersion=_Version, StrictVersion=_Version)
    modules = {"distutils": ModuleType("distutils"), "distutils.version": version}
    if importlib.util.find_spec("requests") is None:
        modules["requests"] = ModuleType("requests")
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def _show_to_mxnet(names: dict[str, Any]) -> None:
    """Replace NumPy, where a module of MXNet refers to it, by a view that has these names too."""
    view = ModuleType("numpy")
    vars(view).update(vars(numpy) | names)
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] == "mxnet":
            for name, value in list(vars(module).items()):
                if value is numpy:
                    setattr(module, name, view)
