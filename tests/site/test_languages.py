"""The three editions in Chromium: changing the language, the first visit, search, letters."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Reader, works
from playwright.sync_api import Page, expect
from test_browser import ALL_BUT_COLOURS, LESSONS, PAGES, WIDTHS, chosen
from test_editions import CJK, folder
from test_slides import fullest, measure, place
from toybook import TRANSLATED, Book

# Whatever is not drawn with a font that has the character looks like this one, which none has.
UNDRAWN = """
(font) => {
  const paint = Object.assign(document.createElement("canvas"), {width: 40, height: 40})
    .getContext("2d", {willReadFrequently: true});
  const look = (text) => {
    paint.clearRect(0, 0, 40, 40);
    paint.font = `24px ${font}`;
    paint.fillText(text, 4, 30);
    return paint.getImageData(0, 0, 40, 40).data;
  };
  const missing = look("\\u{10fffe}");
  const text = new Set(document.body.textContent.replace(/\\s/g, ""));
  return Array.from(text).filter((letter) => look(letter).every((byte, i) => byte === missing[i]));
}
"""


def switch(page: Page, key: str) -> None:
    """Choose a language above the page."""
    for part in ("summary", f"a[data-language={key}]"):
        box = page.locator(f".book-languages {part}").bounding_box()
        assert box is not None
        # Not `click`, which scrolls the page although the bar stays where it is.
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def edition(page: Page) -> str:
    """Return the language of a page, as HTML writes it."""
    return str(page.locator("html").get_attribute("lang"))


class TestSwitch:
    @pytest.mark.parametrize("key", TRANSLATED)
    def test_it_keeps_page_section_and_framework(self, reader: Reader, key: str) -> None:
        page = reader.open("stuck/index", "?framework=mxnet")
        page.locator("#steps-that-are-too-small > h2").evaluate("h => h.scrollIntoView()")
        switch(page, key)
        page.wait_for_url(f"**/{key}/chapters/stuck/index.html?framework=mxnet#*")
        assert chosen(page) == {"mxnet"}
        section = page.locator("#steps-that-are-too-small")
        expect(section.locator("h2")).to_be_in_viewport()
        assert page.url.split("#")[1] in str(section.evaluate("s => s.outerHTML"))

    def test_at_the_top_it_stays_at_the_top(self, reader: Reader) -> None:
        page = reader.open("nin/index", edition="ja/")
        switch(page, "en")
        page.wait_for_url("**/chapters/nin/index.html?framework=torch")
        assert edition(page) == "en"
        assert page.evaluate("window.scrollY") == 0

    @pytest.mark.parametrize("name", ["search", "genindex"])
    def test_it_is_there_on_pages_that_nobody_wrote(self, reader: Reader, name: str) -> None:
        page = reader.page
        page.goto(f"{reader.address}/zh_CN/{name}.html")
        switch(page, "ja")
        page.wait_for_url(f"**/ja/{name}.html*")

    def test_it_works_by_keys(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        summary = page.locator(".book-languages summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="日本語")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="日本語")).to_be_hidden()
        expect(summary).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/zh_CN/chapters/nin/index.html*")

    def test_a_click_elsewhere_closes_it(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        page.locator(".book-languages summary").click()
        page.locator("article h1").click()
        expect(page.get_by_role("link", name="日本語")).to_be_hidden()

    @pytest.mark.options(java_script_enabled=False)
    def test_it_works_without_scripts(self, reader: Reader) -> None:
        page = reader.open("design/index")
        switch(page, "zh_CN")
        page.wait_for_url("**/zh_CN/chapters/design/index.html")

    def test_it_works_from_a_folder(self, browser_file: Reader) -> None:
        page = browser_file.open("scale/index")
        switch(page, "ja")
        page.wait_for_url("file://**/ja/chapters/scale/index.html*")
        assert edition(page) == "ja"


class TestFirstVisit:
    @pytest.mark.options(locale="ja-JP")
    def test_it_follows_the_browser(self, reader: Reader) -> None:
        page = reader.open("nin/index", "?framework=paddle#nin-dead")
        page.wait_for_url("**/ja/chapters/nin/index.html?framework=paddle#nin-dead")
        assert chosen(page) == {"paddle"}

    @pytest.mark.parametrize("name", ["index", "chapters/index", "search"])
    @pytest.mark.options(locale="zh-TW")
    def test_also_elsewhere_and_for_relatives(self, reader: Reader, name: str) -> None:
        reader.page.goto(f"{reader.address}/{name}.html")
        reader.page.wait_for_url("**/zh_CN/**")

    @pytest.mark.options(locale="fr-FR")
    def test_a_language_that_the_book_lacks_gives_english(self, reader: Reader) -> None:
        assert edition(reader.open("nin/index")) == "en"

    @pytest.mark.options(locale="ja-JP")
    def test_a_choice_is_remembered(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        page.wait_for_url("**/ja/**")
        switch(page, "en")
        page.wait_for_url(re.compile(r"\d/chapters/nin/index\.html"))
        again = reader.open("parity/index")
        assert edition(again) == "en"
        reader.page.close()
        page = reader.context.new_page()
        page.goto(f"{reader.address}/chapters/stuck/index.html")
        assert edition(page) == "en"
        switch(page, "zh_CN")
        page.wait_for_url("**/zh_CN/**")
        page.goto(f"{reader.address}/chapters/nin/index.html")
        page.wait_for_url("**/zh_CN/chapters/nin/index.html*")

    @pytest.mark.options(locale="ja-JP")
    def test_an_address_of_another_edition_is_meant(self, reader: Reader) -> None:
        assert edition(reader.open("nin/index", edition="zh_CN/")) == "zh-CN"


QUERIES = {
    "en": ["global average pooling", "dead channel", "convolution"],
    "zh_CN": ["卷积", "全局平均汇聚", "1×1卷积", "对数几率", "global average pooling", "NiN块"],
    "ja": ["畳み込み", "大域平均プーリング", "1×1畳み込み", "ロジット", "global average pooling"],
}


@pytest.mark.parametrize(
    ("key", "query"), [(key, query) for key, queries in QUERIES.items() for query in queries]
)
def test_a_search_finds_the_page(reader: Reader, key: str, query: str) -> None:
    page = reader.page
    page.goto(f"{reader.address}/{folder(key)}search.html?q={quote(query)}")
    found = page.locator("#search-results li a[href*='chapters/nin/index']")
    expect(found.first).to_be_visible()
    status = page.locator(".search-summary")
    expect(status).not_to_be_empty()
    assert key == "en" or CJK.search(status.inner_text())


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("query", ["大象游泳比赛", "ゾウの水泳大会", "elephant"])
def test_a_search_for_what_is_not_there_finds_nothing(reader: Reader, key: str, query: str) -> None:
    page = reader.page
    page.goto(f"{reader.address}/{folder(key)}search.html?q={quote(query)}")
    expect(page.locator(".search-summary")).not_to_be_empty()
    assert page.locator("#search-results li").count() == 0


@pytest.mark.parametrize("key", TRANSLATED)
class TestEveryPage:
    # The same elements as in English, and the same colours, which are looked at there.
    @pytest.mark.parametrize("name", ["index", "nin/index"])
    def test_nobody_is_shut_out(self, reader: Reader, name: str, key: str) -> None:
        page = reader.open(name, edition=folder(key))
        page.locator(".book-languages summary").click()
        found = Axe().run(page, options=ALL_BUT_COLOURS)
        assert found.violations_count == 0, found.generate_report()

    @pytest.mark.parametrize("name", PAGES)
    def test_it_works_and_fits_and_every_letter_is_drawn(
        self, reader: Reader, name: str, key: str
    ) -> None:
        page = reader.open(name, edition=folder(key))
        font = page.locator("body").evaluate("body => getComputedStyle(body).fontFamily")
        assert page.evaluate(UNDRAWN, font) == []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
        slanted = "t => Array.from(t).filter(e => getComputedStyle(e).fontStyle !== 'normal')"
        words = page.locator("article :is(em, i, cite, p, li, span)")
        leaning = words.evaluate_all(f"t => ({slanted})(t).map(e => e.textContent)")
        assert [text for text in leaning if CJK.search(text)] == []
        works(page)


@pytest.mark.parametrize("key", TRANSLATED)
def test_the_copy_button_speaks_the_language(reader: Reader, key: str) -> None:
    page = reader.open("nin/index", edition=folder(key))
    button = page.locator("button.copybtn").first
    assert CJK.search(button.get_attribute("data-tooltip") or "")
    assert CJK.search(button.locator("title").text_content() or "")
    group = page.locator(".sd-tab-set[role=group]").first
    assert CJK.search(group.get_attribute("aria-label") or "")


@pytest.mark.parametrize("key", TRANSLATED)
def test_the_widgets_speak_the_language(reader: Reader, key: str) -> None:
    page = reader.open("nin/index", edition=folder(key))
    table = page.locator(".nin-shapes")
    table.locator("input").nth(1).fill("48")
    words = [
        *table.locator("th").all_inner_texts(),
        table.locator(".nin-shapes-total").inner_text(),
    ]
    assert len(words) > 15
    assert all(CJK.search(word) for word in words)
    page.locator(".nin-try-button").click()
    page.locator(".nin-try-samples button").nth(0).click()
    classes = page.locator(".nin-try-bars th").all_inner_texts()
    assert len(set(classes)) == 10 and all(CJK.search(name) for name in classes)
    expect(page.locator(".nin-try-status")).to_contain_text(CJK)


@pytest.mark.parametrize("key", TRANSLATED)
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_slide_fits(reader: Reader, real: Book, lesson: str, key: str) -> None:
    measure(reader, place(lesson, fullest(real, lesson, folder(key)), folder(key)))
    font = reader.page.locator(".reveal").evaluate("deck => getComputedStyle(deck).fontFamily")
    assert reader.page.evaluate(UNDRAWN, font) == []
