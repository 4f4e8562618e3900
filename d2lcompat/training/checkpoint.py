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
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.batches import Seeds
from ..files import remove_drafts
from ..networks import weights_file
from ..networks.weights import all_slots, metadata
from .history import History

if TYPE_CHECKING:
    from ..backends.base import Backend

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


def epoch_seed(seed: int, epoch: int) -> int:
    """Return the seed of the random numbers of one epoch, from 0 to 2**32 - 1."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def find(
    path: Path, settings: Settings, num_epochs: int
) -> tuple[weights_file.WeightsFile, Record] | None:
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
    weights = weights_file.read(path)
    if "training" not in weights.metadata:
        raise ValueError(
            f"{path} holds weights without a training. Name another file as checkpoint; "
            "load_weights and init='keep' begin with these weights"
        )
    try:
        record = Record.from_json(weights.metadata["training"])
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    for name, value in settings.items():
        if (before := record.settings.get(name)) != value:
            raise ValueError(
                f"{path} holds a training with {name}={before!r}, and now {name}={value!r}. Go on "
                "with the same settings, name another file, or remove this one; its weights can "
                "be loaded with load_weights"
            )
    if record.epochs > num_epochs:
        raise ValueError(f"{path} holds {record.epochs} epochs; num_epochs={num_epochs} is less")
    return weights, record


class Keeper:
    """Keep a training of a framework's networks in the file `path`, after each epoch.

    `found` is what it held, if anything; `kept` the number of epochs in it. Raises `ValueError` or
    `FileNotFoundError` if the file cannot be this training's: see `find`.
    """

    def __init__(self, backend: Backend, path: Path, settings: Settings, num_epochs: int) -> None:
        self.backend, self.path = backend, path.expanduser()
        self.settings = {"framework": backend.key, **settings}
        self.found = find(self.path, self.settings, num_epochs)
        remove_drafts(self.path)
        given = settings["seed"]
        self.seed = secrets.randbits(32) if given is None else given
        self.kept = 0
        self.net: Any = None
        self.optimizer: Any = None

    def take_up(self, net: Any, optimizer: Any, history: History) -> History:
        """Bring network, optimizer and order of the data to where the file is.

        Returns the history to go on with. A new training is kept as it is, before any work: a file
        that cannot be written is an `OSError` now.
        """
        self.net, self.optimizer = net, optimizer
        if self.found is None:
            try:
                self._save(history)
            except OSError as error:
                raise OSError(f"checkpoint={str(self.path)!r} cannot be written: {error}") from None
            return history
        weights, record = self.found
        weights.fill(all_slots(self.backend, net), self.backend)
        try:
            self.backend.set_optimizer_state(net, optimizer, weights.optimizer)
        except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(
                f"{self.path} holds a state of the optimizer that does not fit the network: {error}"
            ) from None
        Seeds.order = np.random.default_rng()
        Seeds.order.bit_generator.state = record.order
        self.seed, self.kept = record.seed, record.epochs
        record.history.device, record.history.interrupted = history.device, False
        return record.history

    def begin(self, epoch: int) -> None:
        """Give the epoch its random numbers."""
        self.backend.reseed(self.net, epoch_seed(self.seed, epoch))

    def end(self, history: History) -> None:
        """Write the file; if that fails, say so and go on: the last one is still there."""
        try:
            self._save(history)
        except OSError as error:
            print(
                f"d2lcompat: epoch {len(history.train_loss)} could not be kept in {self.path} "
                f"({error}); training goes on",
                file=sys.stderr,
            )

    def _save(self, history: History) -> None:
        order = dict(Seeds.order.bit_generator.state)
        record = Record(self.seed, self.settings, order, history)
        slots = all_slots(self.backend, self.net)
        noted = metadata(self.backend, slots, self.settings["input_shape"])
        state = self.backend.optimizer_state(self.net, self.optimizer)
        weights_file.save(self.path, slots, noted | {"training": record.to_json()}, state)
        self.kept = len(history.train_loss)
