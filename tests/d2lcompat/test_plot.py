"""Pictures: curves in a real kernel, one picture kept; images; labels."""

from __future__ import annotations

import base64
import io
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from d2lcompat import plots as _plot
from d2lcompat.animator import Animator
from d2lcompat.training import progress
from d2lcompat.training.history import History
from d2lcompat.utils import Accumulator

TRAINING = """
import numpy, time
from d2lcompat.training import loop
from d2lcompat.training.history import History

def step(X, y):
    time.sleep(0.03)
    return 8.0 / (1 + next(count)), 4.0, 8

import itertools
count = itertools.count()
data = [(numpy.zeros((8, 1, 2, 2)), numpy.zeros(8))] * 20
_ = loop.fit(loop.Task(step, lambda: 0.5), data, 3, History("cpu"))
"""
FEW = TRAINING.replace("* 20", "* 2")  # fewer than five batches
LOOP = """
import time
from d2lcompat.animator import Animator
animator = Animator(xlabel="epoch", xlim=[1, 3], legend=["loss", "acc"])
for x in range(40):
    time.sleep(0.03)
    animator.add(x, (1 / (1 + x), x / 40))
"""
PICTURE = """
from d2lcompat import plots as _plot
_plot.pyplot().plot([1, 2, 3]);
"""


def run_cells(sources: list[str], folder: Path) -> list[list[Any]]:
    """Return the outputs of each cell, run in one kernel."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return [list(cell.outputs) for cell in notebook.cells]


@pytest.fixture(scope="module")
def quietly() -> Iterator[None]:
    """Let the kernel find this package from any folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(_plot.__file__).parents[1]))
        patch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        yield


DRAWN = {"fit": (TRAINING, 1), "few": (FEW, 1), "loop": (LOOP, 0), "pyplot": (PICTURE, 0)}


@pytest.fixture(scope="module")
def twice(quietly: None, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, list[Any]]]:
    """Return the outputs of these cells, from two kernels that have run all of them."""
    folder, sources = tmp_path_factory.mktemp("twice"), [source for source, _ in DRAWN.values()]
    return [dict(zip(DRAWN, run_cells(sources, folder), strict=True)) for _ in range(2)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::DeprecationWarning:jupyter")
@pytest.mark.parametrize("name", DRAWN)
def test_a_notebook_keeps_one_picture_and_its_bytes_are_stable(
    twice: list[dict[str, list[Any]]], name: str
) -> None:
    runs, texts = [outputs[name] for outputs in twice], DRAWN[name][1]
    for outputs in runs:
        pictures = [o for o in outputs if "data" in o]
        assert len(pictures) == 1, outputs
        assert pictures[0].data["image/svg+xml"].count("</svg>") == 1
        image = png_of(pictures[0])
        noted = pictures[0].metadata["image/png"]
        assert (image.width // 2, image.height // 2) == (noted["width"], noted["height"])
        assert image.getextrema() != (0, 0), "nothing is drawn"
        assert all(o.name == "stdout" for o in outputs if "data" not in o), outputs
        assert len(outputs) - len(pictures) == texts
    first, second = ([dict(o.data) for o in outputs if "data" in o] for outputs in runs)
    assert first == second


def png_of(output: Any) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))


COUNTED = """
from d2lcompat import animator, plots
shell = get_ipython()
before = len(shell.events.callbacks["post_run_cell"])
for _ in range(3):
    animator.Animator().add(1, 2)
print(before)
"""


@pytest.mark.usefixtures("quietly")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq", "ignore::DeprecationWarning:jupyter")
def test_cells_leave_no_handlers_and_results_print_nothing(tmp_path: Path) -> None:
    cells = [
        COUNTED,
        "print(len(shell.events.callbacks['post_run_cell']) == before)",
        "import pickle\nclass Net: pass\nnet = Net()\nplots.hide_in_this_cell(net)\n"
        "assert pickle.loads(pickle.dumps(net))\nnet",
        "net",
        "print(len(shell.events.callbacks['post_run_cell']) == before)",
    ]
    outputs = run_cells(cells, tmp_path)
    assert [o.text for o in outputs[1]] == ["True\n"]
    assert outputs[2] == []
    assert "Net at" in outputs[3][0].data["text/plain"]
    assert [o.text for o in outputs[4]] == ["True\n"]


def test_a_preview_is_gone_with_the_next_point() -> None:
    drawn = Animator(legend=["loss", "acc"])
    drawn.preview(0, ())
    drawn.add(1, (0.5, None))
    drawn.preview(1.5, (0.4, None), "8 s left")
    lines = drawn.axes[0].lines
    assert lines[0].get_xydata().tolist() == [[1, 0.5], [1.5, 0.4]]
    assert drawn.axes[0].get_title(loc="right") == "8 s left"
    drawn.add(2, (0.3, None))
    assert lines[0].get_xydata().tolist() == [[1, 0.5], [2, 0.3]]
    assert drawn.axes[0].get_title(loc="right") == ""
    drawn.preview(2.5, (0.2, None))
    drawn.add(3, (None, 0.7))  # of another curve
    assert lines[0].get_xydata().tolist() == [[1, 0.5], [2, 0.3]]


def test_a_slow_epoch_shows_how_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count(0, 2)
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    seen: list[tuple[float, str]] = []
    note = lambda self, x, y, title="": seen.append((x, title))  # noqa: E731
    monkeypatch.setattr(Animator, "preview", note)
    display = progress.Display(10, 2, History("cpu"))
    with display:
        metric = Accumulator(3)
        metric.add(4.0, 2.0, 8)
        display.batch(0, 0, metric)  # a tenth of an epoch
    assert seen[0] == (0, "")
    assert seen[1][0] == pytest.approx(0.1)
    assert seen[1][1].endswith("s left")


def test_a_script_shows_and_saves_the_curves(tmp_path: Path) -> None:
    from matplotlib import pyplot

    drawn = Animator(legend=["loss"])
    drawn.add(1, 0.5)
    drawn.add(2, 0.25)
    assert pyplot.gcf() is drawn.fig
    blank = tmp_path / "blank.png"
    pyplot.figure(figsize=drawn.fig.get_size_inches()).savefig(blank)
    drawn.fig.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 3 * blank.stat().st_size


def test_many_trainings_in_a_script_are_no_warning() -> None:
    for _ in range(25):
        Animator().add(1, 1)


def test_one_epoch_has_an_axis_of_its_own() -> None:
    drawn = Animator(xlim=[1, 1])
    drawn.add(1, 0.5)
    assert drawn.axes[0].get_xlim()[0] < 1 < drawn.axes[0].get_xlim()[1]


def animator(**settings: Any) -> Animator:
    drawn = Animator(**settings)
    drawn.add(0.5, (2.0, 0.5, None))
    drawn.add(1, (1.0, None, 0.25))
    drawn.flush()
    return drawn


def test_animator_draws_curves_without_a_notebook() -> None:
    drawn = animator(xlabel="epoch", legend=["loss", "acc", "test"], ylim=[0, 3], yscale="linear")
    ax = drawn.axes[0]
    assert [line.get_xydata().tolist() for line in ax.lines] == [
        [[0.5, 2.0], [1.0, 1.0]], [[0.5, 0.5]], [[1.0, 0.25]],
    ]  # fmt: skip
    assert (ax.get_xlabel(), ax.get_ylim()) == ("epoch", (0.0, 3.0))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["loss", "acc", "test"]


def test_animator_takes_one_number_and_more_curves_than_formats() -> None:
    drawn = Animator(figsize=(4, 2), nrows=1, ncols=2)
    drawn.add(1, 0.5)
    drawn.add([1, 2, 3, 4, 5, 6], [0.1] * 6)
    drawn.flush()
    assert [len(line.get_xdata()) for line in drawn.axes[0].lines] == [2, 1, 1, 1, 1, 1]
    assert (len(drawn.axes), drawn.fig.get_size_inches().tolist()) == (2, [4, 2])


def test_a_point_for_each_value() -> None:
    with pytest.raises(ValueError, match="zip"):
        Animator().add([1, 2], [1, 2, 3])


@pytest.mark.parametrize(
    "shape",
    [(3, 5, 7), (3, 1, 5, 7), (3, 5, 7, 1), (3, 5, 7, 3), (3, 3, 5, 7), (3, 1, 7), (3, 1, 1, 7)],
)
def test_show_images(shape: tuple[int, ...]) -> None:
    images = np.random.default_rng(0).random(shape)
    axes = _plot.show_images(images, 2, 2, titles=list("abc"), scale=2)
    assert len(axes) == 4
    assert [ax.get_title() for ax in axes] == ["a", "b", "c", ""]
    for ax, image in zip(axes, images, strict=False):
        expected = np.moveaxis(image, 0, -1) if shape == (3, 3, 5, 7) else np.squeeze(image)
        shown = np.asarray(ax.images[0].get_array())
        assert_array_equal(np.squeeze(shown), expected)
        assert shown.ndim in (2, 3)
    assert not any(ax.axison for ax in axes)
    assert axes[0].figure.get_size_inches().tolist() == [4, 4]


def test_labels_by_name() -> None:
    assert _plot.get_fashion_mnist_labels(range(10)) == [
        "t-shirt", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ]  # fmt: skip


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_that_is_none(label: int) -> None:
    with pytest.raises(ValueError, match=f"lies between 0 and 9, not {label}"):
        _plot.get_fashion_mnist_labels([0, label])


def test_the_size_of_figures() -> None:
    plt = _plot.pyplot()
    _plot.set_figsize((5, 4))
    assert plt.figure().get_size_inches().tolist() == [5, 4]
    _plot.set_figsize()
    assert plt.figure().get_size_inches().tolist() == [3.5, 2.5]
