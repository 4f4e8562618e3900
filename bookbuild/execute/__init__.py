"""Execute one notebook in a kernel process of its own, and store it."""

import os
import platform
import time
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tqdm import tqdm

from bookbuild.config import BookError
from bookbuild.execute.kernels import LIMIT, Client, RunError, Setting, started
from bookbuild.notebook import METADATA
from bookbuild.notebook.outputs import folders_here, problems, shorten, tidy
from bookbuild.notebook.stored import write
from bookbuild.page import Page

# A notebook whose framework works in processes of its own has not imported it.
VERSION = """
import sys
from importlib.metadata import packages_distributions, version

module, names = sys.modules.get({package!r}), packages_distributions().get({package!r})
print(getattr(module, "__version__", None) or (version(names[0]) if names else ""))
"""

FLOOD = f"outputs more than {LIMIT // 10**6} MB, and was stopped: let it print less"


def run_one(page: Page, key: str, notebook: NotebookNode, setting: Setting, path: Path) -> str:
    """Run and store one notebook; a failure is returned, and leaves what is stored untouched."""
    start = time.perf_counter()
    try:
        write(execute(page, key, notebook, setting), path)
    except BookError as error:
        return str(error)
    print(f"{page.name}/{key}: done in {time.perf_counter() - start:.0f} s", flush=True)
    return ""


def execute(page: Page, key: str, notebook: NotebookNode, setting: Setting) -> NotebookNode:
    """Return the notebook with the outputs of a run; raises `RunError` for the first fault."""
    done = deepcopy(notebook)
    if setting.small:
        _inject(done, page)
    lines = {f"cell-{cell.index}": cell.line for cell in page.cells}

    def fault(cell: NotebookNode, told: str) -> RunError:
        line = lines.get(cell.id, 1)
        return RunError(f"{page.path}:{line}: {key}.ipynb, {cell.id} {told}")

    start = time.perf_counter()
    with started(done, page, key, setting) as (client, folder):
        private = str(folder), str(page.book.root), *folders_here()
        code = [(i, cell) for i, cell in enumerate(done.cells) if cell.cell_type == "code"]
        # None: no bar where there is no terminal, as in CI.
        for i, cell in tqdm(code, f"{page.name}/{key}", unit="cell", disable=None):
            if told := _run_cell(client, i, cell, execution_count=client.code_cells_executed + 1):
                raise fault(cell, told)
            tidy(cell)
            if found := problems(cell, private):
                raise fault(cell, found[0])
        seconds = time.perf_counter() - start
        probe = new_code_cell(VERSION.format(package=page.book.frameworks[key].module))
        done.cells.append(probe)
        if told := _run_cell(client, len(done.cells) - 1, probe, store_history=False):
            raise fault(code[-1][1], f"was the last; then its kernel {told}")
        done.cells.pop()
        version = "".join(o.text for o in probe.outputs if o.get("name") == "stdout").strip()
    done.metadata[METADATA] |= {
        "version": version,
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "seconds": round(seconds, 1),
        "setting": "small" if setting.small else "full",
    }
    return done


def _run_cell(client: Client, i: int, cell: NotebookNode, **more: Any) -> str:
    """Run a cell; returns on one line how it ended, if not well."""
    client.held, told = 0, ""
    try:
        client.execute_cell(cell, i, **more)
    except CellExecutionError as error:
        told = f"raised {error.ename}: {shorten(error.evalue)}"
    except CellTimeoutError as error:
        late = "IOPub" in str(error)
        told = "ended, but not its outputs" if late else f"took longer than {client.timeout} s"
    except DeadKernelError:
        said = shorten(" ".join(o.text for o in cell.outputs if o.output_type == "stream"))
        told = f"ended its kernel: out of memory, or a crash? {said}".rstrip()
    return FLOOD if client.flooded else told


def _inject(notebook: NotebookNode, page: Page) -> None:
    """Put the small values into a cell after the one tagged `parameters`, as papermill does."""
    if not page.front.small:
        return
    source = "\n".join(f"{name} = {value!r}" for name, value in page.front.small.items())
    name = "injected-parameters"
    cell = new_code_cell(source, id=name, metadata={"tags": [name]})
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    notebook.cells.insert(1 + ["parameters" in found for found in tags].index(True), cell)


def processor() -> str:
    """Return the name of this machine's processor and how many cores are usable."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} core{'s' if cores != 1 else ''}"
