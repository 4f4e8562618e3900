"""What `train_ch6` refuses, in one line and before any work, in every framework."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from d2lcompat import FRAMEWORKS

pytestmark = pytest.mark.compiled(False)
HERE = Path(__file__).parent
Pair = tuple[np.ndarray, np.ndarray]
RNG = np.random.default_rng(7)
IMAGES, LABELS = RNG.random((6, 1, 8, 8)), np.arange(6)


def labels(*values: float) -> np.ndarray:
    return np.array([*LABELS[len(values) :], *values])


# What the training data and the test data are, and what is said of them.
BAD_BATCHES: dict[str, tuple[list[Pair], list[Pair], str]] = {
    "label above": (
        [(IMAGES, labels(10))], [(IMAGES, LABELS)],
        r"the first batch of the training data: a label is 10, and the network has 10 outputs: "
        r"labels go from 0 to 9",
    ),
    "label below": ([(IMAGES, labels(-1))], [(IMAGES, LABELS)], r"training data: a label is -1"),
    "label in the test": ([(IMAGES, LABELS)], [(IMAGES, labels(11))], r"the test data: a label is"),
    "one-hot": ([(IMAGES, np.eye(10)[LABELS])], [(IMAGES, LABELS)], r"labels of shape \(6, 10\)"),
    "lengths": ([(IMAGES, LABELS[:5])], [(IMAGES, LABELS)], r"training iterator has 6 images, 5"),
    "no training": ([], [(IMAGES, LABELS)], "the training iterator holds no example"),
    "no test": ([(IMAGES, LABELS)], [], "the test iterator holds no example"),
    "empty batch": ([(IMAGES[:0], LABELS[:0])], [(IMAGES, LABELS)], "training iterator holds no"),
}  # fmt: skip


@pytest.mark.parametrize(("train", "test", "message"), BAD_BATCHES.values(), ids=BAD_BATCHES)
def test_data_that_do_not_fit(
    d2l: ModuleType, nets: ModuleType, get: Callable[..., dict[str, np.ndarray]],
    put: Callable[..., None], reference: ModuleType,
    train: list[Pair], test: list[Pair], message: str,
) -> None:  # fmt: skip
    net = nets.small()
    put(net, reference.draw(reference.SMALL, seed=1))
    before = get(net)
    train, test = ([nets.batch(*batch) for batch in batches] for batches in (train, test))
    with pytest.raises(ValueError, match=message) as caught:
        d2l.train_ch6(net, train, test, 1, 0.1)
    assert "\n" not in str(caught.value)
    after = get(net)
    assert all((after[name] == tensor).all() for name, tensor in before.items())


def test_a_label_in_a_later_batch(d2l: ModuleType, nets: ModuleType) -> None:
    good, bad = nets.batch(IMAGES, LABELS), nets.batch(IMAGES, labels(12))
    with pytest.raises(ValueError, match="epoch 1, batch 3: a label is 12"):
        d2l.train_ch6(nets.small(), [good, good, bad], [good], 1, 0.1)


def test_all_labels_of_our_data_are_looked_at_before(
    d2l: ModuleType, nets: ModuleType, examples: Callable[[int], None]
) -> None:
    examples(30)
    train_iter, test_iter = d2l.load_data_fashion_mnist(4, 8)
    train_iter.split.labels[29] = 10
    with pytest.raises(ValueError, match=r"^the training data: a label is 10"):
        d2l.train_ch6(nets.small(), train_iter, test_iter, 1, 0.1)


@pytest.mark.parametrize("name", ["small", "flattened"])
def test_images_that_the_network_cannot_take(d2l: ModuleType, nets: ModuleType, name: str) -> None:
    net = getattr(nets, name)()
    fitting = [nets.batch(IMAGES, LABELS)]
    d2l.train_ch6(net, fitting, fitting, 1, 0.1)
    other = RNG.random((6, 3, 8, 8)) if name == "small" else RNG.random((6, 1, 9, 9))
    others = [nets.batch(other, LABELS)]
    shape = r"\((3, 8, 8|8, 8, 3|1, 9, 9|9, 9, 1)\)"
    for data in ((others, fitting), (fitting, others)):
        with pytest.raises(
            ValueError, match=rf"^the network cannot take images of shape {shape}: ."
        ) as caught:
            d2l.train_ch6(net, *data, 1, 0.1)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300


def test_images_that_are_too_small(d2l: ModuleType, nets: ModuleType) -> None:
    batches = [nets.batch(RNG.random((6, 1, 16, 16)), LABELS)]
    with pytest.raises(ValueError, match=r"^the network cannot take images of shape .*16.*: ."):
        d2l.train_ch6(nets.given(nets.nin()), batches, batches, 1, 0.1)


@pytest.mark.parametrize("dtype", ["uint8", "float64", "int64"])
def test_images_that_are_no_float32(d2l: ModuleType, nets: ModuleType, dtype: str) -> None:
    X, y = nets.batch(IMAGES, LABELS)
    X = nets.tensor((np.asarray(X) * 255).astype(dtype))
    with pytest.raises(ValueError, match=rf"images of the training iterator are .*{dtype}"):
        d2l.train_ch6(nets.small(), [(X, y)], [(X, y)], 1, 0.1)


def test_labels_with_fractions(d2l: ModuleType, nets: ModuleType) -> None:
    X, _ = nets.batch(IMAGES, LABELS)
    y = nets.tensor(np.array([0, 1, 2.5, 3, 4, 5], np.float32))
    with pytest.raises(ValueError, match="labels are whole numbers"):
        d2l.train_ch6(nets.small(), [(X, y)], [(X, y)], 1, 0.1)


@pytest.mark.parametrize("batch", [(IMAGES,), (IMAGES, LABELS, LABELS), ("a", "b")])
def test_batches_that_are_no_pairs(d2l: ModuleType, nets: ModuleType, batch: Any) -> None:
    with pytest.raises(ValueError, match=r"must be images and labels, `\(X, y\)`"):
        d2l.train_ch6(nets.small(), [batch], [batch], 1, 0.1)


@pytest.mark.parametrize("net", [None, "net", 5])
def test_what_is_no_network(d2l: ModuleType, nets: ModuleType, net: Any) -> None:
    batches = [nets.batch(IMAGES, LABELS)]
    with pytest.raises(ValueError, match=r"net must be a network of .*, not a (NoneType|str|int)"):
        d2l.train_ch6(net, batches, batches, 1, 0.1)


def test_nothing_to_train(d2l: ModuleType, nets: ModuleType) -> None:
    batches = [nets.batch(IMAGES[:, :, :2, :5], LABELS)]
    with pytest.raises(ValueError, match="no weight that training could change"):
        d2l.train_ch6(nets.weightless(), batches, batches, 1, 0.1)


def test_a_network_that_gives_no_logits(d2l: ModuleType, nets: ModuleType) -> None:
    batches = [nets.batch(IMAGES, LABELS)]
    with pytest.raises(ValueError, match=r"gives outputs of shape .*is a Flatten or a dense"):
        d2l.train_ch6(nets.headless(), batches, batches, 1, 0.1)


@pytest.mark.parametrize("number", range(3))
def test_a_device_that_is_not_there(d2l: ModuleType, nets: ModuleType, number: int) -> None:
    batches = [nets.batch(IMAGES, LABELS)]
    device = nets.no_devices()[number]
    with pytest.raises(
        ValueError, match=r"^device ['\"].*['\"] cannot be used: .*try_gpu\(\)"
    ) as caught:
        d2l.train_ch6(nets.small(), batches, batches, 1, 0.1, device)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("num_epochs", "lr"), [(True, 0.1), (1.5, 0.1), ("2", 0.1), (1, "0.1"), (1, True), (1, None)]
)
def test_numbers_that_are_none(d2l: ModuleType, nets: ModuleType, num_epochs: Any, lr: Any) -> None:
    with pytest.raises(
        ValueError, match=r"num_epochs must be a whole number|lr, the learning rate"
    ):
        d2l.train_ch6(nets.small(), [], [], num_epochs, lr)


def test_numbers_of_numpy_are_numbers(d2l: ModuleType, nets: ModuleType) -> None:
    batches = [nets.batch(IMAGES, LABELS)]
    net = d2l.train_ch6(nets.small(), batches, batches, np.int64(2), np.float32(0.1))
    assert len(net.history.test_acc) == 2


NO_MEMORY = """
import importlib, re, resource, sys

key, folder = sys.argv[1:]
sys.path.insert(0, folder)
d2l, nets = (importlib.import_module(name) for name in (f"d2lcompat.{key}", f"nets_{key}"))
train_iter, test_iter = d2l.load_data_fashion_mnist(64, 32)
d2l.train_ch6(nets.small(), [train_iter.peek()], [test_iter.peek()], 1, 0.1)  # loads what it needs
train_iter, test_iter = d2l.load_data_fashion_mnist(4000, 96)
used = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
# Room for images, 147 MB a batch, and none for the 590 MB of the first layer.
resource.setrlimit(resource.RLIMIT_AS, (used + 900 * 2**20, resource.RLIM_INFINITY))
try:
    d2l.train_ch6(nets.small(), train_iter, test_iter, 1, 0.1)
except MemoryError as error:
    print("MemoryError:", error)
"""


def test_no_memory_left(key: str) -> None:
    # oneDNN's allocator in TensorFlow would take all there is at once, and then wait ten seconds.
    env = os.environ | {"D2LCOMPAT_MAX_EXAMPLES": "4000", "TF_ENABLE_ONEDNN_OPTS": "0"}
    command = [sys.executable, "-c", NO_MEMORY, key, str(HERE)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[2:] == [
        "MemoryError: there is not enough memory for batch_size=4000: try batch_size=2000, or "
        "smaller images"
    ]
    assert key in FRAMEWORKS
