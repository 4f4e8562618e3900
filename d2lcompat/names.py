"""What the modules of the frameworks hold, by the chapters of d2l that use it."""

from __future__ import annotations

from typing import NamedTuple

from . import aliases


class Row(NamedTuple):
    """Name what a chapter takes from d2l 1.0, from d2l before that, and from both."""

    chapter: str
    new: str = ""
    old: str = ""
    both: str = ""


CHAPTERS = (
    Row("Preliminaries", both="plot plt set_axes set_figsize use_svg_display"),
    Row(
        "Linear regression",
        new="DataModule HyperParameters LinearRegression LinearRegressionScratch Module "
        "ProgressBoard SGD SyntheticRegressionData Trainer add_to_class",
        old="linreg load_array sgd squared_loss synthetic_data",
        both="Timer",
    ),
    Row(
        "Linear classification",
        new="Classifier FashionMNIST SoftmaxRegression",
        old="Accumulator Animator accuracy evaluate_accuracy get_dataloader_workers "
        "get_fashion_mnist_labels load_data_fashion_mnist predict_ch3 train_ch3 train_epoch_ch3",
        both="show_images",
    ),
    Row(
        "Multilayer perceptrons",
        new="extract",
        old="evaluate_loss",
        both="DATA_HUB DATA_URL download download_all download_extract",
    ),
    Row("Builders' guide", new="cpu gpu num_gpus", both="try_all_gpus try_gpu"),
    Row(
        "Convolutional networks",
        new="LeNet init_cnn",
        old="evaluate_accuracy_gpu train_ch6",
        both="corr2d",
    ),
    Row("Modern convolutional networks", new="ResNeXtBlock", both="Residual resnet18"),
    Row("Sources, in every chapter", both=" ".join(aliases.NAMES)),
)
OURS = (
    "diagnose", "load_weights", "predict", "save_weights", "seed", "shape_trace", "summary",
)  # fmt: skip
DATA = {  # what is no function and no class
    "DATA_HUB": "A dict of files that chapters download: by name, an address and a SHA-1.",
    "DATA_URL": "The address at which d2l keeps its files.",
    "plt": "`matplotlib.pyplot`, loaded when asked for.",
}
NAMES = sorted({*OURS, *" ".join(" ".join(row[1:]) for row in CHAPTERS).split()})
