"""The table of RESULTS.md, between its two marks; what people wrote around it stays."""

from __future__ import annotations

import platform
import statistics
from datetime import date
from importlib.metadata import packages_distributions, version
from pathlib import Path

from benchmarks.rows import ROUNDS, Row
from bookbuild.execute import processor
from d2lcompat import FRAMEWORKS

BEGIN, END = "<!-- measured -->", "<!-- end -->"
UNITS = {
    "loader": "images/s", "memory": "MB", "step": "examples/s", "fit": "examples/s",
    "import": "s", "book": "s", "accuracy": "%",
}  # fmt: skip


def write(path: Path, results: list[tuple[Row, dict[str, list[float]]]]) -> None:
    """Put the table of `results` into the file, with the machine, the versions and the date."""
    owners = packages_distributions()
    packages = [owners[framework.package][0] for framework in FRAMEWORKS.values()]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    head = (
        f"{processor()}, {platform.system()}, Python {platform.python_version()}, {versions}; "
        f"{date.today().isoformat()}. Medians of {ROUNDS} processes a side, which took turns; in "
        "brackets the smallest and the largest of them."
    )
    text = path.read_text() if path.exists() else f"# Results\n\n{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{head}\n\n{table(results)}\n{END}{after}")


def table(results: list[tuple[Row, dict[str, list[float]]]]) -> str:
    """Return the table in Markdown."""
    lines = [
        "| what | ours | d2l | ratio | of the limit | target |",
        "|---|---|---|---|---|---|",
    ]
    for row, found in results:
        cells = [_cell(found.get(side, []), UNITS[row.what]) for side in ("ours", "d2l")]
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
