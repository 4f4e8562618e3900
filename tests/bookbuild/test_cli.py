"""The commands: what they print, what they take, what they need not know."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from small import CONFIG, KEYS, LANGUAGES, SHARED, cell, group, store

import bookbuild
from bookbuild.cli import main
from bookbuild.notebook.stored import load

slow = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:nodes.Node.traverse:PendingDeprecationWarning"),
]
SELF = os.environ | {"PYTHONPATH": str(Path(bookbuild.__file__).parents[1])}


@pytest.fixture
def checked(page):
    """Return a page with all its notebooks stored, with which `check` is content."""
    tiny = page("Text\n\n" + SHARED + group())
    for key in KEYS:
        store(tiny, key)
    assert main(["check"]) == 0
    return tiny


USES = {  # which command takes which options, and an argument for each
    "build": ("out", "language"),
    "try": ("page", "language", "port"),
    "notebooks": ("page", "framework"),
    "check": (),
    "i18n": (),
    "run": ("page", "framework", "force", "timeout"),
    "test-run": ("page", "framework", "out", "jobs", "timeout"),
    "pdf": ("site", "framework", "language"),
}
OPTIONS = {
    "out": "out", "language": "fr", "page": "lost", "port": "7", "framework": "jax", "timeout": "7",
    "jobs": "2", "site": "site", "force": None,
}  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("command", USES)
def test_commands_refuse_options_that_they_cannot_use(
    root: Path, command: str, option: str, capsys
) -> None:
    needed = ["--out", "out"] if command == "test-run" and option != "out" else []
    more = [f"--{option}", *filter(None, [OPTIONS[option]])]
    if option in USES[command] and option not in ("page", "framework", "language"):
        return  # it would go ahead
    try:
        status = main([command, *needed, *more])
    except SystemExit as stop:
        status = int(str(stop.code))
    told = capsys.readouterr().err
    if option in USES[command]:
        assert status == 1
        assert re.match(rf"no {option} '{OPTIONS[option]}'; {option}s: ", told)
        assert told.count("\n") == 1
    else:
        assert status == 2
        assert f"unrecognized arguments: --{option}" in told


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_a_number_is_one_and_above(root: Path, value: str, capsys) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--timeout", value])
    assert "--timeout" in capsys.readouterr().err


def test_a_book_without_pages(root: Path, capsys) -> None:
    assert main(["check"]) == 1
    assert capsys.readouterr().err == f"no page with code cells: {root}/_toc.yml\n"


def test_check_tells_all(checked, page, capsys) -> None:
    checked.notebook("bee").unlink()
    page(SHARED)
    assert main(["check"]) == 1
    folder = checked.path.parent
    told = [line.removeprefix(f"{folder}/") for line in capsys.readouterr().err.splitlines()]
    assert [line.split(",")[0] for line in told] == [
        "ant.ipynb: stale",
        "bee.ipynb: is missing: run `make run PAGE=tiny FRAMEWORK=bee`",
        "cat.ipynb: stale",
    ]


def test_check_says_the_same_wherever_it_is_run(
    checked, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """What is found depends on what is stored, not on whose machine looks at it."""
    path = checked.notebook("ant")
    notebook = json.loads(path.read_text())
    words = [f"in {place}/x\n" for place in (root, tmp_path / "prefix", "/opt/venv", "/srv/book")]
    output = {
        "name": "stdout",
        "output_type": "stream",
        "text": [w.replace("/tmp/", "/srv/") for w in words],
    }
    notebook["cells"][-1]["outputs"] = [output]
    path.write_text(json.dumps(notebook))
    told = []
    for folder, prefix, home in (
        (root, tmp_path / "prefix", "/a"), (root / "chapters/tiny", "/opt/venv", "/srv"),
    ):  # fmt: skip
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "prefix", str(prefix))
        monkeypatch.setenv("HOME", home)
        status = main(["check"])
        told.append((status, capsys.readouterr().err))
    assert told[0] == told[1]
    assert not (root / "chapters/tiny/_build").exists()


def test_a_file_that_may_not_be_read_is_one_line(checked, capsys) -> None:
    path = checked.notebook("ant")
    path.chmod(0)
    # What root may do beyond others is taken away.
    rights = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]
    command = [sys.executable, "-m", "bookbuild", "check"]
    command = (drop if os.geteuid() == 0 else []) + command
    ran = subprocess.run(command, env=SELF, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"{path}: cannot be read: Permission denied: restore its last")
    assert ran.stderr.count("\n") == 1
    path.with_name("index.md").chmod(0)
    ran = subprocess.run(command, env=SELF, capture_output=True, text=True, check=False)
    assert ran.stderr.startswith(f"{path.with_name('index.md')}:1: cannot be read: ")
    assert ran.stderr.count("\n") == 1


def test_a_name_that_no_system_takes_is_one_line(page, root: Path, capsys) -> None:
    name = "a" * 300
    (root / "_toc.yml").write_text(f"root: chapters/index\nentries: [{{file: {name}}}]\n")
    assert main(["check"]) == 1
    assert capsys.readouterr().err == f"{root}/{name}.md: File name too long\n"


class TestWithSphinx:
    pytestmark = slow

    def test_notebooks_are_written_and_then_left_alone(self, page, capsys) -> None:
        tiny = page("# Text\n\n" + SHARED + group())
        assert main(["notebooks"]) == 0
        told = capsys.readouterr().out.splitlines()
        assert told == [f"tiny/{key}: written, without outputs" for key in KEYS]
        names = sorted(path.name for path in tiny.path.parent.iterdir())
        assert names == ["ant.ipynb", "bee.ipynb", "cat.ipynb", "index.md"]
        before = {key: tiny.notebook(key).stat().st_mtime_ns for key in KEYS}
        assert main(["notebooks"]) == 0
        assert capsys.readouterr().out.splitlines() == [f"tiny/{key}: unchanged" for key in KEYS]
        assert before == {key: tiny.notebook(key).stat().st_mtime_ns for key in KEYS}

    def test_notebooks_say_what_becomes_of_outputs(self, checked, page, capsys) -> None:
        text = checked.notebook("bee").read_text()
        checked.notebook("bee").write_text(text.replace('"page": "tiny"', '"page": "other"'))
        page("# Other text\n\n" + SHARED + group().replace("'cat'", "'new'"))
        assert main(["notebooks"]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "tiny/ant: outputs kept",
            "tiny/bee: written, without outputs",
            "tiny/cat: written, without outputs",
        ]
        assert main(["check"]) == 1
        told = capsys.readouterr().err
        assert "ant.ipynb" not in told
        assert told.count("not executed in full") == 2

    def test_run_stores_outputs_and_takes_up_where_it_stopped(self, page, capsys) -> None:
        text = "# Text\n\n" + SHARED + group()
        tiny = page(text.replace("print('bee')", "1 / 0"))
        assert main(["run"]) == 1
        told = capsys.readouterr()
        assert told.err.startswith(f"{tiny.path}:15: bee.ipynb, cell-2 raised ZeroDivisionError: ")
        assert told.err.count("\n") == 1
        assert [line.split(":")[0] for line in told.out.splitlines()] == ["tiny/ant", "tiny/cat"]
        tiny = page(text)
        before = tiny.notebook("ant").read_bytes()
        assert main(["run"]) == 0
        assert capsys.readouterr().out.count("not run again") == 2
        assert main(["check"]) == 0
        source = load(tiny, "ant").note["source"]
        first = json.loads(before)
        first["metadata"]["book"]["source"] = source
        assert json.loads(tiny.notebook("ant").read_text()) == first
        for i, key in enumerate(KEYS):
            cells = {c.id: c for c in nbformat.read(tiny.notebook(key), as_version=4).cells}
            texts = [cells[name].outputs[0].text for name in ("cell-0", f"cell-{i + 1}")]
            assert texts == ["shared\n", f"{key}\n"]
        assert main(["run", "--framework", "ant", "--force"]) == 0
        assert "tiny/ant: done in" in capsys.readouterr().out

    def test_a_failure_leaves_what_is_stored(self, checked, page, capsys) -> None:
        before = checked.notebook("ant").read_bytes()
        page("Text\n\n" + SHARED + group("stop"))
        assert main(["run", "--framework", "ant"]) == 1
        assert "raised NameError" in capsys.readouterr().err
        assert checked.notebook("ant").read_bytes() == before

    def test_a_mistake_on_another_page_stops_no_run(self, page, write_page, capsys) -> None:
        tiny = page("# Text\n\n" + SHARED)
        write_page(cell("", "jax"), name="wrong/index")
        write_page("{ref}`nowhere`\n\n" + SHARED, name="more/index")
        mine = ["--page", "tiny", "--framework", "ant"]
        assert main(["run", *mine]) == 0, capsys.readouterr().err
        assert tiny.notebook("ant").exists()
        page("# Text\n\n{ref}`nowhere`\n\n" + SHARED)
        assert main(["notebooks", *mine]) == 1
        assert f"{tiny.path}:8: WARNING: undefined label: 'nowhere'" in capsys.readouterr().err
        assert main(["notebooks"]) == 1
        assert "wrong/index.md:6: unknown tag 'jax'" in capsys.readouterr().err

    def test_check_reads_translations_of_all_pages(self, checked, root: Path, capsys) -> None:
        (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8")
        assert main(["check"]) == 1
        told = capsys.readouterr()
        assert "ja chapters/tiny/index: 0% translated, 0 fuzzy, 1 missing" in told.out
        assert f"{root}/locales/ja/LC_MESSAGES/chapters/tiny/index.po: 1 of 1 messages" in told.err
        assert main(["i18n"]) == 0
        assert (root / "locales/ja/LC_MESSAGES/chapters/tiny/index.po").is_file()

    def test_a_page_that_is_gone_has_no_translations(
        self, checked, write_page, root: Path, capsys
    ) -> None:
        (root / "_config.yml").write_text(CONFIG + LANGUAGES, encoding="utf-8")
        gone = write_page("# Gone\n", name="gone/index")
        main(["check"])
        assert "ja chapters/gone/index: 0%" in capsys.readouterr().out
        gone.unlink()
        main(["i18n"])
        told = capsys.readouterr()
        assert "gone" not in told.out + told.err
        assert not (root / "locales/ja/LC_MESSAGES/chapters/gone").exists()


def test_pdf_without_its_packages_is_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.delitem(sys.modules, "bookbuild.export.pdf", raising=False)
    monkeypatch.delattr("bookbuild.export.pdf", raising=False)
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(["pdf"]) == 1
    assert "PDFs need the package playwright" in capsys.readouterr().err


def test_a_mistake_on_a_page_stops_no_pdf(
    checked, write_page, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    asked = []
    pdf = pytest.importorskip("bookbuild.export.pdf")
    monkeypatch.setattr(pdf, "print_books", lambda *arguments: asked.append(arguments) or [])
    write_page(cell("", "jax"), name="wrong/index")
    assert main(["pdf", "--framework", "ant"]) == 0
    assert asked[0][1:] == (Path("_build/html"), ["ant"], ["en"])
