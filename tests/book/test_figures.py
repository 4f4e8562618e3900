"""Figures that are stored: an untrusted notebook shows them too, and they are small."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import nbformat
import pytest
from PIL import Image

NOTEBOOKS = sorted((Path(__file__).parents[2] / "chapters").glob("*/*.ipynb"))
WITH_FIGURES = 20
LARGEST = 200_000  # bytes


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_figure_has_a_png_legible_at_twice_its_size(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    outputs = [o for c in notebook.cells for o in c.get("outputs", []) if "data" in o]
    figures = [o for o in outputs if any(kind.startswith("image/") for kind in o.data)]
    for figure in figures:
        raw = base64.b64decode(figure.data["image/png"])
        image, noted = Image.open(io.BytesIO(raw)), figure.metadata["image/png"]
        assert (image.width // 2, image.height // 2) == (noted["width"], noted["height"])
        assert len(raw) <= LARGEST


def test_there_are_figures() -> None:
    texts = [path.read_text(encoding="utf-8") for path in NOTEBOOKS]
    assert sum('"image/png"' in text for text in texts) == WITH_FIGURES
