"""Mini-batches, without a framework: resizing, the order of the samples, their number."""

from __future__ import annotations

import os
from collections import Counter
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import map_coordinates

from d2lcompat.data import resize
from d2lcompat.data.batches import Batches, Seeds, load
from d2lcompat.data.fashion_mnist import Split

SIZES = [(28, 224), (28, 96), (28, 28), (28, 7), (28, 1), (5, 13), (1, 4)]


def as_they_are(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return X, y


def batches(n: int, batch_size: int, **settings: Any) -> Batches:
    """Return batches of images each of which shows its own number, in two bytes."""
    images = np.zeros((n, 2, 2), np.uint8)
    images[:, 0, 0], images[:, 1, 1] = np.arange(n) // 256, np.arange(n) % 256
    return Batches(Split(images, np.arange(n)), batch_size, as_they_are, **settings)


@pytest.mark.parametrize(("size", "to"), SIZES)
def test_resize_equals_interpolation_at_pixel_centres(size: int, to: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, size, size), np.uint8)
    centres = (np.arange(to) + 0.5) * size / to - 0.5
    grid = np.meshgrid(centres, centres, indexing="ij")
    expected = [map_coordinates(i / 255.0, grid, order=1, mode="nearest") for i in images]
    got = resize.resize(images, (to, to))
    assert (got.shape, got.dtype) == ((3, to, to), np.float32)
    assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_resize_tells_height_from_width() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 6, 9), np.uint8)
    turned = resize.resize(images.transpose(0, 2, 1), (12, 7)).transpose(0, 2, 1)
    assert_allclose(resize.resize(images, (7, 12)), turned, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("size", "to"), SIZES)
def test_rows_of_the_matrix_sum_to_one(size: int, to: int) -> None:
    assert_allclose(resize.resize_matrix(size, to).sum(1), np.ones(to), rtol=1e-6)


def test_no_resizing_only_scales() -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    assert_allclose(resize.resize(images, None), images / 255.0, rtol=1e-6)


@pytest.mark.parametrize(("size", "to"), [(0, 5), (5, 0), (-1, 3)])
def test_a_matrix_of_no_size(size: int, to: int) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        resize.resize_matrix(size, to)


@pytest.mark.parametrize(
    ("n", "batch_size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 5, [3]), (1, 1, [1])]
)
def test_the_last_batch_may_be_smaller(n: int, batch_size: int, sizes: list[int]) -> None:
    data = batches(n, batch_size, shuffle=True)
    assert len(data) == len(sizes)
    assert [len(y) for _, y in data] == sizes


def test_a_pass_has_each_sample_once_with_its_label() -> None:
    data = batches(1000, 64, shuffle=True)
    seen = []
    for X, y in data:
        numbers = np.rint(X * 255)
        assert_array_equal(numbers[:, 0, 0] * 256 + numbers[:, 1, 1], y)
        seen += y.tolist()
    assert sorted(seen) == list(range(1000))


def test_samples_are_shuffled_and_not_batches() -> None:
    seed_order(0)
    data = batches(1000, 50, shuffle=True)
    origins = [Counter((y // 50).tolist()) for _, y in data]
    # If batches were shuffled, all samples of one would come from the same fifty.
    assert max(max(origin.values()) for origin in origins) < 15
    assert min(len(origin) for origin in origins) > 10


def seed_order(n: int) -> None:
    Seeds.order = np.random.default_rng(n)


def order(data: Batches) -> list[int]:
    return [int(label) for _, y in data for label in y]


def test_each_pass_has_its_own_order() -> None:
    data = batches(100, 8, shuffle=True)
    assert order(data) != order(data)


def test_one_seed_gives_one_order() -> None:
    data, passes = batches(100, 8, shuffle=True), []
    for seed in (4, 4, 5):
        seed_order(seed)
        passes.append((order(data), order(data)))
    assert passes[0] == passes[1]
    assert passes[0] != passes[2]


def test_the_order_does_not_depend_on_the_batch_size() -> None:
    orders = []
    for batch_size in (3, 64):
        seed_order(1)
        orders.append(order(batches(100, batch_size, shuffle=True)))
    assert orders[0] == orders[1]


def test_without_shuffling_the_order_is_the_file_s() -> None:
    assert order(batches(100, 8)) == list(range(100))


def test_a_peek_leaves_the_order_alone() -> None:
    data, passes = batches(100, 8, shuffle=True), []
    for peeks in (0, 3):
        seed_order(2)
        for _ in range(peeks):
            assert len(data.peek()[1]) == 8
        passes.append(order(data))
    assert passes[0] == passes[1]


@pytest.mark.parametrize(
    ("batch_size", "size", "message"),
    [
        (0, None, "batch_size must be a whole number above 0, not 0"),
        (-4, None, "batch_size must be .* not -4"),
        (2.5, None, r"batch_size must be .* not 2\.5"),
        (True, None, "batch_size must be .* not True"),
        (4, 0, "resize must be a whole number above 0, not 0"),
        (4, (96, 96, 1), r"resize is one size or two, \(height, width\), not \(96, 96, 1\)"),
        (4, (96, 0), "resize must be a whole number above 0, not 0"),
    ],
)
def test_sizes_that_make_no_sense(batch_size: Any, size: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(batch_size, size, as_they_are)


def test_only_training_data_is_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", "50")
    train, test = load(16, 32, as_they_are)
    assert (train.shuffle, test.shuffle, train.resize, len(test)) == (True, False, (32, 32), 4)
    assert load(16, (32, 24), as_they_are)[0].resize == (32, 24)
    assert order(test) == test.split.labels.tolist()


def test_many_images_are_resized_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resize, "usable_cores", lambda: 3)
    images = np.random.default_rng(0).integers(0, 256, (31, 28, 28), np.uint8)
    together = resize.resize(images, (224, 224))
    assert together.size > resize.WORTH_THREADS
    alone = np.concatenate([resize.resize(i[None], (224, 224)) for i in images])
    # Some processors' products of matrices round in another order when there are more rows.
    assert_allclose(together, alone, rtol=0, atol=np.finfo(np.float32).eps)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_resizes_too() -> None:
    images = np.zeros((64, 28, 28), np.uint8)
    resize.resize(images, (224, 224))  # starts the threads
    with get_context("fork").Pool(1) as pool:
        assert pool.apply_async(resize.resize, (images, (224, 224))).get(60).shape == (64, 224, 224)
