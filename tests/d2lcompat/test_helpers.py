"""The small helpers, and the batches, in every framework."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d

from d2lcompat.data import fashion_mnist as _data
from d2lcompat.data.resize import resize as resized
from d2lcompat.utils import as_array

Examples = Callable[[int], None]


@pytest.mark.parametrize(
    ("scores", "labels", "right"),
    [
        ([[0.1, 0.3, 0.6], [0.3, 0.2, 0.5]], [0, 2], 1.0),
        ([[-1.0, -3.0], [5.0, 6.0], [2.0, 1.0]], [0, 1, 0], 3.0),
        ([[1.0, 0.0], [1.0, 0.0]], [1, 1], 0.0),
        ([2, 1, 0, 1], [2, 1, 1, 0], 2.0),
    ],
    ids=["one", "all", "none", "labels"],
)
def test_accuracy(
    d2l: ModuleType, nets: ModuleType, scores: Any, labels: Any, right: float
) -> None:
    array = np.array(scores)
    y_hat = nets.tensor(array.astype(np.float32 if array.ndim == 2 else np.int64))
    got = d2l.accuracy(y_hat, nets.tensor(np.array(labels)))
    assert (got, type(got)) == (right, float)


def test_accuracy_of_unequal_numbers(d2l: ModuleType, nets: ModuleType) -> None:
    with pytest.raises(ValueError, match="2 predictions for 3 labels"):
        d2l.accuracy(nets.tensor(np.zeros((2, 10), np.float32)), nets.tensor(np.arange(3)))


def test_corr2d_by_hand(d2l: ModuleType, nets: ModuleType) -> None:
    X = nets.tensor(np.arange(9, dtype=np.float32).reshape(3, 3))
    K = nets.tensor(np.arange(4, dtype=np.float32).reshape(2, 2))
    got = d2l.corr2d(X, K)
    assert type(got) is type(X)
    # 0·0 + 1·1 + 3·2 + 4·3 = 19 in the first place, and so on.
    assert_allclose(as_array(got), [[19, 25], [37, 43]], rtol=1e-6)


@pytest.mark.parametrize("kernel", [(1, 1), (1, 2), (3, 2), (2, 5), (6, 8)])
def test_corr2d_of_any_kernel(d2l: ModuleType, nets: ModuleType, kernel: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    X, K = rng.random((6, 8)).astype(np.float32), rng.random(kernel).astype(np.float32)
    got = as_array(d2l.corr2d(nets.tensor(X), nets.tensor(K)))
    assert_allclose(got, correlate2d(X, K, mode="valid"), rtol=1e-5)


@pytest.mark.parametrize(
    ("image", "kernel"), [((2, 2), (3, 1)), ((3,), (1, 1)), ((3, 3), (1, 1, 1))]
)
def test_corr2d_of_shapes_that_do_not_fit(
    d2l: ModuleType, nets: ModuleType, image: Any, kernel: Any
) -> None:
    with pytest.raises(ValueError, match=r"corr2d takes two matrices|is larger than the input"):
        d2l.corr2d(
            nets.tensor(np.zeros(image, np.float32)), nets.tensor(np.zeros(kernel, np.float32))
        )


def test_a_gpu_that_is_not_there(d2l: ModuleType) -> None:
    assert "cpu" in str(d2l.try_gpu(99)).lower()


def test_accuracy_of_pixels(d2l: ModuleType, nets: ModuleType) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.random((2, 3, 4, 5)).astype(np.float32), rng.integers(0, 3, (2, 4, 5))
    expected = float((scores.argmax(1) == labels).sum())
    y_hat = nets.batch(scores, labels)[0]  # in the framework's layout
    assert d2l.accuracy(y_hat, nets.tensor(labels)) == expected


def test_labels_of_a_small_type_do_not_wrap_around(d2l: ModuleType, nets: ModuleType) -> None:
    scores = np.eye(300, dtype=np.float32)[[256, 5]]
    labels = nets.tensor(np.array([0, 5], np.uint8))
    assert d2l.accuracy(nets.tensor(scores), labels) == 1


def test_accuracy_of_bfloat16(d2l: ModuleType, nets: ModuleType) -> None:
    scores = np.eye(4, dtype=np.float32)[[0, 2, 1]]
    y_hat = nets.coarse(nets.tensor(scores))
    assert d2l.accuracy(y_hat, nets.tensor(np.array([0, 2, 3]))) == 2
    axes = d2l.show_images(nets.coarse(nets.tensor(np.ones((1, 4, 4), np.float32))), 1, 1)
    assert np.asarray(axes[0].images[0].get_array()).tolist() == np.ones((4, 4)).tolist()


def test_a_seed_of_numpy_is_one(d2l: ModuleType, examples: Examples) -> None:
    examples(20)
    train_iter, _ = d2l.load_data_fashion_mnist(20)
    orders = []
    for n in (3, np.int64(3)):
        d2l.seed(n)
        orders.append(as_array(next(iter(train_iter))[1]).tolist())
    assert orders[0] == orders[1]


@pytest.mark.parametrize("n", [-1, 2**32, 1.5, "1", True])
def test_a_seed_that_is_none(d2l: ModuleType, n: Any) -> None:
    with pytest.raises(ValueError, match="a seed is a whole number from 0"):
        d2l.seed(n)


def channels_first(X: Any, size: int) -> np.ndarray:
    """Return a batch as `(n, h, w)`, from the layout of either kind."""
    array = as_array(X)
    assert array.shape[1:] in {(1, size, size), (size, size, 1)}
    return array.reshape(-1, size, size)


@pytest.mark.parametrize(("resize", "size"), [(None, 28), (40, 40)])
def test_batches_have_the_layout_of_the_framework(
    d2l: ModuleType, nets: ModuleType, examples: Examples, resize: int | None, size: int
) -> None:
    examples(10)
    for data in d2l.load_data_fashion_mnist(4, resize=resize):
        assert len(data) == 3
        sizes = []
        for X, y in data:
            like = nets.batch(np.zeros((len(y), 1, size, size)), np.zeros(len(y), np.int64))
            assert (type(X), tuple(X.shape), X.dtype) == (
                type(like[0]), tuple(like[0].shape), like[0].dtype,
            )  # fmt: skip
            assert as_array(y).dtype.kind == "i"
            assert as_array(X).min() >= 0
            assert 0.5 < as_array(X).max() <= 1
            sizes.append(len(y))
        assert sizes == [4, 4, 2]


def test_images_of_any_height_and_width(
    d2l: ModuleType, nets: ModuleType, examples: Examples
) -> None:
    examples(3)
    train_iter, _ = d2l.load_data_fashion_mnist(3, resize=(12, 20))
    X, _ = next(iter(train_iter))
    assert X.shape == nets.batch(np.zeros((3, 1, 12, 20)), np.arange(3))[0].shape
    net = d2l.train_ch6(nets.small(), train_iter, train_iter, 1, 0.1)
    assert net.history.input_shape == tuple(X.shape[1:])


@pytest.mark.parametrize("resize", [None, 40])
def test_batches_are_the_same_in_every_framework(
    d2l: ModuleType, examples: Examples, resize: int | None
) -> None:
    examples(100)
    train_iter, _ = d2l.load_data_fashion_mnist(32, resize=resize)
    d2l.seed(7)
    got, labels = [], []
    for _ in range(2):
        for X, y in train_iter:
            got.append(channels_first(X, resize or 28))
            labels += as_array(y).tolist()
    split, order = _data.fashion_mnist()[0], np.random.default_rng(7)
    expected, numbers = [], []
    for _ in range(2):
        places = order.permutation(100)
        numbers += split.labels[places].tolist()
        for start in range(0, 100, 32):
            expected.append(
                resized(split.images[places[start : start + 32]], resize and (resize, resize))
            )
    # Resizing is the framework's own product: libraries may round its last bit otherwise.
    tolerance = 0 if resize is None else 2.5e-7
    for one, other in zip(got, expected, strict=True):
        assert_allclose(one.reshape(other.shape), other, rtol=0, atol=tolerance)
    assert labels == numbers
    # What must not change from version to version, nor from process to process.
    assert labels[:12] == [9, 9, 0, 3, 2, 3, 0, 2, 4, 6, 4, 0]


def test_batches_made_where_the_network_is(d2l: ModuleType, examples: Examples) -> None:
    examples(100)
    batches, _ = d2l.load_data_fashion_mnist(32, resize=40)
    if d2l.backend.key != "torch":
        assert d2l.backend.near(batches, d2l.try_gpu()) is batches
        return
    from d2lcompat.data.torch_resident import Resident

    resident = Resident(batches, d2l.try_gpu(99))
    assert len(resident) == len(batches) == 4
    passes = []
    for data in (batches, resident):
        d2l.seed(3)
        passes.append([(X.numpy(), y.numpy()) for X, y in data])
    for (X, y), (other_X, other_y) in zip(*passes, strict=True):
        assert_allclose(X, other_X, rtol=0, atol=2.5e-7)
        assert_array_equal(y, other_y)


def test_test_batches_keep_the_order_of_the_file(d2l: ModuleType, examples: Examples) -> None:
    examples(20)
    _, test_iter = d2l.load_data_fashion_mnist(8)
    labels = np.concatenate([as_array(y) for _, y in test_iter])
    assert_array_equal(labels, _data.fashion_mnist()[1].labels)


@pytest.mark.parametrize("layout", [(4, 8, 8), (4, 1, 8, 8), (4, 8, 8, 1)])
def test_tensors_are_shown_as_images(
    d2l: ModuleType, nets: ModuleType, layout: tuple[int, ...]
) -> None:
    pixels = np.random.default_rng(0).random(layout).astype(np.float32)
    axes = d2l.show_images(nets.tensor(pixels), 2, 2, titles=["a", "b", "c", "d"])
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", "d"]
    shown = [np.asarray(ax.images[0].get_array()) for ax in axes]
    assert_allclose(shown, pixels.reshape(4, 8, 8))


def test_labels_of_tensors(d2l: ModuleType, nets: ModuleType) -> None:
    labels = nets.tensor(np.array([0, 9, 3]))
    assert d2l.get_fashion_mnist_labels(labels) == ["t-shirt", "ankle boot", "dress"]
