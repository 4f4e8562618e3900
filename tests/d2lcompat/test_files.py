"""A file is replaced as a whole, or left as it was."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from d2lcompat.files import ABANDONED, remove_drafts, write_whole


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"a first, longer content", b"a second"):
        write_whole(path, content)
        assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"afterwards")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_is_on_the_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, done = tmp_path / "file", []
    sync, replace = os.fsync, Path.replace

    def syncing(file: int) -> None:
        done.append("folder" if os.path.samestat(os.fstat(file), tmp_path.stat()) else "content")
        sync(file)

    def replacing(draft: Path, target: Path) -> Path:
        done.append("name")
        return replace(draft, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    write_whole(path, b"content")
    assert done == ["content", "name", "folder"]


def test_old_drafts_go_and_others_stay(tmp_path: Path) -> None:
    old, new, other = (tmp_path / f".file.{letter * 32}" for letter in "abx")
    for path in (old, new, other, tmp_path / "file"):
        path.write_bytes(b"half")
        if path != new:
            past = time.time() - ABANDONED - 1
            os.utime(path, (past, past))
    remove_drafts(tmp_path / "file")
    assert set(tmp_path.iterdir()) == {new, other, tmp_path / "file"}


def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    mine, other = tmp_path / f".run[1].st.{'a' * 32}", tmp_path / f".run1.st.{'a' * 32}"
    past = time.time() - ABANDONED - 1
    for path in (mine, other):
        path.write_bytes(b"half")
        os.utime(path, (past, past))
    remove_drafts(tmp_path / "run[1].st")
    assert list(tmp_path.iterdir()) == [other]
