"""What `tools/npm.py` takes from a registry: the locked files, or nothing and one line."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WANTED = {
    "reveal.js": ("LICENSE", "dist/reveal.js", "dist/reveal.css", "dist/reset.css"),
    "onnxruntime-web": ("dist/ort.wasm.bundle.min.mjs", "dist/ort-wasm-simd-threaded.wasm"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a lock of two packages, and a registry of files beside it."""
    rows = {}
    for name, files in WANTED.items():
        archive = tmp_path / f"registry/{name}/-/{name}-1.0.tgz"
        archive.parent.mkdir(parents=True)
        with tarfile.open(archive, "w:gz") as packed:
            for file in ("package.json", "dist/more.js", *files):
                text = json.dumps({"version": "1.0", "file": file}).encode()
                member = tarfile.TarInfo(f"package/{file}")
                member.size = len(text)
                packed.addfile(member, io.BytesIO(text))
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        rows[f"node_modules/{name}"] = {"version": "1.0", "integrity": f"sha512-{digest}"}
    (tmp_path / "package-lock.json").write_text(json.dumps({"packages": rows}))
    return tmp_path


def get(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"npm_config_registry": f"{(folder / 'registry').as_uri()}/"}
    command = [sys.executable, str(ROOT / "tools/npm.py")]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def there(folder: Path) -> set[str]:
    files = (folder / "node_modules").rglob("*")
    return {str(file.relative_to(folder / "node_modules")) for file in files if file.is_file()}


def test_it_takes_what_the_site_needs_and_takes_it_once(folder: Path) -> None:
    assert get(folder).returncode == 0
    wanted = {f"{name}/{file}" for name in WANTED for file in ("package.json", *WANTED[name])}
    assert there(folder) == wanted
    shutil.rmtree(folder / "registry")
    assert get(folder).returncode == 0


def test_another_file_than_the_locked_one_is_refused(folder: Path) -> None:
    archive = folder / "registry/reveal.js/-/reveal.js-1.0.tgz"
    archive.write_bytes(archive.read_bytes() + b"\0")
    done = get(folder)
    assert done.returncode == 1
    assert "not the file whose digest is in package-lock.json" in done.stderr
    assert there(folder) == set()


def test_a_registry_that_is_not_there_is_one_line(folder: Path) -> None:
    shutil.rmtree(folder / "registry")
    done = get(folder)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "npm_config_registry" in done.stderr


def test_the_lock_has_what_it_asks_for() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert set(packages[""]["dependencies"]) == set(WANTED)
