"""The import of MXNet 1.9.1, in processes of its own: it must leave NumPy as it was."""

from __future__ import annotations

import subprocess
import sys

import pytest

UNCHANGED = """
import sys, types, numpy
before = dict(vars(numpy))
from d2lcompat.workarounds.mxnet_import import import_mxnet
mx = import_mxnet()
assert import_mxnet() is mx is sys.modules["mxnet"]
changed = {name for name, value in vars(numpy).items() if before.get(name) is not value}
# NumPy loads some of its own submodules when they are first asked for.
assert all(isinstance(vars(numpy)[name], types.ModuleType) for name in changed), changed
assert before.keys() <= vars(numpy).keys()
assert not hasattr(numpy, "NINF") or numpy.__version__ < "2"
assert not any(name.partition(".")[0] == "distutils" for name in sys.modules)
"""

ALREADY_IMPORTED = """
import sys, types
sys.modules["mxnet"] = theirs = types.ModuleType("mxnet")
from d2lcompat.workarounds.mxnet_import import import_mxnet
assert import_mxnet() is theirs
"""

MISSING = """
import sys
sys.modules["mxnet"] = None
from d2lcompat import FRAMEWORKS
from d2lcompat.workarounds.mxnet_import import import_mxnet
try:
    import_mxnet()
except ImportError as error:
    assert error.__suppress_context__
    install = FRAMEWORKS["mxnet"].install
    assert str(error) == f"d2lcompat.mxnet needs MXNet: pip install {install}", error
else:
    raise AssertionError("no ImportError")
"""

LEARNS = """
import numpy
from d2lcompat.workarounds.mxnet_import import import_mxnet
mx = import_mxnet()
from mxnet import autograd, gluon, init, np, npx
from mxnet.gluon import nn
npx.set_np()
mx.random.seed(0)

def nin_block(channels, kernel):
    block = nn.HybridSequential()
    block.add(nn.Conv2D(channels, kernel, activation="relu"),
              nn.Conv2D(channels, 1, activation="relu"))
    return block

net = nn.HybridSequential()
net.add(nin_block(8, 3), nn.BatchNorm(), nn.MaxPool2D(3, 2), nn.Dropout(0.1),
        nin_block(4, 3), nn.AvgPool2D(2, 1), nn.GlobalAvgPool2D(), nn.Flatten())
net.initialize(init.Xavier())
y = np.array(numpy.arange(32) % 4)
X = np.random.uniform(size=(32, 1, 12, 12)) + y.reshape(-1, 1, 1, 1)
loss = gluon.loss.SoftmaxCrossEntropyLoss()
trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
losses = []
for _ in range(40):
    with autograd.record():
        value = loss(net(X), y)
    value.backward()
    trainer.step(len(X))
    losses.append(float(value.mean()))
assert losses[-1] < 0.8 * losses[0], losses
# What reads NumPy's old names after the import: boolean arrays and masks.
assert (X > 0).dtype == numpy.bool_ and npx.softmax(X[y > 2]).shape == (8, 1, 12, 12)
"""


PUBLISHED = """
import sys, d2lcompat, importlib.util
assert "numpy" not in sys.modules and "mxnet" not in sys.modules
assert importlib.util.find_spec("mxnet").name == "mxnet"
import mxnet.{first}
from mxnet import np, npx
from d2lcompat import mxnet as d2l
npx.set_np()
import numpy, threading
assert not hasattr(numpy, "PZERO") or numpy.__version__ < "2"
assert d2l.numpy(np.ones(3)).sum() == 3
"""

NOT_THERE = """
import d2lcompat, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path]
try:
    import mxnet
except ModuleNotFoundError as error:
    assert error.name == "mxnet" and str(error) == "No module named 'mxnet'"
else:
    raise AssertionError("no ModuleNotFoundError")
"""


def run_silently(program: str) -> None:
    """Run the program in another process, with every warning an error, and expect no output."""
    # MXNet calls one method of its own by the older of its two names.
    own = "ignore:ndarray.as_in_context has been renamed:DeprecationWarning"
    command = [sys.executable, "-W", "error", "-W", own, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_numpy_is_unchanged() -> None:
    run_silently(UNCHANGED)


def test_an_imported_mxnet_is_returned() -> None:
    run_silently(ALREADY_IMPORTED)


def test_a_missing_mxnet_is_one_line() -> None:
    run_silently(MISSING)


@pytest.mark.parametrize("first", ["numpy", "gluon.nn"])
def test_a_published_notebook_imports_mxnet_first(first: str) -> None:
    run_silently(PUBLISHED.format(first=first))


def test_mxnet_that_is_not_there_is_python_s_own_error() -> None:
    run_silently(NOT_THERE)


def test_a_network_learns() -> None:
    run_silently(LEARNS)
