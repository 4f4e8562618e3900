"""How many readers does a server of the site hold? 200 at once, each like a browser.

`python -m benchmarks.load` serves the built site as `make serve` does. Each reader opens the NiN
page with all that it needs over six connections, then a second page, of which much is known
already. Every body is compared with its file. Nothing but this machine is asked, and requests and
seconds have a bound. `load.md` tells what was found.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from bookbuild.serve import more_files
from bs4 import BeautifulSoup

from benchmarks.reader import Browser, Report
from bookbuild.execute.run import processor

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("/chapters/nin/index.html", "/chapters/parity/index.html")
MOST_REQUESTS = 50_000
NEEDED = "link[rel~=stylesheet][href], link[rel~=icon][href], script[src], img[src]"


def file_of(site: Path, path: str) -> Path:
    """Return the file of the site at an address."""
    return site / unquote(urlsplit(path).path).lstrip("/")


def needs(site: Path, page: str) -> list[str]:
    """Return the addresses of all that a page shows or runs, each once, in its order."""
    soup = BeautifulSoup(file_of(site, page).read_text(encoding="utf-8"), "html.parser")
    found = [urljoin(page, str(tag.get("src") or tag["href"])) for tag in soup.select(NEEDED)]
    return [path for path in dict.fromkeys(found) if not urlsplit(path).scheme]


async def read(
    address: str,
    site: Path,
    readers: int = 200,
    seconds: float = 60,
    pages: tuple[str, ...] = PAGES,
) -> Report:
    """Let readers come at once and load some pages, and return what they met.

    Raises `ValueError` if the address is not on this machine, or if it were too many requests.
    """
    if urlsplit(address).hostname != "127.0.0.1":
        raise ValueError(f"{address}: only a server on this machine may be tried: http://127.0.0.1")
    needed = {page: needs(site, page) for page in pages}
    if readers * sum(len(paths) + 1 for paths in needed.values()) > MOST_REQUESTS:
        raise ValueError(f"{readers} readers would be more than {MOST_REQUESTS:,} requests")
    paths = {*pages, *(path for paths in needed.values() for path in paths)}
    wanted = {path: sha256(file_of(site, path).read_bytes()).hexdigest() for path in paths}
    report = Report()
    more_files()

    async def visit() -> None:
        browser = Browser(address, wanted, report)
        try:
            for page in pages:
                await browser.load(page, needed[page])
        finally:
            await browser.close()

    start = time.perf_counter()
    tasks = [asyncio.create_task(visit()) for _ in range(readers)]
    _, late = await asyncio.wait(tasks, timeout=seconds)
    report.wall = time.perf_counter() - start
    for task in late:
        task.cancel()
    if late:
        report.errors[f"not done within {seconds:g} s"] += len(late)
    for failed in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(failed, Exception):
            raise failed
    return report


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a site by the command behind `make serve`, in a process of its own."""
    command = [sys.executable, "-m", "bookbuild", "serve", "--port", "0", "--site", str(site)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            told = server.stdout.readline()
            if "http://" not in told:
                raise RuntimeError(f"{' '.join(command)} did not start")
            yield told.split()[2].rstrip("/")
        finally:
            server.terminate()


def row(report: Report) -> str:
    """Return one row of the table in load.md."""
    cuts = statistics.quantiles(report.seconds, n=100) if len(report.seconds) > 1 else [0.0] * 99
    slowest = max(report.seconds, default=0.0)
    return (
        f"{len(report.seconds):,} | {sum(report.errors.values())} | "
        f"{len(report.seconds) / report.wall:,.0f} | {1000 * cuts[49]:.0f} ms | "
        f"{1000 * cuts[98]:.0f} ms | {slowest:.2f} s | {report.size / 1e6:,.0f} MB | "
        f"{report.wall:.1f} s"
    )


def main() -> int:
    """Measure, print a row of the table in load.md, and tell what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--address", help="of a server that runs already, on this machine")
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="the longest that it may take")
    asked = parser.parse_args()
    with served(asked.site) as own:
        report = asyncio.run(read(asked.address or own, asked.site, asked.readers, asked.seconds))
    print(f"{processor()}, Python {platform.python_version()}; {date.today().isoformat()}")
    print("requests | errors | requests/s | median | 99th percentile | slowest | bodies | wall")
    print(row(report))
    for error, count in report.errors.most_common(10):
        print(f"{count} × {error}", file=sys.stderr)
    return int(bool(report.errors))


if __name__ == "__main__":
    sys.exit(main())
