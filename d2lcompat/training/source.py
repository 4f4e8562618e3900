"""Batches to train on or to test with, of which the first has been looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from ..networks.evaluate import number_of_batches, one_pass


class Source:
    """Give the batches of a data iterator, pass by pass; `X` and `y` are the first of them.

    `few` are the first two examples, enough to try a network on.

    The look costs no pass and no random numbers: what was begun is gone on with. A pass ends after
    as many batches as the iterator's length, also where the iterator would not. `name` is
    "training" or "test". Raises `ValueError` if there is no batch, or if it is not a pair `(X, y)`
    of equal lengths, `X` one tensor or a list of several.
    """

    def __init__(self, data_iter: Iterable[Any], name: str) -> None:
        self.data_iter, self.name = data_iter, name
        self.length = number_of_batches(data_iter)
        self._begun: Iterator[Any] | None = None
        if hasattr(data_iter, "peek"):  # ours: without drawing an order
            first = data_iter.peek()
        else:
            batches = iter(data_iter)
            first = next(batches, None)
            self._begun = chain([first], batches)
        if first is None:
            raise ValueError(f"the {name} iterator holds no example")
        self.X, self.y = self._pair(first)
        several = isinstance(self.X, list | tuple)
        self.few = [part[:2] for part in self.X] if several else self.X[:2]

    def __len__(self) -> int:
        if self.length is None:
            raise ValueError(
                f"the {self.name} data do not say how many batches make an epoch, and train_ch6 "
                "must know: give a list of batches, a loader that has a length, or, in TensorFlow, "
                "dataset.apply(tf.data.experimental.assert_cardinality(n))"
            )
        return self.length

    def __iter__(self) -> Iterator[Any]:
        begun, self._begun = self._begun, None
        return one_pass(self.data_iter) if begun is None else islice(begun, self.length)

    @property
    def inputs(self) -> list[Any]:
        """The inputs of the first batch: several, or the images alone."""
        return list(self.X) if isinstance(self.X, list | tuple) else [self.X]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example; empty where it consists of several inputs."""
        return () if len(self.inputs) > 1 else tuple(int(n) for n in self.inputs[0].shape[1:])

    def begin_anew(self) -> None:
        """Let the next pass be a new one, but for an iterator, which has this one alone."""
        if not isinstance(self.data_iter, Iterator):
            self._begun = None

    def _pair(self, batch: Any) -> tuple[Any, Any]:
        pair = isinstance(batch, list | tuple) and len(batch) == 2
        X: Any = batch[0] if pair else None
        y: Any = batch[1] if pair else None
        inputs = list(X) if isinstance(X, list | tuple) else [X]
        if not inputs or not all(getattr(part, "shape", ()) for part in (*inputs, y)):
            raise ValueError(
                f"a batch of the {self.name} iterator must be images and labels, `(X, y)`"
            )
        if len(y) == 0:
            raise ValueError(f"the {self.name} iterator holds no example")
        if any(len(part) != len(y) for part in inputs):
            raise ValueError(
                f"a batch of the {self.name} iterator has {len(inputs[0])} images, {len(y)} labels"
            )
        return X, y
