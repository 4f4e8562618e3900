"""Ours against d2l 0.17.6, in one run: `make bench` measures and writes RESULTS.md.

Every measurement is a process of its own. Those that are compared take turns, `ROUNDS` times, and
the table gives medians, with the smallest and the largest. Raw numbers are kept in `_build/bench`:
an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from benchmarks import peer
from benchmarks.worker import RESULT
from bookbuild.execute import processor
from d2lcompat import FRAMEWORKS

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "_build" / "bench" / "raw"
ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One comparison: what is measured, of whom, in which framework, and what we aim at."""

    title: str
    what: str
    key: str
    target: str
    sides: tuple[str, ...] = ("ours", "d2l")
    settings: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)  # settings of train_ch6, for our side only
    rounds: int = ROUNDS

    @property
    def name(self) -> str:
        """The name of the file that keeps the raw numbers."""
        return "-".join((self.what, self.key, *map(str, self.ours.values())))


STEP = {"batch_size": 32, "steps": 8}
MANY = {"batches": 100}
ALL = ("ours", "d2l", "limit")


def label(what: str, key: str) -> str:
    """Return the title of a row."""
    return f"{what}, {FRAMEWORKS[key].label}"


STEPS = (("torch", "≥ 1.5×"), ("mxnet", "≥ 1.1×"), ("tensorflow", "≥ 1.1×"), ("paddle", "≥ 5×"))
BF16 = {"precision": "bfloat16"}
ROWS = [
    Row(label("loader", "torch"), "loader", "torch", "≥ 10×", ALL, MANY),
    Row(label("loader", "paddle"), "loader", "paddle", "≥ 8×", ALL, MANY),
    Row(label("loader", "tensorflow"), "loader", "tensorflow", "≥ 1.5×", ALL, MANY),
    Row(label("loader", "mxnet"), "loader", "mxnet", "≥ 20,000 images/s", ("ours", "limit"), MANY),
    *(Row(label("memory", key), "memory", key, "≤ 400 MB", ("ours",)) for key in FRAMEWORKS),
    *(Row(label("training step", key), "step", key, aim, ALL, STEP) for key, aim in STEPS),
    Row(label("step, bfloat16", "torch"), "step", "torch", "≥ 2.5×", ALL, STEP, BF16),
    Row(label("step, bfloat16", "tensorflow"), "step", "tensorflow", "", ALL, STEP, BF16),
    Row("import d2lcompat.torch", "import", "torch", "≤ 0.2 s", ("ours",)),
    Row("the site, nothing cached", "book", "nothing", "≤ 20 s", ("ours",)),
    Row("the site, one notebook touched", "book", "touched", "≤ 6 s", ("ours",)),
    Row(label("accuracy", "torch"), "accuracy", "torch", "", ("ours",),
        {"precision": "float32"}, rounds=1),
    Row(label("accuracy, bfloat16", "torch"), "accuracy", "torch", "within 1 point", ("ours",),
        {"precision": "bfloat16"}, BF16, rounds=1),
]  # fmt: skip


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
    path = RAW / f"{row.name}.json"
    found: dict[str, list[float]] = json.loads(path.read_text()) if path.exists() else {}
    for i in range(row.rounds):
        for side in row.sides:
            if len(found.setdefault(side, [])) <= i:
                found[side].append(measure(row, side))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(found))
                print(f"{row.title}, {side}: {found[side][-1]:.4g}", flush=True)
    return found


def report(results: list[tuple[Row, dict[str, list[float]]]]) -> str:
    """Return the table in Markdown."""
    unit = {
        "loader": "images/s", "memory": "MB", "step": "examples/s", "import": "s", "book": "s",
        "accuracy": "%",
    }  # fmt: skip
    lines = [
        "| what | ours | d2l 0.17.6 | ratio | of the limit | target |",
        "|---|---|---|---|---|---|",
    ]
    for row, found in results:
        cells = [_cell(found.get(side, []), unit[row.what]) for side in ("ours", "d2l")]
        middle = {side: statistics.median(numbers) for side, numbers in found.items()}
        ratio = f"**{middle['ours'] / middle['d2l']:.2f}×**" if "d2l" in middle else ""
        limit = f"{middle['ours'] / middle['limit']:.2f}" if "limit" in middle else ""
        lines.append(
            f"| {row.title} | {cells[0]} | {cells[1]} | {ratio} | {limit} | {row.target} |"
        )
    return "\n".join(lines)


def _cell(numbers: list[float], unit: str) -> str:
    if not numbers:
        return ""
    low, middle, high = map(_number, (min(numbers), statistics.median(numbers), max(numbers)))
    return f"{middle} {unit}" + (f" ({low} to {high})" if len(numbers) > 1 else "")


def _number(x: float) -> str:
    return f"{x:,.0f}" if x >= 1000 else f"{x:.3g}"


def main() -> None:
    """Measure what is asked for, and write RESULTS.md from all that is known."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="rows whose name begins like this")
    asked = parser.parse_args()
    peer.install()
    for row in ROWS:
        if row.name.startswith(asked.only):
            collect(row)
    files = [(row, RAW / f"{row.name}.json") for row in ROWS]
    known = [(row, json.loads(path.read_text())) for row, path in files if path.exists()]
    owners = packages_distributions()
    packages = [owners[row.package][0] for row in FRAMEWORKS.values()]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    head = (
        f"{processor()}, {platform.system()}, Python {platform.python_version()}, {versions}; "
        f"{date.today().isoformat()}. Medians of {ROUNDS} processes a side, which took turns; in "
        "brackets the smallest and the largest of them."
    )
    path = ROOT / "benchmarks" / "RESULTS.md"
    text = path.read_text() if path.exists() else "# Results\n\n<!-- measured -->\n<!-- end -->\n"
    before, _, rest = text.partition("<!-- measured -->")
    _, _, after = rest.partition("<!-- end -->")
    path.write_text(f"{before}<!-- measured -->\n{head}\n\n{report(known)}\n<!-- end -->{after}")


if __name__ == "__main__":
    main()
