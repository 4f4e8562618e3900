"""Start the kernel of a notebook, and leave nothing of it behind."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

from bookbuild.config import BookError
from bookbuild.notebook.outputs import shorten
from bookbuild.page import Page

LIMIT = 5_000_000  # characters that a cell may output; those of the book stay below 0.4 million


class RunError(BookError):
    """A notebook that did not run; says page, line, notebook, cell and error."""


@dataclass(frozen=True)
class Setting:
    """Say how to run: in full as the page shows it, or small; seconds a cell may take.

    `kernel` names a kernel of Jupyter's; the default one also finds what lies in the book's folder.
    """

    small: bool = False
    timeout: int | None = None
    kernel: str = "python3"


class Client(NotebookClient):
    """Talk to a kernel, and kill it as soon as a cell outputs more than `LIMIT`.

    nbclient would take whatever comes, and look at it when the cell has ended, if it ever does.
    """

    group: int | None = None  # of the kernel's processes
    held = 0
    flooded = False

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take one message of the kernel; after too much only word that the cell has ended."""
        kind, size = msg["msg_type"], _size(msg["content"])
        if kind == "clear_output":
            self.held = 0
        elif kind == "update_display_data":  # takes the place of what was there
            self.flooded |= size > LIMIT
        elif kind != "execute_input":
            self.held += size
            self.flooded |= self.held > LIMIT
        if not self.flooded:
            return super().process_message(msg, cell, cell_index)
        self.kill()
        return super().process_message(msg, cell, cell_index) if kind == "status" else None

    def kill(self) -> None:
        """Kill the kernel and what its cells have started, as far as it is still there."""
        if self.group is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)


def _size(content: dict[str, Any]) -> int:
    """Return about how many characters a message adds to a notebook."""
    shown = [content.get("text"), content.get("evalue"), *content.get("traceback", ())]
    shown += (content.get("data") or {}).values()
    return sum(len(part if isinstance(part, str) else str(part)) for part in shown if part)


@contextmanager
def started(
    notebook: NotebookNode, page: Page, key: str, setting: Setting
) -> Iterator[tuple[Client, Path]]:
    """Start a kernel that works in a folder with the page's files alone, removed afterwards.

    Raises `RunError` if it does not start.
    """
    made = TemporaryDirectory(prefix="nb-", ignore_cleanup_errors=True)
    with made as name, ExitStack() as stack:
        folder = Path(name)
        work, env = folder / "work" / page.name, _environment(folder, page, setting)
        work.mkdir(parents=True)
        for file in page.front.files:
            (work / file).parent.mkdir(exist_ok=True)
            shutil.copyfile(page.path.parent / file, work / file)
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
            # A framework takes seconds to take itself down, and nobody reads what is small.
            shutdown_kernel="immediate" if setting.small else "graceful",
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
            told = f"its kernel does not start: {shorten(str(error))}"
            raise RunError(f"{page.path}:1: {key}.ipynb: {told}") from None
        client.group = getattr(client.km.provisioner, "pgid", None)
        try:
            yield client, folder
        except BaseException:
            client.shutdown_kernel = "immediate"  # a cell that hangs does not hear a request
            raise


def _environment(folder: Path, page: Page, setting: Setting) -> dict[str, str]:
    env = {**os.environ, "PYTHONHASHSEED": "0"}  # hash order cannot change what is printed
    env["TMPDIR"] = str(folder / "tmp")  # a kernel that is killed removes nothing
    (folder / "tmp").mkdir()
    if setting.kernel == Setting.kernel:
        paths = str(page.book.root), env.get("PYTHONPATH")
        env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if setting.small and page.front.small_examples and page.book.examples_variable:
        env[page.book.examples_variable] = str(page.front.small_examples)
    return env
