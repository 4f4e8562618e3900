"""Outputs: tidied when they are stored, checked, and as the site shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from bookbuild.notebook.outputs import folders_here, problems, shorten, show, shown, tidy

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
PNG = "iVBORw0KGgoAAAANSUhEUg=="


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


def display(**data: str) -> NotebookNode:
    kinds = {"html": "text/html", "gif": "image/gif", "png": "image/png", "svg": "image/svg+xml"}
    return new_output("display_data", data={kinds.get(k, "text/plain"): v for k, v in data.items()})


def test_tidy_merges_neighbouring_streams_only() -> None:
    cell = new_code_cell(outputs=[stream("a"), stream("b"), stream("c", "stderr"), stream("d")])
    tidy(cell)
    found = [(output.name, output.text) for output in cell.outputs]
    assert found == [("stdout", "ab"), ("stderr", "c"), ("stdout", "d")]


@pytest.mark.parametrize(
    ("written", "last"),
    [
        (["\r 1/3", "\r 2/3", "\r 3/3\n", "done\n"], " 3/3\ndone\n"),
        (["a\n", "10%\r", "20%\r", "\n"], "a\n20%\r\n"),
        (["one\r\ntwo\r\n"], "one\r\ntwo\r\n"),
        (["long text\rshort"], "short"),
    ],
)
def test_a_line_that_is_written_anew_is_stored_in_its_last_state(
    written: list[str], last: str
) -> None:
    cell = new_code_cell(outputs=[stream(text) for text in written])
    tidy(cell)
    assert [output.text for output in cell.outputs] == [last]
    if "\r" not in last:
        assert problems(cell) == []


def test_problems_know_paths_from_words() -> None:
    def found(text: str) -> list[str]:
        return problems(new_code_cell(outputs=[stream(text)]), ("/some/folder",))

    assert found("at /some/folder/x") == ["shows a path of a machine: /some/folder"]
    assert found("/some/folders and https://x.org/some/folder") == []
    assert found("/home/ada/x") == ["shows a path of a machine: /home/ada"]
    assert found("/tmp/x and /rooted, /tmpfs, ~/home/x/") == ["shows a path of a machine: /tmp"]
    assert found(r"C:\Users\ada\x") == [r"shows a path of a machine: C:\Users\ada"]
    assert found("at 0x7f001122aa") == [
        "shows a memory address (at 0x7f001122aa): end the cell's last line with `;`"
    ]
    assert found("0xff") == []


def test_problems_look_into_text_and_svg_not_into_pictures() -> None:
    def found(**data: str) -> bool:
        told = problems(new_code_cell(outputs=[display(**data)]), ("/some",))
        return any("a path of a machine" in problem for problem in told)

    assert found(html="/some/x", text="a")
    assert found(svg=f"{SVG}<!-- /some/x -->")
    assert not found(png="/some/x")


def test_nothing_of_another_machine_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored is judged alike anywhere: those folders are for what runs here."""
    told = []
    for here in (tmp_path, Path("/")):
        monkeypatch.chdir(here)
        monkeypatch.setattr("sys.prefix", str(here / "prefix"))
        text = f"in {tmp_path.name}/prefix and /opt/venv/lib"
        told.append(problems(new_code_cell(outputs=[stream(text)])))
    assert told == [[], []]
    assert "/" not in folders_here()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (display(html="<b>a</b>"), "shows nothing but text/html; the site shows text, PNG"),
        (display(gif="R0lGODlh"), "shows nothing but image/gif; "),
        (display(html="<b>a</b>", text="<IPython.HTML object>"), "nothing but text/html"),
        (display(png="AAAA"), "shows something as image/png that is none"),
        (display(png="%"), "shows something as image/png that is none"),
        (display(svg=SVG[:-2]), "shows an SVG that is not well-formed"),
        (display(svg=SVG.replace("/>", "><script/></svg>")), "shows an SVG that holds <script>"),
        (display(text="\x1b[2Ja"), "shows the control character"),
        (stream("\x00"), "shows the control character"),
        (new_output("display_data"), "shows nothing but an empty output"),
    ],
)  # fmt: skip
def test_what_the_site_does_not_show_is_a_problem(output: NotebookNode, message: str) -> None:
    kept, [problem] = shown([output, stream("kept")])
    assert message in problem
    assert [output.text for output in kept] == ["kept"]
    assert any(message in told for told in problems(new_code_cell(outputs=[output])))


def test_what_the_site_shows_is_data() -> None:
    output = display(png=PNG, text="a figure", html="<script>")
    output.metadata = NotebookNode({"image/png": {"width": 9, "height": -1, "onload": "x"}})
    found = show(output)
    assert set(found.data) == {"image/png", "text/plain"}
    assert found.metadata == {"image/png": {"width": 9}}
    assert show(stream("\x1b[31mred\x1b[0m")).text == "\x1b[31mred\x1b[0m"


def test_errors_are_problems_unless_they_are_expected() -> None:
    error = new_output("error", ename="E", evalue="why\nthat", traceback=["t"])
    assert problems(new_code_cell(outputs=[error])) == ["ended in E: why that"]
    tagged = new_code_cell(outputs=[error], metadata={"tags": ["raises-exception"]})
    assert problems(tagged) == []
    assert problems(new_code_cell(outputs=[stream("x\ny", "stderr")])) == ["writes to stderr: x y"]


def test_shorten() -> None:
    assert shorten("a\n b") == "a b"
    assert shorten("abcdef", 4) == "abc…"
