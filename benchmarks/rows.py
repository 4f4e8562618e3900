"""What `make bench` compares, row by row, and what we aim at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from d2lcompat import FRAMEWORKS

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One comparison: what is measured, of whom, in which framework, and what we aim at."""

    title: str
    what: str
    key: str
    target: str
    sides: tuple[str, ...] = ("ours", "d2l")
    settings: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)  # settings of train_ch6, for our side only
    rounds: int = ROUNDS

    @property
    def name(self) -> str:
        """The name of the file that keeps the raw numbers."""
        return "-".join((self.what, self.key, *map(str, self.ours.values())))


STEP = {"batch_size": 32, "steps": 8}
MANY = {"batches": 100}
ALL = ("ours", "d2l", "limit")


def label(what: str, key: str) -> str:
    """Return the title of a row."""
    return f"{what}, {FRAMEWORKS[key].label}"


LOADERS = (
    ("torch", "≥ 10×", ALL),
    ("paddle", "≥ 8×", ALL),
    ("tensorflow", "≥ 1.5×", ALL),
    ("mxnet", "≥ 20,000 images/s", ("ours", "limit")),
)
STEPS = (("torch", "≥ 1.5×"), ("mxnet", "≥ 1.1×"), ("tensorflow", "≥ 1.1×"), ("paddle", "≥ 5×"))
FITS = (
    ("torch", "as train_ch6", ALL),
    ("tensorflow", "as train_ch6", ALL),
    ("mxnet", "as train_ch6", ("ours", "limit")),
    ("paddle", "as train_ch6", ("ours", "limit")),
)
BF16 = {"precision": "bfloat16"}
ROWS = [
    *(Row(label("loader", key), "loader", key, aim, who, MANY) for key, aim, who in LOADERS),
    *(Row(label("memory", key), "memory", key, "≤ 400 MB", ("ours",)) for key in FRAMEWORKS),
    *(Row(label("training step", key), "step", key, aim, ALL, STEP) for key, aim in STEPS),
    Row(label("step, bfloat16", "torch"), "step", "torch", "≥ 2.5×", ALL, STEP, BF16),
    Row(label("step, bfloat16", "tensorflow"), "step", "tensorflow", "", ALL, STEP, BF16),
    *(Row(label("Trainer.fit", key), "fit", key, aim, who) for key, aim, who in FITS),
    Row("import d2lcompat.torch", "import", "torch", "≤ 0.2 s", ("ours",)),
    Row("the site, nothing cached", "book", "nothing", "≤ 20 s", ("ours",)),
    Row("the site, one notebook touched", "book", "touched", "≤ 6 s", ("ours",)),
    Row(label("accuracy", "torch"), "accuracy", "torch", "", ("ours",),
        {"precision": "float32"}, rounds=1),
    Row(label("accuracy, bfloat16", "torch"), "accuracy", "torch", "within 1 point", ("ours",),
        {"precision": "bfloat16"}, BF16, rounds=1),
]  # fmt: skip
