"""The button that stops a cell, in a real kernel: what was trained stays, the rest does not run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel
from safetensors import SafetensorError, safe_open

import d2lcompat

HERE = Path(__file__).parent
BEGIN = """
import sys
sys.path.insert(0, {here!r})
from d2lcompat import {key} as d2l
import nets_{key} as nets
d2l.seed(1)
train_iter, test_iter = d2l.load_data_fashion_mnist(8, 8)
"""
TRAIN = """
net = nets.dropping()
d2l.train_ch6(net, train_iter, test_iter, 10**6, 0.1, checkpoint="kept")
"""
NEXT = "ran_on = True"
LATER = """
h = net.history
print('ran_on' in globals(), h.interrupted, len(h.test_acc), len(h.train_loss))
"""
Kernel = tuple[KernelManager, BlockingKernelClient]
quiet = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:zmq", "ignore::DeprecationWarning:jupyter_client"
)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    monkeypatch.setenv("PYTHONPATH", str(Path(d2lcompat.__file__).parents[1]))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("D2LCOMPAT_MAX_EXAMPLES", "400")
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def epochs(path: Path) -> int:
    """Return how many epochs a checkpoint holds; none if it is not there yet."""
    try:
        with safe_open(path, "numpy") as file:
            return len(json.loads(file.metadata()["training"])["history"]["test_acc"])
    except (FileNotFoundError, SafetensorError):
        return 0


def run(client: BlockingKernelClient, code: str) -> tuple[str, str]:
    """Run a cell; returns its status and what it printed."""
    printed: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=240, output_hook=hear)
    return reply["content"]["status"], "".join(printed)


@quiet
def test_a_stopped_cell_ends_with_its_history(key: str, kernel: Kernel, tmp_path: Path) -> None:
    manager, client = kernel
    assert run(client, BEGIN.format(here=str(HERE), key=key)) == ("ok", "")
    client.execute(TRAIN)
    client.execute(NEXT)  # as "Run all" does
    until = time.monotonic() + 240
    while epochs(tmp_path / "kept") < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    manager.interrupt_kernel()
    stopped, following = (client.get_shell_msg(timeout=240)["content"] for _ in range(2))
    assert (stopped["ename"], following["status"]) == ("KeyboardInterrupt", "aborted")
    status, printed = run(client, LATER)
    kept = epochs(tmp_path / "kept")
    assert (status, printed.splitlines()[-1]) == ("ok", f"False True {kept} {kept}")
    assert kept >= 2
