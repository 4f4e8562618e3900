"""The contract: the same public names with the same parameters in every framework."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from d2lcompat import FRAMEWORKS, aliases

# Every framework is compared with this table, and so with every other.
SIGNATURES = {
    "Accumulator": "(n)",
    "Animator": (
        "(xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, xscale='linear', "
        "yscale='linear', fmts=('-', 'm--', 'g-.', 'r:'), nrows=1, ncols=1, figsize=(3.5, 2.5))"
    ),
    "DataModule": "(root='../data', num_workers=4)",
    "FashionMNIST": "(batch_size=64, resize=(28, 28))",
    "LeNet": "(lr=0.1, num_classes=10)",
    "LinearRegression": "(lr)",
    "LinearRegressionScratch": "(num_inputs, lr, sigma=0.01)",
    "ProgressBoard": (
        "(xlabel=None, ylabel=None, xlim=None, ylim=None, xscale='linear', yscale='linear', "
        "ls=('-', '--', '-.', ':'), colors=('C0', 'C1', 'C2', 'C3'), fig=None, axes=None, "
        "figsize=(3.5, 2.5), display=True)"
    ),
    "SGD": "(params, lr)",
    "SoftmaxRegression": "(num_outputs, lr)",
    "SyntheticRegressionData": "(w, b, noise=0.01, num_train=1000, num_val=1000, batch_size=32)",
    "Timer": "()",
    "Trainer": "(max_epochs, num_gpus=0, gradient_clip_val=0)",
    "accuracy": "(y_hat, y)",
    "add_to_class": "(Class)",
    "corr2d": "(X, K)",
    "cpu": "()",
    "diagnose": "(net, batch)",
    "download": "(url, folder='../data', sha1_hash=None)",
    "download_all": "()",
    "download_extract": "(name, folder=None)",
    "evaluate_accuracy": "(net, data_iter)",
    "evaluate_accuracy_gpu": "(net, data_iter, device=None)",
    "evaluate_loss": "(net, data_iter, loss)",
    "extract": "(filename, folder=None)",
    "get_dataloader_workers": "()",
    "get_fashion_mnist_labels": "(labels)",
    "gpu": "(i=0)",
    "init_cnn": "(module)",
    "linreg": "(X, w, b)",
    "load_array": "(data_arrays, batch_size, is_train=True)",
    "load_data_fashion_mnist": "(batch_size, resize=None)",
    "load_weights": "(net, path)",
    "num_gpus": "()",
    "plot": (
        "(X, Y=None, xlabel=None, ylabel=None, legend=None, xlim=None, ylim=None, "
        "xscale='linear', yscale='linear', fmts=('-', 'm--', 'g-.', 'r:'), figsize=(3.5, 2.5), "
        "axes=None)"
    ),
    "predict": "(net, data_iter, device=None)",
    "predict_ch3": "(net, test_iter, n=6)",
    "resnet18": "(num_classes, in_channels=1)",
    "save_weights": "(net, path)",
    "seed": "(n)",
    "set_axes": "(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)",
    "set_figsize": "(figsize=(3.5, 2.5))",
    "shape_trace": "(net, input_shape)",
    "show_images": "(imgs, num_rows, num_cols, titles=None, scale=1.5)",
    "sgd": "(params, lr, batch_size)",
    "squared_loss": "(y_hat, y)",
    "summary": "(net, input_shape)",
    "synthetic_data": "(w, b, num_examples)",
    "train_ch3": "(net, train_iter, test_iter, loss, num_epochs, updater)",
    "train_ch6": (
        "(net, train_iter, test_iter, num_epochs, lr, device=None, *, init='xavier', gain=1.0, "
        "head_bias=0.0, optimizer='sgd', momentum=0.0, precision='float32', checkpoint=None)"
    ),
    "train_epoch_ch3": "(net, train_iter, loss, updater)",
    "try_all_gpus": "()",
    "try_gpu": "(i=0)",
    "use_svg_display": "()",
}


# The methods of d2l 1.0 that readers call and override; `Classifier` has those of `Module` too.
METHODS = {
    "Classifier": {
        "__init__": "(self, plot_train_per_epoch=2, plot_valid_per_epoch=1)",
        "accuracy": "(self, Y_hat, Y, averaged=True)",
        "apply_init": "(self, inputs, init=None)",
        "configure_optimizers": "(self)",
        "forward": "(self, X)",
        "layer_summary": "(self, X_shape)",
        "loss": "(self, Y_hat, Y, averaged=True)",
        "plot": "(self, key, value, train)",
        "training_step": "(self, batch)",
        "validation_step": "(self, batch)",
    },
    "DataModule": {
        "get_dataloader": "(self, train)",
        "get_tensorloader": "(self, tensors, train, indices=slice(0, None, None))",
        "train_dataloader": "(self)",
        "val_dataloader": "(self)",
    },
    "FashionMNIST": {
        "text_labels": "(self, indices)",
        "visualize": "(self, batch, nrows=1, ncols=8, labels=())",
    },
    "HyperParameters": {"save_hyperparameters": "(self, ignore=())"},
    "LinearRegression": {"get_w_b": "(self)"},
    "Module": {"loss": "(self, y_hat, y)"},
    "ProgressBoard": {"draw": "(self, x, y, label, every_n=1)"},
    "ResNeXtBlock": {
        "__init__": "(self, num_channels, groups, bot_mul, use_1x1conv=False, strides=1)",
    },
    "Residual": {"__init__": "(self, *channels, use_1x1conv=False, strides=1)"},
    "Trainer": {
        "clip_gradients": "(self, grad_clip_val, model)",
        "fit": "(self, model, data)",
        "fit_epoch": "(self)",
        "prepare_batch": "(self, batch)",
        "prepare_data": "(self, data)",
        "prepare_model": "(self, model)",
    },
}  # fmt: skip
# Where d2l itself differs.
OTHERWISE = {
    "tensorflow": {
        "SGD": "(lr)",
        "sgd": "(params, grads, lr, batch_size)",
        "Trainer.clip_gradients": "(self, grad_clip_val, grads)",
    },
}
OTHERS = ["DATA_HUB", "DATA_URL", "plt", *aliases.NAMES]
MORE = {"tensorflow": ["Updater"]}


def bare(function: Any) -> str:
    signature = inspect.signature(function)
    kept = [
        p.replace(annotation=p.empty)
        for p in signature.parameters.values()
        if p.kind is not p.VAR_KEYWORD
    ]
    return str(inspect.Signature(kept))


def test_public_names(d2l: ModuleType, key: str) -> None:
    names = sorted({*SIGNATURES, *METHODS, *OTHERS})
    assert list(d2l.__all__) == [*names, *MORE.get(key, [])], "in alphabetical order"
    for name in d2l.__all__:
        assert getattr(d2l, name) is not None


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(d2l: ModuleType, key: str, name: str) -> None:
    expected = OTHERWISE.get(key, {}).get(name, SIGNATURES[name])
    assert bare(getattr(d2l, name)) == expected


@pytest.mark.parametrize(
    ("kind", "method"), [(kind, method) for kind in METHODS for method in METHODS[kind]]
)
def test_method(d2l: ModuleType, key: str, kind: str, method: str) -> None:
    expected = OTHERWISE.get(key, {}).get(f"{kind}.{method}", METHODS[kind][method])
    function = getattr(getattr(d2l, kind), method)
    assert bare(function) == expected
    assert method == "__init__" or inspect.getdoc(function)


@pytest.mark.parametrize("name", METHODS)
def test_classes_are_described(d2l: ModuleType, name: str) -> None:
    text = inspect.getdoc(getattr(d2l, name))
    assert text and text.splitlines()[0].endswith(".")


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
