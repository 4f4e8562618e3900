"""What runs at GitHub: actions that cannot change under us, no right that is not needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def load(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_rights_are_few(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert "timeout-minutes" in job, name
        assert "write-all" not in str(job["permissions"])
        rights = [right for right, level in job["permissions"].items() if level == "write"]
        steps = job["steps"]
        # What may write runs none of our code.
        assert not rights or not any("make " in step.get("run", "") for step in steps), name
        for step in steps:
            if "uses" in step:
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
    for line in path.read_text(encoding="utf-8").splitlines():
        assert "- uses: " not in line or re.search(r"# v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_what_they_call_is_there(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = [s["run"] for job in load(path)["jobs"].values() for s in job["steps"] if "run" in s]
    assert runs or path.stem == "deploy"
    for target in re.findall(r"^make (\w+)", "\n".join(runs), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for script in re.findall(r"(?<![\w/])(?:\.ci/\w+|tests/\S+\.py)", "\n".join(runs)):
        assert (ROOT / script).exists(), script


def test_the_one_address_is_in_the_settings() -> None:
    settings = load(ROOT / "_config.yml")
    assert settings["repository"]["url"].startswith("https://github.com/")
    address = settings["repository"]["url"].removeprefix("https://")
    inside = [*ROOT.glob("bookbuild/**/*.py"), *ROOT.glob("d2lcompat/**/*.py"), *WORKFLOWS]
    inside += ROOT.glob("chapters/**/*.md")
    # An example in a docstring may name it; nothing may be made from it.
    assert [path for path in inside if address in path.read_text(encoding="utf-8")] == []
