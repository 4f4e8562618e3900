"""Ours against d2l, in one run: `make bench` measures and writes RESULTS.md.

Every measurement is a process of its own. Those that are compared take turns, five times, and
the table gives medians, with the smallest and the largest. Raw numbers are kept in `_build/bench`:
an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import peer
from benchmarks.report import write
from benchmarks.rows import ROWS, Row
from benchmarks.worker import RESULT

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "_build" / "bench" / "raw"


def measure(row: Row, side: str) -> float:
    """Run the worker once and return its number."""
    settings = dict(row.settings)
    if row.what == "step":
        settings["settings"] = {} if side == "d2l" else row.ours
    command = [
        sys.executable,
        "-m",
        "benchmarks.worker",
        row.what,
        side,
        row.key,
        json.dumps(settings),
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+") as out:
        ran = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=ROOT, env=env, start_new_session=True
        )
        failed = ran.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(ran.pid, signal.SIGKILL)  # the workers of some loaders outlive it
        out.seek(0)
        text = out.read()
    if failed:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-2000:]}")
    return float(text.rpartition(RESULT)[2].split()[0])


def collect(row: Row) -> dict[str, list[float]]:
    """Return the numbers of each side, measured in turns; what is there already is kept."""
    path = _raw(row)
    found: dict[str, list[float]] = json.loads(path.read_text()) if path.exists() else {}
    for i in range(row.rounds):
        for side in row.sides:
            if len(found.setdefault(side, [])) <= i:
                found[side].append(measure(row, side))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(found))
                print(f"{row.title}, {side}: {found[side][-1]:.4g}", flush=True)
    return found


def _raw(row: Row) -> Path:
    return RAW / f"{row.name}.json"


def main() -> None:
    """Measure what is asked for, and write RESULTS.md from all that is known."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="rows whose name begins like this")
    asked = parser.parse_args()
    peer.install()
    for row in ROWS:
        if row.name.startswith(asked.only):
            collect(row)
    files = [(row, _raw(row)) for row in ROWS]
    write(
        ROOT / "benchmarks" / "RESULTS.md",
        [(row, json.loads(path.read_text())) for row, path in files if path.exists()],
    )


if __name__ == "__main__":
    main()
