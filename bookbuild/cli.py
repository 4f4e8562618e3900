"""The command line: `python -m bookbuild build|try|notebooks|run|test-run|check|i18n|pdf`."""

import argparse
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from bookbuild.config import Book, BookError, read_book
from bookbuild.execute import run_one
from bookbuild.execute.kernels import Setting
from bookbuild.notebook import make_notebook
from bookbuild.notebook.stored import load, read_notebook, write
from bookbuild.page import Page
from bookbuild.page.cells import find_pages
from bookbuild.processes import call_each

BUILD = Path("_build")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are lines on stderr, not tracebacks."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped in good order
    options = _parser().parse_args(arguments)
    command: Callable[[Book, argparse.Namespace], int] = options.command
    try:
        return command(read_book(Path.cwd()), options)
    except BookError as error:
        return complain(str(error))
    except OSError as error:  # a file that may not be read, a disk that is full
        return complain(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        complain("interrupted; the notebooks stored so far stay as they are")
        return 130


def complain(message: str) -> int:
    """Write a line to stderr, and return the exit status of a failure."""
    print(message, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bookbuild", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    page = "--page", {"help": "only this page, as in `intro`"}
    framework = "--framework", {"help": "only this framework, as in `torch`"}
    language = "--language", {"help": "only this language, as in `ja`"}
    site = "--site", {"type": Path, "default": BUILD / "html", "help": "the built site"}
    out = "--out", {"type": Path, "default": BUILD, "help": "the folder to build in"}
    # In full, the longest cell of a book may take an hour: what takes six of them hangs.
    seconds = "seconds one cell may take (default: %(default)s)"
    timeout = "--timeout", {"type": _number, "default": 6 * 3600, "help": seconds}
    small = "--timeout", {"type": _number, "default": 600, "help": seconds}
    kernel = "--kernel", {"default": Setting.kernel, "help": "a kernel of Jupyter's, by its name"}
    jobs = "--jobs", {"type": _number, "default": 1, "help": "how many at the same time"}
    force = "--force", {"action": "store_true", "help": "even where outputs are valid"}
    to = "--out", {"type": Path, "required": True, "help": "the folder to write them to"}
    port = "--port", {"type": int, "default": 8000, "help": "0 takes any that is free"}
    rows: tuple[tuple[Any, ...], ...] = (
        (build, "build the site, an edition for each language", out, language),
        (try_page, "show one page in a browser, anew whenever it is saved", page, language, port),
        (notebooks, "write the notebooks, keeping outputs that are still valid", page, framework),
        (check, "fail on a notebook or a translation that is not that of its page"),
        (i18n, "bring the catalogues of translations up to the pages"),
        (run, "execute in full and store the outputs", page, framework, force, timeout),
        (test_run, "execute in the small setting", page, framework, to, jobs, kernel, small),
        (pdf, "print the built site, a PDF per framework and language", site, framework, language),
    )
    for command, about, *options in rows:
        name = {"try_page": "try", "test_run": "test-run"}.get(command.__name__, command.__name__)
        sub = commands.add_parser(name, help=about, description=about)
        for flag, settings in options:
            sub.add_argument(flag, **settings)
        sub.set_defaults(command=command)
    return parser


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _asked(book: Book, options: argparse.Namespace, what: str) -> list[str]:
    """Return the frameworks, or the languages, that are asked for."""
    key, known = getattr(options, what), list(getattr(book, f"{what}s"))
    if key is not None and key not in known:
        raise BookError(f"no {what} {key!r}; {what}s: {', '.join(known)}")
    return [key] if key is not None else known


def _asked_for(book: Book, options: argparse.Namespace) -> list[tuple[Page, str, NotebookNode]]:
    """Return pages, frameworks and fresh notebooks, with the outputs that are still valid."""
    from bookbuild.editions import run_sphinx

    keys, pages = _asked(book, options, "framework"), find_pages(book, options.page)
    out = book.root / BUILD / "notebooks"
    shutil.rmtree(out, ignore_errors=True)
    said = run_sphinx(book, out, book.root / BUILD / ".doctrees-notebooks", {}, "notebooks")
    found = []
    for page in pages:
        for key in (key for key in page.frameworks if key in keys):
            place = out / page.notebook(key).relative_to(book.root)
            # A mistake on another page is none of the page that is asked for.
            if said and (options.page is None or f"{page.path}:" in said or not place.is_file()):
                raise BookError(f"the pages cannot be read:\n{said}")
            found.append((page, key, read_notebook(place)))
    return found


def build(book: Book, options: argparse.Namespace) -> int:
    """Build the site."""
    from bookbuild import editions

    failed = editions.build(book, options.out, _asked(book, options, "language"))
    return max(map(complain, failed), default=0)


def try_page(book: Book, options: argparse.Namespace) -> int:
    """Show one page, live."""
    from bookbuild.editions import preview

    [language, *_] = _asked(book, options, "language")
    page = find_pages(book, options.page)[0]
    return preview(book, book.root / BUILD / "try", page, language, options.port)


def notebooks(book: Book, options: argparse.Namespace) -> int:
    """Write the notebooks."""
    for page, key, fresh in _asked_for(book, options):
        stored = load(page, key)
        kept = "outputs kept" if stored.valid else "written, without outputs"
        print(f"{stored.name}: {kept if write(fresh, stored.path) else 'unchanged'}")
    return 0


def check(book: Book, options: argparse.Namespace) -> int:
    """Compare notebooks and translations with their pages."""
    stored = (load(page, key) for page in find_pages(book) for key in page.frameworks)
    found = [fault for notebook in stored for fault in notebook.faults()]
    found += _translations(book, refresh=False)
    return max(map(complain, found), default=0)


def i18n(book: Book, options: argparse.Namespace) -> int:
    """Bring the catalogues up to the pages."""
    _translations(book, refresh=True)
    return 0


def _translations(book: Book, refresh: bool) -> list[str]:
    """Tell which share of each catalogue is translated; returns what is wrong with them."""
    from bookbuild.editions import extract
    from bookbuild.i18n import report

    if len(book.languages) == 1:
        return []
    out = book.root / BUILD / "messages"
    extract(book, out)
    wanted = report.messages(book, out)
    if refresh:
        report.refresh(book, wanted)
    rows, faults = report.report(book, wanted)
    print(*rows, sep="\n")
    return faults


def run(book: Book, options: argparse.Namespace) -> int:
    """Execute in full."""
    status = 0
    for page, key, fresh in _asked_for(book, options):
        stored = load(page, key)
        if stored.valid and not options.force:
            write(fresh, stored.path)
            print(f"{stored.name}: its outputs are valid, not run again", flush=True)
        elif said := run_one(page, key, fresh, Setting(timeout=options.timeout), stored.path):
            status = complain(said)
    return status


def test_run(book: Book, options: argparse.Namespace) -> int:
    """Execute in the small setting."""
    setting = Setting(small=True, timeout=options.timeout, kernel=options.kernel)
    keys = _asked(book, options, "framework")
    tasks = [
        (page, key, make_notebook(page, key), setting, options.out / page.name / f"{key}.ipynb")
        for page in find_pages(book, options.page)
        for key in page.frameworks
        if key in keys
    ]
    status = 0
    # Spawned, as each kernel is talked to in an event loop of the main thread.
    told = call_each(run_one, tasks, options.jobs, "spawn")
    for (page, key, *_), said in zip(tasks, told, strict=True):
        if said is None:
            said = f"{page.path}:1: {key}.ipynb: its process was killed; out of memory?"
        if said:
            status = complain(said)
    return status


def pdf(book: Book, options: argparse.Namespace) -> int:
    """Print the built site."""
    try:
        from bookbuild.export import pdf  # needs a browser's driver, which the others do without
    except ModuleNotFoundError as error:
        raise BookError(f"PDFs need the package {error.name}: install it") from error

    keys, languages = _asked(book, options, "framework"), _asked(book, options, "language")
    for path in pdf.print_books(book, options.site, keys, languages):
        print(path)
    return 0
