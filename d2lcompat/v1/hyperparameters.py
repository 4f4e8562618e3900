"""Arguments that become attributes, and methods that are written in several cells."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def add_to_class(Class: type) -> Callable[[F], F]:
    """Return a decorator that makes a function a method of `Class`, also for what it has made."""

    def add(function: F) -> F:
        setattr(Class, function.__name__, function)
        return function

    return add


class HyperParameters:
    """Keep the arguments of `__init__`."""

    hparams: dict[str, Any]
    if TYPE_CHECKING:  # what is kept may have any name

        def __getattr__(self, name: str) -> Any: ...
        def __setattr__(self, name: str, value: Any) -> None: ...

    def save_hyperparameters(self, ignore: Sequence[str] = ()) -> None:
        """Keep what the calling function was given, but for `ignore`, as attributes.

        They are in the dict `hparams` too. What begins with an underscore is left out.
        """
        frame = inspect.currentframe()
        assert frame is not None
        assert frame.f_back is not None
        given = dict(frame.f_back.f_locals)
        left_out = {"self", *ignore}
        self.hparams = {
            name: value
            for name, value in given.items()
            if name not in left_out and not name.startswith("_")
        }
        for name, value in self.hparams.items():
            setattr(self, name, value)
