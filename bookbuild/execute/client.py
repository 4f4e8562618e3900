"""Talk to the kernel of a notebook, and keep what its cells output within bounds."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode

LIMIT = 5_000_000  # characters that a cell may output; those of the book stay below 0.4 million


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
