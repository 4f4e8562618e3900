"""What only one framework needs: its devices, its threads, its compiler."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

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
K, L = tf.keras, tf.keras.layers
# A sum of many losses is none of half precision.
X, y = tf.zeros((3000, 2, 2, 1)), tf.zeros(3000, tf.int32)
half = K.Sequential([L.Flatten(), L.Dense(300, dtype="mixed_float16")])
assert abs(d2l.train_ch6(half, [(X, y)], [(X, y)], 1, 1e-9).history.train_loss[0] - 5.7038) < 1e-3
# What a layer draws is drawn again after `reseed`, whatever its generator is called.
class Noisy(L.Layer):
    def __init__(self):
        super().__init__()
        self.rng = K.random.SeedGenerator(1)
    def call(self, X):
        return X + K.random.normal((2, 4), seed=self.rng)
noisy = K.Sequential([L.Flatten(), Noisy(), L.Dense(10)])
noisy(tf.zeros((2, 2, 2, 1)))
drawn = []
for _ in range(2):
    d2l.backend.reseed(noisy, 7)
    drawn.append(noisy.layers[1](tf.zeros((2, 4))))
assert bool(tf.reduce_all(drawn[0] == drawn[1]))
class Builder:
    def build(self):
        return K.Sequential([L.Flatten(), L.Dense(10)])
d2l.train_ch6(Builder().build, [(X[:2], y[:2])], [(X[:2], y[:2])], 1, 0.1)
try:
    d2l.train_ch6(lambda: None, [(X, y)], [(X, y)], 1, 0.1)
except ValueError as error:
    assert "the function that builds the network returns a NoneType" in str(error)
else:
    raise AssertionError
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
class Freezing(nn.Sequential):
    def train(self):
        super().train()
        self[1].eval()
net = Freezing(nn.Conv2D(1, 4, 3), nn.BatchNorm2D(4), nn.Flatten(), nn.Linear(144, 10))
weight = net[3].weight.numpy().copy()
with paddle.no_grad():
    d2l.train_ch6(net, [batch], [batch], 1, 0.1, init="keep")
assert (net[1]._mean.numpy() == 0).all(), "frozen by the reader's train"
assert abs(net[3].weight.numpy() - weight).max() > 0, "gradients are a training's own"
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

# A layer whose `train` does more than to set the mode, as LoRA's does.
from torch import nn
class Merging(nn.Linear):
    merged = False
    def train(self, mode=True):
        if mode == self.merged:
            self.weight.data += -1.0 if mode else 1.0
            self.merged = not mode
        return super().train(mode)
class Freezing(nn.Sequential):
    def train(self, mode=True):
        super().train(mode)
        self[1].eval()
        return self
batch = torch.rand(4, 1, 4, 4), torch.arange(4)
net = Freezing(nn.Conv2d(1, 4, 1), nn.BatchNorm2d(4), nn.Flatten(), Merging(64, 10))
weight = net[3].weight.detach().clone()
d2l.evaluate_accuracy_gpu(net, [batch])
d2l.predict(net, [batch])
assert not net[3].merged and torch.allclose(net[3].weight, weight, atol=1e-6)
with torch.no_grad():
    d2l.train_ch6(net, [batch], [batch], 2, 0.1, init="keep")
assert net.training and not net[3].merged
assert not torch.allclose(net[3].weight, weight, atol=1e-6), "gradients are a training's own"
assert (net[1].running_mean == 0).all(), "frozen by the reader's train"

# What the trial of a layout must leave alone: buffers that are replaced, and such as are expanded.
class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("n", torch.zeros(()))
        self.register_buffer("mask", torch.ones(1, 1, 1, 4).expand(1, 1, 4, 4))
        self.body = nn.Sequential(nn.Conv2d(1, 4, 1), nn.Flatten(), nn.Linear(64, 10))
    def forward(self, X):
        if self.training:
            self.n = self.n + 1
        return self.body(X * self.mask)
net = d2l.train_ch6(Counting(), [batch] * 3, [batch], 2, 0.1)
assert net.n == 6, net.n

scripted = torch.jit.script(nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(16, 10)))
d2l.train_ch6(scripted, [batch], [batch], 1, 0.1)
d2l.summary(scripted, (1, 1, 4, 4))
d2l.diagnose(scripted, batch)
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
# Gradients that are added up are a step's own.
weights = []
for kind in ("write", "add"):
    d2l.seed(1)
    net = nn.Dense(10)
    net.initialize()
    net.collect_params().setattr("grad_req", kind)
    X, y = np.ones((2, 16)), np.arange(2)
    d2l.train_ch6(net, [(X, y)] * 4, [(X, y)], 1, 0.1, init="shared")
    weights.append(net.weight.data().asnumpy())
assert abs(weights[0] - weights[1]).max() < 1e-6
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
