"""d2l's aliases mean the same in every framework."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from d2lcompat import aliases

A = np.array([[0.5, 1.0, 2.0], [3.0, 4.0, 5.0]], np.float32)
B = np.arange(6, dtype=np.float32).reshape(3, 2)

# What an alias gives for tensors like A and B, as NumPy has it.
SAME: dict[str, tuple[Callable[[Any, Any, Any], Any], Any]] = {
    name: (lambda d2l, a, b, name=name: getattr(d2l, name)(a), getattr(np, name)(A))
    for name in ("abs", "cos", "cosh", "exp", "log", "sin", "sinh", "tanh")
} | {
    "sigmoid": (lambda d2l, a, b: d2l.sigmoid(a), 1 / (1 + np.exp(-A))),
    "arange": (lambda d2l, a, b: d2l.arange(5), np.arange(5)),
    "argmax": (lambda d2l, a, b: d2l.argmax(a, axis=1), A.argmax(1)),
    "astype": (lambda d2l, a, b: d2l.astype(a, d2l.int32), A.astype(int)),
    "batch_matmul": (lambda d2l, a, b: d2l.batch_matmul(d2l.stack([a, a]), d2l.stack([b, b])),
                     np.stack([A @ B, A @ B])),
    "concat": (lambda d2l, a, b: d2l.concat([a, a], 1), np.concatenate([A, A], 1)),
    "expand_dims": (lambda d2l, a, b: d2l.expand_dims(a, 0), A[None]),
    "eye": (lambda d2l, a, b: d2l.eye(3), np.eye(3)),
    "linspace": (lambda d2l, a, b: d2l.linspace(0.0, 1.0, 5), np.linspace(0, 1, 5)),
    "matmul": (lambda d2l, a, b: d2l.matmul(a, b), A @ B),
    "ones": (lambda d2l, a, b: d2l.ones((2, 3)), np.ones((2, 3))),
    "ones_like": (lambda d2l, a, b: d2l.ones_like(a), np.ones_like(A)),
    "reduce_mean": (lambda d2l, a, b: d2l.reduce_mean(a, 0, keepdims=True),
                    A.mean(0, keepdims=True)),
    "reduce_sum": (lambda d2l, a, b: d2l.reduce_sum(a, 1, keepdims=True), A.sum(1, keepdims=True)),
    "reshape": (lambda d2l, a, b: d2l.reshape(a, (3, 2)), A.reshape(3, 2)),
    "stack": (lambda d2l, a, b: d2l.stack([a, a]), np.stack([A, A])),
    "swapaxes": (lambda d2l, a, b: d2l.swapaxes(a, 0, 1), A.T),
    "transpose": (lambda d2l, a, b: d2l.transpose(a), A.T),
    "tensor": (lambda d2l, a, b: d2l.tensor([1.0, 2.0]), np.array([1, 2])),
    "to": (lambda d2l, a, b: d2l.to(a, d2l.cpu()), A),
    "zeros": (lambda d2l, a, b: d2l.zeros((2, 3)), np.zeros((2, 3))),
    "zeros_like": (lambda d2l, a, b: d2l.zeros_like(a), np.zeros_like(A)),
}  # fmt: skip
# Named by their frameworks' own rules, or not to be compared.
OWN = {
    "bool", "float32", "float64", "int32", "int64", "meshgrid", "nn_Module", "normal", "numpy",
    "rand", "randn", "repeat", "size",
}  # fmt: skip


def test_all_are_looked_at() -> None:
    assert sorted(SAME.keys() | OWN) == sorted(aliases.NAMES)


@pytest.mark.parametrize("name", SAME)
def test_alias(d2l: ModuleType, name: str) -> None:
    call, want = SAME[name]
    got = d2l.numpy(call(d2l, d2l.tensor(A), d2l.tensor(B)))
    assert got.shape == np.shape(want)
    assert_allclose(got, want, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["bool", "float32", "float64", "int32", "int64"])
def test_type(d2l: ModuleType, kind: str) -> None:
    assert d2l.numpy(d2l.astype(d2l.tensor(A), getattr(d2l, kind))).dtype.name == kind


def test_size(d2l: ModuleType) -> None:
    assert d2l.size(d2l.tensor(A)) == 6
