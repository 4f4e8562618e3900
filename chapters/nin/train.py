"""Train `nin.safetensors`, the weights that the page loads: `make checkpoint`.

Beside them goes `logits.npy`, what this network gives for all test images in double precision:
float32 of shape `(10000, 10)`, for the notebooks to compare with.

The network is the page's, in PyTorch. It learns at 96×96 first, where an epoch takes minutes, and
then at 224×224. Convolutions compute in bfloat16 where that helps; the weights stay float32, and
the accuracy that is reported is measured in float32. After each epoch the weights are kept in
`_build/checkpoint`: the script goes on from there when it is called again.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import nn

from book.definitions import definitions
from bookbuild.config import read_book
from bookbuild.page.cells import parse_page
from d2lcompat import torch as d2l

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "_build" / "checkpoint"
SEED, BATCH_SIZE = 5, 128
# Pixels, learning rate of Adam, one row an epoch. Adam's moments begin anew with each.
EPOCHS = [(96, 1e-3)] * 5 + [(224, 5e-4)] * 2 + [(224, 1e-4)]


class Mixed(nn.Module):
    """Compute a network's convolutions in bfloat16, and give float32."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the logits, float32 of shape `(n, classes)`."""
        with torch.autocast(X.device.type, torch.bfloat16):
            return self.net(X).float()


def main() -> None:
    """Train what is left to train, then write `nin.safetensors`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=len(EPOCHS), help="stop after so many")
    wanted = parser.parse_args().epochs
    KEPT.mkdir(parents=True, exist_ok=True)
    log_path = KEPT / "log.json"
    log = json.loads(log_path.read_text()) if log_path.exists() else []
    page = parse_page(HERE / "index.md", read_book(HERE), find_files=False)
    net = definitions(page, "torch")["NiN"](in_channels=1, num_classes=10)
    mixed = Mixed(net)
    if log:
        d2l.load_weights(net, KEPT / f"{len(log)}.safetensors")
    for epoch in range(len(log), wanted):
        pixels, lr = EPOCHS[epoch]
        d2l.seed(SEED + epoch)
        train_iter, test_iter = d2l.load_data_fashion_mnist(BATCH_SIZE, pixels)
        d2l.train_ch6(
            mixed, train_iter, test_iter, 1, lr,
            init="keep" if epoch else "shared", optimizer="adam",
        )  # fmt: skip
        history = mixed.history
        net.history = history
        d2l.save_weights(net, KEPT / f"{epoch + 1}.safetensors")
        log.append({"pixels": pixels, "lr": lr, "loss": history.train_loss[0],
                    "test accuracy": history.test_acc[0],
                    "examples/s": history.examples_per_sec})  # fmt: skip
        log_path.write_text(json.dumps(log, indent=1))
        print(f"epoch {epoch + 1}: {log[-1]}", flush=True)
    if len(log) < len(EPOCHS):
        print(f"{len(log)} of {len(EPOCHS)} epochs, kept in {KEPT}; the page's files are as before")
        return
    _, test_iter = d2l.load_data_fashion_mnist(BATCH_SIZE, 224)
    # A copy: the network no longer knows its input shape where no epoch was left to train.
    shutil.copyfile(KEPT / f"{len(log)}.safetensors", HERE / "nin.safetensors")
    print(f"test accuracy in float32 at 224×224: {d2l.evaluate_accuracy_gpu(net, test_iter):.4f}")
    net.eval().double()
    with torch.inference_mode():
        logits = [net(X.double()).numpy() for X, _ in test_iter]
    np.save(HERE / "logits.npy", np.concatenate(logits).astype(np.float32))


if __name__ == "__main__":
    main()
