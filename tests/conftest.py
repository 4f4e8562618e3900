"""The option `--framework`: tests of d2lcompat run once per framework, each in its own process.

A test that takes the fixture `key` (the framework's key) or `d2l` (its module of d2lcompat) belongs
to a framework; its id reads `test_accuracy[mxnet]`. Frameworks never share a process, so:

    pytest tests --framework mxnet    runs what belongs to a framework, with MXNet
    pytest tests --framework none     runs the rest
    pytest tests/bookbuild            needs no option

`make test` does the first for every row of `d2lcompat.FRAMEWORKS`, then the second.
"""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from d2lcompat import FRAMEWORKS

NONE, UNSAID = "none", "unsaid"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--framework",
        choices=[*FRAMEWORKS, NONE],
        default=UNSAID,
        help="the framework whose tests to run, or `none` for the tests that need none",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Put the chosen framework into the ids of the tests that belong to a framework.

    A test that parametrises `key` itself (bookbuild's may, for they import no framework) is left
    alone.
    """
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize") if mark.args]
    if "key" in metafunc.fixturenames and not any("key" in argnames for argnames in own):
        chosen = metafunc.config.getoption("framework")
        value = pytest.param(chosen, marks=pytest.mark.needs_framework)
        metafunc.parametrize("key", [value], scope="session")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "compiled(whether): False where only books are kept")
    config.addinivalue_line("markers", "options: of the browser's context, for `reader`")
    config.addinivalue_line("markers", "slow: starts kernels, or builds with Sphinx")
    config.addinivalue_line("markers", "needs_framework: set by conftest on those who take `key`")


@pytest.hookimpl(trylast=True)  # after -k and -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Select what `--framework` asks for, and refuse to run without it where it is needed."""
    chosen = config.getoption("framework")
    bound = [item for item in items if item.get_closest_marker("needs_framework")]
    if chosen == UNSAID:
        if bound:
            raise pytest.UsageError(
                f"{bound[0].nodeid} belongs to a framework, and frameworks never share a process: "
                f"add --framework with one of {', '.join(FRAMEWORKS)}, or with `none` for the "
                "tests that need none; `make test` runs all"
            )
        return
    kept = [item for item in items if (item in bound) == (chosen != NONE)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def d2l(key: str) -> ModuleType:
    """Return `d2lcompat.<key>`. A framework that is not installed is a failure, not a skip."""
    return importlib.import_module(f"d2lcompat.{key}")
