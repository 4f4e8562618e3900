"""A training that is killed, or interrupted, goes on from the last whole epoch: see dying.py."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from safetensors import safe_open
from safetensors.numpy import load_file

from d2lcompat.networks.weights import slots

HERE = Path(__file__).parent
pytestmark = pytest.mark.compiled(False)
Tell = Callable[..., None]


def silent(*_: object) -> None:
    """Let every batch pass."""


@pytest.fixture(scope="module")
def dying() -> ModuleType:
    sys.path.insert(0, str(HERE))
    import dying

    sys.path.remove(str(HERE))
    return dying


@pytest.fixture
def train(
    d2l: ModuleType, nets: ModuleType, dying: ModuleType, examples: Callable[[int], None]
) -> Callable[..., Any]:
    """Return a function that trains a network of `dying`, in this process."""
    examples(20)

    def run(
        name: str, path: Path | None = None, tell: Tell = silent, epochs: int = 4, build: Any = None
    ) -> Any:
        return dying.train(d2l, nets, name, path, tell, epochs, build)

    return run


def record(path: Path) -> dict[str, Any]:
    """Return what a file notes of its training."""
    with safe_open(path, "numpy") as file:
        noted: dict[str, Any] = json.loads(file.metadata()["training"])
    return noted


def curves(history: Any) -> list[list[float]]:
    return [history.train_loss, history.train_acc, history.test_acc]


class Lives:
    """Run dying.py for as many lives as it is told of."""

    def __init__(self, key: str, folder: Path) -> None:
        env = os.environ | {"D2LCOMPAT_MAX_EXAMPLES": "20"}
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "dying.py"), key, str(folder)], env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, line: str) -> int:
        """Return the exit status of one life, minus the signal that ended it."""
        assert self.process.stdin and self.process.stdout and self.process.stderr
        print(line, file=self.process.stdin, flush=True)
        said = []
        while not re.fullmatch(r"-?\d+\n", answer := self.process.stdout.readline()):
            assert answer, self.process.stderr.read()
            said.append(answer)  # what the training prints
        assert int(answer) in (0, -signal.SIGKILL), said
        return int(answer)


@pytest.fixture
def live(key: str, tmp_path: Path) -> Iterator[Lives]:
    """Return a function that trains both networks of `dying` in a process that may be killed."""
    (tmp_path / "broken").mkdir()
    lives = Lives(key, tmp_path / "broken")
    yield lives
    lives.process.communicate(timeout=60)


@pytest.mark.compiled(True)
def test_killed_at_any_moment_it_ends_as_if_nothing_had_happened(
    dying: ModuleType, train: Callable[..., Any], live: Lives, tmp_path: Path
) -> None:
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    whole.mkdir()
    first, second = (f"{name}.safetensors" for name in dying.TRAININGS)
    kill = -signal.SIGKILL
    assert live("normalized step 2 3") == kill
    assert len(record(broken / first)["history"]["train_loss"]) == 1
    # Three files are written from here on: the first as epoch 2 ends. It dies at the second.
    assert live("normalized write 2") == kill
    assert len(record(broken / first)["history"]["train_loss"]) == 2
    assert len(list(broken.iterdir())) == 2, "the file, and the half of the next one"
    assert live("dropping evaluate 2") == kill
    assert len(record(broken / first)["history"]["train_loss"]) == 4
    assert len(record(broken / second)["history"]["train_loss"]) == 1
    assert live("none") == 0
    for name in dying.TRAININGS:
        train(name, whole / f"{name}.safetensors")
        got, want = (load_file(folder / f"{name}.safetensors") for folder in (broken, whole))
        assert got.keys() == want.keys()
        assert any(held.startswith("optimizer.") for held in got)
        for held, tensor in want.items():
            assert_array_equal(got[held], tensor, err_msg=f"{name}: {held}")
        got_record, want_record = (
            record(folder / f"{name}.safetensors") for folder in (broken, whole)
        )
        for noted in (got_record, want_record):
            assert noted["history"].pop("seconds") > 0
            assert noted["history"].pop("examples_per_sec") > 0
        assert got_record == want_record
        assert got_record["seed"] == dying.SEED


def test_keeping_a_training_does_not_change_it(
    train: Callable[..., Any], get: Callable[[Any], dict[str, np.ndarray]], tmp_path: Path
) -> None:
    plain, kept = train("normalized"), train("normalized", tmp_path / "kept.safetensors")
    other = get(kept)
    for name, tensor in get(plain).items():
        np.testing.assert_allclose(other[name], tensor, rtol=1e-6, atol=1e-6, err_msg=name)


def test_each_epoch_has_dropout_of_its_own(
    train: Callable[..., Any], d2l: ModuleType, nets: ModuleType, tmp_path: Path
) -> None:
    seeds: list[int] = []
    reseed = d2l.backend.reseed

    def noting(net: Any, n: int) -> None:
        seeds.append(n)
        reseed(net, n)

    d2l.backend.reseed = noting
    try:
        train("dropping", tmp_path / "kept.safetensors")
    finally:
        del d2l.backend.reseed
    assert len(set(seeds)) == 4


class Interrupt:
    """Send this process what Ctrl-C sends, when a batch is due."""

    def __init__(self, *at: object) -> None:
        self.at = at

    def __call__(self, *now: object) -> None:
        if now == self.at:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("at", "epochs"), [(("step", 1, 2), 0), (("step", 3, 2), 2), (("evaluate", 2, 1), 1)]
)
def test_an_interrupted_training_keeps_its_history_and_goes_on(
    train: Callable[..., Any], nets: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    at: tuple[object, ...], epochs: int,
) -> None:  # fmt: skip
    path, made = tmp_path / "kept.safetensors", []
    with pytest.raises(KeyboardInterrupt):
        train(
            "dropping", path, Interrupt(*at), build=lambda: made.append(nets.dropping()) or made[0]
        )
    (net,) = made
    assert net.history.interrupted
    assert [len(curve) for curve in curves(net.history)] == [epochs] * 3
    said = capsys.readouterr()
    assert said.out.startswith(
        f"Interrupted: {epochs} of 4 epochs are whole. What they have come to is in {path}: the "
        "same call goes on from there.\n"
    )
    assert said.out.count("\n") == (3 if epochs else 1)
    assert said.err == ""
    resumed = train("dropping", path)
    unbroken = train("dropping", tmp_path / "unbroken.safetensors")
    assert not resumed.history.interrupted
    assert curves(resumed.history) == curves(unbroken.history)
    again = train("dropping", path)
    assert curves(again.history) == curves(unbroken.history)


def test_interrupted_without_a_file(
    train: Callable[..., Any], nets: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    net = nets.normalized()
    with pytest.raises(KeyboardInterrupt):
        train("normalized", None, Interrupt("step", 2, 1), build=lambda: net)
    assert net.history.interrupted
    assert len(net.history.test_acc) == 1
    said = capsys.readouterr().out
    assert said.startswith("Interrupted: 1 of 4 epochs are whole. Without checkpoint= ")
    assert said.splitlines()[1].startswith("loss ")


def test_more_epochs_go_further_and_fewer_are_refused(
    train: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "kept.safetensors"
    train("dropping", path, epochs=2)
    further = train("dropping", path, epochs=3)
    whole = train("dropping", tmp_path / "whole.safetensors", epochs=3)
    assert curves(further.history) == curves(whole.history)
    with pytest.raises(ValueError, match=r"kept.safetensors holds 3 epochs; num_epochs=2 is less"):
        train("dropping", path, epochs=2)


def test_other_settings_are_refused_and_the_file_stays(
    train: Callable[..., Any], d2l: ModuleType, nets: ModuleType, dying: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "kept.safetensors"
    train("dropping", path, epochs=1)
    before = path.read_bytes()
    data = d2l.load_data_fashion_mnist(7, 8)

    def go_on(lr: float = 0.05, seed: int = dying.SEED, size: int = 7, **settings: Any) -> None:
        d2l.seed(seed)
        data = d2l.load_data_fashion_mnist(size, 8)
        settings = {"optimizer": "adam"} | settings
        d2l.train_ch6(nets.dropping(), *data, 2, lr, checkpoint=path, **settings)

    for message, changed in {
        r"with lr=0\.05, and now lr=0\.1\. Go on with the same": {"lr": 0.1},
        r"with seed=3, and now seed=4\.": {"seed": 4},
        r"with optimizer='adam', and now optimizer='sgd'": {"optimizer": "sgd"},
        r"with batch_size=7, and now batch_size=8": {"size": 8},
    }.items():
        with pytest.raises(ValueError, match=message):
            go_on(**changed)
    d2l.seed(dying.SEED)
    with pytest.raises(ValueError, match=r"lacks the tensor|has the tensor"):
        d2l.train_ch6(nets.normalized(), *data, 2, 0.05, checkpoint=path, optimizer="adam")
    assert path.read_bytes() == before
    go_on()
    assert len(record(path)["history"]["train_loss"]) == 2


def test_the_weights_of_a_training_are_weights(
    train: Callable[..., Any], d2l: ModuleType, nets: ModuleType, tmp_path: Path,
    get: Callable[[Any], dict[str, np.ndarray]],
) -> None:  # fmt: skip
    path = tmp_path / "kept.safetensors"
    trained = get(train("normalized", path))
    net = nets.normalized()
    d2l.load_weights(net, path)
    for name, tensor in get(net).items():
        assert_array_equal(tensor, trained[name], err_msg=name)


def test_a_loss_that_is_not_a_number_leaves_the_last_whole_epoch(
    train: Callable[..., Any], d2l: ModuleType, nets: ModuleType, dying: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "kept.safetensors"
    train_iter, test_iter = d2l.load_data_fashion_mnist(7, 8)

    def spoil(passed: int, _: int) -> None:
        if passed == 3:
            weights = [slot for slot in slots(d2l.backend, net) if slot.name == "0.weight"]
            weights[0].set(np.full(weights[0].shape, np.nan, np.float32))

    # The ReLUs of MXNet and PaddlePaddle take NaN for zero: the loss is a number still.
    net = nets.small()
    with pytest.raises(FloatingPointError, match=r"epoch 3.*Try a learning rate ten times"):
        d2l.train_ch6(
            nets.given(net), dying.Watched(train_iter, spoil), test_iter, 4, 0.1, checkpoint=path
        )
    assert len(record(path)["history"]["train_loss"]) == 2
    assert len(net.history.train_loss) == 2
    assert np.isfinite(load_file(path)["0.weight"]).all()


@pytest.mark.parametrize("write", [2, 4])
def test_interrupted_while_it_writes(
    train: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    path, sync, writes = tmp_path / "kept.safetensors", os.fsync, []

    def syncing(file: int) -> None:
        writes.append(file)
        sync(file)
        if len(writes) == 2 * write + 1:  # two for each file, of which the first has no epoch
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", syncing)
    with pytest.raises(KeyboardInterrupt):
        train("dropping", path)
    assert len(record(path)["history"]["train_loss"]) == write
    assert capsys.readouterr().out.startswith(f"Interrupted: {write} of 4 epochs are whole.")
    net = train("dropping", path)
    assert not net.history.interrupted
    assert "Interrupted" not in capsys.readouterr().out
    assert curves(net.history) == curves(train("dropping", tmp_path / "whole").history)


def test_what_killed_trainings_left_is_removed(train: Callable[..., Any], tmp_path: Path) -> None:
    draft = tmp_path / f".kept.{'0' * 32}"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    train("dropping", tmp_path / "kept", epochs=1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Let the disk be full from the write on whose number stands in the list."""
    left = [10**9]
    sync = os.fsync

    def syncing(file: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        sync(file)

    monkeypatch.setattr(os, "fsync", syncing)
    yield left


def test_a_full_disk_does_not_end_a_training(
    train: Callable[..., Any], tmp_path: Path, full: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.safetensors"
    full[0] = 4  # two for each file: those of the beginning and of epoch 1
    net = train("dropping", path, epochs=3)
    assert len(net.history.test_acc) == 3
    assert len(record(path)["history"]["train_loss"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line[:50] for line in said] == [
        "d2lcompat: epoch 2 could not be kept in " + str(path)[:10],
        "d2lcompat: epoch 3 could not be kept in " + str(path)[:10],
    ]
    assert "No space left on device" in said[0]
    full[0] = 10**9
    resumed = train("dropping", path, epochs=3)
    assert curves(resumed.history) == curves(net.history)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("", ValueError, "is a folder; name a file in it"),
        ("nowhere/kept", FileNotFoundError, "there is no folder"),
        ("text", ValueError, "is not a whole safetensors file"),
        ("weights", ValueError, "holds weights without a training"),
        ("x" * 300, OSError, r"cannot be written|File name too long"),
    ],
)
def test_files_that_are_no_checkpoint_are_left_alone(
    train: Callable[..., Any], d2l: ModuleType, nets: ModuleType, put: Callable[..., None],
    tmp_path: Path, name: str, error: type[Exception], message: str, reference: ModuleType,
) -> None:  # fmt: skip
    (tmp_path / "text").write_text("not a checkpoint")
    net = nets.small()
    put(net, reference.draw(reference.SMALL, seed=1))
    d2l.save_weights(net, tmp_path / "weights")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(error, match=message):
        train("dropping", tmp_path / name, epochs=1)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
