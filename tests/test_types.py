"""What a type checker says to a reader who uses the helpers."""

import subprocess
import sys
from pathlib import Path

import pytest

from d2lcompat import FRAMEWORKS

ROOT = Path(__file__).parents[1]
READER = """
from d2lcompat import {key} as d2l

d2l.train_ch6
d2l.plt.show()
d2l.seed(1)
d2l.train_ch7
d2l.seed("1")
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what mypy says of a reader's file for each framework, in one run of it."""
    folder = tmp_path_factory.mktemp("readers")
    for key in FRAMEWORKS:
        (folder / f"{key}_reader.py").write_text(READER.format(key=key))
    # The frameworks themselves are left out: reading PyTorch takes longer than all tests here.
    command = [sys.executable, "-m", "mypy", "--follow-imports=skip", "--ignore-missing-imports"]
    done = subprocess.run(
        [*command, *map(str, folder.glob("*.py")), str(ROOT / "d2lcompat")],
        capture_output=True, text=True, check=False, cwd=folder,
        env={"MYPYPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_a_misspelt_name_and_a_wrong_type_are_seen(key: str, told: list[str]) -> None:
    mine = [line for line in told if line.startswith(f"{key}_reader.py")]
    assert len(mine) == 2, told
    assert 'has no attribute "train_ch7"' in mine[0]
    assert 'incompatible type "str"' in mine[1]
