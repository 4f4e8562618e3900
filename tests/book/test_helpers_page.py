"""The page of the helpers: its examples run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "chapters" / "d2lcompat.md"
EXAMPLES = [
    code
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if "import torch as d2l" in code
]


@pytest.mark.slow
@pytest.mark.parametrize("generation", [0, 1])
def test_example(generation: int) -> None:
    assert len(EXAMPLES) == 2
    env = os.environ | {"D2LCOMPAT_MAX_EXAMPLES": "64", "MPLBACKEND": "agg"}
    command = [sys.executable, "-W", "error", "-c", EXAMPLES[generation]]
    subprocess.run(command, env=env, check=True, timeout=120)
