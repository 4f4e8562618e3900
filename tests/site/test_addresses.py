"""Every link within the built site leads somewhere, and the world outside is told of the site."""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml.html import HtmlElement
from test_browser import PAGES
from toybook import LANGUAGES, Book

from bookbuild.export.products import ZIP


def links(tag: HtmlElement) -> Iterator[str]:
    """Yield the addresses that an element names, its data's too."""
    if tag.tag in ("a", "link") and tag.get("href") and "hidden" not in tag.attrib:
        yield tag.get("href")
    if tag.get("src"):
        yield tag.get("src")
    for name, value in tag.attrib.items():
        if name.startswith("data-") and name != "data-product":  # it is the same as `href`
            parts = re.split("[ |]", value)
            yield from (part for part in parts if re.search(r"[^/]/[^/]+\.[a-z]\w+$", part))


def test_every_link_leads_to_a_file_and_a_place_in_it(real: Book) -> None:
    root = real.site
    names = {page: {str(name) for name in html.xpath("//@id")} for page, html in real.all.items()}
    dead, seen = [], 0
    for page, html in real.all.items():
        found = [link for tag in html.iter() if isinstance(tag.tag, str) for link in links(tag)]
        for link in found:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            seen += 1
            path = unquote(url.path)
            if path.startswith("/"):  # the page for missing pages may be shown anywhere
                target = path.removeprefix("/nin-four-ways/") or "index.html"
            elif path:
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
            else:
                target = page
            anchor = unquote(url.fragment)
            target += "index.html" if target.endswith("/") else ""
            if not (root / target).is_file() or (
                anchor and target in names and anchor not in names[target]
            ):
                dead.append(f"{page}: {link}")
    assert seen > 1000
    assert dead == []


@pytest.mark.parametrize("folder", [row.folder for row in LANGUAGES.values() if row.folder])
def test_editions_share_the_files_that_they_have_in_common(real: Book, folder: str) -> None:
    own = [
        path
        for kind in ("_static", "_images", "_sphinx_design_static")
        for path in (real.site / folder / kind).rglob("*")
        if path.is_file()
    ]
    above = {path: real.site / path.relative_to(real.site / folder) for path in own}
    assert own  # the words of scripts, and figures
    assert [p for p in own if above[p].is_file() and above[p].read_bytes() == p.read_bytes()] == []


def test_nothing_is_packed_that_no_page_needs(real: Book) -> None:
    files = [path for path in real.site.rglob("*") if path.is_file()]
    names = [path.relative_to(real.site).as_posix() for path in files]
    idle = re.compile(r"\.map$|fontawesome|/fa-[\w-]+\.(woff2?|ttf)$|jupyter_execute|\.doctree$")
    assert [name for name in names if idle.search(name)] == []
    assert sum(path.stat().st_size for path in files) <= 75_000_000
    assert (real.site / ZIP).stat().st_size <= 25 * 2**20


@pytest.mark.parametrize("name", PAGES)
def test_a_shared_page_has_a_picture_and_a_title(real: Book, name: str) -> None:
    head = real.html(f"chapters/{name}").head
    assert head is not None
    told = {str(tag["property"]): str(tag["content"]) for tag in head.select("meta[property]")}
    assert told["og:title"] and told["og:description"]
    assert told["og:url"].endswith(f"/chapters/{name}.html")
    place = urlsplit(told["og:image"]).path.removeprefix("/nin-four-ways/")
    data = (real.site / place).read_bytes()
    assert struct.unpack(">II", data[16:24]) == (1200, 630)
    assert head.select("link[rel~=icon]")


def test_the_zip_holds_the_site(real: Book) -> None:
    root = real.site
    with zipfile.ZipFile(root / ZIP) as archive:
        names = set(archive.namelist())
        index = archive.read("book/chapters/index.html").decode()
    files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    visible = {name for name in files if not any(p.startswith(".") for p in Path(name).parts)}
    assert names == {f"book/{name}" for name in visible - {ZIP}}
    assert f'data-product="{ZIP}" hidden' in index
    assert f'data-product="{ZIP}">' in (root / "chapters/index.html").read_text("utf-8")
