"""Start the kernel of a notebook, and leave nothing of it behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_client.kernelspec import NoSuchKernel
from nbformat import NotebookNode
from traitlets.config import Config

from bookbuild.config import BookError, find_site
from bookbuild.execute.client import Client
from bookbuild.notebook.outputs import shorten
from bookbuild.page.cells import Page


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


@contextmanager
def started(
    notebook: NotebookNode, page: Page, key: str, setting: Setting
) -> Iterator[tuple[Client, Path]]:
    """Start a kernel that works in a folder with the page's files alone, removed afterwards.

    Raises `RunError` if it does not start.
    """
    with (
        TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        work = _working_folder(folder, page)
        env = _environment(folder, page, setting)
        config = Config()
        if os.name == "posix":
            # No port to lose a race for; two kernels must never share the path.
            config.KernelManager.update(transport="ipc", ip=str(folder / "ipc"))
        client = Client(
            notebook,
            config=config,
            kernel_name=setting.kernel,
            record_timing=False,
            store_widget_state=False,
            timeout=setting.timeout,
            startup_timeout=120,
            iopub_timeout=60,
            raise_on_iopub_timeout=True,  # else outputs could be lost, and nobody be told
        )
        client.reset_execution_trackers()
        stack.callback(client.kill)  # in the end, for the processes that the kernel leaves
        try:
            stack.enter_context(client.setup_kernel(cwd=str(work), env=env))
        except (RuntimeError, NoSuchKernel) as error:
            message = (
                f"{page.path}:1: {key}.ipynb: its kernel does not start: {shorten(str(error))}"
            )
            raise RunError(message) from None
        client.group = getattr(client.km.provisioner, "pgid", None)
        try:
            yield client, folder
        except BaseException:
            client.shutdown_kernel = "immediate"  # a cell that hangs does not hear a request
            raise


def _working_folder(folder: Path, page: Page) -> Path:
    work = folder / "work" / page.name
    work.mkdir(parents=True)
    for file in page.front.files:
        (work / file).parent.mkdir(exist_ok=True)
        shutil.copyfile(page.path.parent / file, work / file)
    return work


def _environment(folder: Path, page: Page, setting: Setting) -> dict[str, str]:
    env = {**os.environ, "PYTHONHASHSEED": "0"}  # hash order cannot change what is printed
    env["TMPDIR"] = str(folder / "tmp")  # a kernel that is killed removes nothing
    (folder / "tmp").mkdir()
    if setting.kernel == Setting.kernel:
        root = find_site(page.path.parent).root
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), env.get("PYTHONPATH"))))
    if setting.small and page.front.small_examples:
        env["D2LCOMPAT_MAX_EXAMPLES"] = str(page.front.small_examples)
    return env
