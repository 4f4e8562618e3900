"""One notebook is run: what is stored of it, and how a failure is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from importlib.metadata import version

import pytest
from nbformat import NotebookNode
from small import KEYS, cell, group

from bookbuild.cli import main
from bookbuild.config import Book
from bookbuild.execute import execute, processor, run_one
from bookbuild.execute.kernels import RunError, Setting
from bookbuild.notebook import make_notebook, to_text
from bookbuild.page import Page

pytestmark = pytest.mark.slow
MakePage = Callable[..., Page]
HEAD = """\
---
file_format: mystnb
book:
  small: {lr: 0.5, name: small}
  small_examples: 7
---
"""


def run(page: Page, **setting: object) -> NotebookNode:
    return execute(page, "ant", make_notebook(page, "ant"), Setting(**setting))  # type: ignore[arg-type]


def code(*cells: str) -> str:
    return "\n".join(map(cell, cells))


def texts(notebook: NotebookNode) -> list[str]:
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]


DRAW = """\
from IPython.display import SVG, display
handle = display(SVG('<svg xmlns="http://www.w3.org/2000/svg" id="one"/>'), display_id=True)
print("a")
for name in ("two", "three"):
    handle.update(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}"/>'))
print("b")
"""
BAR = "for i in range(4):\n    print(f'\\r{i}/3', end='', flush=True)\nprint(' done')"


def test_outputs_counts_and_metadata(page: MakePage, book: Book) -> None:
    (book.root / "helper.py").write_text("value = 3")
    expected = cell("1 / 0", "raises-exception")
    tiny = page(code(
        "a = 1\nprint(a)", "a + 2", "print({'a', 'b', 'c'})", DRAW, BAR,
        "import helper; print(helper.value)", "open('left', 'w').close()",
    ) + expected)  # fmt: skip
    fresh = make_notebook(tiny, "ant")
    before = to_text(fresh)
    done = execute(tiny, "ant", fresh, Setting())
    assert to_text(fresh) == before
    assert [cell.execution_count for cell in done.cells] == [*range(1, 10)]
    assert [texts(done)[i] for i in (0, 1, 5, 6, 7)] == ["", "1\n", "3/3 done\n", "3\n", ""]
    assert done.cells[2].outputs[0].data == {"text/plain": "3"}
    drawn, told = done.cells[4].outputs
    assert 'id="three"' in drawn.data["image/svg+xml"]
    assert told.text == "a\nb\n"
    assert done.cells[8].outputs[0].ename == "ZeroDivisionError"
    assert list(book.root.rglob("left")) == []  # it works elsewhere
    note = done.metadata["book"]
    assert set(note) - set(fresh.metadata["book"]) == {
        "version", "date", "processor", "seconds", "setting",
    }  # fmt: skip
    assert note["setting"] == "full"
    assert note["version"] == version("pyyaml")  # this page does not import it
    assert note["seconds"] > 0
    assert abs((date.fromisoformat(note["date"]) - date.today()).days) <= 1
    assert note["processor"] == processor()
    again = run(tiny)
    again.metadata["book"]["seconds"] = note["seconds"]
    assert to_text(again) == to_text(done)


def test_the_version_is_that_of_the_imported_framework(page: MakePage) -> None:
    fake = "import sys, types\nsys.modules['yaml'] = types.SimpleNamespace(__version__='9.8')"
    assert run(page(code(fake))).metadata["book"]["version"] == "9.8"


def test_files_of_the_page_are_in_the_working_folder(page: MakePage) -> None:
    folder = page("").path.parent
    (folder / "data.txt").write_text("seven")
    (folder.parent / "第 1 章").mkdir()
    (folder.parent / "第 1 章/more.txt").write_text("eight")
    head = "---\nfile_format: mystnb\nbook:\n  files: [data.txt, ../第 1 章/more.txt]\n---\n"
    read = "print(open('data.txt').read(), open('../第 1 章/more.txt').read())"
    done = run(page(code(read, "open('data.txt', 'w').close()"), head=head))
    assert texts(done)[1] == "seven eight\n"
    assert (folder / "data.txt").read_text() == "seven"


def test_the_small_setting_injects_values_and_caps_the_data(page: MakePage) -> None:
    show = "import os\nprint(lr, name, os.environ.get('TOY_EXAMPLES'))"
    tiny = page(cell("lr = 9\nname = 'big'", "parameters") + code(show), head=HEAD)
    small = run(tiny, small=True)
    assert [c.id for c in small.cells] == ["setup", "cell-0", "injected-parameters", "cell-1"]
    assert small.cells[2].source == "lr = 0.5\nname = 'small'"
    assert texts(small)[-1] == "0.5 small 7\n"
    assert small.metadata["book"]["setting"] == "small"
    assert texts(run(tiny))[-1] == "9 big None\n"


FAILING = {
    "error": ("x = 1\n1 / 0", "raised ZeroDivisionError: division by zero"),
    "stderr": ("import sys\nprint('no\\nise', file=sys.stderr)", "writes to stderr: no ise"),
    "C stderr": ("import os; os.system('echo low >&2');", "writes to stderr: low"),
    "path": ("import os\nprint(os.getcwd())", "shows a path of a machine"),
    "environment": ("import sys\nprint(sys.prefix + '/x')", "shows a path of a machine"),
    "book": ("print(__import__('os').environ['PYTHONPATH'])", "shows a path of a machine"),
    "address": ("object()", "shows a memory address .*end the cell's last line with `;`"),
    "html": ("from IPython.display import HTML\nHTML('<b>a</b>')", "shows nothing but text/html"),
}


@pytest.mark.parametrize(("source", "message"), FAILING.values(), ids=FAILING)
def test_a_failure_names_page_line_notebook_and_cell(
    page: MakePage, source: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would not watch the C streams
    tiny = page("\n" + code("pass", source))
    with pytest.raises(RunError, match=message) as caught:
        run(tiny)
    assert str(caught.value).startswith(f"{tiny.path}:11: ant.ipynb, cell-1 ")
    assert "\n" not in str(caught.value)


def test_a_cell_has_its_time(page: MakePage) -> None:
    tiny = page(code("import time; time.sleep(600)"))
    notebook = make_notebook(tiny, "ant")
    del notebook.cells[0]  # which takes its time on a machine that is busy
    with pytest.raises(RunError, match="cell-0 took longer than 1 s"):
        execute(tiny, "ant", notebook, Setting(timeout=1))


def test_a_notebook_is_stored_when_it_is_done(page: MakePage, capsys) -> None:
    tiny = page(group("print(7)").replace("print(7)", "1 / 0", 1))
    for key in ("ant", "bee"):
        path = tiny.path.parent / f"stored/{key}.ipynb"
        said = run_one(tiny, key, make_notebook(tiny, key), Setting(), path)
        assert path.exists() == (said == "")
    assert re.fullmatch(r"tiny/bee: done in \d+ s\n", capsys.readouterr().out)


WAIT = """\
import pathlib, time
folder = pathlib.Path({folder!r})
(folder / '{}').touch()
until = time.monotonic() + 300
while len(list(folder.iterdir())) < 2:
    assert time.monotonic() < until, "alone"
    time.sleep(0.05)
"""


def test_several_run_at_the_same_time_and_go_on_after_a_failure(
    page: MakePage, book: Book, capfd
) -> None:
    """The first two wait for each other; the second fails then."""
    met = book.root / "met"
    met.mkdir()
    tiny = page(group(WAIT.replace("{folder!r}", repr(str(met))))
                + group("pass").replace("\npass", "\n1 / 0", 1))  # fmt: skip
    out = book.root / "out"
    assert main(["test-run", "--jobs", "2", "--out", str(out)]) == 1
    told = capfd.readouterr().err
    assert told.count("\n") == 1
    assert f"{tiny.path}:" in told
    assert "ant.ipynb, cell-3 raised ZeroDivisionError" in told
    assert sorted(path.stem for path in (out / "tiny").iterdir()) == list(KEYS[1:])
    assert [path.name for path in tiny.path.parent.iterdir()] == ["index.md"]


def test_the_processor_names_cores() -> None:
    assert re.search(r", ([2-9]|[1-9]\d+) cores$|, 1 core$", processor())
