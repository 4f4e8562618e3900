"""Numbers from tensors of one element; in a process of its own, as PaddlePaddle shares none."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import paddle
from d2lcompat.workarounds.paddle_numbers import replace

replace(paddle.Tensor)  # whatever this NumPy can do
one = paddle.to_tensor([2.5])
print(float(one), int(one), float(one.astype("bfloat16")), float(paddle.to_tensor(1.5)))
for kind in (int, float):
    try:
        kind(paddle.to_tensor([1.0, 2.0]))
    except AssertionError as error:
        print(error)
"""


def test_one_element_is_a_number_and_two_are_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "2.5 2 2.5 1.5",
        "only one element variable can be converted to int.",
        "only one element variable can be converted to float.",
    ]
