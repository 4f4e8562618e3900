"""Small pages, read by Sphinx: what a notebook says, and that it says what the page does."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.locale import translators
from sphinx.util.docutils import SphinxDirective, docutils_namespace

from bookbuild.notebook.prose import Context, write

SITE = "https://example.org/book/"
BIB = """@article{lin, author={Lin, Min and Chen, Qiang}, title={Network}, journal={J}, year=2013}
@article{he, author={He, Kaiming}, title={Residual}, journal={J}, year=2016}
"""
CELL = "```{{code-cell}}\n:book: {{cell: {}, framework: {}}}\nprint()\n```\n"
# What is written alike in MyST and for notebooks comes through as it is.
SAME = {
    "paragraph": "Plain words, snake_case, a < b, [x], 5 > 3, 100%, ~5 s, it is! (yes) & no #1.",
    "marks": "*slanted*, **bold**, `code`, ``a ` b``, $x_i^2$ and [a link](https://example.org/a).",
    "signs": r"2 \* 3 \* 4, \`a\`, \<b>, \$5 or \$6, \_init\_, [a\](b), C:\\\*, \&lt;, a\~b.",
    "number at the start": "1\\. of May",
    "sign at the start": "\\# no title\\\n\\- no list\\\n\\> no quote\\\n\\[x]: no target",
    "beside chinese": "我们用**数据**的*x*值，**`x`** 和`y`的。",
    "heading": "## A **bold** `name`\n\n### Below\n\nText",
    "tight list": "- a\n- b\n  - c\n  - d\n- e",
    "loose list": "3. a\n\n   more\n\n   ```python\n   x = 1\n\n   y = 2\n   ```\n\n4. b",
    "two lists": "- a\n\n<!-- -->\n\n- b\n\n1. c",
    "quote": "> a\n>\n> - b",
    "code": "````python\n```\n**x**\n````",
    "formula": "$$\na + b\n$$",
    "table": "| a | b\\|c | d |\n| :-- | --: | :-: |\n| `x` | $y$ | **z** |",
    "break": "one\\\ntwo",
    "rule": "a\n\n---\n\nb",
    "address": "See <https://example.org/a_b>.",
    "address with brackets": "See [it](<https://example.org/a_(b)>).",
    "exclamation": r"Look\![here](https://example.org/)",
}
CHANGED = {
    "marks that Markdown would not see": (
        "用{strong}`数据（x）`的{emphasis}`（y）`，或 {strong}`（z）`。",
        "用<strong>数据（x）</strong>的<em>（y）</em>，或 **（z）**。",
    ),
    "marks in a link that is gone": (
        "(here)=\n## 这里\n\n用[**数据（x）**](#here)的",
        "## 这里\n\n用<strong>数据（x）</strong>的",
    ),
    "lines": ("one\ntwo *three\nfour*", "one two *three four*"),
    "lines of chinese": ("网络\n*x*\n很小，\nNiN\ntoo\nx", "网络*x*很小，NiN too x"),
    "other marks": (
        "{sub}`2`, {sup}`3`, {kbd}`Esc`, {guilabel}`File`",
        "<sub>2</sub>, <sup>3</sup>, <kbd>Esc</kbd>, File",
    ),
    "marks in marks": ("**a *b* c**", "**a <em>b</em> c**"),
    "this page": ("(here)=\n## Here\n\n[words](#here), {ref}`here`", "## Here\n\nwords, Here"),
    "other page": ("[words](../index.md)", f"[words]({SITE}index.html)"),
    "note": (":::{note}\nSay *it*.\n\n- a\n:::", "> **Note**\n>\n> Say *it*.\n>\n> - a"),
    "admonition": (":::{admonition} My `x`\nSay it.\n:::", "> **My `x`**\n>\n> Say it."),
    "see also": (":::{seealso}\nThat.\n:::", "> **See also**\n>\n> That."),
    "topic": (":::{topic} Title\nText\n:::", "> **Title**\n>\n> Text"),
    "sidebar": (":::{sidebar} Title\nText\n:::", "> **Title**\n>\n> Text"),
    "dropdown": (
        ":::{dropdown} What is `x<y`?\nA **letter**.\n:::",
        "<details><summary>What is <code>x&lt;y</code>?</summary>\n\nA **letter**.\n\n</details>",
    ),
    "folded note": (
        ":::{note}\n:class: dropdown\nText\n:::",
        "<details><summary>Note</summary>\n\nText\n\n</details>",
    ),
    "rubric": (":::{rubric} Small title\n:::", "**Small title**"),
    "definitions": ("Term *x*\n: Its sense", "- **Term <em>x</em>**\n\n  Its sense"),
    "not shown": ("% comment\n\n(target)=\n\n```{index} x\n```\n\nText", "Text"),
    "html": ('<b>x</b>y\n\n<div class="x"></div>', "xy"),
    "lines of verse": ("```{line-block}\na\nb *c*\n```", "a\\\nb *c*"),
    "figure": (
        "{numref}`f` or {numref}`see %s <f>`\n\n"
        "```{figure} a.svg\n:name: f\n:alt: A grid\n\nA *grid*.\n\nLegend\n```",
        "Fig. 1 or see 1\n\n![A grid](data:image/png;base64,a.svg)\n\n**Fig. 1.** A *grid*.\n\n"
        "Legend",
    ),
    "picture that is there": (
        "```{image} data:image/png;base64,AAAA\n:alt: A [grid]\n```",
        "![A [grid]](data:image/png;base64,AAAA)",
    ),
    "light and dark": (
        "```{image} a.svg\n:class: only-light\n```\n\n```{image} b.svg\n:class: only-dark\n```",
        "![](data:image/png;base64,a.svg)",
    ),
    "numbered formulas": (
        "$$\na\n$$ (one)\n\n```{math}\n:label: two\nb \\\\ c\n```\n\n{eq}`two`",
        "$$\na \\tag{2}\n$$\n\n$$\n\\begin{aligned}\nb \\\\ c\n\\end{aligned} \\tag{3}\n$$\n\n(3)",
    ),
    "environments": (
        "\\begin{align*}\na &= b\n\\end{align*}\n\n\\begin{equation}\n\\begin{cases}c\\end{cases}\n"
        "\\end{equation}",
        "$$\n\\begin{aligned}\na &= b\n\\end{aligned}\n$$\n\n"
        "$$\n\\begin{cases}c\\end{cases} \\tag{1}\n$$",
    ),
    "named table": (
        "```{table} Sizes\n:name: t\n| a |\n|---|\n| 1 |\n```",
        "**Table 1.** Sizes\n\n| a |\n| --- |\n| 1 |",
    ),
    "list of cells": (
        "```{list-table}\n* - a\n\n    b\n  - $|x| \\| y$\n```",
        "|  |  |\n| --- | --- |\n| a<br>b | $\\vert x\\vert \\Vert y$ |",
    ),
    "named code": (
        "```{code-block} python\n:caption: A cell\nx = 1\n```",
        "**Listing 1.** A cell\n\n```python\nx = 1\n```",
    ),
    "footnote": (
        "Word[^a] (b)[^b].\n\n[^a]: A *note*.\n\n[^b]: B",
        "Word[1] (b)[2].\n\n[1] A *note*.\n\n[2] B",
    ),
    "citations": (
        "{footcite:t}`lin`, see {footcite:p}`he,lin`.\n\n```{footbibliography}\n```",
        "Lin and Chen[1], see [2][1].\n\n"
        "[1] Min Lin and Qiang Chen. Network. *J*, 2013.\n\n[2] Kaiming He. Residual. *J*, 2016.",
    ),
}  # fmt: skip
PARTS = {
    "frameworks": "Common\n\n:::{own} torch\nMine\n:::\n:::{own} paddle\nTheirs\n:::\n\n"
    + CELL.format(0, "torch") + "\n" + CELL.format(1, "paddle") + "\n" + CELL.format(2, "null")
    + "\n" + CELL.format(2, "torch, outputs_only: true")
    + "\n## Then\n\n" + CELL.format(3, "null") + "\nEnd",
    "unknown": "Before\n\n```{strange}\nOdd *words*\n```",
}  # fmt: skip
HEAD = "---\nfile_format: mystnb\n---\n# Page\n\n"


class strange(nodes.Part, nodes.TextElement):
    """A node that no module knows."""


class Strange(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        node = strange("", "", *self.parse_inline("\n".join(self.content))[0])
        self.set_source_info(node)
        return [node]


class Own(Strange):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return [nodes.container("", *self.parse_content_to_nodes(), framework=self.arguments[0])]


class Notebooks(Builder):
    name = format = "notebooks"
    supported_remote_images = supported_data_uri_images = True  # they stay as they are

    def get_outdated_docs(self) -> str:
        return "all"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        return f"{SITE}{docname}.html" if self.config.language == "en" else ""

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        return "" if from_ == to else self.get_target_uri(to)

    def prepare_writing(self, docnames: set[str]) -> None:
        self.found: dict[str, list[str | int]] = {}

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        numbers, formats = self.env.toc_fignumbers.get(docname, {}), self.config.numfig_format
        context = Context("torch", picture, str, numbers, formats)
        self.found[docname] = write(doctree, context)


def picture(uri: str) -> str:
    return uri if ":" in uri else f"data:image/png;base64,{Path(uri).name}"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_builder(Notebooks)
    app.add_node(strange, html=(lambda self, node: None, lambda self, node: None))
    app.add_directive("strange", Strange)
    app.add_directive("own", Own)
    return {"parallel_read_safe": True}


def build(source: Path, builder: str, language: str = "en") -> tuple[Sphinx, str]:
    """Return the finished application, and what it has warned of."""
    config = {
        "extensions": ["myst_nb", "sphinx_design", "sphinxcontrib.bibtex", __name__],
        "myst_enable_extensions": ["amsmath", "colon_fence", "deflist", "dollarmath"],
        "nb_execution_mode": "off",
        "bibtex_bibfiles": ["a.bib"],
        "bibtex_default_style": "unsrt",
        "language": language,
        "myst_footnote_transition": False,
        "numfig": True,
        "smartquotes": False,
        "html_theme": "basic",
        "templates_path": [],  # themes add theirs to Sphinx's own list, for all later builds
        "suppress_warnings": ["myst.footnote", "myst.header"],
    }
    warnings = StringIO()
    translators.clear()  # the words of the language in which Sphinx has built before
    with docutils_namespace():
        trees = source.parent / f"trees-{language}"
        out = source.parent / builder
        app = Sphinx(source, None, out, trees, builder, config, None, warnings)
        app.build()
    return app, warnings.getvalue()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book") / "source"
    (folder / "pages").mkdir(parents=True)
    (folder / "a.bib").write_text(BIB)
    (folder / "index.md").write_text("# Book\n\n```{toctree}\n:glob:\npages/*\n```\n")
    for name in ("a.svg", "b.svg"):
        (folder / "pages" / name).write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    pages = SAME | {name: myst for name, (myst, _) in CHANGED.items()} | PARTS
    for name, text in pages.items():
        path = folder / "pages" / f"{name.replace(' ', '-')}.md"
        path.write_text(f"{HEAD}{text}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def book(source: Path) -> tuple[Sphinx, str]:
    build(source, "html")
    return build(source, "notebooks")


def found(book: tuple[Sphinx, str], name: str) -> list[str | int]:
    written: list[str | int] = book[0].builder.found[f"pages/{name.replace(' ', '-')}"]
    return written


@pytest.mark.parametrize("name", [*SAME, *CHANGED])
def test_markdown(book: tuple[Sphinx, str], name: str) -> None:
    expected = SAME[name] if name in SAME else CHANGED[name][1]
    assert found(book, name) == [f"# Page\n\n{expected}"]


@pytest.mark.parametrize("name", [*SAME, *CHANGED])
def test_the_words_are_those_of_the_page(book: tuple[Sphinx, str], source: Path, name: str) -> None:
    path = source.with_name("html") / "pages" / f"{name.replace(' ', '-')}.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert said(page.select_one("div.body")) == said(rendered(found(book, name)))


def rendered(parts: list[str | int]) -> BeautifulSoup:
    parser = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    [text] = parts
    return BeautifulSoup(parser.render(str(text)), "html.parser")


def said(html: BeautifulSoup | Tag | None) -> tuple[str, list[str], list[str]]:
    """Return words without spaces, the numbers of formulas, and what pictures show."""
    assert html is not None
    numbers = [tag.extract().get_text().strip("()¶") for tag in html.select(".eqno")]
    for tag in html.select(".headerlink, .backrefs, img[class~=only-dark]"):
        tag.extract()
    text = re.sub(r"\s", "", html.get_text()).replace(r"\Vert", r"\|").replace(r"\vert", "|")
    numbers += re.findall(r"\\tag\{(\w+)\}", text)
    text = re.sub(
        r"\\tag\{\w+\}|\\(begin|end)\{(align\*|aligned|equation|split)\}|\\[()\[\]]", "", text
    )
    text = re.sub(r"((?:Fig\.|Table|Listing)\d)\.", r"\1", text)  # which we write with a stop
    return text, numbers, [str(tag["alt"]) for tag in html.select("img[alt$=grid]")]


MARKS = "strong, em, code, li, ol, ul, blockquote, pre, td, th, h2, h3, hr, br, a[href*=example]"


@pytest.mark.parametrize("name", SAME)
def test_the_structure_is_that_of_the_page(
    book: tuple[Sphinx, str], source: Path, name: str
) -> None:
    path = source.with_name("html") / "pages" / f"{name.replace(' ', '-')}.html"
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").select_one("div.body")
    assert page is not None
    plain = [tag.name for tag in rendered(found(book, name)).select(MARKS) if tag.name != "code"]
    assert plain == [tag.name for tag in page.select(MARKS) if tag.name != "code"]


def test_a_notebook_is_of_one_framework(book: tuple[Sphinx, str]) -> None:
    assert found(book, "frameworks") == ["# Page\n\nCommon\n\nMine", 0, 2, "## Then", 3, "End"]


def test_what_is_unknown_keeps_its_words_and_is_a_warning(book: tuple[Sphinx, str]) -> None:
    assert found(book, "unknown") == ["# Page\n\nBefore\n\nOdd *words*"]
    [warning] = book[1].splitlines()
    assert "unknown.md:9: WARNING: a notebook cannot show 'strange', only its words" in warning


def test_titles_are_in_the_language_of_the_page(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.bib").touch()
    (source / "index.md").write_text(
        "# 本\n\n```{toctree}\na\n```\n\n[語](a.md)\n", encoding="utf-8"
    )
    (source / "a.md").write_text("# 頁\n\n:::{warning}\n文\n:::\n", encoding="utf-8")
    app, warnings = build(source, "notebooks", "ja")
    assert app.builder.found == {
        "a": ["# 頁\n\n> **警告**\n>\n> 文"],
        "index": ["# 本\n\n語"],  # nothing says where the page will be
    }
    assert not warnings
