"""The contract: the same public names with the same parameters in every framework."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

from d2lcompat import FRAMEWORKS

# Every framework is compared with this table, and so with every other.
SIGNATURES = {
    "Accumulator": "(n)",
    "Animator": (
        "(xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale='linear', "
        "yscale='linear', fmts=('-', 'm--', 'g-.', 'r:'), nrows=1, ncols=1, figsize=(3.5, 2.5))"
    ),
    "Timer": "()",
    "accuracy": "(y_hat, y)",
    "corr2d": "(X, K)",
    "diagnose": "(net, batch)",
    "evaluate_accuracy_gpu": "(net, data_iter, device=None)",
    "get_fashion_mnist_labels": "(labels)",
    "load_data_fashion_mnist": "(batch_size, resize=None)",
    "load_weights": "(net, path)",
    "predict": "(net, data_iter, device=None)",
    "save_weights": "(net, path)",
    "seed": "(n)",
    "set_figsize": "(figsize=(3.5, 2.5))",
    "shape_trace": "(net, input_shape)",
    "show_images": "(imgs, num_rows, num_cols, titles=None, scale=1.5)",
    "summary": "(net, input_shape)",
    "train_ch6": (
        "(net, train_iter, test_iter, num_epochs, lr, device=None, *, init='xavier', gain=1.0, "
        "head_bias=0.0, optimizer='sgd', momentum=0.0, precision='float32', checkpoint=None)"
    ),
    "try_gpu": "(i=0)",
    "use_svg_display": "()",
}


def test_public_names(d2l: ModuleType) -> None:
    assert sorted(d2l.__all__) == sorted([*SIGNATURES, "plt"])
    assert sorted(d2l.__all__) == list(d2l.__all__), "in alphabetical order"


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(d2l: ModuleType, name: str) -> None:
    signature = inspect.signature(getattr(d2l, name))
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(bare)) == SIGNATURES[name]


@pytest.mark.parametrize("name", SIGNATURES)
def test_docstring(d2l: ModuleType, name: str) -> None:
    text = inspect.getdoc(getattr(d2l, name))
    assert text and text.splitlines()[0].endswith(".")


def test_plt_is_pyplot(d2l: ModuleType) -> None:
    import matplotlib.pyplot

    assert d2l.plt is matplotlib.pyplot


def test_an_unknown_name_is_an_attribute_error(d2l: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"no name 'train_ch13'.*train_ch6"):
        _ = d2l.train_ch13


def test_a_missing_framework_is_one_line(key: str) -> None:
    row = FRAMEWORKS[key]
    program = f"""
import sys, traceback

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {row.package!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

sys.meta_path.insert(0, Nothing())
try:
    from d2lcompat import {key} as d2l
except ImportError as error:
    assert error.__suppress_context__ or error.__context__ is None
    print(error)
"""
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    expected = f"d2lcompat.{key} needs {row.label}: pip install {row.install}\n"
    assert (result.stdout, result.stderr) == (expected, "")
