"""The interface of d2l 1.0: what readers override, what is fast, what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

Build = Callable[..., Any]


@pytest.fixture
def build(d2l: ModuleType, nets: ModuleType) -> Build:
    """Return a function that builds a classifier around a network, of a class with more methods."""

    def build(net: Any = None, lr: float = 0.1, **methods: Any) -> Any:
        def __init__(self: Any) -> None:
            d2l.Classifier.__init__(self)
            self.lr, self.net = lr, net if net is not None else nets.lenet()

        return type("Model", (d2l.Classifier,), {"__init__": __init__, **methods})()

    return build


@pytest.fixture
def data(d2l: ModuleType, examples: Callable[[int], None]) -> Any:
    examples(80)
    d2l.seed(3)
    return d2l.FashionMNIST(batch_size=8)


def test_both_generations_train_the_same(
    d2l: ModuleType, nets: ModuleType, build: Build, data: Any
) -> None:
    d2l.seed(3)
    model = build()
    d2l.Trainer(max_epochs=1).fit(model, data)
    d2l.seed(3)
    net = nets.lenet()
    d2l.train_ch6(nets.given(net), *d2l.load_data_fashion_mnist(8), 1, 0.1, init="keep")
    for got, want in zip(nets.weights(model.net), nets.weights(net), strict=True):
        assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", ["forward", "loss", "training_step", "accuracy"])
def test_what_is_overridden_is_called(
    d2l: ModuleType, nets: ModuleType, build: Build, data: Any, method: str
) -> None:
    called: list[str] = []

    def told(self: Any, *args: Any, **kwargs: Any) -> Any:
        called.append(method)
        return getattr(d2l.Classifier, method)(self, *args, **kwargs)

    weights = []
    for methods in ({}, {method: told}):
        d2l.seed(3)
        model = build(**methods)
        trainer = d2l.Trainer(max_epochs=1)
        trainer.fit(model, data)
        weights.append(nets.weights(model.net))
    each = {"training_step": 10, "accuracy": 10}.get(method, 20)
    assert len(called) == each, "once a batch, and no more often"
    assert (trainer.train_batch_idx, trainer.val_batch_idx) == (10, 10)
    for got, want in zip(*weights, strict=True):  # the plain path computes what the fast one does
        assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_a_loader_of_ones_own_trains_the_same(
    d2l: ModuleType, nets: ModuleType, build: Build, data: Any
) -> None:
    batches = list(data.get_dataloader(False))

    class Listed(d2l.DataModule):
        def get_dataloader(self, train: bool) -> Any:
            return batches

    class Ours(d2l.FashionMNIST):
        def get_dataloader(self, train: bool) -> Any:
            return super().get_dataloader(train=False)

    weights = []
    for given in (Listed(), Ours(batch_size=8)):
        d2l.seed(3)
        model = build()
        d2l.Trainer(max_epochs=1).fit(model, given)
        weights.append(nets.weights(model.net))
    for got, want in zip(*weights, strict=True):
        assert_allclose(got, want, rtol=1e-5, atol=1e-6)


def test_classes_are_opened_again(
    d2l: ModuleType, build: Build, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, trainer = build(), d2l.Trainer(max_epochs=2)
    epochs: list[int] = []
    for name in ("fit_epoch", "prepare_batch"):  # put back afterwards
        monkeypatch.setattr(d2l.Trainer, name, getattr(d2l.Trainer, name))
    theirs = d2l.Trainer.prepare_batch

    @d2l.add_to_class(d2l.Trainer)
    def prepare_batch(self: Any, batch: Any) -> Any:
        epochs.append(self.epoch)
        return theirs(self, batch)

    trainer.fit(model, data)
    assert epochs == [0] * 20 + [1] * 20

    @d2l.add_to_class(d2l.Trainer)
    def fit_epoch(self: Any) -> None:
        epochs.append(100 + self.epoch)

    trainer.fit(model, data)
    assert epochs[-2:] == [100, 101]


def test_gradients_are_clipped(d2l: ModuleType, nets: ModuleType, build: Build, data: Any) -> None:
    moved = []
    for norm in (0, 1e-3):
        d2l.seed(3)
        model = build(lr=1.0)
        X, _ = next(iter(data.val_dataloader()))
        model.apply_init([X])
        before = nets.weights(model.net)
        d2l.Trainer(max_epochs=1, gradient_clip_val=norm).fit(model, data)
        squares = [
            ((a - b) ** 2).sum() for a, b in zip(nets.weights(model.net), before, strict=True)
        ]
        moved.append(float(np.sqrt(sum(squares))))
    assert 0 < moved[1] <= 10 * 1e-3 * 1.01 < moved[0]


def test_weights_that_a_reader_lists_are_clipped_once(d2l: ModuleType) -> None:
    class Listed(d2l.LinearRegressionScratch):
        def parameters(self, *args: Any, **kwargs: Any) -> Any:
            return [self.w, self.b]

    found = []
    for kind in (d2l.LinearRegressionScratch, Listed):
        d2l.seed(3)
        w = d2l.tensor([2.0, -3.4])
        data = d2l.SyntheticRegressionData(w, 4.2, num_train=64, batch_size=64)
        model = kind(2, lr=0.1)
        d2l.Trainer(max_epochs=1, gradient_clip_val=0.5).fit(model, data)
        found.append(d2l.numpy(model.b))
    assert_allclose(*found, rtol=1e-5)


def test_a_reader_prepares_the_model(d2l: ModuleType) -> None:
    class Mine(d2l.Trainer):
        def prepare_model(self, model: Any) -> None:
            model.trainer = self
            self.model = model

    data = d2l.SyntheticRegressionData(d2l.tensor([2.0, -3.4]), 4.2)
    model = d2l.LinearRegression(lr=0.03)  # whose weights wait for a batch
    Mine(max_epochs=3).fit(model, data)
    assert model.board.data["val_loss"][-1].y < 0.1


@pytest.mark.parametrize(
    ("given", "size"),
    [((8,), 8 * 36), ((6, 8), 8 * 36), ((8, True, 2), 8 * 9), ((6, 8, True, 2), 8 * 9)],
)
def test_a_residual_block_takes_its_arguments_by_place(
    d2l: ModuleType, given: tuple[int, ...], size: int
) -> None:
    block = d2l.Residual(*given, **({} if True in given else {"use_1x1conv": True}))
    getattr(block, "initialize", lambda: None)()
    assert d2l.size(block(d2l.zeros((1, 6, 6, 6)))) == size


@pytest.mark.parametrize("given", [(), (3, 6, 12), (6, True, 2, 1)])
def test_what_no_residual_block_takes(d2l: ModuleType, given: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match="one or two numbers of channels, then use_1x1conv"):
        d2l.Residual(*given)


def test_a_model_is_in_evaluation_afterwards(
    d2l: ModuleType, nets: ModuleType, build: Build, examples: Callable[[int], None]
) -> None:
    examples(16)
    data = d2l.FashionMNIST(batch_size=8, resize=(8, 8))
    model = build(nets.dropping())
    d2l.Trainer(max_epochs=1).fit(model, data)
    X, _ = next(iter(data.val_dataloader()))
    assert_array_equal(d2l.numpy(model(X)), d2l.numpy(model(X)))


def test_the_board_has_an_epochs_points(d2l: ModuleType, build: Build, data: Any) -> None:
    model = build()
    model.plot_train_per_epoch = 5
    d2l.Trainer(max_epochs=2).fit(model, data)
    drawn = {name: len(points) for name, points in model.board.data.items()}
    assert drawn == {"train_loss": 10, "val_loss": 2, "val_acc": 2}
    assert model.board.data["val_acc"][-1].x == 2
    assert list(model.board.fig.axes[0].get_xlim()) == [0, 2]
    assert model.board.fig.axes[0].get_xlabel() == "epoch"
    texts = model.board.fig.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in texts] == ["train_loss", "val_loss", "val_acc"]


@pytest.mark.parametrize("resize", [12, (12, 12), [12, 12]])
def test_sizes_of_images(d2l: ModuleType, examples: Callable[[int], None], resize: Any) -> None:
    examples(4)
    data = d2l.FashionMNIST(batch_size=4, resize=resize)
    X, _ = next(iter(data.train_dataloader()))
    assert (data.resize, list(X.shape).count(12)) == ((12, 12), 2)


def test_batches_of_several_inputs(d2l: ModuleType) -> None:
    X = d2l.stack([d2l.ones((3,)), d2l.zeros((3,)), d2l.ones((3,))])
    y = d2l.reshape(d2l.reduce_sum(X, 1), (3, 1))

    class Pairs(d2l.DataModule):
        def get_dataloader(self, train: bool) -> Any:
            self.batch_size = 2
            return self.get_tensorloader((X, X, y), train)

    class Sum(d2l.LinearRegression):
        def forward(self, A: Any, B: Any) -> Any:
            return self.net(A + B)

    model = Sum(0.01)
    d2l.Trainer(max_epochs=4).fit(model, Pairs())
    losses = [point.y for point in model.board.data["val_loss"]]
    assert losses[-1] < losses[0]


def test_fewer_batches_than_points_are_drawn(
    d2l: ModuleType, build: Build, examples: Callable[[int], None]
) -> None:
    examples(8)
    model = build()
    d2l.Trainer(max_epochs=2).fit(model, d2l.FashionMNIST(batch_size=8))
    assert [point.x for point in model.board.data["train_loss"]] == [0, 1]


def test_weights_are_shared_with_the_other_helpers(
    d2l: ModuleType, build: Build, data: Any, tmp_path: Path
) -> None:
    model, other = build(), build()
    d2l.Trainer(max_epochs=1).fit(model, data)
    d2l.save_weights(model, tmp_path / "model.safetensors")
    X, _ = next(iter(data.val_dataloader()))
    other.apply_init([X])
    d2l.load_weights(other, tmp_path / "model.safetensors")
    assert_array_equal(
        d2l.predict(model, data.val_dataloader())[0], d2l.predict(other, data.val_dataloader())[0]
    )


def test_weights_of_a_softmax_regression_are_saved(
    d2l: ModuleType, data: Any, tmp_path: Path
) -> None:
    models = [d2l.SoftmaxRegression(10, lr=0.1) for _ in range(2)]
    X, _ = next(iter(data.val_dataloader()))
    d2l.Trainer(max_epochs=1).fit(models[0], data)
    d2l.save_weights(models[0], tmp_path / "model.safetensors")
    models[1].apply_init([X])
    d2l.load_weights(models[1], tmp_path / "model.safetensors")
    assert_allclose(*(d2l.numpy(model(X)) for model in models), rtol=1e-5, atol=1e-6)


def test_a_gpu_that_is_not_there_is_one_line(
    d2l: ModuleType, build: Build, data: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    if d2l.num_gpus():
        pytest.fail("this test is for machines without a GPU")
    trainer = d2l.Trainer(max_epochs=1, num_gpus=1)
    assert capsys.readouterr().out == "num_gpus=1, and no GPU is here: on the CPU, then\n"
    trainer.fit(build(), data)
    assert trainer.gpus == []


# Errors


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, "3"])
def test_epochs_are_a_whole_number(d2l: ModuleType, epochs: Any) -> None:
    with pytest.raises(ValueError, match="max_epochs must be a whole number above 0"):
        d2l.Trainer(max_epochs=epochs)


def test_what_is_no_model_or_no_data(
    d2l: ModuleType, nets: ModuleType, build: Build, data: Any
) -> None:
    for model, given in ((nets.lenet(), data), (build(), data.val_dataloader())):
        with pytest.raises(
            TypeError, match=r"takes a d2l\.Module and a d2l\.DataModule.*train_ch6"
        ):
            d2l.Trainer(max_epochs=1).fit(model, given)


def test_a_trainer_before_data(d2l: ModuleType, build: Build) -> None:
    with pytest.raises(RuntimeError, match=r"before trainer\.fit\(model, data\)"):
        d2l.Trainer(max_epochs=1).fit_epoch()
    with pytest.raises(RuntimeError, match=r"call trainer\.fit\(model, data\)"):
        build().plot("loss", 1.0, train=True)


def test_a_model_without_net_or_loss(d2l: ModuleType, data: Any) -> None:
    X, y = next(iter(data.val_dataloader()))
    with pytest.raises(AttributeError, match=r"needs a net, or a forward\(self, X\)"):
        d2l.Module().forward(X)
    with pytest.raises(NotImplementedError, match=r"define loss\(self, y_hat, y\)"):
        d2l.Module().loss(y, y)


@pytest.mark.parametrize("wrong", [10, -1])
def test_labels_that_the_model_does_not_have(
    d2l: ModuleType, nets: ModuleType, build: Build, wrong: int
) -> None:
    X = np.zeros((4, 1, 28, 28), np.float32)
    batch = nets.batch(X, np.array([0, 1, wrong, 3]))

    class Wrong(d2l.DataModule):
        def get_dataloader(self, train: bool) -> Any:
            return [batch]

    with pytest.raises(ValueError, match=f"a label is {wrong}, and the model has 10 outputs"):
        d2l.Trainer(max_epochs=1).fit(build(), Wrong())


@pytest.mark.parametrize(
    ("loader", "said"),
    [
        (lambda: iter(()), "do not say how many batches make an epoch"),
        (list, "the training data hold no batch"),
        (lambda: [1, 2], r"must be inputs and labels, `\(X, y\)`"),
        (lambda: [(np.zeros((3, 1)), np.zeros(2))], "has 3 examples, 2 labels"),
    ],
)
def test_data_that_do_not_fit(
    d2l: ModuleType, build: Build, loader: Callable[[], Any], said: str
) -> None:
    class Odd(d2l.DataModule):
        def get_dataloader(self, train: bool) -> Any:
            return loader()

    with pytest.raises(ValueError, match=said):
        d2l.Trainer(max_epochs=1).fit(build(), Odd())


def test_a_model_that_is_written_anew(d2l: ModuleType, nets: ModuleType, data: Any) -> None:
    class Module(d2l.nn_Module, d2l.HyperParameters):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.board, self.seen = d2l.ProgressBoard(), []
            self.net = nets.wrapped(nets.lenet())

        def training_step(self, batch: Any) -> Any:
            self.seen.append(len(batch[-1]))
            return d2l.reduce_mean(self.net(batch[0]) ** 2)

        def validation_step(self, batch: Any) -> None:
            self.seen.append(-len(batch[-1]))

        def configure_optimizers(self) -> Any:
            return d2l.Module.configure_optimizers(self)

        def parameters(self, *args: Any, **kwargs: Any) -> Any:
            return d2l.Module.parameters(self, *args, **kwargs)

    model = Module()
    model.lr = 0.01
    d2l.Trainer(max_epochs=1).fit(model, data)
    assert model.seen == [8] * 10 + [-8] * 10


def test_an_error_of_the_readers_own_keeps_its_traceback(
    d2l: ModuleType, build: Build, data: Any
) -> None:
    def forward(self: Any, X: Any) -> Any:
        return undefined  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(NameError, match="undefined") as caught:
        d2l.Trainer(max_epochs=1).fit(build(forward=forward), data)
    assert any(entry.name == "forward" for entry in caught.traceback)


def test_an_interruption_goes_through(d2l: ModuleType, build: Build, data: Any) -> None:
    def training_step(self: Any, batch: Any) -> Any:
        if self.trainer.train_batch_idx == 12:
            raise KeyboardInterrupt
        return d2l.Classifier.training_step(self, batch)

    model = build(training_step=training_step)
    with pytest.raises(KeyboardInterrupt):
        d2l.Trainer(max_epochs=3).fit(model, data)
    assert len(model.board.data["val_acc"]) == 1
    assert not getattr(model, "training", False)
