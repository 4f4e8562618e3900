"""Errors in one line: the reason that stands somewhere in a framework's many."""

from __future__ import annotations

import pytest

from d2lcompat.errors import is_out_of_memory, reason, telling_batch_size

# As the frameworks say it, shortened.
NO_MEMORY = {
    "torch cpu": RuntimeError(
        "[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you "
        "tried to allocate 590 bytes. Error code 12 (Cannot allocate memory)"
    ),
    "torch cuda": RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "tensorflow": RuntimeError("OOM when allocating tensor with shape[4000,96,96,4]"),
    "tensorflow gpu": type("ResourceExhaustedError", (Exception,), {})("failed on device"),
    "tensorflow bfc": RuntimeError("Failed to allocate memory for the batch of component 0"),
    "mxnet": RuntimeError("std::bad_alloc"),
    "mxnet gpu": RuntimeError("cudaMalloc retry failed: out of memory"),
    "paddle": RuntimeError("ResourceExhaustedError: Fail to alloc memory of 590 size."),
    "linux": OSError(12, "Cannot allocate memory"),
    "numpy": RuntimeError("Unable to allocate 562. MiB for an array with shape (4000, 96)"),
    "python": MemoryError(),
}


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
def test_no_memory_in_each_one_s_words(error: Exception) -> None:
    assert is_out_of_memory(error)
    told = pytest.raises(MemoryError, match="batch_size=8: try batch_size=4, or")
    with told as caught, telling_batch_size(8):
        raise error
    assert caught.value.__cause__ is error


def test_other_errors_are_none_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="cannot be multiplied"), telling_batch_size(None):
        raise RuntimeError("cannot be multiplied")


SAID = {
    "keras": (
        "Exception encountered when calling Conv2D.call().\n\n\x1b[1mComputed output size would be "
        "zero or negative.\x1b[0m\n\nArguments received by Conv2D.call():\n  • args=...",
        "Computed output size would be zero or negative",
    ),
    "paddle": (
        "\n\n--------------------------------------\nC++ Traceback (most recent call last):\n"
        "--------------------------------------\n0   paddle::pybind::conv2d(_object*)\n"
        "----------------------\nError Message Summary:\n----------------------\n"
        "InvalidArgumentError: The input's channels must be equal.\n",
        "InvalidArgumentError: The input's channels must be equal",
    ),
    "mxnet": (
        'Traceback (most recent call last):\n  File "a.cc", line 9\nMXNetError: Check failed: d',
        "MXNetError: Check failed: d",
    ),
    "torch": ("view size is not compatible.\nCompile with ...", "view size is not compatible"),
    "nothing": ("", "ValueError"),
}


@pytest.mark.parametrize(("text", "expected"), SAID.values(), ids=SAID)
def test_the_reason_is_told(text: str, expected: str) -> None:
    assert reason(ValueError(text)) == expected
