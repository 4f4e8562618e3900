"""Execute the notebooks as they are run elsewhere: on another Python, with NumPy 2, as on Colab.

    python tests/fresh.py --python python3.12 python3.13 [--page nin] [--framework mxnet]

For each Python there is one environment with what Colab has (Jupyter's kernel, NumPy 2, PyTorch,
TensorFlow), and above it, for each notebook, an empty one. The notebook's own first cell installs
the rest there, d2lcompat from this checkout's last commit among it. The script fails if a notebook
fails, or if its first cell has changed what was there before.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "_build" / "fresh"
# Colab has hundreds of packages; these are the ones that the frameworks and the notebooks touch.
COLAB = ("ipykernel", "matplotlib", "numpy>=2", "requests", "tensorflow-cpu", "torch")
SITE = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
LIST = """
import importlib.metadata, json
found = list(importlib.metadata.distributions())[::-1]  # what is imported is found first
print(json.dumps({package.name: package.version for package in found}))
"""
KERNEL = "fresh"


def run(*command: object) -> str:
    """Run a command; on failure show what it said, and exit."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def base(python: str) -> Path:
    """Return the interpreter of the environment that stands for Colab's."""
    version = run(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    folder = FOLDER / version
    interpreter = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        print(f"Python {version}: installing {', '.join(COLAB)}", flush=True)
        run(python, "-m", "venv", "--clear", folder)
        run(interpreter, "-m", "pip", "install", "--quiet", *COLAB)
        (folder / ".installed").touch()
    return interpreter


def above(interpreter: Path) -> Path:
    """Return the interpreter of a new environment that sees all of another one."""
    folder = interpreter.parents[2] / f"{interpreter.parents[1].name}-notebook"
    run(interpreter, "-m", "venv", "--clear", folder)
    new = folder / "bin" / "python"
    Path(run(new, "-c", SITE), "base.pth").write_text(run(interpreter, "-c", SITE) + "\n")
    return new


def kernel(interpreter: Path) -> None:
    """Let Jupyter find this interpreter's kernel, under one name for all."""
    folder = FOLDER / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(interpreter), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": KERNEL, "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")


def redirect() -> None:
    """Make git take the book from this checkout where a notebook names its public address."""
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    found = re.search(r"^repository:\n  url: (\S+)", config, re.MULTILINE)
    assert found is not None
    os.environ |= {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{ROOT.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": found[1],
        "JUPYTER_PATH": str(FOLDER / "jupyter"),
        "PIP_QUIET": "1",  # what pip thinks of this machine's settings is not the notebook's output
    }
    os.environ.pop("PYTHONPATH", None)  # d2lcompat must come from the notebook's first cell


def test_run(page: str, key: str) -> dict[str, Any]:
    """Execute a notebook in its small setting; returns what it notes of its run."""
    out = FOLDER / "notebooks"
    command = [sys.executable, "-m", "bookbuild", "test-run", "--page", page, "--framework", key]
    command += ["--kernel", KERNEL, "--timeout", "900", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    notebook = json.loads((out / page / f"{key}.ipynb").read_text(encoding="utf-8"))
    return next(about for about in notebook["metadata"].values() if "seconds" in about)


def try_notebook(python: str, page: str, key: str) -> tuple[bool, list[str]]:
    """Execute a notebook in a new environment: whether all was well, and a line of the report."""
    interpreter = base(python)
    new = above(interpreter)
    kernel(new)
    before = json.loads(run(interpreter, "-c", LIST))
    line = [f"{page}/{key}", interpreter.parents[1].name]
    try:
        about = test_run(page, key)
    except subprocess.CalledProcessError as error:
        return False, [*line, "", "", " ".join(error.stderr.split())]
    now = json.loads(run(new, "-c", LIST))
    changed = [name for name, version in before.items() if now.get(name) != version]
    line += [about["version"], now["numpy"]]
    if changed:
        return False, [*line, f"its first cell has changed {', '.join(changed)}"]
    return True, [*line, f"{about['seconds']:.0f} s"]


def tell(cells: Sequence[str], report: Path | None) -> None:
    """Print a line of the table, and append it to the report."""
    line = f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
    print(line, flush=True)
    if report:
        with report.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute what was asked for; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", nargs="+", default=["python3.12", "python3.13"])
    parser.add_argument("--page", help="only this page; default: all")
    parser.add_argument("--framework", help="only this one; default: all")
    parser.add_argument("--report", type=Path, help="append the table to this file, in Markdown")
    options = parser.parse_args(arguments)
    for python in options.python:
        if shutil.which(python) is None:
            parser.error(f"no {python} here; name a Python by --python")
    os.chdir(ROOT)
    redirect()
    tell(("notebook", "Python", "framework", "NumPy", "result"), options.report)
    tell(("---",) * 5, options.report)
    wanted = f"{options.page or '*'}/{options.framework or '*'}.ipynb"
    found = sorted(ROOT.glob(f"chapters/{wanted}"))
    if not found:
        parser.error(f"no notebook chapters/{wanted}")
    well = True
    for python in options.python:
        for path in found:
            good, line = try_notebook(python, path.parent.name, path.stem)
            tell(line, options.report)
            well &= good
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
