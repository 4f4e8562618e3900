"""What d2l's sources call by one name in every framework: `d2l.reshape`, `d2l.float32`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NAMES = [
    "abs", "arange", "argmax", "astype", "batch_matmul", "bool", "concat", "cos", "cosh", "exp",
    "expand_dims", "eye", "float32", "float64", "int32", "int64", "linspace", "log", "matmul",
    "meshgrid", "nn_Module", "normal", "numpy", "ones", "ones_like", "rand", "randn",
    "reduce_mean", "reduce_sum", "repeat", "reshape", "sigmoid", "sin", "sinh", "size", "stack",
    "swapaxes", "tanh", "tensor", "to", "transpose", "zeros", "zeros_like",
]  # fmt: skip


def method(name: str) -> Callable[..., Any]:
    """Return a function that calls the method `name` of its first argument."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(x, name)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return `x.{name}(...)`."
    return call
