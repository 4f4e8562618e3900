"""What readers can try on the NiN page: the calculator of shapes, and the trained network."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from browsing import Reader
from PIL import Image
from playwright.sync_api import Locator, expect
from toybook import ROOT

from book.onnx import export
from book.widgets import words
from d2lcompat.data.fashion_mnist import fashion_mnist
from d2lcompat.data.resize import resize
from d2lcompat.plots import get_fashion_mnist_labels

NIN = ROOT / "chapters/nin"
STATIC = ROOT / "book/static"
PER_CLASS = 2


def sample_places() -> np.ndarray:
    """Return where the sample images are in the test set: the first two of each class."""
    labels = fashion_mnist()[1].labels
    return np.concatenate([np.flatnonzero(labels == i)[:PER_CLASS] for i in range(10)])


def printed(key: str, code: str) -> str:
    """Return what the stored NiN notebook printed under the first cell with this code."""
    notebook = nbformat.read(NIN / f"{key}.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if c.cell_type == "code" and code in c.source)
    return "".join(output.get("text", "") for output in cell.outputs)


class TestShapes:
    def field(self, reader: Reader, name: str) -> Locator:
        return reader.page.get_by_label(name, exact=True)

    def outputs(self, reader: Reader) -> list[str]:
        rows = reader.page.locator(".nin-shapes tbody tr")
        return rows.locator("td:nth-last-child(3)").all_inner_texts()

    def total(self, reader: Reader) -> str:
        return reader.page.locator(".nin-shapes-total").inner_text()

    def test_it_begins_with_what_the_notebook_found(self, reader: Reader) -> None:
        reader.open("nin/index")
        lines = printed("torch", "shape_trace").splitlines()
        trace = "\n".join(x for x in lines if not x.startswith(("Dropout", "Flatten")))
        shapes = re.findall(r"\((\d+), (\d+), (\d+), (\d+)\)", trace)
        expected = [" × ".join(shape[1:]) for shape in shapes]
        assert self.outputs(reader) == ["1 × 224 × 224", *expected]
        parameters = re.search(r"([\d,]+) parameters", printed("torch", "model.parameters()"))
        assert parameters is not None
        assert self.total(reader).startswith(parameters[0])

    def test_a_change_is_carried_on(self, reader: Reader) -> None:
        reader.open("nin/index")
        self.field(reader, "image: height and width").fill("96")
        assert self.outputs(reader)[-2:] == ["10 × 1 × 1", "10 × 1 × 1"]
        self.field(reader, "block 1: stride").fill("2")
        assert self.outputs(reader)[1] == "96 × 43 × 43"

    def test_the_impossible_is_said(self, reader: Reader) -> None:
        reader.open("nin/index")
        self.field(reader, "image: height and width").fill("48")
        assert "no pixel left" in self.outputs(reader)
        assert self.total(reader) == "This network cannot be built."
        self.field(reader, "image: height and width").fill("")
        assert "not a whole number" in self.outputs(reader)
        reader.page.get_by_role("button", name="Back to NiN").click()
        assert self.total(reader).startswith("1,992,166")


class TestNetwork:
    def ask(self, reader: Reader, i: int) -> np.ndarray:
        """Click a sample, and return the logits."""
        place = reader.page.locator(".nin-try")
        place.evaluate("place => delete place.dataset.logits")
        place.locator(".nin-try-samples button").nth(i).click()
        expect(place).to_have_attribute("data-logits", re.compile("."))
        return np.array(json.loads(place.get_attribute("data-logits") or ""))

    def load(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        assert not [url for url in reader.requests if "nin-try/" in url]
        page.get_by_role("button", name="Load the network").click()
        expect(page.locator(".nin-try-samples button")).to_have_count(
            10 * PER_CLASS, timeout=60_000
        )

    def test_it_computes_what_the_frameworks_compute(self, reader: Reader) -> None:
        self.load(reader)
        precise = np.load(NIN / "logits.npy")[sample_places()]
        for i in (0, 7, 13, 15, 19):
            assert abs(self.ask(reader, i) - precise[i]).max() < 1e-4
        best = reader.page.locator(".nin-try-best th").inner_text()
        assert best == get_fashion_mnist_labels([precise[19].argmax()])[0]

    def test_a_drawing_and_a_picture_are_answered(self, reader: Reader, tmp_path: Path) -> None:
        self.load(reader)
        board = reader.page.locator(".nin-try-board")
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        assert box is not None
        mouse = reader.page.mouse
        mouse.move(box["x"] + 40, box["y"] + 20)
        mouse.down()
        mouse.move(box["x"] + 60, box["y"] + 150, steps=5)
        mouse.up()
        expect(reader.page.locator(".nin-try-answer")).to_be_visible()
        image = fashion_mnist()[1].images[1]  # a pullover, as a dark picture on white
        Image.fromarray(255 - image).resize((280, 280)).save(tmp_path / "pullover.png")
        reader.page.locator(".nin-try input[type=file]").set_input_files(tmp_path / "pullover.png")
        expect(reader.page.locator(".nin-try-status")).to_have_text("The network sees: pullover")
        (tmp_path / "broken.png").write_bytes(b"no picture")
        reader.page.locator(".nin-try input[type=file]").set_input_files(tmp_path / "broken.png")
        expect(reader.page.locator(".nin-try-status")).to_contain_text("not a picture")

    def test_without_a_server_it_says_why(self, browser_file: Reader) -> None:
        page = browser_file.open("nin/index")
        page.get_by_role("button", name="Load the network").click()
        expect(page.locator(".nin-try-status")).to_contain_text("only from a server")
        browser_file.complaints.clear()  # the browser explains it too


def test_samples_are_test_images() -> None:
    sheet = np.asarray(Image.open(STATIC / "nin-samples.png"))
    images = fashion_mnist()[1].images[sample_places()]
    assert (np.hstack(list(images)) == sheet).all()


def test_onnx_runtime_agrees_with_the_frameworks(tmp_path: Path) -> None:
    import onnxruntime

    export(NIN / "nin.safetensors", tmp_path / "nin.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "nin.onnx")
    images = resize(fashion_mnist()[1].images[:64], (224, 224))[:, None]
    logits, maps = session.run(["logits", "maps"], {"images": images})
    assert abs(logits - np.load(NIN / "logits.npy")[:64]).max() < 1e-4
    assert maps.shape == (64, 10, 5, 5)
    assert abs(maps.mean(axis=(2, 3)) - logits).max() < 1e-4


@pytest.mark.parametrize(
    ("lines", "problem"),
    [(["title"], "key: words"), (["title: a", "title: b"], "two lines"), (["a: b"], "`title`")],
)
def test_words_that_cannot_be_shown_are_refused(lines: list[str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        words(lines)
