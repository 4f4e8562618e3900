"""What PaddlePaddle alone does to models of d2l 1.0.

Collected with `--framework paddle` alone: see `pytest_ignore_collect` in conftest.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from numpy.testing import assert_array_equal

import d2lcompat.paddle as d2l  # isort: skip

import paddle

pytestmark = pytest.mark.usefixtures("key")  # they belong to a framework


class Regression(d2l.LinearRegressionScratch):
    """Let the optimizer be that of every model."""

    configure_optimizers = d2l.Module.configure_optimizers


@pytest.fixture
def data() -> d2l.SyntheticRegressionData:
    return d2l.SyntheticRegressionData(d2l.tensor([2.0, -3.4]), 4.2)


def test_tensors_that_are_attributes_are_trained(data: d2l.SyntheticRegressionData) -> None:
    model = Regression(2, lr=0.03)
    d2l.Trainer(max_epochs=3).fit(model, data)
    assert float((model.w.reshape([-1]) - data.w).abs().sum()) < 0.6
    assert d2l.backend.network(model, paddle.CPUPlace()) is model


def test_where_nothing_is_noted_for_gradients_a_fit_notes_it(
    data: d2l.SyntheticRegressionData,
) -> None:
    model = Regression(2, lr=0.03)
    with paddle.no_grad():
        d2l.Trainer(max_epochs=3).fit(model, data)
    assert float((model.w.reshape([-1]) - data.w).abs().sum()) < 0.6


def test_a_model_without_weights(data: d2l.SyntheticRegressionData) -> None:
    with pytest.raises(ValueError, match=r"Module has no weights: .*define configure_optimizers"):
        d2l.Trainer(max_epochs=1).fit(d2l.Module(), data)


def test_a_model_that_was_trained_is_copied(data: d2l.SyntheticRegressionData) -> None:
    model: Any = d2l.LinearRegression(lr=0.03)
    trainer = d2l.Trainer(max_epochs=1)
    trainer.fit(model, data)
    kept = deepcopy(model)
    before = d2l.numpy(model(data.X))
    trainer.fit(model, data)
    assert_array_equal(d2l.numpy(kept(data.X)), before)
    assert (d2l.numpy(model(data.X)) != before).all()
    d2l.Trainer(max_epochs=1).fit(kept, data)
    assert len(kept.board.data["val_loss"]) == 2
