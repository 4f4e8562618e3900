"""Serve the built site on this machine alone, to many readers at once.

asyncio holds the connections, and the standard library's `http.server` answers each request.
`python -m http.server` alone starts a thread for every connection, has room for five that wait,
and closes each after one answer: `benchmarks/load.md` tells what 200 readers meet there.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from bookbuild.answer import Answer
from bookbuild.config import BookError, published_at

HOST = "127.0.0.1"
WAITING = 2048  # connections that may wait to be taken up: 200 browsers open six each
PATIENCE = 60.0  # seconds that a connection may say nothing, or take nothing
CHUNK = 2**18


async def converse(
    folder: Path, prefix: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answer one request after another on a connection, until either side has enough."""
    try:
        goes_on = True
        while goes_on:
            async with asyncio.timeout(PATIENCE):
                request = await reader.readuntil(b"\r\n\r\n")
            goes_on = await send(Answer(request, folder, prefix), writer)
    except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
        pass  # the reader has gone, or speaks no HTTP
    except asyncio.CancelledError:
        pass  # the server ends; raised further, Python 3.11 would print it
    finally:
        writer.close()


async def send(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    """Send an answer as fast as it is taken; returns whether the connection stays open."""
    with closing(answer.file or BytesIO()) as file:
        part = answer.head + file.read(CHUNK)
        while part:
            writer.write(part)
            async with asyncio.timeout(PATIENCE):
                await writer.drain()
            part = file.read(CHUNK)
    return not answer.close_connection


def more_files() -> None:
    """Raise the number of connections and files that this process may have open."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * WAITING if hard == resource.RLIM_INFINITY else min(hard, 4 * WAITING)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def listen(port: int) -> socket.socket:
    """Return a socket that listens on this machine alone; raises `BookError` if it cannot."""
    try:
        return socket.create_server((HOST, port), backlog=WAITING)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "another program uses it" if taken else error.strerror
        raise BookError(
            f"port {port} on {HOST}: {why}; choose another, as in `make serve PORT=8001`"
        ) from None


async def answer_all(listening: socket.socket, folder: Path, prefix: str) -> None:
    """Take up every connection, for ever."""
    take = partial(converse, folder, prefix)
    server = await asyncio.start_server(take, sock=listening, backlog=WAITING)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()  # `async with` waits for readers who stay, since Python 3.12


def serve(folder: Path, port: int, repository: str = "") -> None:
    """Serve the site until somebody presses Ctrl-C. Raises `BookError` if it cannot be served."""
    if not (folder / "index.html").is_file():
        raise BookError(f"{folder}: no built site there: run `make book`")
    more_files()
    with listen(port) as listening:
        print(f"The book: http://{HOST}:{listening.getsockname()[1]}/ (Ctrl-C ends it)", flush=True)
        prefix = urlsplit(published_at(repository)).path or "/"
        try:
            asyncio.run(answer_all(listening, folder, prefix))
        except KeyboardInterrupt:
            print()
