"""Keep a training in a file after each epoch, and take it up again."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from ..data import batches as _batches
from ..files import remove_drafts
from ..networks import weights_file as _checkpoint
from ..networks.weights import Weights
from . import checkpoint as _resume
from . import loop as _train
from .history import History


class Keeper(_train.Keeper):
    """Keep a training of a framework's networks in the file `path`.

    Raises `ValueError` or `FileNotFoundError` if the file cannot be this training's: see
    `_resume.find`. `found` is what it held, if anything.
    """

    def __init__(
        self, hooks: Weights, path: Path, settings: _resume.Settings, num_epochs: int
    ) -> None:
        self.hooks, self.file, self.path = hooks, path, str(path)
        self.settings = {"framework": hooks.key, **settings}
        self.found = _resume.find(path, self.settings, num_epochs)
        remove_drafts(path)
        given = settings["seed"]
        self.seed = secrets.randbits(32) if given is None else given
        self.net: Any = None
        self.optimizer: Any = None

    def take(self, net: Any, optimizer: Any, history: History) -> History:
        """Bring network, optimizer and order of the data to where the file is.

        Returns the history to go on with. A new training is kept as it is, before any work: a file
        that cannot be written is an `OSError` now.
        """
        self.net, self.optimizer = net, optimizer
        if self.found is None:
            try:
                self._save(history)
            except OSError as error:
                raise OSError(f"checkpoint={self.path!r} cannot be written: {error}") from None
            return history
        weights, record = self.found.weights, self.found.record
        weights.fill(self.hooks._slots(net), self.hooks.layout)
        try:
            self.hooks._set_optimizer_state(net, optimizer, weights.optimizer)
        except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
            raise ValueError(
                f"{self.path} holds a state of the optimizer that does not fit the network: {error}"
            ) from None
        _batches.set_order(record.order)
        self.seed, self.kept = record.seed, record.epochs
        record.history.device = history.device
        return record.history

    def begin(self, epoch: int) -> None:
        """Give the epoch its random numbers."""
        self.hooks._reseed(self.net, _resume.epoch_seed(self.seed, epoch))

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
        record = _resume.Record(self.seed, self.settings, _batches.order(), history)
        metadata = self.hooks._metadata(self.net, tuple(self.settings["input_shape"]))
        _checkpoint.save(
            self.file,
            self.hooks._slots(self.net),
            metadata | {"training": record.to_json()},
            self.hooks._optimizer_state(self.net, self.optimizer),
        )
        self.kept = len(history.train_loss)
