"""The networks of d2l's chapters train as those chapters train them, in every framework."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

CHAPTERS = {  # name of the network: batch size, image size, learning rate of its chapter
    "lenet": (4, None, 0.9),
    "alexnet": (2, 224, 0.01),
    "vgg": (2, 224, 0.05),
    "nin": (4, 96, 0.1),
    "googlenet": (4, 96, 0.1),
    "batch_norm_scratch": (4, None, 1.0),
    "batch_norm": (4, None, 1.0),
    "resnet18": (4, 96, 0.05),
    "densenet": (4, 96, 0.1),
}


# The deepest take half the time if nothing is compiled; compiled, they are among those of d2l 1.0.
DEEPEST = ("googlenet", "densenet")
MARKS = {name: pytest.mark.compiled(False) for name in DEEPEST}


@pytest.mark.parametrize("name", [pytest.param(n, marks=MARKS.get(n, ())) for n in CHAPTERS])
def test_chapter(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None], name: str
) -> None:
    batch_size, resize, lr = CHAPTERS[name]
    examples(batch_size + 2)
    d2l.seed(0)
    net, num_epochs = getattr(nets, name)(), 1
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size, resize=resize)
    net = d2l.train_ch6(nets.given(net), train_iter, test_iter, num_epochs, lr, d2l.try_gpu())
    assert np.isfinite(net.history.train_loss).all()
    assert (len(net.history.train_loss), len(net.history.test_acc)) == (1, 1)
    logits, labels = d2l.predict(net, test_iter)
    assert (logits.shape, labels.shape) == ((batch_size + 2, 10), (batch_size + 2,))
    assert np.isfinite(logits).all()
    # Before training biases are 0 and scales of batch normalization 1, in each vector all alike.
    vectors = [w for w in nets.weights(net) if w.ndim == 1]
    trained = [np.ptp(w) > 0 for w in vectors]
    assert sum(trained) > 0.8 * len(vectors), trained


def test_a_training_loop_of_ones_own(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None]
) -> None:
    examples(400)
    d2l.seed(0)
    train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=8)
    net = nets.batch_norm()
    loss, train_acc, test_acc, animator = nets.hand_written_training(nets.given(net), train_iter, test_iter, 0.5)  # fmt: skip # noqa: E501
    assert 0 < loss < 2.5
    assert 0.15 < train_acc <= 1
    assert test_acc == pytest.approx(d2l.evaluate_accuracy_gpu(net, test_iter), abs=1e-6)
    assert animator.X[0][-1] == 1
    assert animator.Y[2] == [pytest.approx(test_acc, abs=1e-6)]
