"""Thousands of damaged files: the right result or an error of ours, never anything else."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save as serialize

from d2lcompat.data import fashion_mnist as _data
from d2lcompat.data.batches import Seeds
from d2lcompat.networks import weights_file
from d2lcompat.training import checkpoint
from d2lcompat.training.history import History

TENSORS = {
    "0.weight": np.linspace(-1, 1, 2 * 1 * 3 * 3, dtype=np.float32).reshape(2, 1, 3, 3),
    "0.bias": np.array([0.5, -0.5], np.float32),
    "1.weight": np.arange(6, dtype=np.float32).reshape(3, 2),
}
NOTED = {
    "format": weights_file.FORMAT,
    "sha256": weights_file.digest(TENSORS),
    "input_shape": "[1, 28, 28]",
    "layout": "NCHW",
}
FILE = serialize(TENSORS, NOTED)
MOMENTS = {"optimizer.0.momentum": np.ones(3, np.float32), "optimizer.steps": np.array(7, np.int64)}
ORDER = dict(Seeds.order.bit_generator.state)
TRAINING = checkpoint.Record(
    3,
    {"lr": 0.5},
    dict(Seeds.order.bit_generator.state),
    History("cpu", [0.5], [0.25], [0.75], 9.0, (1, 28, 28)),
)
KEPT = NOTED | {
    "training": TRAINING.to_json(),
    "sha256": weights_file.digest(TENSORS | MOMENTS, TRAINING.to_json()),
}
TRAINING_FILE = serialize(TENSORS | MOMENTS, KEPT)
IDX = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (3, 4, 5)) + bytes(range(60))
LARGEST = 4_000_000  # bytes that reading such a small file may take, whatever it says of itself
THOROUGH = settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return a file with bytes changed, put in, left out, or cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        new = draw(st.binary(max_size=8))
        kind = draw(st.sampled_from(["change", "insert", "remove", "cut"]))
        if kind == "change":
            content[at : at + len(new)] = new
        elif kind == "insert":
            content[at:at] = new
        elif kind == "remove":
            del content[at : at + len(new)]
        else:
            del content[at:]
    return bytes(content)


@st.composite
def headers(draw: st.DrawFn) -> bytes:
    """Return a file whose header is JSON of the right kind, and says something else."""
    numbers = st.integers(-(2**64), 2**64)
    entry = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["F32", "F64", "BF16", "F8_E4M3", "I64", "BOOL", "X", ""]),
            "shape": st.lists(numbers | st.sampled_from([1, 2, 3]), max_size=5),
            "data_offsets": st.lists(numbers | st.sampled_from([0, 8, 72, 80]), max_size=3),
        }
    )
    odd = st.none() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
    header = draw(st.dictionaries(st.sampled_from([*TENSORS, "9"]), entry | odd, max_size=4))
    noted = st.dictionaries(st.sampled_from([*NOTED, "x"]), st.text(max_size=9) | odd)
    header["__metadata__"] = draw(noted | st.just(NOTED) | odd)
    text = json.dumps(header).encode()
    size = draw(st.just(len(text)) | st.integers(0, 2**64 - 1))
    return size.to_bytes(8, "little") + text + draw(st.binary(max_size=100))


def read(path: Path, content: bytes) -> weights_file.Checkpoint | None:
    """Read a file; returns None if it is refused, and fails on anything but a `ValueError`."""
    path.write_bytes(content)
    tracemalloc.start()
    try:
        return weights_file.read(path)
    except ValueError as error:
        assert str(path) in str(error)
        return None
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < LARGEST


@pytest.mark.parametrize("noted", [NOTED, NOTED | {"format": weights_file.UNSIGNED, "sha256": ""}])
def test_the_whole_file_is_read(tmp_path: Path, noted: dict[str, str]) -> None:
    found = read(tmp_path / "w", serialize(TENSORS, noted))
    assert found is not None
    assert found.tensors.keys() == TENSORS.keys()
    assert found.input_shape == (1, 28, 28)


@THOROUGH
@given(content=damaged(FILE))
def test_a_damaged_checkpoint(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path / "w", content)
    if found is not None:
        assert found.tensors.keys() == TENSORS.keys()
        for name, tensor in found.tensors.items():
            np.testing.assert_array_equal(tensor, TENSORS[name], err_msg=name)


@settings(THOROUGH, max_examples=350)
@given(content=headers())
def test_a_checkpoint_that_lies_about_itself(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path / "w", content)
    if found is not None:
        assert all(tensor.dtype == np.float32 for tensor in found.tensors.values())
        assert found.input_shape is None or all(n > 0 for n in found.input_shape)


@THOROUGH
@given(content=damaged(IDX))
def test_a_damaged_idx_file(content: bytes) -> None:
    tracemalloc.start()
    try:
        found = _data.parse_idx(content, "file")
        assert found.size <= len(content)
    except ValueError as error:
        assert "file" in str(error)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < LARGEST


@THOROUGH
@given(content=damaged(gzip.compress(IDX, mtime=0)))
def test_a_damaged_archive_is_never_taken_for_the_data(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"broken gzip|SHA-256 differs"):
        _data.verified("t10k-labels-idx1-ubyte", content)


def find(path: Path, content: bytes) -> tuple[weights_file.WeightsFile, checkpoint.Record] | None:
    """Read a training; returns None if it is refused, and fails on anything but a `ValueError`."""
    path.write_bytes(content)
    try:
        return checkpoint.find(path, {"lr": 0.5}, 2)
    except ValueError as error:
        assert str(path) in str(error)
        return None


def test_the_whole_training_is_read(tmp_path: Path) -> None:
    found = find(tmp_path / "w", TRAINING_FILE)
    assert found is not None
    assert found[1] == TRAINING
    assert found[0].optimizer.keys() == {"0.momentum", "steps"}


@THOROUGH
@given(content=damaged(TRAINING_FILE))
def test_a_damaged_training(tmp_path: Path, content: bytes) -> None:
    found = find(tmp_path / "w", content)
    if found is not None:
        assert found[1] == TRAINING
        for name, tensor in MOMENTS.items():
            held = found[0].optimizer[name.removeprefix("optimizer.")]
            np.testing.assert_array_equal(held, tensor, err_msg=name)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@st.composite
def records(draw: st.DrawFn) -> str:
    """Return a record in JSON, of which parts are something else."""
    record = json.loads(TRAINING.to_json())
    for _ in range(draw(st.integers(1, 2))):
        inner = [part for part in record.values() if isinstance(part, dict)]
        part = draw(st.sampled_from([record, *inner]))
        name = draw(st.sampled_from([*sorted(part), "x"]))
        if draw(st.booleans()):
            part.pop(name, None)
        else:
            part[name] = draw(VALUES)
    return json.dumps(record)


@settings(THOROUGH, max_examples=350)
@given(text=records() | VALUES.map(json.dumps) | st.text(max_size=20))
def test_a_record_that_lies(tmp_path: Path, text: str) -> None:
    signed = {"training": text, "sha256": weights_file.digest(TENSORS | MOMENTS, text)}
    found = find(tmp_path / "w", serialize(TENSORS | MOMENTS, NOTED | signed))
    if found is not None:
        curves = found[1].history
        assert len(curves.train_loss) == len(curves.train_acc) == len(curves.test_acc) <= 2
        Seeds.order.bit_generator.state = found[1].order
