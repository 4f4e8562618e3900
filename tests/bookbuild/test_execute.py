from __future__ import annotations

import os
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output

from bookbuild.execute.execute import RunError, Setting, execute, processor
from bookbuild.notebook.make import make_notebook, parse_page, to_text
from bookbuild.notebook.outputs import problems, shorten, tidy

HEAD = """\
---
file_format: mystnb
book:
  small: {lr: 0.5, name: small}
  small_examples: 7
---
"""


def run(path: Path, setting: Setting | None = None):
    page = parse_page(path)
    return execute(page, "torch", make_notebook(page, "torch"), setting or Setting())


def stream(text: str, name: str = "stdout"):
    return new_output("stream", name=name, text=text)


def code(*cells: str) -> str:
    return "\n".join(f"```{{code-cell}}\n{cell}\n```\n" for cell in cells)


def texts(notebook) -> list[str]:
    return ["".join(o.text for o in cell.outputs) for cell in notebook.cells if "outputs" in cell]


def test_outputs_counts_and_metadata(write_page) -> None:
    path = write_page("Text\n\n" + code("a = 1\nprint(a)", "print(a + 1)", "a + 2"))
    done = run(path)
    assert [cell.execution_count for cell in done.cells if "outputs" in cell] == [1, 2, 3, 4]
    assert [o.get("text") for cell in done.cells[2:4] for o in cell.outputs] == ["1\n", "2\n"]
    assert done.cells[4].outputs[0].data == {"text/plain": "3"}
    told = done.metadata["nin_book"]
    assert set(told) == {
        *("page", "framework", "digest"),
        *("version", "date", "processor", "seconds", "setting"),
    }
    assert told["setting"] == "full"
    assert told["version"] == version("torch")  # this page imports no framework
    assert told["seconds"] > 0
    assert abs((date.fromisoformat(told["date"]) - date.today()).days) <= 1
    assert told["processor"] == processor()


def test_two_runs_give_the_same_bytes_but_for_the_time(write_page) -> None:
    path = write_page(code("print({'a', 'b', 'c'})", "display(1)"))
    first, second = run(path), run(path)
    for done in (first, second):
        done.metadata["nin_book"]["seconds"] = 0
    assert to_text(first) == to_text(second)


def test_version_is_that_of_the_imported_framework(write_page) -> None:
    fake = "import sys, types\nsys.modules['torch'] = types.SimpleNamespace(__version__='9.8')"
    assert run(write_page(code(fake))).metadata["nin_book"]["version"] == "9.8"


def test_checkout_is_importable_and_working_folder_is_not_it(write_page, book: Path) -> None:
    (book / "helper.py").write_text("value = 3")
    path = write_page(code("import helper; print(helper.value)", "open('left', 'w').close()"))
    assert texts(run(path))[1:] == ["3\n", ""]
    assert sorted(file.name for file in book.rglob("left")) == []


def test_files_of_the_page_are_in_the_working_folder(write_page) -> None:
    head = HEAD.replace("  small_examples: 7", "  files: [data.txt, ../other/more.txt]").replace(
        "  small: {lr: 0.5, name: small}\n", ""
    )
    folder = write_page("").parent
    (folder / "data.txt").write_text("seven")
    (folder.parent / "other").mkdir()
    (folder.parent / "other/more.txt").write_text("eight")
    path = write_page(
        code(
            "print(open('data.txt').read(), open('../other/more.txt').read())",
            "open('data.txt', 'w').close()",
        ),
        head=head,
    )
    assert texts(run(path))[1] == "seven eight\n"
    assert (path.parent / "data.txt").read_text() == "seven"


def test_small_setting_injects_values_and_caps_the_data(write_page) -> None:
    cell = "```{code-cell}\n:tags: [parameters]\nlr = 9\nname = 'big'\n```\n"
    show = "import os\nprint(lr, name, os.environ.get('D2LCOMPAT_MAX_EXAMPLES'))"
    path = write_page(cell + code(show), head=HEAD)
    small = run(path, Setting(small=True))
    assert [c.id for c in small.cells] == ["setup", "cell-0", "injected-parameters", "cell-1"]
    assert small.cells[2].source == "lr = 0.5\nname = 'small'"
    assert texts(small)[-1] == "0.5 small 7\n"
    assert small.metadata["nin_book"]["setting"] == "small"
    assert texts(run(path))[-1] == "9 big None\n"


def test_updated_display_keeps_its_last_state(write_page) -> None:
    draw = """\
from IPython.display import SVG, display
handle = display(SVG('<svg xmlns="http://www.w3.org/2000/svg" id="one"/>'), display_id=True)
print("a")
for name in ("two", "three"):
    handle.update(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}"/>'))
print("b")
"""
    outputs = run(write_page(code(draw))).cells[1].outputs
    assert [output.output_type for output in outputs] == ["display_data", "stream"]
    assert 'id="three"' in outputs[0].data["image/svg+xml"]
    assert outputs[1].text == "a\nb\n"


FAILING = {
    "error": ("x = 1\n1 / 0", r"raised ZeroDivisionError: division by zero"),
    "stderr": ("import sys\nprint('no\\nise', file=sys.stderr)", "writes to stderr: no ise"),
    "warning": ("import warnings\nwarnings.warn('beware')", "writes to stderr: .*beware"),
    "C stderr": ("import os; os.system('echo low >&2');", "writes to stderr: low"),
    "path": ("import os\nprint(os.getcwd())", "shows a path of this machine"),
    "home": ("from pathlib import Path\nprint(Path.home() / 'x')", "shows a path"),
    "address": ("object()", "shows a memory address .*end the cell's last line with `;`"),
    "death": ("import os\nos._exit(1)", "ended its kernel"),
}


@pytest.mark.parametrize(("source", "message"), FAILING.values(), ids=FAILING)
def test_failure_names_page_line_notebook_and_cell(
    write_page, source: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would not watch the C streams
    path = write_page("\n" + code("pass", source))
    with pytest.raises(RunError, match=message) as caught:
        run(path)
    assert str(caught.value).startswith(f"{path}:11: torch.ipynb, cell-1 ")
    assert "\n" not in str(caught.value)


def test_timeout(write_page) -> None:
    path = write_page(code("import time; time.sleep(60)"))
    with pytest.raises(RunError, match="cell-0 took longer than 3 s"):
        run(path, Setting(timeout=3))  # the setup cell must be done in the same time


def test_expected_error_is_stored(write_page) -> None:
    path = write_page("```{code-cell}\n:tags: [raises-exception]\n1 / 0\n```\n")
    assert run(path).cells[1].outputs[0].ename == "ZeroDivisionError"


def test_tidy_merges_neighbouring_streams_only() -> None:
    cell = new_code_cell(outputs=[stream("a"), stream("b"), stream("c", "stderr"), stream("d")])
    tidy(cell)
    assert [(o.name, o.text) for o in cell.outputs] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


def test_problems_know_paths_from_words() -> None:
    folder = Path("/some/folder")

    def found(text: str) -> list[str]:
        return problems(new_code_cell(outputs=[stream(text)]), (folder,))

    assert found("at /some/folder/x") == ["shows a path of this machine: /some/folder"]
    assert found("/some/folders and https://x.org/some/folder") == []
    assert found("look at 0x7f001122aa") != []


def test_problems_look_into_text_and_svg_not_into_pictures(tmp_path: Path) -> None:
    def found(kind: str) -> list[str]:
        shown = new_output("display_data", data={kind: str(tmp_path)})
        said = problems(new_code_cell(outputs=[shown]), (tmp_path,))
        return [problem for problem in said if "a path of this machine" in problem]

    assert found("text/html")
    assert found("image/svg+xml")
    assert not found("image/png")


def test_shorten() -> None:
    assert shorten("a\n b") == "a b"
    assert shorten("abcdef", 4) == "abc…"


def test_processor_names_cores() -> None:
    assert re.search(r", ([2-9]|[1-9]\d+) cores$|, 1 core$", processor())
    assert os.sep + "proc" not in processor()
