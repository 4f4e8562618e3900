"""Operations written with slices and sums alone, which all frameworks' tensors understand."""

from __future__ import annotations

from typing import Any


def corr2d(X: Any, K: Any) -> Any:
    """Return the two-dimensional cross-correlation of `X` with the kernel `K`, unpadded.

    Both are tensors of one framework, of shapes `(h, w)` and `(k, l)`; the result has the shape
    `(h - k + 1, w - l + 1)`. Raises `ValueError` if either is not two-dimensional or `K` is
    larger than `X`.
    """
    if len(X.shape) != 2 or len(K.shape) != 2:
        raise ValueError(f"corr2d takes two matrices, not shapes {X.shape} and {K.shape}")
    (h, w), (k, m) = X.shape, K.shape
    if h < k or w < m:
        raise ValueError(f"the kernel, {k} by {m}, is larger than the input, {h} by {w}")
    parts = [K[a, b] * X[a : h - k + 1 + a, b : w - m + 1 + b] for a in range(k) for b in range(m)]
    return sum(parts[1:], parts[0])
