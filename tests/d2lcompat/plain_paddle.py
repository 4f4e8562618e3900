"""What the tests of the zoo need of PaddlePaddle: its own step and logits, what can be noticed."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import paddle
from paddle.io import DataLoader, TensorDataset
from paddle.nn import functional as F
from zoo import Entry

# Of what `zoo.process` tells, what the framework's initializers draw from.
DRAWS_FROM: set[str] = set()
uncompiled = nullcontext  # what helpers compile takes no time here


def batch(inputs: list[np.ndarray], labels: np.ndarray) -> tuple[Any, Any]:
    """Return inputs, channels first, and labels as a batch of the framework's tensors."""
    X = [paddle.to_tensor(part) for part in inputs]
    return X if len(X) > 1 else X[0], paddle.to_tensor(labels)


def loader(X: np.ndarray, y: np.ndarray, size: int, shuffle: bool = False) -> Any:
    """Return the framework's own loader of examples."""
    data = TensorDataset([paddle.to_tensor(X), paddle.to_tensor(y)])
    return DataLoader(data, batch_size=size, shuffle=shuffle)


LABELS = {
    dtype: partial(paddle.to_tensor, dtype=dtype)
    for dtype in ("int64", "int32", "int16", "int8", "uint8", "float32")
}


def call(net: Any, X: Any, entry: Entry) -> Any:
    return net(*X) if isinstance(X, list) and not entry.listed else net(X)


def step(net: Any, X: Any, y: Any, entry: Entry, lr: float) -> None:
    """Train on one batch as a reader would."""
    optimizer = paddle.optimizer.SGD(learning_rate=lr, parameters=net.parameters())
    F.cross_entropy(call(net, X, entry), y).backward()
    optimizer.step()


def logits(net: Any, X: Any, entry: Entry) -> np.ndarray:
    """Return logits as a reader would, all parts in evaluation, and leave the modes alone."""
    modes = [(part, part.training) for part in net.sublayers(include_self=True)]
    net.eval()
    with paddle.no_grad():
        found = call(net, X, entry).numpy()
    for part, mode in modes:
        part.training = mode
    return found


def values(net: Any) -> list[np.ndarray]:
    """Return copies of all weights and statistics."""
    return [t.numpy().copy() for t in (*net.parameters(), *_statistics(net).values())]


def _statistics(net: Any) -> dict[str, Any]:
    """Return the buffers, but for the weights that weight and spectral normalization compute."""
    found: dict[str, Any] = dict(net.named_buffers())
    return {name: buffer for name, buffer in found.items() if not name.endswith("weight")}


def trainable(net: Any) -> int:
    """Return how many numbers training changes."""
    return sum(int(p.size) for p in net.parameters() if not p.stop_gradient)


def footprint(net: Any) -> dict[str, Any]:
    """Return what can be noticed of a network beside the values of its weights."""
    parts = dict(net.named_sublayers(include_self=True))
    held = dict(net.named_parameters()) | _statistics(net)
    return {
        "classes": {path: type(part) for path, part in parts.items()},
        "modes": {path: part.training for path, part in parts.items()},
        "attributes": {path: vars(part).keys() - {"history"} for path, part in parts.items()},
        "forwards": {path: vars(part).get("forward") for path, part in parts.items()},
        "hooks": {
            (path, name): list(value.items())
            for path, part in parts.items()
            for name, value in vars(part).items()
            if "hooks" in name and isinstance(value, dict)
        },
        "weights": {
            name: (id(t), t.dtype, t.stop_gradient, tuple(t.strides), str(t.place), t.name)
            for name, t in held.items()
        },
    }


def _readable(flag: str) -> bool:
    try:
        paddle.get_flags(flag)
    except ValueError:
        return False
    return True


_FLAGS = [flag for flag in paddle.base.core.globals().keys() if _readable(flag)]  # noqa: SIM118


def process() -> dict[str, Any]:
    """Return the framework's own settings."""
    return {
        "dtype": paddle.get_default_dtype(), "device": paddle.device.get_device(),
        "gradients": paddle.is_grad_enabled(), "dynamic": paddle.in_dynamic_mode(),
        "flags": paddle.get_flags(_FLAGS),
        "static": paddle.jit.api.ProgramTranslator.get_instance().enable_to_static,
    }  # fmt: skip


def draw() -> np.ndarray:
    """Return the framework's next random numbers."""
    return paddle.rand([4]).numpy()
