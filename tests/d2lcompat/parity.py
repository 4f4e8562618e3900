"""NiN at 224×224 in float64: what the four frameworks are compared with.

Run as a script it writes the reference with PyTorch, in a process of its own, because frameworks
never share one. `reference()` does so once and keeps the file until this one, the resizing or a
version changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np

from d2lcompat.data import fashion_mnist as _data
from d2lcompat.data import resize as resizing

HERE = Path(__file__)
KEPT = HERE.parents[2] / "_build" / "parity"
STEPS, BATCH, LR = 10, 8, 0.0002
Tensors = dict[str, np.ndarray]

# Outputs, inputs, kernel, stride, padding of NiN's convolutions; pooling follows 2, 5 and 8.
CONVOLUTIONS = [
    (96, 1, 11, 4, 0), (96, 96, 1, 1, 0), (96, 96, 1, 1, 0),
    (256, 96, 5, 1, 2), (256, 256, 1, 1, 0), (256, 256, 1, 1, 0),
    (384, 256, 3, 1, 1), (384, 384, 1, 1, 0), (384, 384, 1, 1, 0),
    (10, 384, 3, 1, 1), (10, 10, 1, 1, 0), (10, 10, 1, 1, 0),
]  # fmt: skip


def weights() -> Tensors:
    """Return canonical weights that keep the scale of the signal, and positive biases."""
    rng, drawn = np.random.default_rng(7), {}
    for i, (outputs, inputs, kernel, _, _) in enumerate(CONVOLUTIONS):
        bound = (6 / (inputs * kernel * kernel)) ** 0.5
        shape = (outputs, inputs, kernel, kernel)
        drawn[f"{i}.weight"] = rng.uniform(-bound, bound, shape).astype(np.float32)
        drawn[f"{i}.bias"] = rng.uniform(0, 0.2, outputs).astype(np.float32)
    drawn[f"{i}.bias"] += 2  # no logit is cut off by the last ReLU, and every gradient counts
    return drawn


def batches() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the first test images at 224×224, `(n, 1, 224, 224)` float32, with their labels."""
    _, test = _data.fashion_mnist()
    images = resizing.resize(test.images[: STEPS * BATCH], (224, 224))[:, None]
    labels = test.labels[: STEPS * BATCH].astype(np.int64)
    return [(images[i : i + BATCH], labels[i : i + BATCH]) for i in range(0, len(labels), BATCH)]


def noisy() -> tuple[np.ndarray, np.ndarray]:
    """Return images with noise, in which no two pixels are alike, and their labels."""
    X, y = (np.concatenate(arrays) for arrays in zip(*batches(), strict=True))
    noise = np.random.default_rng(0).uniform(0, 0.1, X.shape)
    return (X + noise).astype(np.float32), y


def reference() -> Tensors:
    """Return images `X`, labels `y`, their logits, loss, and `gradient N` for each tensor N.

    Also `after N` and the losses of ten steps. A gradient is not continuous: where an input of
    a ReLU is nearly zero, or two pixels of a pooling window nearly equal, rounding decides which
    way it flows. X are the two images of `noisy` whose decisions are clearest; `narrow` is how
    clear the narrowest is, relative to the scale of its layer.
    """
    KEPT.mkdir(parents=True, exist_ok=True)
    made_of = [HERE, Path(resizing.__file__), HERE.parents[2] / "requirements.txt"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()
    path = KEPT / f"{digest[:16]}.npz"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two frameworks may be tested at the same time
        if not path.exists():
            for old in KEPT.glob("*.npz"):
                old.unlink()
            subprocess.run([sys.executable, HERE, path], check=True)
    with np.load(path) as file:
        return dict(file)


def main(path: Path) -> None:
    """Compute the reference and write it to `path`."""
    import torch
    from torch.nn import functional as F

    w = {name: torch.tensor(t, dtype=torch.float64) for name, t in weights().items()}
    for t in w.values():
        t.requires_grad_()

    def forward(images: np.ndarray, look: bool = False) -> tuple[torch.Tensor, float]:
        """Return the logits and, if asked to `look`, the narrowest decision on its scale."""
        H, narrow = torch.tensor(images, dtype=torch.float64), np.inf
        for i, (_, _, _, stride, padding) in enumerate(CONVOLUTIONS):
            A = F.conv2d(H, w[f"{i}.weight"], w[f"{i}.bias"], stride, padding)
            H = F.relu(A)
            if look:
                scale = A.square().mean().sqrt()
                narrow = min(narrow, float(A.abs().min() / scale))
            if i in (2, 5, 8):
                if look:
                    best = H.unfold(2, 3, 2).unfold(3, 3, 2).flatten(4).topk(2).values
                    gap = (best[..., 0] - best[..., 1])[best[..., 0] > 0]
                    narrow = min(narrow, float(gap.min() / scale))
                H = F.max_pool2d(H, 3, 2)
        return H.mean((2, 3)), narrow

    out: Tensors = {}
    with torch.no_grad():
        X, y = noisy()
        narrow = np.array([forward(X[i : i + 1], look=True)[1] for i in range(len(y))])
    kept = narrow.argsort()[-2:]
    out["X"], out["y"], out["narrow"] = X[kept], y[kept], narrow[kept]
    logits, _ = forward(out["X"])
    loss = F.cross_entropy(logits, torch.tensor(out["y"]))
    gradients = torch.autograd.grad(loss, list(w.values()))
    out["logits"], out["loss"] = logits.detach().numpy(), np.array(loss.item())
    out |= {f"gradient {n}": g.numpy() for n, g in zip(w, gradients, strict=True)}
    losses = []
    for X, y in batches():
        loss = F.cross_entropy(forward(X)[0], torch.tensor(y))
        losses.append(loss.item())
        for t, g in zip(w.values(), torch.autograd.grad(loss, list(w.values())), strict=True):
            t.data -= LR * g
    out |= {f"after {n}": t.detach().numpy() for n, t in w.items()}
    out["losses"] = np.array(losses)
    unfinished = path.with_suffix(".tmp.npz")
    np.savez(unfinished, **out)
    unfinished.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
