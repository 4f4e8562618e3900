"""What the tests of d2lcompat share: the networks of a framework, small data, canonical files."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from d2lcompat import FRAMEWORKS

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let pass what is said of d2l's own manner of writing, and of `compiled(False)`."""
    for message in (
        "Do not pass an `input_shape`", "`shuffle=True` was passed",
        "To copy construct from a tensor", "Even though the `tf.config.experimental_run_func",
    ):  # fmt: skip
        config.addinivalue_line("filterwarnings", f"ignore:{message}:UserWarning")


def pytest_collection_finish() -> None:
    """Look for garbage seldom: going through a framework's objects is a tenth of all tests."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave alone the tests of one framework that run in its process, but with this framework."""
    alone = collection_path.name in ("test_paddle_conv.py", "test_paddle_v1.py")
    return True if alone and config.getoption("framework") != "paddle" else None


def load(name: str) -> ModuleType:
    """Import a module that lies beside this file."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
        assert spec and spec.loader
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def nets(key: str, d2l: ModuleType) -> ModuleType:
    """Return the networks written for the framework."""
    return load(f"nets_{key}")


def beside(name: str, key: str) -> ModuleType:
    """Import a framework's module of a name: `zoo_torch`; after what all share."""
    load("zoo")
    importlib.import_module(f"d2lcompat.{key}")
    return load(f"{name}_{key}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test that takes `network` run for each of the zoo's, one that takes `labels` for each.

    Without a framework nothing of it runs, and names are all it needs.
    """
    chosen = metafunc.config.getoption("framework")
    for fixture, module, table in (("network", "zoo", "ZOO"), ("label_type", "plain", "LABELS")):
        if fixture in metafunc.fixturenames:
            names = beside(module, chosen) if chosen in FRAMEWORKS else None
            metafunc.parametrize(fixture, getattr(names, table, ["any"]))


@pytest.fixture(scope="session")
def zoo(key: str) -> ModuleType:
    """Return the networks through which every helper goes."""
    return beside("zoo", key)


@pytest.fixture(scope="session")
def plain(key: str) -> ModuleType:
    """Return the framework's own step, logits and settings, as a reader without d2l has them."""
    return beside("plain", key)


@pytest.fixture(scope="session")
def chapters(key: str, d2l: ModuleType) -> ModuleType:
    """Return the chapters of d2l as its readers write them for the framework."""
    return load(f"chapters_{key}")


@pytest.fixture(scope="session")
def shared() -> ModuleType:
    """Return what the zoos of all frameworks share."""
    return load("zoo")


@pytest.fixture(scope="session")
def reference() -> ModuleType:
    """Return the networks computed in float64."""
    return load("reference")


@pytest.fixture(scope="session")
def parity() -> ModuleType:
    """Return NiN at 224×224 computed in float64."""
    return load("parity")


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that caps both splits of the data."""
    return lambda n: monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", str(n))


@pytest.fixture
def noise() -> tuple[np.ndarray, np.ndarray]:
    """Return six images of noise (in which no two pixels are alike) and their labels."""
    rng = np.random.default_rng(5)
    return rng.random((6, 1, 8, 8)), np.arange(6) % 10


@pytest.fixture
def put(d2l: ModuleType, tmp_path: Path) -> Callable[..., None]:
    """Return a function that gives canonical tensors to a network, through a file."""

    def give(net: Any, tensors: dict[str, np.ndarray], **metadata: str) -> None:
        kept = {name: np.ascontiguousarray(t, np.float32) for name, t in tensors.items()}
        known = {"format": "d2lcompat-1", "input_shape": "[1, 8, 8]"}
        save_file(kept, tmp_path / "put.safetensors", known | metadata)
        d2l.load_weights(net, tmp_path / "put.safetensors")

    return give


@pytest.fixture
def get(d2l: ModuleType, tmp_path: Path) -> Callable[[Any], dict[str, np.ndarray]]:
    """Return a function that reads the canonical tensors of a network, through a file."""

    def read(net: Any) -> dict[str, np.ndarray]:
        d2l.save_weights(net, tmp_path / "get.safetensors")
        return load_file(tmp_path / "get.safetensors")

    return read


@pytest.fixture(autouse=True)
def compiled(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compile as readers do, which takes long in TensorFlow, unless a test is `compiled(False)`."""
    mark = request.node.get_closest_marker("compiled")
    plain = mark and not mark.args[0] and request.getfixturevalue("plain")
    with plain.uncompiled() if plain else nullcontext():
        yield


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    """Close what a test drew."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
