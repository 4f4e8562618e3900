"""Times and sums, as the chapters of the book use them."""

from __future__ import annotations

import time
from typing import Any


class Timer:
    """Record several running times, in seconds, begun at construction."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        """Begin a measurement."""
        self._began = time.perf_counter()

    def stop(self) -> float:
        """End the measurement, keep it, and return it."""
        self.times.append(time.perf_counter() - self._began)
        return self.times[-1]

    def avg(self) -> float:
        """Return the mean of the times."""
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        """Return the sum of the times."""
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """Return the accumulated times."""
        return [sum(self.times[: i + 1]) for i in range(len(self.times))]


class Accumulator:
    """Add up `n` numbers at once."""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: Any) -> None:
        """Add one number to each sum. Raises `ValueError` if there are more or fewer."""
        self.data = [a + float(b) for a, b in zip(self.data, args, strict=True)]

    def reset(self) -> None:
        """Set every sum to zero."""
        self.data = [0.0] * len(self.data)

    def __getitem__(self, index: int) -> float:
        return self.data[index]
