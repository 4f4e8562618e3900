"""What is made of all editions together: files that they share, and a zip of the site."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bookbuild.config import Book
from bookbuild.files import DRAFT, write_whole
from bookbuild.site.links import ZIP

LINK = re.compile(r'(data-product="([^"]+)")(?: hidden)?')
SHARED = ("_static", "_images")
ADDRESS = re.compile(
    r'(?<=[\s"])((?:src|href|data-[\w-]+)=")((?:\.\./)*|/[^"]*?/)'
    rf'((?:{"|".join(SHARED)})/[^"?#]*)'
)


def finish(site: Path, book: Book) -> None:
    """Make one site of its editions: share files, show the links to what is there, pack it.

    What is half done lies beside the site: a page or a zip of the site is whole at any time.
    """
    for draft in site.rglob(f".*.html.{DRAFT}"):  # of a build that was killed here
        draft.unlink(missing_ok=True)
    for language in book.translated:
        share(site / book.languages[language].folder, site, urlsplit(book.site).path)
    target, partial = site / ZIP, site.parent / f".{ZIP}"
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for path in sorted(site.rglob("*")):
            place = path.relative_to(site)
            hidden = any(part.startswith(".") for part in place.parts)
            if not path.is_file() or hidden or path == target:
                continue
            text = path.read_text(encoding="utf-8") if path.suffix == ".html" else ""
            if "data-product=" not in text:
                archive.write(path, Path("book") / place)
                continue
            inside = show(text, lambda name: name != ZIP and (site / name).is_file())
            archive.writestr(f"book/{place.as_posix()}", inside)
            shown = show(text, lambda name: name == ZIP or (site / name).is_file())
            write_whole(path, shown.encode())
    partial.replace(target)


def show(html: str, there: Callable[[str], bool]) -> str:
    """Return a page with the links to those products shown that are there."""
    return LINK.sub(lambda link: link[1] + ("" if there(link[2]) else " hidden"), html)


def share(edition: Path, site: Path, start: str) -> None:
    """Leave out of an edition what the edition above it has too, and lead its pages there.

    The page for missing pages, which may be shown anywhere, names files from the site's `start`.
    """
    own = f"{start}{edition.relative_to(site).as_posix()}/"
    for folder in SHARED:
        for path in (edition / folder).rglob("*"):
            above = site / path.relative_to(edition)
            if path.is_file() and above.is_file() and path.read_bytes() == above.read_bytes():
                path.unlink()
    for page in edition.rglob("*.html"):
        depth = len(page.relative_to(edition).parts) - 1

        def shared(found: re.Match[str], depth: int = depth) -> str:
            begin, up, name = found.groups()
            if up not in ("../" * depth, own) or (edition / unquote(name)).exists():
                return found[0]
            return f"{begin}{start if up == own else f'{up}../'}{name}"

        text = page.read_text(encoding="utf-8")
        write_whole(page, ADDRESS.sub(shared, text).encode())
