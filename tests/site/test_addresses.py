"""Every link within the built site leads somewhere, and the world outside is told of the site."""

from __future__ import annotations

import posixpath
import struct
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from test_browser import PAGES
from toybook import Book

from bookbuild.config import published_at
from bookbuild.export.products import ZIP


@pytest.fixture(scope="module")
def site(real: Book) -> dict[str, BeautifulSoup]:
    """Return all pages of the site by their address."""
    root = real.site
    return {
        path.relative_to(root).as_posix(): BeautifulSoup(path.read_text("utf-8"), "html.parser")
        for path in sorted(root.rglob("*.html"))
        if "_static" not in path.parts
    }


def test_links_and_anchors_resolve(real: Book, site: dict[str, BeautifulSoup]) -> None:
    root = real.site
    names = {page: {tag["id"] for tag in soup.select("[id]")} for page, soup in site.items()}
    dead, seen = [], 0
    for page, soup in site.items():
        links = [tag["href"] for tag in soup.select("a[href]:not([hidden]), link[href]")]
        links += [tag["src"] for tag in soup.select("[src]")]
        for link in map(str, links):
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


def test_the_sitemap_names_all_pages(real: Book) -> None:
    tree = ElementTree.parse(real.site / "sitemap.xml")
    found = {str(place.text) for place in tree.iter() if place.tag.endswith("loc")}
    start = "https://nin-four-ways.github.io/nin-four-ways/"
    assert {f"{start}chapters/{name}.html" for name in PAGES} <= found
    assert all(place.startswith(start) for place in found)


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


@pytest.mark.parametrize(
    ("repository", "where"),
    [
        ("https://github.com/Owner/name.git", "https://owner.github.io/name/"),
        ("https://github.com/o/o.github.io", "https://o.github.io/"),
        ("https://example.org/o/n", ""),
        ("", ""),
    ],
)
def test_the_site_knows_where_it_is_published(repository: str, where: str) -> None:
    assert published_at(repository) == where
