"""Execute one notebook in a kernel process of its own."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from tqdm import tqdm
from traitlets.config import Config

from bookbuild.notebooks import METADATA
from bookbuild.outputs import problems, shorten, tidy
from bookbuild.page import Page
from bookbuild.site import BookError, find_site
from d2lcompat import FRAMEWORKS
from d2lcompat._cores import usable_cores

# A notebook whose framework works in processes of its own has not imported it.
VERSION = """
import sys
from importlib.metadata import packages_distributions, version

module, names = sys.modules.get({package!r}), packages_distributions().get({package!r})
print(getattr(module, "__version__", None) or (version(names[0]) if names else ""))
"""


class RunError(BookError):
    """A notebook that did not run; says page, line, notebook, cell and error."""


@dataclass(frozen=True)
class Setting:
    """Say how to run: in full as the page shows it, or small; seconds a cell may take.

    `kernel` names a kernel of Jupyter's, of an environment that has its own d2lcompat, or none; the
    default is this environment's, with the d2lcompat of this checkout.
    """

    small: bool = False
    timeout: int | None = None
    kernel: str = "python3"


def execute(page: Page, key: str, notebook: NotebookNode, setting: Setting) -> NotebookNode:
    """Return the notebook with the outputs of a run; `notebook` itself stays as it is.

    Raises `RunError` as soon as a cell fails, takes too long, or outputs what may not be stored.
    """
    done = deepcopy(notebook)
    if setting.small:
        _inject(done, page)
    start = time.perf_counter()
    with _kernel(done, page, setting) as (client, folder):
        code = [(i, cell) for i, cell in enumerate(done.cells) if cell.cell_type == "code"]
        # None: no bar where there is no terminal, as in CI.
        for i, cell in tqdm(code, f"{page.name}/{key}", unit="cell", disable=None):
            _run_cell(client, i, cell, _Place(page, key, cell), folder)
        seconds = time.perf_counter() - start
        version = _probe(client, done, VERSION.format(package=FRAMEWORKS[key].package))
    done.metadata[METADATA] |= {
        "version": version,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "processor": processor(),
        "seconds": round(seconds, 1),
        "setting": "small" if setting.small else "full",
    }
    return done


@dataclass(frozen=True)
class _Place:
    """Know where in the page a cell of a notebook comes from."""

    page: Page
    key: str
    cell: NotebookNode

    def error(self, message: str) -> RunError:
        lines = {f"cell-{cell.index}": cell.line for cell in self.page.cells}
        line = lines.get(self.cell.id, 1)
        return RunError(f"{self.page.path}:{line}: {self.key}.ipynb, {self.cell.id} {message}")


@contextmanager
def _kernel(
    notebook: NotebookNode, page: Page, setting: Setting
) -> Iterator[tuple[NotebookClient, Path]]:
    """Start a kernel that works in a folder with the page's files alone, removed afterwards."""
    env = {**os.environ, "PYTHONHASHSEED": "0"}  # hash order cannot change what is printed
    if setting.kernel == Setting.kernel:
        root = find_site(page.path.parent).root
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), env.get("PYTHONPATH"))))
    if setting.small and page.front.small_examples:
        env["D2LCOMPAT_MAX_EXAMPLES"] = str(page.front.small_examples)
    with TemporaryDirectory(prefix="nb-") as name:
        folder = Path(name)
        work = folder / "work" / page.name
        work.mkdir(parents=True)
        for file in page.front.files:
            (work / file).parent.mkdir(exist_ok=True)
            shutil.copyfile(page.path.parent / file, work / file)
        config = Config()
        if os.name == "posix":
            # No port to lose a race for; two kernels must never share the path.
            config.KernelManager.update(transport="ipc", ip=str(folder / "ipc"))
        client = NotebookClient(
            notebook,
            config=config,
            kernel_name=setting.kernel,
            record_timing=False,
            store_widget_state=False,
            timeout=setting.timeout,
            startup_timeout=120,
        )
        client.reset_execution_trackers()
        with client.setup_kernel(cwd=str(work), env=env):
            yield client, folder


def _run_cell(
    client: NotebookClient, i: int, cell: NotebookNode, place: _Place, folder: Path
) -> None:
    try:
        client.execute_cell(cell, i, execution_count=client.code_cells_executed + 1)
    except CellExecutionError as error:
        raise place.error(f"raised {error.ename}: {shorten(error.evalue)}") from None
    except CellTimeoutError:
        raise place.error(f"took longer than {client.timeout} s") from None
    except DeadKernelError:
        said = shorten(" ".join(o.text for o in cell.outputs if o.output_type == "stream"))
        message = "ended its kernel: out of memory, or a crash?"
        raise place.error(f"{message} {said}".rstrip()) from None
    tidy(cell)
    if found := problems(cell, (folder, place.page.path.parent.resolve())):
        raise place.error(found[0])


def _probe(client: NotebookClient, notebook: NotebookNode, source: str) -> str:
    """Return what a line of code prints in the kernel, leaving no trace in the notebook."""
    cell = new_code_cell(source)
    notebook.cells.append(cell)
    try:
        client.execute_cell(cell, len(notebook.cells) - 1, store_history=False)
    finally:
        notebook.cells.pop()
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout").strip()


def _inject(notebook: NotebookNode, page: Page) -> None:
    """Put the small values into a cell after the one tagged `parameters`, as papermill does."""
    if not page.front.small:
        return
    source = "\n".join(f"{name} = {value!r}" for name, value in page.front.small.items())
    cell = new_code_cell(
        source, id="injected-parameters", metadata={"tags": ["injected-parameters"]}
    )
    tags = [cell.metadata.get("tags", []) for cell in notebook.cells]
    at = next(i for i, found in enumerate(tags) if "parameters" in found)
    notebook.cells.insert(at + 1, cell)


def processor() -> str:
    """Return the name of this machine's processor and how many cores are usable."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    cores = usable_cores()
    return f"{name}, {cores} core{'s' if cores != 1 else ''}"
