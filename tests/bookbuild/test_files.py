"""Files are written whole or not at all, and digests are of what they hold."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from bookbuild.config import BookError
from bookbuild.files import digest, write_whole


def test_a_file_is_written_and_then_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new/[a].txt"
    assert write_whole(path, b"one")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert not write_whole(path, b"one")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["[a].txt"]


def test_no_reader_meets_half_of_it(tmp_path: Path) -> None:
    path, whole = tmp_path / "a", [bytes([n]) * 400_000 for n in range(2)]
    write_whole(path, whole[0])
    writer = threading.Thread(
        target=lambda: [write_whole(path, whole[n % 2]) for n in range(1, 30)]
    )
    writer.start()
    while writer.is_alive():
        assert path.read_bytes() in whole
    writer.join()


def fail(*arguments: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_cannot_be_written_stays_as_it_was(
    tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_whole(path, b"one")
    monkeypatch.setattr(Path if step == "replace" else os, step, fail)
    with pytest.raises(BookError, match=f"^{path}: cannot be written: No space left on device$"):
        write_whole(path, b"two")
    assert path.read_bytes() == b"one"
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_what_is_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(BookError, match="folder: cannot be written: Is a directory"):
        write_whole(tmp_path / "folder", b"")
    with pytest.raises(BookError, match="file/a: cannot be written: "):
        write_whole(tmp_path / "file/a", b"")
    with pytest.raises(BookError, match="cannot be written: File name too long"):
        write_whole(tmp_path / ("a" * 300), b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    found = [digest(tmp_path / "a")]
    for name, text in (("x", "1"), ("x", "2"), ("b/x", "2"), ("c.pyc", "3")):
        (tmp_path / "a" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "a" / name).write_text(text)
        found.append(digest(tmp_path / "a"))
    assert len(set(found)) == 4
    assert found[-1] == found[-2]  # Python's own
    assert digest(tmp_path / "a/x") == digest(tmp_path / "a/b/x")  # where they lie is all one
