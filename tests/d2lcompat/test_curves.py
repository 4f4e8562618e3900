"""`d2l.plot`, as the chapters call it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose


def lines(d2l: ModuleType) -> list[Any]:
    return [line.get_xydata().tolist() for line in d2l.plt.gca().lines]


def test_one_curve(d2l: ModuleType) -> None:
    d2l.plot(d2l.tensor([1.0, 2.0]), d2l.tensor([3.0, 4.0]), "x", "f(x)", xlim=[0, 3])
    axes = d2l.plt.gca()
    assert lines(d2l) == [[[1, 3], [2, 4]]]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == ("x", "f(x)", (0, 3))
    assert axes.get_legend() is None


def test_several_curves_over_one_x(d2l: ModuleType) -> None:
    x = np.arange(2)
    d2l.plot(x, [x + 1, d2l.tensor([5.0, 6.0])], legend=["a", "b"], yscale="log")
    assert lines(d2l) == [[[0, 1], [1, 2]], [[0, 5], [1, 6]]]
    assert [text.get_text() for text in d2l.plt.gca().get_legend().get_texts()] == ["a", "b"]
    assert d2l.plt.gca().get_yscale() == "log"


def test_several_x(d2l: ModuleType) -> None:
    d2l.plot([[0, 1], [2, 3]], [[5, 6], [7, 8]])
    assert lines(d2l) == [[[0, 5], [1, 6]], [[2, 7], [3, 8]]]


def test_without_x(d2l: ModuleType) -> None:
    d2l.plot([[4, 5, 6], [1, 2]])
    assert lines(d2l) == [[[0, 4], [1, 5], [2, 6]], [[0, 1], [1, 2]]]


def test_a_list_of_tensors_of_one_number(d2l: ModuleType) -> None:
    d2l.plot([0, 1], [d2l.reduce_sum(d2l.tensor([1.0, 2.0])), d2l.tensor(4.0)])
    assert lines(d2l) == [[[0, 3], [1, 4]]]


def test_more_curves_than_formats(d2l: ModuleType) -> None:
    d2l.plot([0, 1], [[i, i] for i in range(6)])
    assert len(lines(d2l)) == 6


def test_curves_that_do_not_match(d2l: ModuleType) -> None:
    with pytest.raises(ValueError, match="2 curves have x, 3 have y"):
        d2l.plot([[0, 1], [0, 1]], [[0, 1], [0, 1], [0, 1]])


def test_axes_of_ones_own(d2l: ModuleType) -> None:
    _, (left, right) = d2l.plt.subplots(1, 2)
    d2l.plot([0, 1], [2, 3], axes=left)
    assert (len(left.lines), len(right.lines)) == (1, 0)
    d2l.set_axes(right, "x", "y", [0, 1], [0, 2], "linear", "linear", [])
    assert_allclose(right.get_ylim(), (0, 2))
