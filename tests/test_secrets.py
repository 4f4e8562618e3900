"""Nothing that is stored tells a secret, or whose machine it was made on."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(ROOT.glob("chapters/*/*.ipynb"))
SECRETS = {
    "a key of AWS": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})\b",
    "a token of Hugging Face": r"\bhf_[A-Za-z0-9]{30,}\b",
    "a key of Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a secret key": r"\bsk-[A-Za-z0-9_-]{20,}\b",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a password in an address": r"\b[a-z]+://[^\s/:@]+:[^\s/@$][^\s/@]*@",
    "a bearer token": r"\b[Bb]earer [A-Za-z0-9._~+/-]{20,}",
    "a folder of somebody's": r"(?<![\w.~])/(home|Users|root|work|tmp)/[\w.-]+|[A-Z]:\\\\?Users\\",
    "an address on a network of somebody's": r"\b(10|192\.168)(\.\d{1,3}){2,3}\b(?!\.)",
    "an address of somebody's mail": r"(?<![\w.+:$-])[\w.+-]+@[\w-]+\.(com|org|net|edu|io)\b",
}
KNOWN = {  # each would be found
    "a key of AWS": "AKIA" + "A" * 16,
    "a token of GitHub": "ghp_" + "a1" * 18,
    "a token of Hugging Face": "hf_" + "a1" * 17,
    "a key of Google": "AIza" + "b" * 35,
    "a token of Slack": "xoxb-" + "1" * 12,
    "a secret key": "sk-" + "a" * 24,
    "a private key": "-----BEGIN RSA PRIVATE KEY-----",
    "a password in an address": "https://me:word@example.org",
    "a bearer token": "Bearer " + "a" * 24,
    "a folder of somebody's": "File /home/ada/nin.py",
    "an address on a network of somebody's": "at 192.168.1.7 now",
    "an address of somebody's mail": "ada@example.org",
}


def secrets(text: str) -> list[str]:
    found = {name: re.search(pattern, text) for name, pattern in SECRETS.items()}
    return [f"{name}: {match[0]}" for name, match in found.items() if match]


def texts(path: Path) -> str:
    """Return what a notebook says, without its pictures, whose bytes spell anything."""
    notebook = nbformat.read(path, as_version=4)
    parts = [repr(notebook.metadata)]
    for cell in notebook.cells:
        parts += [re.sub(r"base64,[\w+/=]+", "", cell.source), repr(cell.metadata)]
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            parts += [str(value) for kind, value in data.items() if kind.startswith("text/")]
            parts += [output.get("text", ""), *output.get("traceback", ())]
    return "\n".join(parts)


@pytest.mark.parametrize("name", SECRETS)
def test_each_would_be_found(name: str) -> None:
    assert secrets(KNOWN[name]) == [f"{name}: {re.search(SECRETS[name], KNOWN[name])[0]}"]  # type: ignore[index]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_notebook_tells_any(path: Path) -> None:
    assert secrets(texts(path)) == []


@pytest.mark.parametrize("kind", ["chapters/**/*.md", "locales/**/*.po", ".github/**/*.yml"])
def test_no_source_tells_any(kind: str) -> None:
    paths = sorted(ROOT.glob(kind))
    assert paths
    told = {str(path): secrets(path.read_text(encoding="utf-8")) for path in paths}
    assert {path: found for path, found in told.items() if found} == {}
