"""The command line: `python -m bookbuild build|notebooks|run|test-run|check|i18n|pdf|serve`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from itertools import starmap
from pathlib import Path

from bookbuild.config import BookError, find_site
from bookbuild.execute.execute import Setting
from bookbuild.execute.runs import complain, run_one
from bookbuild.i18n import told
from bookbuild.i18n.languages import LANGUAGES
from bookbuild.notebook.faults import faults, strays
from bookbuild.notebook.stored import load, renewed, write
from bookbuild.page.cells import Page, pages, parse_page
from bookbuild.processes import call_each
from d2lcompat import FRAMEWORKS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Errors are lines on stderr, not tracebacks."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace, list[Page]], int] = options.command
    try:
        return command(options, _chosen(options))
    except BookError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        complain("interrupted; the notebooks stored so far stay as they are")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bookbuild", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.add_argument("--page", help="only this page, named by its folder, as in `nin`")
        sub.add_argument("--framework", help=f"only this framework: {', '.join(FRAMEWORKS)}")
        sub.set_defaults(command=command)
        return sub

    add("notebooks", _notebooks, "write the notebooks, keeping outputs that are still valid")
    add("check", _check, "fail on a notebook or a translation that is not that of its page")
    add("i18n", _i18n, "bring the catalogues of translations up to the pages")
    build = add("build", _build, "build the site, an edition for each language")
    build.add_argument("--out", type=Path, default=Path("_build"), help="the folder to build in")
    build.add_argument("--language", help=f"only this edition: {', '.join(LANGUAGES)}")
    run = add("run", _run, "execute the notebooks in full and store their outputs")
    run.add_argument("--force", action="store_true", help="even where outputs are valid")
    small = add("test-run", _test_run, "execute the notebooks in the small setting")
    small.add_argument("--out", type=Path, required=True, help="the folder to write them to")
    small.add_argument("--jobs", type=_number, default=1, help="how many at the same time")
    pdf = add("pdf", _pdf, "print the built site, a PDF per framework and language")
    pdf.add_argument("--language", help=f"only this language: {', '.join(LANGUAGES)}")
    pdf.add_argument("--site", type=Path, default=Path("_build/html"), help="the built site")
    serve = add("serve", _serve, "serve the built site, on this machine alone")
    serve.add_argument("--port", type=_port, default=8000, help="0 takes any that is free")
    serve.add_argument("--site", type=Path, default=Path("_build/html"), help="the built site")
    # In full, the longest cell of the book takes an hour: what takes six of them hangs.
    for sub, seconds in ((run, 6 * 3600), (small, 600)):
        about = "seconds one cell may take (default: %(default)s)"
        sub.add_argument("--timeout", type=_number, default=seconds, help=about)
    return parser


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**16:
        raise argparse.ArgumentTypeError("must be between 0 and 65535")
    return number


def _chosen(options: argparse.Namespace) -> list[Page]:
    """Return the pages to work on; all are parsed, so that a mistake shows at once."""
    root = find_site(Path.cwd()).root
    if root.is_relative_to(Path.cwd()):
        root = root.relative_to(Path.cwd())  # shorter paths in messages
    found = [parse_page(path) for path in pages(root)]
    names = [page.name for page in found]
    if options.page is not None and options.page not in names:
        raise BookError(f"no page {options.page!r}; pages: {', '.join(names) or 'none'}")
    if options.framework is not None and options.framework not in FRAMEWORKS:
        known = ", ".join(FRAMEWORKS)
        raise BookError(f"no framework {options.framework!r}; frameworks: {known}")
    if not found:
        raise BookError(f"no page with code cells below {root / 'chapters'}")
    return [page for page in found if options.page in (None, page.name)]


def _keys(options: argparse.Namespace, page: Page) -> list[str]:
    return [key for key in page.frameworks if options.framework in (None, key)]


def _notebooks(options: argparse.Namespace, chosen: list[Page]) -> int:
    for page in chosen:
        for key in _keys(options, page):
            stored = load(page, key)
            if stored.old is None:
                told = "written, without outputs"
            elif stored.foreign:
                told = f"outputs dropped, it was the notebook of {stored.foreign}"
            else:
                told = "outputs kept" if stored.valid else "outputs dropped, its code has changed"
                if stored.unexecuted and not stored.stale:
                    told = "not executed in full yet"
            changed = write(renewed(stored), stored.path)
            print(f"{stored.name}: {told if changed else 'unchanged'}")
    return 0


def _check(options: argparse.Namespace, chosen: list[Page]) -> int:
    status = 0
    for page in chosen:
        for key in _keys(options, page):
            found = faults(load(page, key))
            for fault in found:
                status = complain(fault)
            if not found:
                print(f"{page.name}/{key}: up to date")
        for stray in strays(page):
            status = complain(f"{stray}: belongs to no framework of the page: delete it")
    if not (options.page or options.framework):
        status |= told.check(find_site(Path.cwd()).root)
    return status


def _i18n(options: argparse.Namespace, chosen: list[Page]) -> int:
    return told.refresh(find_site(Path.cwd()).root)


def _languages(options: argparse.Namespace) -> list[str]:
    if options.language is not None and options.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise BookError(f"no language {options.language!r}; languages: {known}")
    return [key for key in LANGUAGES if options.language in (None, key)]


def _build(options: argparse.Namespace, chosen: list[Page]) -> int:
    from bookbuild import editions

    failed = editions.build(find_site(Path.cwd()).root, options.out, _languages(options))
    for key, said in failed.items():
        complain(f"The {LANGUAGES[key].label} edition is not built:\n{said}")
    return int(bool(failed))


def _run(options: argparse.Namespace, chosen: list[Page]) -> int:
    setting, status = Setting(timeout=options.timeout), 0
    for page in chosen:
        for key in _keys(options, page):
            stored = load(page, key)
            if stored.valid and not options.force:
                write(renewed(stored), stored.path)
                print(f"{stored.name}: its outputs are valid, not run again", flush=True)
            else:
                status |= run_one(page, key, setting, stored.path)
    return status


def _test_run(options: argparse.Namespace, chosen: list[Page]) -> int:
    setting = Setting(small=True, timeout=options.timeout)
    jobs = [
        (page, key, setting, options.out / page.name / f"{key}.ipynb")
        for page in chosen
        for key in _keys(options, page)
    ]
    if options.jobs == 1:
        return max(starmap(run_one, jobs), default=0)
    # Processes, as each kernel is talked to in an event loop of the main thread.
    done = call_each(run_one, jobs, options.jobs)
    for (page, key, *_), status in zip(jobs, done, strict=True):
        if status is None:
            complain(f"{page.path}:1: {key}.ipynb: its process was killed; out of memory?")
    return int(any(status != 0 for status in done))


def _pdf(options: argparse.Namespace, chosen: list[Page]) -> int:
    from bookbuild.export import pdf as printing  # needs a browser's driver

    keys = [key for key in FRAMEWORKS if options.framework in (None, key)]
    for path in printing.print_books(options.site, keys, _languages(options)):
        print(path)
    return 0


def _serve(options: argparse.Namespace, chosen: list[Page]) -> int:
    from bookbuild import serve

    serve.serve(options.site, options.port, find_site(Path.cwd()).repository)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stop in good order
    sys.exit(main())
