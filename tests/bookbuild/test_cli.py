from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import bookbuild
from bookbuild.__main__ import main
from bookbuild.notebook.outputs import shorten
from d2lcompat import FRAMEWORKS

SHARED = "```{code-cell}\nprint('shared')\n```\n"
ONLY = "".join(f"```{{code-cell}}\n:tags: [{n}]\nprint('{n}')\n```\n" for n in FRAMEWORKS)
NAMES = [f"{name}.ipynb" for name in FRAMEWORKS]
FAIL_TWO = SHARED + ONLY.replace("print('mxnet')", "1 / 0")


def bytes_of(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(path.parent.glob("*.ipynb"))}


@pytest.fixture
def done(write_page) -> Path:
    """Return a page whose torch notebook has been run."""
    path = write_page("Text\n\n" + SHARED + ONLY)
    assert main(["run", "--framework", "torch"]) == 0
    return path


def test_notebooks_writes_all_and_then_nothing(write_page, capsys) -> None:
    path = write_page(SHARED + ONLY)
    assert main(["notebooks"]) == 0
    assert sorted(bytes_of(path)) == sorted(NAMES)
    assert capsys.readouterr().out.splitlines() == [
        f"tiny/{name}: written, without outputs" for name in FRAMEWORKS
    ]
    before = {file: file.stat().st_mtime_ns for file in path.parent.glob("*.ipynb")}
    assert main(["notebooks"]) == 0
    assert capsys.readouterr().out.count("unchanged") == len(FRAMEWORKS)
    assert before == {file: file.stat().st_mtime_ns for file in path.parent.glob("*.ipynb")}


def test_run_stores_outputs_and_check_accepts_them(write_page, capsys) -> None:
    path = write_page(SHARED + ONLY)
    assert main(["run", "--page", "tiny"]) == 0
    for name in FRAMEWORKS:
        notebook = nbformat.read(path.parent / f"{name}.ipynb", as_version=4)
        outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
        assert outputs["cell-0"][0].text == "shared\n"
        assert outputs[f"cell-{1 + list(FRAMEWORKS).index(name)}"][0].text == f"{name}\n"
    capsys.readouterr()
    assert main(["check"]) == 0
    assert capsys.readouterr().err == ""
    assert sorted(file.name for file in path.parent.iterdir()) == sorted(["index.md", *NAMES])


def test_run_takes_up_where_it_stopped(write_page, capsys) -> None:
    path = write_page(FAIL_TWO)
    assert main(["run"]) == 1
    told = capsys.readouterr()
    assert "mxnet.ipynb, cell-3 raised ZeroDivisionError: division by zero" in told.err
    assert told.err.startswith(f"{path}:17: ")
    assert [line.split(":")[0] for line in told.out.splitlines()] == [
        "tiny/torch",
        "tiny/tensorflow",
        "tiny/paddle",
    ]
    assert "mxnet.ipynb" not in bytes_of(path)
    write_page(SHARED + ONLY)
    before = bytes_of(path)
    assert main(["run"]) == 0
    assert capsys.readouterr().out.count("not run again") == 3
    after = bytes_of(path)
    after.pop("mxnet.ipynb")
    assert after == before


def test_failure_leaves_what_is_stored(done: Path, write_page, capsys) -> None:
    before = bytes_of(done)
    write_page("Text\n\n" + SHARED + ONLY.replace("print('torch')", "stop"))
    assert main(["run", "--framework", "torch"]) == 1
    assert "raised NameError" in capsys.readouterr().err
    assert bytes_of(done) == before


def test_force_runs_again(done: Path, capsys) -> None:
    assert main(["run", "--framework", "torch", "--force"]) == 0
    assert "done in" in capsys.readouterr().out


def test_prose_edit_keeps_outputs(done: Path, write_page, capsys) -> None:
    write_page("Other text\n\n" + SHARED + ONLY)
    assert main(["check", "--framework", "torch"]) == 1
    assert "its prose is not that of the page: run `make notebooks`" in capsys.readouterr().err
    assert main(["notebooks", "--framework", "torch"]) == 0
    assert "outputs kept" in capsys.readouterr().out
    assert main(["check", "--framework", "torch"]) == 0
    stored = nbformat.read(done.parent / "torch.ipynb", as_version=4)
    assert stored.cells[1].source == "Other text"
    assert stored.cells[2].outputs[0].text == "shared\n"


def test_code_edit_drops_outputs(done: Path, write_page, capsys) -> None:
    write_page("Text\n\n" + SHARED.replace("shared", "new") + ONLY)
    assert main(["notebooks", "--framework", "torch"]) == 0
    assert "outputs dropped" in capsys.readouterr().out
    stored = nbformat.read(done.parent / "torch.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in stored.cells)
    assert main(["check", "--framework", "torch"]) == 1
    assert "not executed in full" in capsys.readouterr().err


def edit(path: Path, **changes: object) -> None:
    """Change a stored notebook by hand."""
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "cell-0":
            cell.update(changes)
    path.write_text(json.dumps(notebook))


BROKEN = {
    "missing": (lambda path: path.unlink(), "is missing: run `make run PAGE=tiny FRAMEWORK=torch`"),
    "edited": (lambda path: edit(path, source="print(2)"), "stale, its code is not that of"),
    "not run": (lambda path: edit(path, execution_count=None), "not executed in full"),
    "stderr": (
        lambda path: edit(path, outputs=[{"name": "stderr", "output_type": "stream", "text": "x"}]),
        "cell-0 writes to stderr: x",
    ),
}


@pytest.mark.parametrize(("harm", "message"), BROKEN.values(), ids=BROKEN)
def test_check_finds(done: Path, harm, message: str, capsys) -> None:
    harm(done.parent / "torch.ipynb")
    capsys.readouterr()
    assert main(["check", "--framework", "torch"]) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.startswith(f"{done.parent}/torch.ipynb: ")
    assert told.count("\n") == 1


def test_a_pending_run_is_no_fault_until_it_is_there(write_page, capsys) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  pending: {paddle: still to come}\n---\n"
    write_page(SHARED + ONLY, head=head)
    paddle = ["--framework", "paddle"]
    assert main(["check", *paddle]) == 1
    assert "is missing" in capsys.readouterr().err
    assert main(["notebooks"]) == 0
    assert main(["check", *paddle]) == 0
    assert main(["check", "--framework", "torch"]) == 1
    write_page(SHARED.replace("shared", "new") + ONLY, head=head)
    assert main(["check", *paddle]) == 1
    assert main(["run", *paddle]) == 0
    capsys.readouterr()
    assert main(["check", *paddle]) == 1
    assert "still says that it is `pending`" in capsys.readouterr().err


def test_check_finds_stale_code_and_strays(done: Path, write_page, capsys) -> None:
    (done.parent / "jax.ipynb").write_text("{}")
    write_page(SHARED)
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert "torch.ipynb: stale" in told
    assert "jax.ipynb: belongs to no framework of the page: delete it" in told
    assert told.count("is missing") == 3


def test_test_run_writes_elsewhere(done: Path, capsys, tmp_path: Path) -> None:
    before = bytes_of(done)
    assert main(["test-run", "--framework", "torch", "--out", str(tmp_path / "out")]) == 0
    assert bytes_of(done) == before
    small = nbformat.read(tmp_path / "out/tiny/torch.ipynb", as_version=4)
    assert small.metadata["nin_book"]["setting"] == "small"


WAIT = """\
import pathlib, time
folder = pathlib.Path({folder!r})
(folder / {mine!r}).touch()
until = time.monotonic() + 60
while len(list(folder.iterdir())) < 2:
    assert time.monotonic() < until, "alone"
    time.sleep(0.05)
"""


def test_test_run_of_two_at_the_same_time(write_page, tmp_path: Path) -> None:
    met = tmp_path / "met"
    met.mkdir()
    cells = (WAIT.format(folder=str(met), mine=name) for name in FRAMEWORKS)
    write_page("".join(f"```{{code-cell}}\n:tags: [{name}]\n{cell}```\n"
                       for name, cell in zip(FRAMEWORKS, cells, strict=True)))  # fmt: skip
    assert main(["test-run", "--jobs", "2", "--out", str(tmp_path / "out")]) == 0


def test_the_command_itself_runs_side_by_side(write_page, tmp_path: Path) -> None:
    page = write_page(SHARED)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "bookbuild", "test-run", "--jobs", "2", "--out", str(out)]
    env = os.environ | {"PYTHONPATH": str(Path(bookbuild.__file__).parents[1])}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert {path.stem for path in (out / page.parent.name).iterdir()} == set(FRAMEWORKS)


def test_test_run_goes_on_after_a_failure(write_page, tmp_path: Path, capfd) -> None:
    write_page(FAIL_TWO)
    assert main(["test-run", "--jobs", "2", "--out", str(tmp_path / "out")]) == 1
    assert capfd.readouterr().err.count("ZeroDivisionError") == 1
    written = sorted(path.stem for path in (tmp_path / "out" / "tiny").iterdir())
    assert written == sorted(set(FRAMEWORKS) - {"mxnet"})


def test_small_outputs_do_not_count_as_full(done: Path, tmp_path: Path, capsys) -> None:
    assert main(["test-run", "--framework", "torch", "--out", str(tmp_path / "out")]) == 0
    (tmp_path / "out/tiny/torch.ipynb").replace(done.parent / "torch.ipynb")
    assert main(["check", "--framework", "torch"]) == 1
    assert "not executed in full" in capsys.readouterr().err


MISUSED = {
    "page": (["run", "--page", "vgg"], "no page 'vgg'; pages: tiny"),
    "framework": (["check", "--framework", "jax"], "no framework 'jax'; frameworks: torch, "),
}


@pytest.mark.parametrize(("arguments", "message"), MISUSED.values(), ids=MISUSED)
def test_misuse_lists_what_there_is(write_page, arguments, message: str, capsys) -> None:
    write_page(SHARED)
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_page_error_is_one_line(write_page, capsys) -> None:
    path = write_page("```{code-cell}\n:tags: [jax]\n```\n")
    assert main(["notebooks"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{path}:6: unknown tag 'jax'")
    assert told == shorten(told, 1000) + "\n"


def test_book_without_pages(book: Path, capsys) -> None:
    assert main(["check"]) == 1
    assert "no page with code cells" in capsys.readouterr().err


BAD_CONFIGS = {
    "yaml": (b"a: 1\nb: [", r"_config\.yml:2: not valid YAML"),
    "list": (b"- a", "expected a mapping"),
    "no text": (b"a: \xff", "not valid YAML: .* invalid start byte"),
    "parse": (b"parse: [1]", "`parse` must be a mapping"),
    "repository": (b"repository: x", "`repository` must be a mapping"),
    "bibliography": (b"bibtex_bibfiles: 3", "`bibtex_bibfiles` must be a list"),
    "extensions": (b"parse: {myst_enable_extensions: x}", "`myst_enable_extensions` must be"),
    "extension": (b"parse: {myst_enable_extensions: [x]}", r"not recognised: \{'x'\}"),
}


@pytest.mark.parametrize(("config", "message"), BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_bad_config(write_page, book: Path, config: bytes, message: str, capsys) -> None:
    write_page(SHARED)
    (book / "_config.yml").write_bytes(config)
    assert main(["check"]) == 1
    told = capsys.readouterr().err
    assert re.search(message, told)
    assert "_config.yml" in told
    assert told.count("\n") == 1


def test_bad_bibliography(write_page, book: Path, capsys) -> None:
    write_page("{cite}`lin`\n\n" + SHARED)
    (book / "references.bib").write_text("@article{")
    assert main(["notebooks"]) == 1
    assert "references.bib: cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "soon"])
def test_bad_timeout(write_page, value: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--timeout", value])
    assert "--timeout" in capsys.readouterr().err
