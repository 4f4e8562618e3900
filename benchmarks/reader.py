"""A reader for `load.py`: asks for pages as a browser does, and checks every byte of them."""

from __future__ import annotations

import asyncio
import io
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import parse_headers
from urllib.parse import urlsplit

CONNECTIONS = 6  # what a browser opens to a host over HTTP/1.1
PATIENCE = 60.0  # seconds for one answer


@dataclass
class Report:
    """Hold what readers met: seconds of each answer, its kind, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    size: int = 0
    wall: float = 0.0


class Connection:
    """Ask for one thing after another; the connection is opened anew when the server closes it."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, since: str = "") -> tuple[int, str, bytes]:
        """Return the status of an answer, when its file was changed, and its body."""
        async with asyncio.timeout(PATIENCE):
            return await self._get(path, since)

    async def _get(self, path: str, since: str) -> tuple[int, str, bytes]:
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        head = f"GET {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        head += f"If-Modified-Since: {since}\r\n" if since else ""
        writer.write(f"{head}\r\n".encode())
        line, _, rest = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")
        version, status, *_ = line.split()
        headers = parse_headers(io.BytesIO(rest))
        if status == b"304":
            body = b""
        elif "Content-Length" in headers:
            body = await reader.readexactly(int(headers["Content-Length"]))
        else:
            body = await reader.read()
        if version == b"HTTP/1.0" or headers["Connection"] == "close":
            await self.close()
        return int(status), headers["Last-Modified"] or "", body

    async def close(self) -> None:
        """Close what is open."""
        if self.streams is not None:
            self.streams[1].close()
            with suppress(OSError):
                await self.streams[1].wait_closed()
            self.streams = None


class Browser:
    """Load pages as one reader does: the page, then what it needs, over several connections."""

    def __init__(self, address: str, wanted: dict[str, str], report: Report) -> None:
        url = urlsplit(address)
        assert url.hostname is not None and url.port is not None
        self.lines = [Connection(url.hostname, url.port) for _ in range(CONNECTIONS)]
        self.wanted, self.report = wanted, report
        self.known: dict[str, str] = {}  # when what is in its cache was changed

    async def load(self, page: str, needed: list[str]) -> None:
        """Load a page; what is known already is asked for only if it has changed."""
        await self.fetch(self.lines[0], page)
        left = list(reversed(needed))

        async def work(line: Connection) -> None:
            while left:
                await self.fetch(line, left.pop())

        await asyncio.gather(*map(work, self.lines))

    async def fetch(self, line: Connection, path: str) -> None:
        """Ask for a file, and note how long it took and whether it is the file."""
        start = time.perf_counter()
        try:
            status, changed, body = await line.get(path, self.known.get(path, ""))
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.report.errors[f"{type(error).__name__}: {path}"] += 1
            await line.close()
            return
        self.report.seconds.append(time.perf_counter() - start)
        self.report.statuses[status] += 1
        self.report.size += len(body)
        if status == 304 and path in self.known:
            return
        if status != 200:
            self.report.errors[f"{status}: {path}"] += 1
        elif sha256(body).hexdigest() != self.wanted[path]:
            self.report.errors[f"not its file: {path}"] += 1
        elif changed:
            self.known[path] = changed

    async def close(self) -> None:
        """Leave."""
        await asyncio.gather(*(line.close() for line in self.lines))
