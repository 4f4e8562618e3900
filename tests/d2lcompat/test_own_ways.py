"""What only one framework needs: its devices, its threads, its compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
PROGRAMS = {
    # Importing us, a reader can still say how TensorFlow shall use its devices.
    "tensorflow": """
from d2lcompat import tensorflow as d2l
import tensorflow as tf
d2l.try_gpu()
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
moved = d2l.backend.move(tf.zeros(3), "/CPU:1")
assert moved.device.endswith("CPU:1"), moved.device
net = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])
batch = tf.zeros((2, 4, 4, 1)), tf.constant([0, 1])
d2l.train_ch6(lambda: net, [batch], [batch], 1, 0.1, "/CPU:1")
assert d2l.backend.device_of(net).endswith("CPU:1"), d2l.backend.device_of(net)
""",
    # Imported first, PaddlePaddle computes as fast, and is afterwards as it was.
    "paddle": """
import warnings
warnings.simplefilter("ignore")
import os, paddle
from paddle import nn
from d2lcompat import paddle as d2l
from d2lcompat.workarounds import paddle_conv
flags = list(paddle_conv.FLAGS)
before = paddle.get_flags(flags), dict(os.environ)
told = []
class Told(nn.Layer):
    def forward(self, X):
        told.append(paddle.get_flags(flags))
        return X
net = nn.Sequential(nn.Conv2D(1, 4, 3), Told(), nn.Conv2D(4, 4, 3), nn.Flatten(), nn.Linear(64, 10))
batch = paddle.rand((2, 1, 8, 8)), paddle.arange(2)
d2l.train_ch6(net, [batch], [batch], 1, 0.1)
assert any(all(found.values()) for found in told), told
assert paddle_conv.compiled_convolution.cache_info().currsize == 2  # with gradients, and without
assert (paddle.get_flags(flags), dict(os.environ)) == before
""",
    "torch": """
import torch
from d2lcompat import torch as d2l
before = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 10)).double()
batch = torch.rand(2, 1, 4, 4).double(), torch.arange(2)
d2l.train_ch6(net, [batch], [batch], 1, 0.1)
assert next(net.parameters()).dtype == torch.float64
assert (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()) == before
""",
    # Two contexts of the CPU: what is trained on the second must be sent there.
    "mxnet": """
from d2lcompat import mxnet as d2l
from mxnet import np, npx
from mxnet.gluon import nn
net = nn.Sequential()
net.add(nn.Flatten(), nn.Dense(10))
batch = np.zeros((2, 1, 4, 4)), np.arange(2)
d2l.train_ch6(net, [batch], [batch], 1, 0.1, npx.cpu(1))
assert d2l.backend.device_of(net) == npx.cpu(1)
assert d2l.predict(net, [batch])[0].shape == (2, 10)
assert isinstance(d2l.diagnose(net, batch), list)
""",
}


def test_in_a_process_of_its_own(key: str) -> None:
    command = [sys.executable, "-c", PROGRAMS[key]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr


def test_the_evaluation_is_compiled_once(d2l: ModuleType, nets: ModuleType) -> None:
    batch = nets.batch(np.zeros((2, 1, 8, 8)), np.arange(2))
    calls: dict[int, int] = {}
    for epochs in (1, 4):
        told: list[Any] = []
        net = nets.calling(nets.small(), told.append)
        d2l.train_ch6(net, [batch], [batch], epochs, 0.1)
        calls[epochs] = len(told)
    # A compiled network is called while it is traced, the others once a batch.
    assert calls[4] - calls[1] in (0, 3 * 2)


def test_a_gpu_keeps_the_data(d2l: ModuleType, nets: ModuleType, monkeypatch: Any) -> None:
    """Without a GPU: the batches go through `near`, which for a GPU makes them resident."""
    monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", "8")
    train_iter, test_iter = d2l.load_data_fashion_mnist(4, 8)
    asked: list[Any] = []

    def near(data_iter: Any, device: Any) -> Any:
        asked.append(data_iter)
        return data_iter

    monkeypatch.setattr(d2l.backend, "near", near)
    d2l.train_ch6(nets.small(), train_iter, test_iter, 1, 0.1)
    assert asked == [train_iter, test_iter]
    monkeypatch.undo()
    if d2l.backend.key == "torch":
        from d2lcompat.backends import torch as backend

        made: list[Any] = []
        monkeypatch.setattr(backend, "Resident", lambda *given: made.append(given) or "resident")
        assert d2l.backend.near(train_iter, "cuda:0") == "resident"
        assert made == [(train_iter, backend.torch.device("cuda:0"))]
        assert d2l.backend.near(train_iter, "cpu") is train_iter


def test_apple_s_gpu_is_found(d2l: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    if d2l.backend.key != "torch":
        assert str(d2l.try_gpu(-1)) == str(d2l.try_gpu(99)), "a negative number is no GPU"
        return
    import torch

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert [d2l.try_gpu(i).type for i in (0, 1, -1)] == ["mps", "cpu", "cpu"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert d2l.try_gpu() == torch.device("cuda:0")


MISSPELT = """
from d2lcompat import {key} as d2l

d2l.train_ch6
d2l.plt.show()
d2l.seed(1)
d2l.train_ch7
d2l.seed("1")
"""


def test_a_type_checker_sees_a_misspelt_name(key: str, tmp_path: Path) -> None:
    (tmp_path / "reader.py").write_text(MISSPELT.format(key=key))
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "--ignore-missing-imports"]
    root = HERE.parents[1]
    done = subprocess.run(
        [*command, "--cache-dir", str(root / ".mypy_cache"), str(tmp_path / "reader.py")],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={"MYPYPATH": str(root), "PATH": ""},
    )  # fmt: skip
    told = [line.partition(": ")[2] for line in done.stdout.splitlines()[:-1]]
    assert len(told) == 2, done.stdout
    assert f'Module "d2lcompat.{key}" has no attribute "train_ch7"' in told[0] or (
        'has no attribute "train_ch7"' in told[0]
    )
    assert 'incompatible type "str"' in told[1]
