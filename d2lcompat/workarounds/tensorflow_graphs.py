"""What TensorFlow needs around networks: a device by name, bfloat16, a shorter log, hooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import tensorflow as tf

# Each training compiles a step of its own; from the fifth on TensorFlow takes that for a mistake.
_OURS = re.compile(r"TensorFlow\.(step|forward)\.<locals>.* triggered tf\.function retracing", re.S)


def log_less() -> None:
    """Keep TensorFlow's advice about our own compiled steps out of the log."""
    tf.get_logger().addFilter(lambda record: not _OURS.search(record.getMessage()))


class Device(str):
    """Name a device, such as `/CPU:0`; in a `with` block TensorFlow computes there."""

    _scopes: list[Any]

    @property
    def _device_name(self) -> str:
        """The name, as the book's chapters ask a `tf.device` for it."""
        return str(self)

    def __enter__(self) -> Device:
        scope = tf.device(str(self))
        scope.__enter__()
        self.__dict__.setdefault("_scopes", []).append(scope)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scopes.pop().__exit__(kind, error, trace)


@contextmanager
def bfloat16(wanted: bool) -> Iterator[None]:
    """Let TensorFlow convert the graphs that run within to bfloat16, where oneDNN computes."""
    options, name = tf.config.optimizer, "auto_mixed_precision_onednn_bfloat16"
    before = options.get_experimental_options().get(name, False)
    if wanted:
        options.set_experimental_options({name: True})
    try:
        yield
    finally:
        if wanted:
            options.set_experimental_options({name: before})


@contextmanager
def calls_noted(parts: Iterable[Any], note: Callable[[Any, Any], None]) -> Iterator[None]:
    """Note each call of Keras' parts, with its output: they have no hooks of their own."""

    def noting(part: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            note(part, output)
            return output

        return wrapped

    before = [(part, vars(part).get("call")) for part in parts]  # one of the reader's own, or none
    for part, _ in before:
        vars(part)["call"] = noting(part, part.call)
    try:
        yield
    finally:
        for part, own in before:
            vars(part).pop("call")
            if own is not None:
                vars(part)["call"] = own
