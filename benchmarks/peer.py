"""The peers of the benchmarks: d2l 0.17.6 and 1.0.3, their own code, from PyPI, without their pins.

They are installed under `_build/bench`, never into `.venv` and never into this repository. Their
data loaders look for Fashion-MNIST in places of their own; here they find the files that d2lcompat
found, and nothing is downloaded.
"""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np

from d2lcompat.data.batches import Batches
from d2lcompat.data.batches import load as load_batches
from d2lcompat.data.fashion_mnist import SHA256, fashion_mnist

HERE = Path(__file__).resolve().parents[1] / "_build" / "bench"
PACKAGES = ["torchvision==0.28.0", "pandas==2.3.3", "pytz", "tzdata", "six"]
# By the folder where it is installed.
PEERS = {"site": ["d2l==0.17.6", *PACKAGES], "site1": ["d2l==1.0.3", *PACKAGES, "scipy==1.17.1"]}


def install() -> None:
    """Install the peers and lay out the data for them, where that is not done yet."""
    for folder, packages in PEERS.items():
        if not (HERE / folder / "d2l").exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--target", HERE / folder, *packages], check=True)
    _lay_out_data()


def _lay_out_data() -> None:
    """Write the IDX files, plain for torchvision and gzipped for Keras and PaddlePaddle."""
    plain, zipped = HERE / "data" / "FashionMNIST" / "raw", HERE / "keras/datasets/fashion-mnist"
    if len(list(zipped.glob("*.gz"))) == len(SHA256):
        return
    plain.mkdir(parents=True, exist_ok=True)
    zipped.mkdir(parents=True, exist_ok=True)
    parts = dict(zip(("train", "test"), fashion_mnist(), strict=True))
    for name in SHA256:
        split = parts["train" if name.startswith("train") else "test"]
        array = split.images if "images" in name else split.labels.astype(np.uint8)
        magic = bytes([0, 0, 8, array.ndim])
        raw = magic + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()
        (plain / name).write_bytes(raw)
        (zipped / f"{name}.gz").write_bytes(gzip.compress(raw, 1))


def load(key: str, site: str = "site") -> ModuleType:
    """Import d2l for a framework, and let it find the data; changes the working folder."""
    sys.path.append(str(HERE / site))
    sys.modules.setdefault("gym", ModuleType("gym"))  # of chapters that are not measured
    os.environ |= {"MPLBACKEND": "agg", "KERAS_HOME": str(HERE / "keras")}
    folder = HERE / "cwd"  # torchvision looks in ../data
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    if key == "torch":
        # torchvision's wheel on PyPI is for CUDA; without its operators, it wants their names.
        torch = import_module("torch")
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor a, Tensor b, float c) -> Tensor")
    if key == "mxnet":
        # MXNet needs names that NumPy no longer has. Our own module would also set its threads.
        import_module("d2lcompat.workarounds.mxnet_import").import_mxnet().npx.set_np()
    d2l = import_module(f"d2l.{key}")
    if key == "mxnet":
        vars(d2l)["load_data_fashion_mnist"] = _mxnet_batches  # d2l's own does not run
    if key == "paddle":
        # On a CPU its evaluation asks for the device "gpu:u"; only training is measured.
        vars(d2l)["evaluate_accuracy_gpu"] = lambda *_: 0.0
        # Paddle compares checksums of the .gz files, and ours were packed by another program.
        vision = import_module("paddle.vision.datasets")
        original = vision.FashionMNIST
        vars(vision)["FashionMNIST"] = partial(_paddle_dataset, original)
    return d2l


def _mxnet_batches(batch_size: int, resize: int) -> tuple[Batches, Batches]:
    from mxnet import np as mxnp

    return load_batches(
        batch_size, resize, lambda X, y: (mxnp.array(X[:, None], dtype="float32"), mxnp.array(y))
    )


def _paddle_dataset(original: type, mode: str, transform: object) -> object:
    start = "train" if mode == "train" else "t10k"
    folder = HERE / "keras/datasets/fashion-mnist"
    return original(
        image_path=str(folder / f"{start}-images-idx3-ubyte.gz"),
        label_path=str(folder / f"{start}-labels-idx1-ubyte.gz"),
        mode=mode, transform=transform,
    )  # fmt: skip


if __name__ == "__main__":
    install()
