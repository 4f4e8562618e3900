"""The Content-Security-Policy: every page has it, works under it, and is guarded by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import HEADING, Reader, refused, served, works
from lxml.html import tostring
from playwright.sync_api import Browser, Page, Request, expect
from test_browser import PAGES, choose
from toybook import FRAMEWORKS, LANGUAGES, Book

from book.widgets import POLICY
from bookbuild.site import policy
from bookbuild.site.links import SLIDES

EDITIONS = {key: row.folder for key, row in LANGUAGES.items()}
QUERIES = {"en": "average pooling", "zh_CN": "全局平均汇聚", "ja": "大域平均プーリング"}
OTHERS = ("chapters/nin/torch-slides", "search", "genindex", "404")
# Pages that people wrote are looked at where they are measured, in all editions.
WATCHED = [(key, place) for key in EDITIONS for place in OTHERS]


def built(real: Book) -> list[Path]:
    root = real.site
    return [path for path in sorted(root.rglob("*.html")) if "_static" not in path.parts]


def test_every_page_states_it_before_all_that_it_governs(real: Book) -> None:
    assert len(real.all) > 3 * len(PAGES)
    for place, page in real.all.items():
        tags = list(page.iter("meta", "script", "link", "style", "img"))
        stated = [tag for tag in tags if tag.get("http-equiv") == "Content-Security-Policy"]
        more = POLICY["nin-try"] if place.endswith("chapters/nin/index.html") else {}
        assert [tag.get("content") in policy.meta(more) for tag in stated] == [True], place
        assert all(tag.tag == "meta" for tag in tags[: tags.index(stated[0])]), place


def test_nothing_stands_in_a_page_that_it_would_refuse(real: Book) -> None:
    inline = "//script[not(@src)] | //style | //*[@style] | //iframe | //object | //embed | //base"
    for place, page in real.all.items():
        assert page.xpath(inline) == [], place
        assert page.xpath("//@*[starts-with(name(), 'on')]") == [], place


def test_only_the_network_may_compile(real: Book) -> None:
    allowed = {path for path in built(real) if "wasm-unsafe-eval" in path.read_text("utf-8")}
    assert {path.relative_to(real.site).as_posix() for path in allowed} == {
        f"{folder}chapters/nin/index.html" for folder in EDITIONS.values()
    }
    assert not [path for path in built(real) if "'unsafe-" in path.read_text("utf-8")]


@pytest.mark.parametrize(("edition", "place"), WATCHED)
def test_a_page_works_under_it(reader: Reader, edition: str, place: str) -> None:
    page = reader.page
    if place == "404":  # its addresses are those of the published site
        root = reader.address.split("/", 3)[2]
        page.route(
            "**/nin-four-ways/**",
            lambda route: route.continue_(
                url=route.request.url.replace(f"{root}/nin-four-ways/", f"{root}/")
            ),
        )
    page.goto(f"{reader.address}/{EDITIONS[edition]}{place}.html")
    page.wait_for_load_state("networkidle")
    works(page)


# In other editions too each refusal is a complaint of their readers', who do the same there.
def test_what_readers_do_works_under_it(reader: Reader) -> None:
    page = reader.open("nin/index")
    choose(page, "mxnet")
    page.locator("button.theme-switch-button:visible").click()
    page.locator(".cell_input:visible").first.hover()
    page.locator(".cell_input:visible button.copybtn").first.click()
    for details in page.locator("details.hide:visible").all()[:1]:
        details.locator("summary").click()
    page.locator(".nin-shapes input").first.fill("96")
    page.locator(".nin-try-button").click()
    expect(page.locator(".nin-try-samples button")).to_have_count(20, timeout=60_000)
    page.locator(".nin-try-samples button").first.click()
    expect(page.locator(".nin-try")).to_have_attribute("data-logits", re.compile("."))
    page.locator("[data-full-screen]").click()
    page.wait_for_function("document.fullscreenElement")
    page.locator("[data-full-screen]").click()
    assert refused(page) == []
    page.locator(".book-languages summary").click()
    page.locator(".book-languages a[data-language=ja]").click()
    page.wait_for_url("**/ja/chapters/nin/index.html?framework=mxnet*")
    assert refused(page) == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_search_works_under_it(reader: Reader, edition: str) -> None:
    page = reader.page
    page.goto(f"{reader.address}/{EDITIONS[edition]}search.html?q={QUERIES[edition]}")
    expect(page.locator("#search-results li a").first).to_be_visible()
    expect(page.locator("#search-results li p.context").first).to_be_visible()
    expect(page.locator("#search-results .search-summary")).to_contain_text(re.compile(r"\d"))
    assert page.evaluate("document.activeElement.name") == "q"
    assert refused(page) == []


@pytest.mark.parametrize("edition", ["en", "ja"])
@pytest.mark.parametrize("place", ["chapters/nin/index", "chapters/nin/torch-slides", "search"])
def test_a_folder_works_under_it(browser_file: Reader, edition: str, place: str) -> None:
    page = browser_file.page
    page.goto(f"{browser_file.address}/{EDITIONS[edition]}{place}.html")
    expect(page.locator(HEADING).first).to_be_visible()
    if "slides" in place:
        page.wait_for_selector("html[data-ready]")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily") != "Times"
    assert refused(page) == []


INJECTED = {
    "a script": "<script>window.pwned = 1</script>",
    "a handler": '<img src="x" onerror="window.pwned = 1">',
    "a link": '<a id="bait" href="javascript:window.pwned = 1">x</a>',
    "a frame": '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
    "a script of others": '<script src="https://example.org/a.js"></script>',
    "a script in an address": '<script src="data:text/javascript,window.pwned=1"></script>',
    "a style": "<style>article, h1 {color: rgb(1, 2, 3)}</style>",
    "a picture of others": '<img src="https://example.org/a.png">',
    "a form": '<form action="https://example.org"><button id="bait">x</button></form>',
    "a base": '<base href="https://example.org/">',
    "eval": "",
}
# Not within what the browser's driver runs, which no policy holds.
LATER = "() => setTimeout(() => Function('window.pwned = 1')(), 0)"


# A deck has the same policy as pages without the network.
PLACES = {
    **dict.fromkeys(INJECTED, "chapters/nin/index"),
    **{f"{kind} in a deck": "chapters/nin/paddle-slides" for kind in ("a script", "eval")},
}


@pytest.fixture(scope="module")
def injected(real: Book, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return a folder of pages with an injection each, as a server has it, and as it is.

    They have nothing of the book's pages but the policy, which stands there before all else.
    """
    folder = tmp_path_factory.mktemp("injected")
    for name, place in PLACES.items():
        [stated] = real.all[f"{place}.html"].xpath("//meta[@http-equiv='Content-Security-Policy']")
        evil = INJECTED[name.removesuffix(" in a deck")]
        text = f"{tostring(stated, encoding='unicode')}<article><h1>A page</h1>{evil}</article>"
        (folder / f"{name}.html").write_text(f"<!doctype html>{text}", "utf-8")
    with served(folder) as address:
        yield {"http": address, "file": folder.as_uri()}


@pytest.fixture(scope="module")
def stranger(browser: Browser) -> Iterator[Page]:
    """Return an empty page of the browser, of which nothing is expected."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


# In a folder `'self'` is another origin.
@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        *(("http", name) for name in PLACES),
        *(("file", name) for name in INJECTED if name != "a form"),
    ],
)
def test_what_is_injected_does_nothing(
    stranger: Page, injected: dict[str, str], name: str, scheme: str
) -> None:
    told: list[str] = []
    asked: list[Request] = []
    heard = {
        "console": lambda message: told.append(message.text),
        "pageerror": lambda error: told.append(str(error)),
        "request": lambda request: asked.append(request),
    }
    for event, listener in heard.items():
        stranger.on(event, listener)  # type: ignore[call-overload]
    try:
        stranger.goto(f"{injected[scheme]}/{quote(name)}.html")
        eval_or_click = "() => document.getElementById('bait')?.click()"
        stranger.evaluate(LATER if name.startswith("eval") else eval_or_click)
        for _ in range(100):
            if any("Content Security Policy" in text for text in told):
                break
            stranger.wait_for_timeout(50)
        assert any("Content Security Policy" in text for text in told)
        assert stranger.evaluate("window.pwned") is None
        colour = stranger.evaluate("getComputedStyle(document.querySelector('article')).color")
        assert colour != "rgb(1, 2, 3)"
        assert {r.failure for r in asked if "example.org" in r.url} <= {"csp"}
    finally:
        for event, listener in heard.items():
            stranger.remove_listener(event, listener)
        stranger.goto("about:blank")


def test_words_of_search_are_told_without_eval(real: Book) -> None:
    for folder in (folder for folder in EDITIONS.values() if folder):
        text = (real.site / f"{folder}_static/translations.js").read_text("utf-8")
        assert "addTranslations" not in text
        messages = json.loads(text.split("TRANSLATIONS, ")[1].split(");\n")[0])
        assert len(messages) > 20
        assert "PLURAL_EXPR = (n) => Number(0)" in text


@pytest.mark.parametrize("key", FRAMEWORKS)
def test_slides_have_the_strictest(real: Book, key: str) -> None:
    deck = real.site / f"chapters/nin/{SLIDES.format(key=key)}"
    assert policy.meta() in deck.read_text("utf-8")
