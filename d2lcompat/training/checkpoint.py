"""A training that can be killed: what it has come to, after each epoch, in a file.

The file is one of weights, which every framework loads, with the optimizer's tensors and a record.
Nothing in it is pickled. Each epoch begins with random numbers of its own, drawn from the
training's seed and the number of the epoch, so that the second half of a training does not need to
know what the first half drew.
"""

from __future__ import annotations

import json
import math
import operator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..networks import weights_file as _checkpoint
from .history import History

Settings = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """Note of a training: its seed, its settings, the state of the samples' order, its history."""

    seed: int
    settings: Settings
    order: dict[str, Any]
    history: History

    @property
    def epochs(self) -> int:
        """The number of whole epochs."""
        return len(self.history.train_loss)

    def to_json(self) -> str:
        """Return the record as text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Return the record that a text holds; raises `ValueError` if it is none."""
        try:
            data = json.loads(text)
            history = History(**data.pop("history"))
            history.input_shape = tuple(history.input_shape)
            record = cls(**data, history=history)
            np.random.default_rng().bit_generator.state = record.order
            record._check()
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ValueError(f"what is noted of the training is not whole: {error}") from None
        return record

    def _check(self) -> None:
        """Raise `ValueError` or `TypeError` for numbers that no training can have noted."""
        past = self.history
        for curve in (past.train_loss, past.train_acc, past.test_acc):
            if not isinstance(curve, list) or len(curve) != self.epochs:
                raise ValueError("its curves differ in length")
        numbers = [*past.train_loss, *past.train_acc, *past.test_acc, *past.input_shape]
        if not all(map(math.isfinite, [*numbers, past.seconds, past.examples_per_sec])):
            raise ValueError("its history is not of numbers")
        if not isinstance(self.settings, dict) or not 0 <= operator.index(self.seed) < 2**32:
            raise ValueError("its settings or its seed are none")


@dataclass(frozen=True)
class Saved:
    """Hold a training as a file has it."""

    weights: _checkpoint.Checkpoint
    record: Record


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of the random numbers of one epoch, from 0 to 2**32 - 1."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def find(path: Path, settings: Settings, num_epochs: int) -> Saved | None:
    """Return the training that a file holds, None if there is no file.

    Raises `ValueError` if it is not a training's, or one of another framework, with other settings,
    or of more epochs than are asked for; `FileNotFoundError` without the folder.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"checkpoint={str(path)!r}: there is no folder {path.parent}")
    if path.is_dir():
        raise ValueError(f"checkpoint={str(path)!r} is a folder; name a file in it")
    if not path.exists():
        return None
    weights = _checkpoint.read(path)
    if "training" not in weights.metadata:
        raise ValueError(
            f"{path} holds weights without a training. Name another file as checkpoint; "
            "load_weights and init='keep' begin with these weights"
        )
    try:
        record = Record.from_json(weights.metadata["training"])
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    _same(path, record, settings)
    if record.epochs > num_epochs:
        raise ValueError(f"{path} holds {record.epochs} epochs; num_epochs={num_epochs} is less")
    return Saved(weights, record)


def _same(path: Path, record: Record, settings: Settings) -> None:
    for name, value in settings.items():
        if (before := record.settings.get(name)) != value:
            raise ValueError(
                f"{path} holds a training with {name}={before!r}, and now {name}={value!r}. Go on "
                "with the same settings, name another file, or remove this one; its weights can "
                "be loaded with load_weights"
            )
