"""What a framework says while it loads: noise is dropped, all else is shown, also in a crash."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from d2lcompat.workarounds.silence import environment, lines_dropped

PROGRAM = """
import os, sys
from d2lcompat.workarounds.silence import lines_dropped

with lines_dropped("^I0000 "):
    os.write(2, b"I0000 information\\n")
    os.write(2, b"W0000 no CUDA\\n")
    print("from Python", file=sys.stderr)
    {crash}
os.write(2, b"I0000 afterwards\\n")
"""


def run(crash: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(crash=crash)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_only_the_noise_is_dropped_and_only_meanwhile() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "W0000 no CUDA\nfrom Python\nI0000 afterwards\n"


def test_what_is_said_before_a_crash_is_shown() -> None:
    done = run("os.write(2, b'terminate called\\n'); os.abort()")
    assert done.returncode < 0
    assert "W0000 no CUDA\n" in done.stderr
    assert "terminate called\n" in done.stderr


def test_standard_error_may_be_closed() -> None:
    program = (
        "import os, sys\nos.close(2)\nsys.stderr = None\n"
        "from d2lcompat.workarounds.silence import lines_dropped\n"
        "with lines_dropped('^I'):\n    print('within')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "within\n")


def test_variables_are_set_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIN_THEIRS", "reader")
    monkeypatch.delenv("NIN_OURS", raising=False)
    with environment(NIN_THEIRS="us", NIN_OURS="us"):
        assert (os.environ["NIN_THEIRS"], os.environ["NIN_OURS"]) == ("reader", "us")
    assert os.environ["NIN_THEIRS"] == "reader"
    assert "NIN_OURS" not in os.environ


def test_an_error_comes_through() -> None:
    with pytest.raises(ImportError), lines_dropped("^I"):
        raise ImportError
