"""What the tests of the zoo need of PyTorch: its own step and logits, and what can be noticed."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset
from zoo import Entry

# Of what `zoo.process` tells, what the framework's initializers draw from.
DRAWS_FROM: set[str] = set()
uncompiled = nullcontext  # what helpers compile takes no time here


def batch(inputs: list[np.ndarray], labels: np.ndarray) -> tuple[Any, Any]:
    """Return inputs, channels first, and labels as a batch of the framework's tensors."""
    X = [torch.tensor(part) for part in inputs]
    return X if len(X) > 1 else X[0], torch.tensor(labels)


def loader(X: np.ndarray, y: np.ndarray, size: int, shuffle: bool = False) -> Any:
    """Return the framework's own loader of examples."""
    return DataLoader(TensorDataset(torch.tensor(X), torch.tensor(y)), size, shuffle)


LABELS = {
    dtype: partial(torch.tensor, dtype=getattr(torch, dtype))
    for dtype in ("int64", "int32", "int16", "int8", "uint8", "float32")
}


def call(net: Any, X: Any, entry: Entry) -> Any:
    return net(*X) if isinstance(X, list) and not entry.listed else net(X)


def step(net: Any, X: Any, y: Any, entry: Entry, lr: float) -> None:
    """Train on one batch as a reader would."""
    if any(isinstance(part, nn.Dropout) for part in net.modules()):
        net.to(memory_format=torch.channels_last)  # it draws in the order of memory
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    F.cross_entropy(call(net, X, entry), y).backward()
    optimizer.step()


def logits(net: Any, X: Any, entry: Entry) -> np.ndarray:
    """Return logits as a reader would, all parts in evaluation, and leave the modes alone."""
    modes = [(part, part.training) for part in net.modules()]
    net.eval()
    with torch.no_grad():
        found = call(net, X, entry).numpy()
    for part, mode in modes:
        part.training = mode
    return found


def values(net: Any) -> list[np.ndarray]:
    """Return copies of all weights and statistics, but for what is merely counted along."""
    held = [t for t in (*net.parameters(), *net.buffers()) if t.is_floating_point()]
    return [t.detach().numpy().copy() for t in held]


def trainable(net: Any) -> int:
    """Return how many numbers training changes."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def footprint(net: Any) -> dict[str, Any]:
    """Return what can be noticed of a network beside the values of its weights."""
    parts = dict(net.named_modules(remove_duplicate=False))
    held = dict([*net.named_parameters(remove_duplicate=False), *net.named_buffers()])
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
            name: (id(t), t.dtype, t.requires_grad, t.stride(), t.storage_offset())
            for name, t in held.items()
        },
        "gradients that lie in another order": [
            name
            for name, t in held.items()
            if t.grad is not None and t.grad.stride() != t.stride()
        ],
    }  # fmt: skip


def process() -> dict[str, Any]:
    """Return the framework's own settings."""
    return {
        "dtype": torch.get_default_dtype(), "device": torch.get_default_device(),
        "gradients": torch.is_grad_enabled(), "inference": torch.is_inference_mode_enabled(),
        "threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "autocast": (torch.is_autocast_enabled("cpu"), torch.is_autocast_cache_enabled()),
        "mkldnn": torch.backends.mkldnn.enabled, "anomaly": torch.is_anomaly_enabled(),
        "stance": torch._dynamo.eval_frame._stance.stance,
    }  # fmt: skip


def draw() -> np.ndarray:
    """Return the framework's next random numbers."""
    return torch.rand(4).numpy()
