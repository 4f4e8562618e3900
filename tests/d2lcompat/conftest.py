"""What the tests of d2lcompat share: the networks of a framework, small data, canonical files."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let pass what Keras and PaddlePaddle say of d2l's own manner of writing."""
    for message in (
        "Do not pass an `input_shape`", "`shuffle=True` was passed",
        "To copy construct from a tensor",
    ):  # fmt: skip
        config.addinivalue_line("filterwarnings", f"ignore:{message}:UserWarning")


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
def closed_figures() -> Iterator[None]:
    """Close what a test drew."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
