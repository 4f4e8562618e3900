"""What a network is made of, printed: the same lines in every framework."""

from __future__ import annotations

import ast
from types import ModuleType
from typing import Any

import numpy as np
import pytest

# NiN at 224×224: the shape after each top-level block, `(n, c, h, w)`.
TRACE = [
    (1, 96, 54, 54), (1, 96, 26, 26), (1, 256, 26, 26), (1, 256, 12, 12), (1, 384, 12, 12),
    (1, 384, 5, 5), (1, 384, 5, 5), (1, 10, 5, 5), (1, 10, 1, 1), (1, 10),
]  # fmt: skip
PARAMETERS = [
    11 * 11 * 96 + 96, 96 * 96 + 96, 96 * 96 + 96,
    5 * 5 * 96 * 256 + 256, 256 * 256 + 256, 256 * 256 + 256,
    3 * 3 * 256 * 384 + 384, 384 * 384 + 384, 384 * 384 + 384,
    3 * 3 * 384 * 10 + 10, 10 * 10 + 10, 10 * 10 + 10,
]  # fmt: skip


def trace(text: str) -> list[tuple[str, tuple[int, ...]]]:
    lines = [line.partition(" output shape: ") for line in text.splitlines()]
    return [(name.strip(), ast.literal_eval(shape)) for name, _, shape in lines]


def nchw(shape: tuple[int, ...], nets: ModuleType) -> tuple[int, ...]:
    """Return a shape printed by the framework in the order `(n, c, h, w)`."""
    if len(shape) != 4:
        return shape
    probe = nets.batch(np.zeros((1, 2, 3, 5)), np.zeros(1, np.int64))[0]
    return tuple(shape[tuple(probe.shape).index(n)] for n in (1, 2, 3, 5))


def test_shape_trace(d2l: ModuleType, nets: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    d2l.shape_trace(nets.nin(), (1, 1, 224, 224))
    rows = trace(capsys.readouterr().out)
    assert [nchw(shape, nets) for _, shape in rows] == TRACE
    assert [name for name, _ in rows].count("Sequential") == 4


def test_shape_trace_looks_into_a_network_of_one_part(
    d2l: ModuleType, nets: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    d2l.shape_trace(nets.wrapped(nets.small()), (2, 1, 8, 8))
    shapes = [nchw(shape, nets) for _, shape in trace(capsys.readouterr().out)]
    assert shapes[0] == (2, 4, 8, 8)
    assert shapes[-1] == (2, 10)


def test_summary(d2l: ModuleType, nets: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert d2l.summary(nets.nin(), (1, 1, 224, 224)) is None
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    numbers = [int(words[-1].replace(",", "")) for words in lines[2:-2]]
    assert [n for n in numbers if n] == PARAMETERS
    assert lines[-1] == ["Total", "1,992,166"]


@pytest.mark.parametrize("function", ["shape_trace", "summary"])
def test_a_look_changes_nothing(d2l: ModuleType, nets: ModuleType, function: str) -> None:
    data = [nets.batch(np.random.default_rng(0).random((4, 1, 8, 8)), np.arange(4))]
    net = d2l.train_ch6(nets.normalized(), data, data, 1, 0.1)
    before = d2l.predict(net, data)[0]
    getattr(d2l, function)(net, (4, 1, 8, 8))
    np.testing.assert_array_equal(d2l.predict(net, data)[0], before)


@pytest.mark.parametrize("function", ["shape_trace", "summary"])
@pytest.mark.parametrize("shape", [(), (0, 1, 8, 8), (1, 1, 8.5, 8)])
def test_a_shape_that_is_none(d2l: ModuleType, nets: ModuleType, function: str, shape: Any) -> None:
    with pytest.raises(ValueError, match="input_shape holds whole numbers above 0"):
        getattr(d2l, function)(nets.small(), shape)
