"""Files of weights that are refused, which leaves the network as it was, in every framework."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors.numpy import load_file, save_file


def lacking(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: tensor for name, tensor in tensors.items() if name != "1.bias"}


def more(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return tensors | {"2.weight": np.zeros(3, np.float32)}


def reshaped(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return tensors | {"0.bias": np.zeros(5, np.float32)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lacking, "lacks the tensor '1.bias' of the network"),
        (more, "has the tensor '2.weight', the network has not"),
        (reshaped, r"holds '0.bias' in the shape \(5,\); the network's is \(4,\)"),
    ],
)
def test_a_file_that_does_not_fit_leaves_the_network_as_it_was(
    nets: ModuleType, reference: ModuleType, put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]], change: Any, message: str,
) -> None:  # fmt: skip
    before, other = (reference.draw(reference.SMALL, seed) for seed in (6, 7))
    net = nets.small()
    put(net, before)
    with pytest.raises(ValueError, match=message):
        put(net, change(other))
    for name, tensor in get(net).items():
        assert_array_equal(tensor, before[name], err_msg=name)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def foreign(path: Path) -> None:
    save_file(load_file(path), path, {"format": "pt"})


def flipped(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-3] ^= 1  # within the last weight
    path.write_bytes(raw)


def nonsense(path: Path) -> None:
    path.write_bytes(b"not a file of weights")


@pytest.mark.parametrize(
    ("damage", "error", "message"),
    [
        (truncated, ValueError, "not a whole safetensors file"),
        (flipped, ValueError, "is damaged: its weights are not those that were saved"),
        (nonsense, ValueError, "not a whole safetensors file"),
        (foreign, ValueError, "not written by d2lcompat's save_weights"),
        (Path.unlink, FileNotFoundError, "no file of weights at"),
    ],
)
def test_a_file_that_is_none(
    d2l: ModuleType, nets: ModuleType, reference: ModuleType, put: Callable[..., None],
    get: Callable[[Any], dict[str, np.ndarray]], tmp_path: Path, damage: Any, error: Any,
    message: str,
) -> None:  # fmt: skip
    before, net, path = reference.draw(reference.SMALL, seed=8), nets.small(), tmp_path / "w"
    put(net, before)
    d2l.save_weights(net, path)
    damage(path)
    with pytest.raises(error, match=message):
        d2l.load_weights(net, path)
    for name, tensor in get(net).items():
        assert_array_equal(tensor, before[name], err_msg=name)
