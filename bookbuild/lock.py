"""Write `requirements.lock`: `python -m bookbuild.lock`, which `make lock` runs.

It has every package that `requirements.txt` brings, with its version and the SHA-256 of its file,
as pip finds them now. pip then takes these files and no others.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bookbuild.config import BookError, one_line
from bookbuild.execute.runs import complain

SOURCE, LOCK = Path("requirements.txt"), Path("requirements.lock")
PLACE = ("Linux", "x86_64", "3.11")
HEAD = """\
# Made by `make lock` from requirements.txt, for CI: do not edit.
# It holds for Linux x86-64 with Python 3.11 alone, one file a package. PyTorch is its build for the
# CPU, from https://download.pytorch.org/whl/cpu, which pip needs as PIP_EXTRA_INDEX_URL. Elsewhere,
# install requirements.txt, as `make` does.
"""


def report(requirements: Path) -> dict[str, Any]:
    """Return what pip would install into an empty environment; raises `BookError` if it cannot."""
    with TemporaryDirectory(prefix="lock-") as folder:
        path = Path(folder) / "report.json"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command = [*pip, "--only-binary", ":all:", "--report", str(path), "-r", str(requirements)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
            reason = one_line(said[-1] if said else done.stderr)
            raise BookError(f"{requirements}: pip finds no set of packages: {reason}")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """Return the lines of the lock for a report of pip, in the order of the names.

    Raises `BookError` if a file has no SHA-256.
    """
    rows = []
    for item in found["install"]:
        name = re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower()
        digest = item["download_info"].get("archive_info", {}).get("hashes", {}).get("sha256")
        if not digest:
            raise BookError(f"{name}: its index tells no SHA-256: use one that does")
        rows.append(f"{name}=={item['metadata']['version']} --hash=sha256:{digest}")
    return sorted(rows)


def main() -> int:
    """Write the lock; returns the exit status. Errors are lines on stderr, not tracebacks."""
    here = (platform.system(), platform.machine(), ".".join(platform.python_version_tuple()[:2]))
    try:
        if here != PLACE:
            raise BookError(f"{LOCK} is made on {' '.join(PLACE)}, this is {' '.join(here)}")
        rows = lines(report(SOURCE))
    except BookError as error:
        return complain(str(error))
    LOCK.write_text(HEAD + "\n".join([*rows, ""]), encoding="utf-8")
    print(f"{LOCK}: {len(rows)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
