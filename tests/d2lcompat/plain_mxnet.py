"""What the tests of the zoo need of MXNet: its own step and logits, and what can be noticed."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import mxnet as mx
import numpy
from mxnet import autograd, gluon, np
from zoo import Entry

# Of what `zoo.process` tells, what the framework's initializers draw from.
DRAWS_FROM: set[str] = set()
uncompiled = nullcontext  # what helpers compile takes no time here


def batch(inputs: list[numpy.ndarray], labels: numpy.ndarray) -> tuple[Any, Any]:
    """Return inputs, channels first, and labels as a batch of the framework's tensors."""
    X = [np.array(part, dtype=part.dtype) for part in inputs]
    return X if len(X) > 1 else X[0], np.array(labels, dtype="int64")


def loader(X: numpy.ndarray, y: numpy.ndarray, size: int, shuffle: bool = False) -> Any:
    """Return the framework's own loader of examples."""
    data = gluon.data.ArrayDataset(np.array(X, dtype=X.dtype), np.array(y, dtype="int64"))
    return gluon.data.DataLoader(data, size, shuffle)


def _labels(dtype: str) -> Any:
    return lambda y: np.array(y, dtype=dtype)


LABELS = {dtype: _labels(dtype) for dtype in ("int64", "int32", "int8", "uint8", "float32")}


def call(net: Any, X: Any, entry: Entry) -> Any:
    return net(*X) if isinstance(X, list) and not entry.listed else net(X)


def step(net: Any, X: Any, y: Any, entry: Entry, lr: float) -> None:
    """Train on one batch as a reader would."""
    _initialize(net)
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})
    with autograd.record():
        loss = gluon.loss.SoftmaxCrossEntropyLoss()(call(net, X, entry), y)
    loss.backward()
    trainer.step(len(y))


def logits(net: Any, X: Any, entry: Entry) -> numpy.ndarray:
    """Return logits as a reader would."""
    _initialize(net)
    found: numpy.ndarray = call(net, X, entry).asnumpy()
    return found


def _initialize(net: Any) -> None:
    if any(p._data is None and not p._deferred_init for p in net.collect_params().values()):
        net.initialize(mx.init.Xavier())


def values(net: Any) -> list[numpy.ndarray]:
    """Return copies of all weights and statistics."""
    return [p.data().asnumpy().copy() for p in net.collect_params().values()]


def trainable(net: Any) -> int:
    """Return how many numbers training changes; a scale that is fixed is none of them."""
    held = [p for p in net.collect_params().values() if p.grad_req != "null" and p._differentiable]
    return sum(int(numpy.prod(p.shape)) for p in held)


def footprint(net: Any) -> dict[str, Any]:
    """Return what can be noticed of a network beside the values of its weights."""
    parts: dict[str, Any] = {}

    def visit(path: str, part: Any) -> None:
        parts[path] = part
        for name, child in part._children.items():
            visit(f"{path}.{name}", child)

    visit("", net)
    ours = {"history", "_cached_graph", "_cached_op", "_cached_op_args", "_in_format"}
    return {
        "classes": {path: type(part) for path, part in parts.items()},
        "attributes": {path: vars(part).keys() - ours for path, part in parts.items()},
        "active": {path: vars(part).get("_active") for path, part in parts.items()},
        "settings": {path: vars(part).get("_flags") for path, part in parts.items()},
        "forwards": {path: vars(part).get("forward") for path, part in parts.items()},
        "hooks": {
            (path, name): list(value.items())
            for path, part in parts.items()
            for name, value in vars(part).items()
            if "hooks" in name
        },
        "weights": {
            name: (id(p), p.dtype, p.grad_req, p.shape, p.lr_mult, p.list_ctx())
            for name, p in net.collect_params().items()
        },
    }


def process() -> dict[str, Any]:
    """Return the framework's own settings."""
    return {
        "numpy shapes": mx.util.is_np_shape(), "numpy arrays": mx.util.is_np_array(),
        "recording": autograd.is_recording(), "in training": autograd.is_training(),
        "device": mx.context.current_context(), "bulk": mx.engine.set_bulk_size(_bulk()),
    }  # fmt: skip


def _bulk() -> int:
    """Return the size of MXNet's bulks of operators, which it tells only when it is set."""
    size: int = mx.engine.set_bulk_size(15)
    mx.engine.set_bulk_size(size)
    return size


def draw() -> numpy.ndarray:
    """Return the framework's next random numbers."""
    found: numpy.ndarray = np.random.uniform(size=4).asnumpy()
    return found
