"""What a notebook printed is data: it is shown as it is, runs nothing, and loads nothing.

The browser does without the site's Content-Security-Policy here, which would hide a fault.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from browsing import Reader, Seats
from nbformat import NotebookNode
from nbformat.v4 import new_output
from toybook import FRAMEWORKS, HEAD, LANGUAGES, SVG, Book, shared, write_book

from bookbuild.notebook import METADATA
from bookbuild.notebook.outputs import shown
from bookbuild.notebook.svg_safety import DrawingError, check_svg
from bookbuild.site.links import SLIDES

GIF = b64encode(b"GIF89a<script>alert(1)</script>").decode()
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def run(place: str) -> str:
    """Return a script that leaves a trace."""
    return f"window.pwned = (window.pwned || '') + '{place}'"


def tag(place: str) -> str:
    """Return what runs it wherever text is taken for HTML."""
    return f'<img src="x" onerror="{run(place)}"><script>{run(place)}</script>'


def bundle(
    text: str = "", metadata: dict[str, object] | None = None, **data: object
) -> NotebookNode:
    """Return an output of several forms, named as `text_html`."""
    kinds = {kind.replace("__", "+").replace("_", "/", 1): value for kind, value in data.items()}
    kinds = {k.replace("_", "."): v for k, v in kinds.items()}
    if text:
        kinds["text/plain"] = text
    return new_output("display_data", data=kinds, metadata=metadata or {})


def printed(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


# Shown as text, or left out in favour of the text beside it.
SHOWN = {
    "stream": printed(tag("stream")),
    "end": printed(f"</pre></div></script></style>--><!--]]>{tag('end')}"),
    "template": printed("{{ 7 * 7 }} {% raw %} ${7*7} `x` $x$ **bold** {eval-rst}\n% slide\n"),
    "mark": printed("<!--slide--><h2>Not a heading</h2>"),
    "link": printed(f"javascript:{run('link')} [a](javascript:alert(1)) <http://x.org/a>"),
    "colours": printed(f"\x1b[31;1m{tag('red')}\x1b[0m after"),
    "plain": bundle(tag("plain")),
    "html": bundle("text, not html", text_html=tag("html")),
    "script": bundle("text, not script", application_javascript=run("js")),
    "markdown": bundle("text, not markdown", text_markdown=f"{tag('md')} [a](javascript:b)"),
    "latex": bundle("text, not latex", text_latex=r"$\href{javascript:alert(1)}{x}$"),
    "widget": bundle(
        "text, not widget", **{"application/vnd.jupyter.widget-view+json": {"model_id": tag("x")}}
    ),
    "error": new_output(
        "error", ename=tag("ename"), evalue=tag("evalue"),
        traceback=[f"\x1b[31m{tag('traceback')}\x1b[0m", "</pre><script>"],
    ),
    "picture": bundle(
        tag("alt"), {"image/png": {"width": '1" onload="x', "height": 5, "alt": tag("x")}},
        image_png=PNG,
    ),
    "drawing": bundle(image_svg__xml=SVG.format(" A drawing ")),
}  # fmt: skip
LITERAL = ("stream", "end", "template", "mark", "link", "plain")
INSTEAD = ("html", "script", "markdown", "latex", "widget")

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:l="http://www.w3.org/1999/xlink" '
DRAWINGS = {
    "a script": f"{OPEN}><script>{run('svg')}</script></svg>",
    "a handler": f'{OPEN}onload="{run("svg")}"/>',
    "a handler below": f'{OPEN}><g OnClick="{run("svg")}"/></svg>',
    "html": f'{OPEN}><foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>',
    "html alone": f'{OPEN}><script xmlns="http://www.w3.org/1999/xhtml">{run("svg")}</script></svg>',
    "a link": f'{OPEN}><a href="javascript:{run("svg")}"><text>x</text></a></svg>',
    "a use": f'{OPEN}><use l:href="https://example.org/a.svg#b"/></svg>',
    "an image": f'{OPEN}><image href="data:image/svg+xml;base64,PHN2Zy8+"/></svg>',
    "an animation": f'{OPEN}><animate attributeName="href" to="javascript:{run("svg")}"/></svg>',
    "a style": f"{OPEN}><style>@import 'https://example.org/a.css';</style></svg>",
    "an attribute": f'{OPEN} fill="url( https://example.org/a )"/>',
    "a base": f'{OPEN} xml:base="https://example.org/"/>',
    "an entity": f'<!DOCTYPE svg [<!ENTITY a "b">]>{OPEN}/>',
    "a default": f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "{run("svg")}">]>{OPEN}/>',
    "a language": f"<!DOCTYPE svg [<?a b?>]>{OPEN}/>",
    "an instruction": f'<?xml-stylesheet href="a.css"?>{OPEN}/>',
    "another alphabet": f'<?xml version="1.0" encoding="utf-7"?>{OPEN}/>',
    "no end": f"{OPEN}>",
    "no drawing": "<html/>",
}
REFUSED = {
    **{kind: bundle(image_svg__xml=text) for kind, text in DRAWINGS.items()},
    "html and no text": bundle(text_html=tag("html")),
    "script and no text": bundle(application_javascript=run("js")),
    "a link of a terminal": printed("\x1b]8;;javascript:alert(1)\x07here\x1b]8;;\x07"),
    "a cleared screen": printed("\x1b[2J"),
    "a cleared line": new_output("error", ename="E", evalue="", traceback=["\x1b[31m\x1b[K"]),
    "a bell": bundle("\x07"),
    "nothing": bundle(),
    "a gif": bundle(image_gif=GIF),
    "no png": bundle(image_png=GIF),
    "no base64": bundle(image_jpeg="<script>alert(1)</script>"),
}


class TestDrawings:
    @pytest.mark.parametrize("kind", DRAWINGS)
    def test_one_that_does_more_is_refused(self, kind: str) -> None:
        with pytest.raises(DrawingError):
            check_svg(DRAWINGS[kind])

    def test_one_that_draws_is_not(self) -> None:
        check_svg(
            '<?xml version="1.0" encoding="utf-8" standalone="no"?><!DOCTYPE svg PUBLIC '
            '"-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
            f'{OPEN}><style>*{{fill: url("#a")}}</style><text>onload=\\ url(x)</text><g '
            'clip-path="url(#b)"><use l:href="#c"/><image href="data:image/png;base64,AA=="/></g>'
            "</svg>"
        )


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_shown_is_named(kind: str) -> None:
    kept, problems = shown([REFUSED[kind]])
    assert (len(kept), len(problems)) == (0, 1)
    assert problems[0].startswith("shows ")
    assert "\n" not in problems[0]


@pytest.mark.parametrize("kind", SHOWN)
def test_what_can_be_shown_is_text_or_a_picture(kind: str) -> None:
    [kept], problems = shown([SHOWN[kind]])
    assert problems == []
    assert set(kept.get("data", {})) <= {"text/plain", "image/png", "image/svg+xml"}
    assert kept.get("metadata", {}) in ({}, {"image/png": {"height": 5}})


def page(count: int) -> str:
    marked = "\n".join(f"% slide\n\n{shared(f'x = {i}')}\n" for i in range(count))
    shown = "\n".join(
        f"```{{gathered}} hostile\n{option}A *caption*.\n```\n"
        for option in ("", ":curves:\n:alt: Curves.\n\n")
    )
    return (
        f"{HEAD}# Hostile\n\n{marked}\n```{{code-cell}}\n:tags: [name:hostile]\nx\n```\n\n{shown}"
    )


def store(book: Book, outputs: list[NotebookNode]) -> None:
    """Put outputs into the notebooks of a book, a cell each, and more where nobody looks."""
    table = f"{tag('head').replace(' ', '')}  $\\frac$</script>\n1  0.5\n2  0.25\n"
    for key in FRAMEWORKS:
        path = book.source / f"chapters/hostile/{key}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            index = int(cell.id.rpartition("-")[2]) if cell.id.startswith("cell-") else -1
            if 0 <= index < len(outputs):
                cell.outputs = [outputs[index]]
            elif index >= 0:
                cell.outputs = [printed(table)]
            elif cell.cell_type == "markdown":
                cell.source += f"\n\n{tag('prose')} ![x](attachment:x.svg)"
                cell.attachments = {"x.svg": {"image/svg+xml": tag("x")}}
            cell.metadata |= {
                "mystnb": {"image": {"alt": tag("x")}},
                "scrapbook": {"name": tag("x")},
            }
        notebook.metadata["widgets"] = {
            "application/vnd.jupyter.widget-state+json": {"state": tag("x")}
        }
        notebook.metadata[METADATA] |= {
            name: tag(name) for name in ("version", "date", "processor")
        }
        nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Return a book whose notebooks have all that can be shown, built without a warning."""
    book = write_book(
        tmp_path_factory.mktemp("hostile"), {"hostile": page(len(SHOWN))}, languages=("en", "ja")
    )
    store(book, list(SHOWN.values()))
    done = book.build_editions()
    assert done.returncode == 0, done.stderr
    return book


@pytest.fixture
def victim(seats: Seats, hostile: Book) -> Iterator[Reader]:
    """Return a reader without the site's policy, for whom no script of an output may run."""
    with seats.take(hostile.site.as_uri(), bypass_csp=True) as reader:
        yield reader
        assert reader.page.evaluate("window.pwned") is None


ACTIVE = """
(root) => Array.from(root.querySelectorAll("*")).flatMap((tag) => [
  ...(/^(script|iframe|object|embed|link|meta|base|form|animate|foreignobject)$/i.test(tag.localName)
    ? [tag.outerHTML] : []),
  ...Array.from(tag.attributes).filter(({ name, value }) => /^on/i.test(name)
    || /^\\s*(javascript|data:text|vbscript)/i.test(value)).map(({ name }) => name)])
"""
EDITIONS = [LANGUAGES[key].folder for key in ("en", "ja")]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_page_shows_it_and_runs_nothing(victim: Reader, hostile: Book, edition: str) -> None:
    opened = victim.open("hostile/index", edition=edition)
    article = opened.locator("article")
    assert article.evaluate(ACTIVE) == []
    shown = "\n".join(
        opened.locator(".cell_output pre").evaluate_all("t => t.map(p => p.textContent)")
    )
    for kind in LITERAL:
        assert (SHOWN[kind].get("text") or SHOWN[kind].data["text/plain"]).strip() in shown, kind
    for kind in INSTEAD:
        assert SHOWN[kind].data["text/plain"] in shown
    for place in ("red", "traceback"):
        assert tag(place) in shown
    for place in ("html", "js", "md", "alt", "prose"):
        assert run(place) not in article.inner_html()
    assert opened.locator(".cell_output img").count() == 2
    assert opened.locator(".cell_output img").first.get_attribute("width") is None
    assert opened.locator(".book-run").first.text_content().startswith("PyTorch <img")  # type: ignore[union-attr]
    assert "<img" in (opened.locator(".book-gathered th").first.text_content() or "")
    source = opened.locator("img.book-curves").evaluate("image => image.src")
    drawing = ElementTree.parse(unquote(urlsplit(source).path)).getroot()
    assert "</script>" in "".join(drawing.itertext())
    assert {tag.tag.rpartition("}")[2] for tag in drawing.iter()} & {
        "script",
        "image",
        "a",
    } == set()


@pytest.mark.parametrize(("edition", "key"), [*(("", key) for key in FRAMEWORKS), ("ja/", "mxnet")])
def test_slides_show_it_and_run_nothing(victim: Reader, edition: str, key: str) -> None:
    deck = victim.open(f"hostile/{SLIDES.format(key=key).removesuffix('.html')}", edition=edition)
    deck.wait_for_selector("html[data-ready]")
    slides = deck.locator(".slides")
    assert slides.evaluate(ACTIVE) == []
    assert slides.locator("section").count() >= len(SHOWN)
    shown = slides.text_content() or ""
    for kind in LITERAL:
        assert (SHOWN[kind].get("text") or SHOWN[kind].data["text/plain"]).strip() in shown, kind
    assert run("html") not in slides.inner_html()


def test_a_build_names_what_it_cannot_show_and_shows_none(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"hostile": page(len(REFUSED))})
    store(book, list(REFUSED.values()))
    done = book.build()
    assert done.returncode != 0
    for i in range(len(REFUSED)):
        assert f"chapters/hostile/torch.ipynb: cell-{i} shows" in done.stdout + done.stderr
    article = book.article("chapters/hostile/index")
    assert article.select("script, foreignobject, .cell_output img, .cell_output svg") == []
    assert "alert" not in str(article)
