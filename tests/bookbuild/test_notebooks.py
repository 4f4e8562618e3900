from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path

import nbformat
import pytest

from bookbuild.notebook.make import PageError, digest, make_notebook, pages, parse_page, to_text
from d2lcompat import FRAMEWORKS

HEAD = "---\nfile_format: mystnb\n---\n"
CELL = "```{code-cell}\n"
ALL = "".join(f"```{{code-cell}}\n:tags: [{name}]\nprint()\n```\n" for name in FRAMEWORKS)
PROSE = "".join(f"::::{{framework}} {name}\nFor {name}\n::::\n" for name in FRAMEWORKS)
WRONG = {
    "unknown tag": ("\n```{code-cell}\n:tags: [jax]\n```\n", 5, "unknown tag 'jax'"),
    "group": ("a\n\n" + CELL + ":tags: [torch]\n```\n", 6, "lacks tensorflow, mxnet, paddle"),
    "count": (ALL + CELL + ":tags: [mxnet]\n```\n", 4, "unequal number .* mxnet 2, paddle 1"),
    "prose group": ("::::{framework} torch\n::::\n", 4, "lacks tensorflow"),
    "prose, other cells": (PROSE + CELL + ":tags: [torch]\n```\n", 4, "unequal number"),
    "unknown framework": ("::::{framework} jax\n::::\n", 4, "unknown framework 'jax'"),
    "framework in itself": (
        f"::::::{{framework}} torch\n\n{PROSE}::::::\n",
        6,
        "{framework} inside {framework}",
    ),
    "nested group": (":::::{note}\na\n::::{framework} torch\n::::\n:::::\n", 6, "lacks tensorflow"),
    "nested cell": (f":::{{note}}\n{CELL}```\n:::\n", 5, "must stand alone"),
    "cell in a list": ("- a\n\n  ```{code-cell}\n  1\n  ```\n", 6, "must stand alone"),
    "cell in colons": (":::{code-cell}\n:::\n", 4, "between backticks"),
    "two frameworks": (CELL + ":tags: [torch, paddle]\n```\n", 4, "one framework or to all"),
    "second parameters": (
        2 * (CELL + ":tags: [parameters]\na = 1\n```\n"),
        8,
        "second `parameters` cell; the first is in line 4",
    ),
    "second name": (
        2 * (CELL + ':tags: ["name:errors"]\na = 1\n```\n'),
        8,
        "second cell name:errors; the first is in line 4",
    ),
    "second name in one framework": (
        CELL + ':tags: ["name:errors"]\n```\n' + ALL.replace("[paddle]", '[paddle, "name:errors"]'),
        19,
        "second cell name:errors; the first is in line 4",
    ),
    "tagged parameters": (
        ALL.replace("[torch]", "[torch, parameters]"),
        4,
        "belongs to all frameworks",
    ),
    "no Python": (CELL + ":tags: [parameters]\n\na = 1\nb =\n```\n", 8, "is not Python"),
    "options": (CELL + ":tags: [torch\n```\n", 4, "Invalid options format"),
    "option": (CELL + ":timeout: 3\n```\n", 4, "no option 'timeout'"),
    "tags": (CELL + ":tags: torch\n```\n", 4, "tags must be a list"),
    "open cell": (CELL + "print()\n", 4, "is not closed: ``` is missing"),
    "open fence": (":::{note}\ntext\n", 4, "{note} is not closed: :::"),
}
BAD_HEADS = {
    "open": ("file_format: mystnb", 1, "is not closed"),
    "yaml": ("a: 1\nb: [1\n---", 3, "not valid YAML"),
    "list": ("- 1\n---", 2, "must be a mapping"),
    "no mystnb": ("a: 1\n---", 1, "need `file_format: mystnb`"),
    "book": ("a: 1\nbook: 1\n---", 3, "`book` must be a mapping"),
    "key that is no text": ("book:\n  1: x\n---", 3, "unknown key 1 in `book`"),
    "key that is a date": ("book:\n  2026-01-02: x\n---", 3, "unknown key datetime"),
    "key behind an alias": ("a: &a {smal: 1}\nbook:\n  <<: *a\n---", 3, "unknown key 'smal'"),
    "key that is a list": ("? [a]\n: 1\n---", 2, "unhashable key"),
    "unknown": ("book:\n  smal: 1\n---", 3, "unknown key 'smal' in `book`; known: small,"),
    "small": ("book:\n  small: 1\n---", 3, "`small` must map"),
    "value": ("book:\n  small: {a: [1]}\n---", 3, "no number, text or boolean: a"),
    "examples": ("book:\n  small_examples: 0\n---", 3, "above 0, not 0"),
    "absent": ("book:\n  absent: [mxnet]\n---", 3, "must map frameworks"),
    "absent whom": ("book:\n  absent: {jax: why}\n---", 3, "unknown framework: jax"),
    "files": ("book:\n  files: data.npy\n---", 3, "must list files beside"),
    "folders": ("book:\n  files: [../data.npy]\n---", 3, "must list files beside"),
    "lost file": ("book:\n  files: [lost.npy]\n---", 3, "no file lost.npy, seen from the page"),
    "no cell": (
        "file_format: mystnb\nbook:\n  small: {a: 1}\n---",
        4,
        "`small` needs a code cell tagged `parameters`",
    ),
}


def dummy(write_page, text: str, name: str = "torch") -> str:
    """Return the prose of a page's notebook."""
    notebook = make_notebook(parse_page(write_page(text)), name)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize(("text", "line", "message"), WRONG.values(), ids=WRONG)
def test_mistake_names_file_and_line(write_page, text: str, line: int, message: str) -> None:
    path = write_page(text, head=HEAD)
    with pytest.raises(PageError, match=message) as caught:
        parse_page(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert str(caught.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(("head", "line", "message"), BAD_HEADS.values(), ids=BAD_HEADS)
def test_bad_front_matter(write_page, head: str, line: int, message: str) -> None:
    path = write_page(f"\n{CELL}print()\n```\n", head=f"---\n{head}\n")
    with pytest.raises(PageError, match=message) as caught:
        parse_page(path)
    assert caught.value.line == line


def test_small_names_a_parameter_that_is_not_assigned(write_page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  small: {lr: 1, size: 2}\n---\n"
    path = write_page(CELL + ":tags: [parameters]\nlr: float = 0.1\n```\n", head=head)
    with pytest.raises(PageError, match="`small` sets 'size'") as caught:
        parse_page(path)
    assert caught.value.line == 4


def test_unreadable_page(book: Path) -> None:
    with pytest.raises(PageError, match="cannot be read"):
        parse_page(book / "chapters/none/index.md")


def test_unreadable_page_elsewhere_in_the_book(write_page, book: Path) -> None:
    (book / "chapters/index.md").write_bytes(b"# The book\n\xff")
    page = parse_page(write_page("[far](#away)"))
    with pytest.raises(PageError, match=r"chapters/index\.md:1: cannot be read"):
        make_notebook(page, "torch")


def test_cell_of_an_absent_framework(write_page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  absent: {paddle: why}\n---\n"
    path = write_page(ALL, head=head)
    with pytest.raises(PageError, match="paddle is declared absent"):
        parse_page(path)


def test_absent_framework_may_lack_in_groups(write_page) -> None:
    head = "---\nfile_format: mystnb\nbook:\n  absent: {paddle: why}\n---\n"
    text = ALL.replace("```{code-cell}\n:tags: [paddle]\nprint()\n```\n", "")
    page = parse_page(write_page(text, head=head))
    assert page.frameworks == ("torch", "tensorflow", "mxnet")
    assert page.absent == {"paddle": "why"}


def test_blocks_know_kind_place_and_frameworks(write_page) -> None:
    text = f"# Title\n\n{CELL}\nshared\n```\n{ALL}\n% a comment does not end a group\n\n{PROSE}"
    page = parse_page(write_page(text, head=HEAD))
    kinds = [block.kind for block in page.blocks]
    assert kinds == ["markdown", "code", *4 * ["code"], "markdown", *4 * ["framework"]]
    assert [cell.index for cell in page.cells] == [0, 1, 2, 3, 4]
    assert page.cells[0].frameworks == tuple(FRAMEWORKS)
    assert page.cells[2].frameworks == ("tensorflow",)
    assert (page.cells[0].line, page.cells[0].body_line, page.cells[0].source) == (6, 8, "shared")
    assert (page.cells[1].line, page.cells[1].body_line) == (10, 12)


def test_parallel_cells_may_have_one_name(write_page) -> None:
    text = re.sub(r"\[(\w+)\]", r'[\1, "name:errors"]', ALL)
    page = parse_page(write_page(text, head=HEAD))
    assert [cell.tags for cell in page.cells] == len(FRAMEWORKS) * [("name:errors",)]


def test_code_in_ordinary_fences_is_no_cell(write_page) -> None:
    text = f"````md\n{CELL}:tags: [nope]\n```\n````\n\n    ```{{code-cell}}\n    ```\n"
    page = parse_page(write_page(text + "\n`{code-cell}`\n"))
    assert page.cells == ()


def test_pages_are_those_with_code(write_page, book: Path) -> None:
    write_page("# No code\n", name="prose", head="")
    path = write_page(CELL + "1\n```\n")
    assert pages(book) == [book / path]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_notebook_holds_its_framework_only(write_page, name: str) -> None:
    text = f"# Title\n\n{ALL}\nText\n\n{PROSE}\n{CELL}:tags: [hide-input]\nshared\n```\n"
    page = parse_page(write_page(text))
    notebook = make_notebook(page, name)
    number = list(FRAMEWORKS).index(name)
    ids = ["setup", "text-0", f"cell-{number}", "text-1", "cell-4"]
    assert [cell.id for cell in notebook.cells] == ids
    assert notebook.cells[3].source == f"Text\n\nFor {name}"
    assert notebook.cells[4].metadata == {"tags": ["hide-input"]}
    told = notebook.metadata["nin_book"]
    assert told == {"page": "tiny", "framework": name, "digest": digest(notebook)}
    nbformat.validate(notebook)


def test_same_page_gives_same_bytes(write_page) -> None:
    page = parse_page(write_page(f"é\n\n{ALL}"))
    first, second = (to_text(make_notebook(page, "torch")) for _ in range(2))
    assert first == second
    assert first.startswith('{\n "cells"')
    assert first.endswith("}\n")
    assert "é" in first


def test_digest_covers_code_alone(write_page) -> None:
    texts = (f"a\n\n{ALL}", f"b\n\n{ALL}", f"b\n\n{ALL.replace('print()', 'print(1)')}")
    one, two, three = (digest(make_notebook(parse_page(write_page(t)), "torch")) for t in texts)
    assert one == two != three


PLAIN = {
    "note": (":::{note}\ntext\n\nmore\n:::", "> **Note**\n>\n> text\n>\n> more"),
    "note on its line": ("```{tip} text\n```", "> **Tip**\n>\n> text"),
    "see also": ("```{seealso}\nx\n```", "> **See also**\n>\n> x"),
    "admonition": (":::{admonition} A title\ntext\n:::", "> **A title**\n>\n> text"),
    "dropdown": (
        ":::{admonition} A\n:class: dropdown\ntext\n:::",
        "<details><summary>A</summary>\n\ntext\n\n</details>",
    ),
    "design's dropdown": (
        ":::{dropdown} A {math}`x`\n*text*\n:::",
        "<details><summary>A $x$</summary>\n\n*text*\n\n</details>",
    ),
    "nested": (
        "::::{note}\na\n\n:::{tip}\nx\n:::\n::::",
        "> **Note**\n>\n> a\n>\n> > **Tip**\n> >\n> > x",
    ),
    "for one": (f"::::::{{note}}\nfor\n{PROSE}::::::", "> **Note**\n>\n> for\n>\n> For torch"),
    "in a list": ("- a\n\n  ```{note}\n  x\n  ```\n- b", "- a\n\n  > **Note**\n  >\n  > x\n\n- b"),
    "apart": ("a\n:::{note}\nb\n:::\nc", "a\n\n> **Note**\n>\n> b\n\nc"),
    "citation": (
        "{cite:t}`lin` and {cite}`lin,pair`",
        "Lin et al. (2013) and (Lin et al., 2013; von Müller and Li, 2000)",
    ),
    "citation in a footnote": (
        "{footcite:t}`lin` {footcite:p}`pair`",
        "Lin et al. (2013) (von Müller and Li, 2000)",
    ),
    "role in code": ("`` {cite}`lin` `` {cite}`lin`", "`` {cite}`lin` `` (Lin et al., 2013)"),
    "twice": ("`{math}` {math}`a` {math}`a`", "`{math}` $a$ $a$"),
    "in bold": ("**{math}`a`** [{math}`b`](https://x.org)", "**$a$** [$b$](https://x.org)"),
    "table": ("| {math}`a` | b |\n|---|---|\n| 1 | {math}`a` |", None),
    "label": ("(here)=\n## Title\n\nSee {ref}`here`.", "## Title\n\nSee Title."),
    "reference": ("{ref}`words <far>`", "words"),
    "to heading": ("[words](#title)", "words"),
    "page": ("{doc}`../index`", "[The book](https://example.org/book/blob/main/chapters/index.md)"),
    "link": ("[b](../index.md#x)", "[b](https://example.org/book/blob/main/chapters/index.md#x)"),
    "web link": ("[b](https://x.org) <https://y.org>", "[b](https://x.org) <https://y.org>"),
    "names": ("{py:func}`~a.b` {kbd}`x` {term}`t <u>`", "`a.b` <kbd>x</kbd> t"),
    "formula": ("$$\na\n$$ (e)\n\nsee {eq}`e`", "$$\na \\tag{1}\n$$\n\nsee (1)"),
    "math": ("```{math}\n:label: e\na\n```\n\n{eq}`e`", "$$\na \\tag{1}\n$$\n\n(1)"),
    "plain formula": ("$$\na\n$$\n\n$b$", "$$\na\n$$\n\n$b$"),
    "align": (
        "\\begin{align}\na &= b\n\\end{align}\n\nc",
        "$$\n\\begin{aligned}\na &= b\n\\end{aligned}\n$$\n\nc",
    ),
    "align*": (
        "\\begin{align*}\na\n\\end{align*}",
        "$$\n\\begin{aligned}\na\n\\end{aligned}\n$$",
    ),
    "definitions": ("Word\n: Meaning\n  more", "- **Word:**\n  Meaning\n  more"),
    "comment": ("a\n\n% b\n\n+++\n\nc", "a\n\n\nc"),
    "code": ("```{code-block} python\n:name: x\n1\n```", "```python\n1\n```"),
    "fence": ("````md\n```{note}\n```\n````", "````md\n```{note}\n```\n````"),
    "table directive": ("```{table} Words\n| a |\n|---|\n```", "**Words**\n\n| a |\n|---|"),
    "rubric": ("```{rubric} Words\n```", "**Words**"),
    "references": (
        "```{bibliography}\n```\n\n{cite}`lin`",
        "- Min Lin, Qiang Chen, and Shuicheng Yan\\. Network\\. *arXiv*, 2013\\.\n\n"
        "(Lin et al., 2013)",
    ),
    "references in footnotes": (
        "{footcite:p}`lin`\n\n```{footbibliography}\n```",
        "(Lin et al., 2013)\n\n"
        "- Min Lin, Qiang Chen, and Shuicheng Yan\\. Network\\. *arXiv*, 2013\\.",
    ),
    "html": ("<b>a</b>", "<b>a</b>"),
    "source": (
        "{source}`chapters/index.md`",
        "[`chapters/index.md`](https://example.org/book/blob/main/chapters/index.md)",
    ),
    "mark of a slide": ("a\n\n% slide\n\nb", "a\n\nb"),
    "widget": (
        "```{widget} nin-try\ntitle: Ask it\n```",
        "> Ask it: to be tried on the book's page.",
    ),
}
PLAIN["table"] = (PLAIN["table"][0], "| $a$ | b |\n|---|---|\n| 1 | $a$ |")


@pytest.mark.parametrize(("text", "plain"), PLAIN.values(), ids=PLAIN)
def test_prose_becomes_plain_markdown(write_page, text: str, plain: str) -> None:
    assert dummy(write_page, text) == plain


UNSHOWABLE = {
    "directive": ("\n:::{tab-set}\n:::", 7, "cannot show the directive {tab-set}"),
    "role": ("a\nb {download}`x`", 6, "cannot show the role {download}"),
    "nested": ("::::{note}\na\n\n:::{grid}\n:::\n::::", 9, "cannot show the directive {grid}"),
    "key": ("{cite}`nobody`", 6, "no entry 'nobody'"),
    "label": ("{ref}`nowhere`", 6, "no label 'nowhere'"),
    "number": ("{numref}`nowhere`", 6, "no numbered label 'nowhere'"),
    "equation": ("{eq}`nowhere`", 6, "no formula"),
    "source": ("{source}`nowhere.py`", 6, "no file 'nowhere.py'"),
    "page": ("{doc}`nowhere`", 6, "no page 'nowhere'"),
    "footnote": ("a[^1]\n\n[^1]: b", 8, "cannot show a footnote"),
    "fence": ("::: python\n:::", 6, "cannot show a plain ::: fence"),
    "picture": ("```{figure} none.png\n```", 6, "no picture none.png"),
    "kind": ("![a](none.xcf)", 6, "no picture of a known type"),
    "two lines": ("> {ref}`some\n> words <a>`", 6, "on one line"),
    "bullet": ("- ```{note}\n  x\n  ```", 6, "a line of its own"),
}


@pytest.mark.parametrize(("text", "line", "message"), UNSHOWABLE.values(), ids=UNSHOWABLE)
def test_what_has_no_plain_form_is_an_error(write_page, text: str, line: int, message: str) -> None:
    # The front matter has five lines.
    with pytest.raises(PageError, match=message) as caught:
        dummy(write_page, text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("files", "kind", "data"),
    [
        (["f.svg"], "svg+xml", b"f.svg"),
        (["f.svg", "f.png"], "png", b"f.png"),  # Colab shows no SVG
    ],
    ids=["svg", "png beside it"],
)
def test_figures_are_embedded(write_page, files: list[str], kind: str, data: bytes) -> None:
    text = "```{figure} f.svg\n:name: fig\n:alt: 'Two: blocks'\nA *caption*\n```\n\n{numref}`fig`"
    path = write_page(text)
    for name in files:
        (path.parent / name).write_bytes(name.encode())
    picture = f"![Two: blocks](data:image/{kind};base64,{b64encode(data).decode()})"
    assert dummy(write_page, text) == f"{picture}\n\n**Fig. 1.** A *caption*\n\nFig. 1"
    assert dummy(write_page, "![Two: blocks](f.svg)") == picture
