"""Two small networks in NumPy and float64: what the frameworks are compared with."""

from __future__ import annotations

import numpy as np

Tensors = dict[str, np.ndarray]


def draw(shapes: dict[str, tuple[int, ...]], seed: int) -> Tensors:
    """Return float64 tensors that float32 holds exactly; what is named a variance is positive."""
    rng = np.random.default_rng(seed)
    drawn = {name: rng.normal(0, 0.4, shape) for name, shape in shapes.items()}
    for name, value in drawn.items():
        if name.endswith("running_var"):
            drawn[name] = 0.5 + np.abs(value)
    return {name: value.astype(np.float32).astype(np.float64) for name, value in drawn.items()}


SMALL = {
    "0.weight": (4, 1, 3, 3), "0.bias": (4,), "1.weight": (10, 4, 1, 1), "1.bias": (10,),
}  # fmt: skip
NORMALIZED = {
    "0.weight": (4, 1, 3, 3), "0.bias": (4,), "1.weight": (4,), "1.bias": (4,),
    "1.running_mean": (4,), "1.running_var": (4,), "2.weight": (10, 4), "2.bias": (10,),
}  # fmt: skip


def _patches(X: np.ndarray) -> np.ndarray:
    """Return the 3×3 surroundings of each pixel, padded by zeros: `(n, h, w, 3, 3)`."""
    padded = np.pad(X[:, 0], ((0, 0), (1, 1), (1, 1)))
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))


def _first(w: Tensors, patches: np.ndarray) -> np.ndarray:
    products = np.einsum("nhwkl,okl->nohw", patches, w["0.weight"][:, 0])
    return np.asarray(products + w["0.bias"][:, None, None])


def _logits(w: Tensors, pooled: np.ndarray) -> np.ndarray:
    mean = pooled.mean((2, 3))  # of a 1×1 convolution, the mean is that of its input
    return np.asarray(mean @ w["1.weight"][:, :, 0, 0].T + w["1.bias"])


def _pool(a: np.ndarray) -> np.ndarray:
    n, c, h, w = a.shape
    return np.asarray(a.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5)))


def small_logits(w: Tensors, X: np.ndarray) -> np.ndarray:
    """Return the logits of 3×3 convolution, ReLU, max pooling, 1×1 convolution, mean."""
    return _logits(w, _pool(np.maximum(_first(w, _patches(X)), 0)))


def normalized_logits(w: Tensors, X: np.ndarray) -> np.ndarray:
    """Return the logits of 3×3 convolution, batch normalization, ReLU, mean, dense layer."""
    mean, var, gamma, beta = (
        w[f"1.{name}"][:, None, None] for name in ("running_mean", "running_var", "weight", "bias")
    )
    a = (_first(w, _patches(X)) - mean) / np.sqrt(var + 1e-5) * gamma + beta
    return np.asarray(np.maximum(a, 0).mean((2, 3)) @ w["2.weight"].T + w["2.bias"])


def small_gradients(w: Tensors, X: np.ndarray, y: np.ndarray) -> tuple[float, Tensors]:
    """Return the mean cross-entropy of the small network, and its gradients."""
    n, patches = len(y), _patches(X)
    a = _first(w, patches)
    pooled = _pool(np.maximum(a, 0))
    logits = _logits(w, pooled)
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    d_logits = (p - np.eye(10)[y]) / n
    d_pooled = (d_logits @ w["1.weight"][:, :, 0, 0])[:, :, None, None] / pooled[0, 0].size
    greatest = np.repeat(np.repeat(pooled, 2, 2), 2, 3)
    d_a = np.where((a == greatest) & (a > 0), d_pooled, 0)
    gradients = {
        "0.weight": np.einsum("nohw,nhwkl->okl", d_a, patches)[:, None],
        "0.bias": d_a.sum((0, 2, 3)),
        "1.weight": (d_logits.T @ pooled.mean((2, 3)))[:, :, None, None],
        "1.bias": d_logits.sum(0),
    }
    return float(-np.log(p[np.arange(n), y]).mean()), gradients


def sgd(w: Tensors, batches: list[tuple[np.ndarray, np.ndarray]], lr: float, momentum: float) -> tuple[Tensors, float]:  # fmt: skip # noqa: E501
    """Return the weights after a step of SGD a batch, and the mean of the losses before each."""
    velocity, total = {name: np.zeros_like(t) for name, t in w.items()}, 0.0
    for X, y in batches:
        loss, gradients = small_gradients(w, X, y)
        velocity = {name: momentum * velocity[name] + gradients[name] for name in w}
        w = {name: w[name] - lr * velocity[name] for name in w}
        total += loss
    return w, total / len(batches)


def adam(w: Tensors, batches: list[tuple[np.ndarray, np.ndarray]], lr: float, early: bool) -> tuple[Tensors, float]:  # fmt: skip # noqa: E501
    """Return the same for Adam (Kingma and Ba, 2015).

    `early` adds epsilon before the correction of the bias, as at the end of the article's
    section 2, and not after it, as in its algorithm 1.
    """
    m = {name: np.zeros_like(t) for name, t in w.items()}
    v, total = dict(m), 0.0
    for t, (X, y) in enumerate(batches, start=1):
        loss, gradients = small_gradients(w, X, y)
        m = {name: 0.9 * m[name] + 0.1 * gradients[name] for name in w}
        v = {name: 0.999 * v[name] + 0.001 * gradients[name] ** 2 for name in w}
        scale = np.sqrt(1 - 0.999**t)
        epsilon = 1e-8 / scale if early else 1e-8
        w = {
            name: w[name] - lr * m[name] / (1 - 0.9**t) / (np.sqrt(v[name]) / scale + epsilon)
            for name in w
        }
        total += loss
    return w, total / len(batches)
