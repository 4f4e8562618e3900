"""Get what the site takes from npm, by the digests of package-lock.json: `make book` runs this."""

import base64
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import urllib.request
from pathlib import Path

FILES = {
    "reveal.js": ("LICENSE", "dist/reveal.js", "dist/reveal.css", "dist/reset.css"),
    "onnxruntime-web": ("dist/ort.wasm.bundle.min.mjs", "dist/ort-wasm-simd-threaded.wasm"),
}
REGISTRY = os.environ.get("npm_config_registry", "https://registry.npmjs.org").rstrip("/")


def get(name: str, version: str, integrity: str) -> None:
    """Fill a package's folder, unless it is filled; `OSError` says why it cannot be."""
    folder, part = Path("node_modules", name), Path("node_modules", f".{name}-{os.getpid()}")
    about = folder / "package.json"
    if about.exists() and json.loads(about.read_bytes())["version"] == version:
        return
    with urllib.request.urlopen(f"{REGISTRY}/{name}/-/{name}-{version}.tgz", timeout=60) as answer:
        packed = answer.read()
    if integrity != f"sha512-{base64.b64encode(hashlib.sha512(packed).digest()).decode()}":
        raise OSError("not the file whose digest is in package-lock.json")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for file in ("package.json", *FILES[name]):
            found = archive.extractfile(f"package/{file}") or io.BytesIO()
            (part / file).parent.mkdir(parents=True, exist_ok=True)
            (part / file).write_bytes(found.read())
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


for package in FILES:
    row = json.loads(Path("package-lock.json").read_bytes())["packages"][f"node_modules/{package}"]
    try:
        get(package, row["version"], row["integrity"])
    except OSError as error:
        hint = "set https_proxy or npm_config_registry, or run `npm ci --omit=dev --ignore-scripts`"
        sys.exit(f"{package} {row['version']} is not to be had from {REGISTRY}: {error}: {hint}")
