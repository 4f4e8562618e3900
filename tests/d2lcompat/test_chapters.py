"""Chapters of d2l, in both generations: the same measures within the same bounds everywhere."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

Bounds = tuple[float, float]


def exactly(value: float) -> Bounds:
    return (value, value)


TRAINED = {"train_loss": (0, 10), "val_loss": (0, 10), "val_acc": (0, 1)}
MOVED = {"moved": exactly(1), **TRAINED}
LEARNT = {"train_loss": (0, 2.3), "val_loss": (0, 2.305), "val_acc": (0.15, 1)}

NEW: dict[str, dict[str, Bounds]] = {
    "calculus": {"curves": exactly(1), "label": exactly(1)},
    "oo_design": {
        "twice": exactly(2), "held": exactly(3), "left out": exactly(1), "points": exactly(12),
    },
    "synthetic_data": {
        "rows": exactly(64), "columns": exactly(6), "batches": exactly(32),
        "noise": (0.009, 0.011),
    },
    "linear_scratch": {"error": (0, 0.6), "clipped": (0.6, 5)},
    "linear_concise": {"error": (0, 0.6), "bias": (3.8, 4.4)},
    "weight_decay": {"smaller": exactly(1), "val_loss": (0, 1)},
    "image_data": {
        "held": exactly(240), "side": exactly(96), "labels": exactly(16), "titled": exactly(1),
        "named": exactly(1),
    },
    "softmax_scratch": LEARNT,
    "softmax_concise": {
        "losses": exactly(16), "apart": (0, 1e-6), "right": (-1e-6, 1e-6), **LEARNT,
    },
    "mlp_scratch": LEARNT,
    "mlp_concise": LEARNT,
    "dropout": {
        "trained": exactly(1), "validated": exactly(1), "repeats": exactly(1), **TRAINED,
    },
    "house_price": {"val_loss": (0, 1), "drawn": exactly(1), "validated": exactly(0)},
    "builders_guide": {
        "parts": exactly(5), "built": exactly(20), "columns": exactly(2), "devices": exactly(3),
    },
    "convolutions": {"first": exactly(19), "last": exactly(43), "size": exactly(4)},
    "lenet": TRAINED,
    "alexnet": MOVED,
    "vgg": MOVED,
    "nin": MOVED,
    "googlenet": MOVED,
    "batch_norm": {"running": exactly(1), **MOVED},
    "resnet": {"sides": exactly(24), **TRAINED},
    "densenet": MOVED,
    "regnet": {"rate": (0.0099, 0.0101), **TRAINED},
}  # fmt: skip

OLD: dict[str, dict[str, Bounds]] = {
    "old_linear_scratch": {"error": (0, 0.2), "loss": (0, 0.01)},
    "old_softmax_scratch": {
        "better": (0.05, 1), "loss": (0, 2), "acc": (0.3, 1), "shown": exactly(6),
    },
    "old_mlp_concise": {"loss": (0, 2.3), "acc": (0.1, 1)},
    "old_underfit": {"points": exactly(5), "left": (0, 0.9)},
    "old_builders_guide": {
        "classes": exactly(10), "channels": exactly(6), "side": exactly(3), "devices": exactly(0),
        "timed": exactly(1), "workers": exactly(1),
    },
}  # fmt: skip


def test_every_framework_has_every_chapter(chapters: ModuleType) -> None:
    assert [chapter.__name__ for chapter in chapters.NEW] == list(NEW)
    assert [chapter.__name__ for chapter in chapters.OLD] == list(OLD)


COMPILED = {"dropout", "lenet", "resnet"}  # of many, where what is compiled might differ


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.compiled(name in COMPILED)) for name in (*NEW, *OLD)],
)
def test_chapter(
    d2l: ModuleType, chapters: ModuleType, examples: Callable[[int], None], name: str
) -> None:
    examples(120)
    d2l.seed(0)
    measured = getattr(chapters, name)()
    expected = (NEW | OLD)[name]
    assert measured.keys() == expected.keys()
    for measure, (low, high) in (NEW | OLD)[name].items():
        assert low <= measured[measure] <= high, measure
