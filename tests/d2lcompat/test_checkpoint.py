"""Weights in a file, written and read by every framework, and files that are refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import load_file, save_file

from d2lcompat import FRAMEWORKS, __version__
from d2lcompat.networks.weights_file import digest

pytestmark = pytest.mark.compiled(False)
Examples = Callable[[int], None]
LAYOUTS = {"NCHW": "NHWC", "NHWC": "NCHW"}


@pytest.fixture
def batches(nets: ModuleType) -> list[Any]:
    rng = np.random.default_rng(3)
    X = rng.random((6, 1, 8, 8)).astype(np.float32)
    return [nets.batch(X, np.arange(6))]


@pytest.mark.compiled(True)
@pytest.mark.parametrize("name", ["small", "normalized"])
def test_a_file_gives_the_logits_of_float64(
    d2l: ModuleType, nets: ModuleType, reference: ModuleType, put: Callable[..., None],
    batches: list[Any], name: str,
) -> None:  # fmt: skip
    X = np.random.default_rng(3).random((6, 1, 8, 8)).astype(np.float32).astype(np.float64)
    tensors = reference.draw(getattr(reference, name.upper()), seed=4)
    net = getattr(nets, name)()
    put(net, tensors)
    expected = getattr(reference, f"{name}_logits")(tensors, X)
    got = d2l.predict(net, batches)[0]
    assert np.abs(got - expected).max() / np.abs(expected).max() <= 1e-5


@pytest.mark.parametrize("name", ["SMALL", "NORMALIZED"])
def test_what_is_put_is_got(
    nets: ModuleType, reference: ModuleType, put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]], name: str,
) -> None:  # fmt: skip
    tensors = reference.draw(getattr(reference, name), seed=5)
    net = getattr(nets, name.lower())()
    put(net, tensors)
    got = get(net)
    assert got.keys() == tensors.keys()
    for key in tensors:
        assert_array_equal(got[key], tensors[key], err_msg=key)


@pytest.mark.parametrize("name", ["batch_norm", "nin", "flattened"])
def test_a_round_trip_predicts_the_same(
    d2l: ModuleType, nets: ModuleType, examples: Examples, tmp_path: Path, name: str
) -> None:
    examples(12)
    train_iter, test_iter = d2l.load_data_fashion_mnist(6, {"nin": 96, "flattened": 8}.get(name))
    net = d2l.train_ch6(getattr(nets, name)(), train_iter, test_iter, 1, 0.1)
    path = tmp_path / "weights.safetensors"
    d2l.save_weights(net, path)
    fresh = getattr(nets, name)()
    d2l.load_weights(fresh, path)
    assert_allclose(
        d2l.predict(fresh, test_iter)[0], d2l.predict(net, test_iter)[0], rtol=1e-5, atol=1e-6
    )


def test_a_dense_layer_on_pixels_of_the_other_layout_is_refused(
    d2l: ModuleType, nets: ModuleType, batches: list[Any], tmp_path: Path
) -> None:
    net = d2l.train_ch6(nets.flattened(), batches, batches, 1, 0.1)
    path = tmp_path / "weights.safetensors"
    d2l.save_weights(net, path)
    metadata = metadata_of(path)
    assert metadata["flattened"] == "true"
    layout = metadata["layout"]
    before = d2l.predict(net, batches)[0]
    zeros = {name: np.zeros_like(tensor) for name, tensor in load_file(path).items()}
    metadata["sha256"] = digest(zeros)
    save_file(zeros, path, metadata | {"layout": LAYOUTS[layout]})
    with pytest.raises(ValueError, match=f"dense layer behind Flatten, trained on {LAYOUTS[layout]}"):  # fmt: skip # noqa: E501
        d2l.load_weights(net, path)
    assert_array_equal(d2l.predict(net, batches)[0], before)
    save_file(zeros, path, metadata)
    d2l.load_weights(net, path)
    assert_array_equal(d2l.predict(net, batches)[0], np.zeros((6, 10)))


def metadata_of(path: Path) -> dict[str, str]:
    """Return what a safetensors file notes beside its tensors, read without the library."""
    raw = path.read_bytes()
    head = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    return dict(head["__metadata__"])


def test_metadata(d2l: ModuleType, nets: ModuleType, key: str, batches: list[Any], tmp_path: Path) -> None:  # fmt: skip # noqa: E501
    net = d2l.train_ch6(nets.small(), batches, batches, 1, 0.1)
    d2l.save_weights(net, tmp_path / "w.safetensors")
    metadata = metadata_of(tmp_path / "w.safetensors")
    assert metadata.pop("layout") in LAYOUTS
    assert metadata.pop("sha256") == digest(load_file(tmp_path / "w.safetensors"))
    layers = json.loads(metadata["layers"])
    assert len(layers) == 2
    package = sys.modules[FRAMEWORKS[key].package]
    assert metadata == {
        "format": "d2lcompat-2", "version": __version__,
        "framework": key, "framework_version": package.__version__,
        "input_shape": "[1, 8, 8]", "classes": "10", "flattened": "false",
        "layers": json.dumps(layers),
    }  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]
    (tmp_path / "other").touch()
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1, "who may read other new files may read this one"


def test_height_and_width_are_noted_in_this_order(
    d2l: ModuleType, nets: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    batch = nets.batch(np.random.default_rng(0).random((2, 1, 8, 12)), np.arange(2))
    net = d2l.train_ch6(nets.small(), [batch], [batch], 1, 0.1, checkpoint="~/kept")
    d2l.save_weights(net, "~/w.safetensors")
    for name in ("w.safetensors", "kept"):
        assert metadata_of(tmp_path / name)["input_shape"] == "[1, 8, 12]"
    d2l.load_weights(net, "~/w.safetensors")


def test_files_of_the_first_version_are_read(
    d2l: ModuleType, nets: ModuleType, batches: list[Any], tmp_path: Path
) -> None:
    net = d2l.train_ch6(nets.small(), batches, batches, 1, 0.1)
    path, before = tmp_path / "w.safetensors", d2l.predict(net, batches)[0]
    d2l.save_weights(net, path)
    metadata = metadata_of(path)
    del metadata["layers"]
    save_file(load_file(path), path, metadata)
    fresh = nets.small()
    d2l.load_weights(fresh, path)
    assert_array_equal(d2l.predict(fresh, batches)[0], before)


def test_a_layer_that_cannot_be_saved_is_an_error(
    d2l: ModuleType, nets: ModuleType, examples: Examples, tmp_path: Path
) -> None:
    examples(4)
    net = d2l.train_ch6(nets.batch_norm_scratch(), *d2l.load_data_fashion_mnist(4), 1, 0.1)
    with pytest.raises(ValueError, match=r"layers whose weights can be saved"):
        d2l.save_weights(net, tmp_path / "w.safetensors")
    assert list(tmp_path.iterdir()) == []
