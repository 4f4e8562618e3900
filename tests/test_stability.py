"""The table of ten seeds is whole, and was made with the settings that the NiN page shows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from book.definitions import keywords, parameters
from bookbuild.config import read_book
from bookbuild.page.cells import parse_page
from d2lcompat import FRAMEWORKS

CHAPTERS = Path(__file__).parents[1] / "chapters"


@pytest.fixture(scope="module")
def runs() -> list[dict[str, str]]:
    """Return the rows of the table."""
    with (CHAPTERS / "parity" / "stability.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """Return the page's parameters, and the keywords of its first call of `train_ch6`."""
    page = parse_page(CHAPTERS / "nin" / "index.md", read_book(CHAPTERS))
    return parameters(page) | keywords(page, "d2l.train_ch6")


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_ten_seeds_once_each(key: str, runs: list[dict[str, str]]) -> None:
    assert sorted(int(run["seed"]) for run in runs if run["framework"] == key) == list(range(10))


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_none_stalls(key: str, runs: list[dict[str, str]]) -> None:
    own = [run for run in runs if run["framework"] == key]
    assert max(float(run["loss"]) for run in own) < 2.2
    assert {run["never"] for run in own} == {"0"}


@pytest.mark.parametrize("name", ["resize", "batch_size", "lr", "init", "gain", "head_bias"])
def test_settings_are_the_pages(
    name: str, runs: list[dict[str, str]], settings: dict[str, Any]
) -> None:
    assert {run[name] for run in runs} == {str(settings[name])}


def test_the_rest_of_the_call_is_what_the_runs_were_made_with(settings: dict[str, Any]) -> None:
    assert settings["optimizer"] == "adam"  # the table has no column for it
