"""What `try` hands to sphinx-autobuild, which is not started here."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from bookbuild.config import read_book
from bookbuild.editions import preview
from bookbuild.page.cells import parse_page


def test_try_in_a_folder_with_a_space(
    root: Path, write_page, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Its command is of one piece, its address is complete, and no logo is made up."""
    write_page("# A page\n", name="das Netz/网络")
    place = root.rename(root.with_name("my book"))
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr("bookbuild.editions.subprocess.run", run)
    book = read_book(place)
    page, build = parse_page(place / "chapters/das Netz/网络.md", book), place / "_build/try"
    assert preview(book, build, page, book.source, 0) == 0
    assert {str(place), str(build)} < set(commands[0])
    (address,) = re.findall(r"http://127\.0\.0\.1:(\d+)/(\S+)", capsys.readouterr().out)
    assert int(address[0]) > 0 and f"--port={address[0]}" in commands[0]
    assert address[1] == "chapters/das%20Netz/%E7%BD%91%E7%BB%9C.html"
    assert f"html_logo = '{place}'" not in (build / "conf.py").read_text(encoding="utf-8")
