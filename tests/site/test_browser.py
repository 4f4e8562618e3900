"""The built site in Chromium: what readers see, choose and type."""

from __future__ import annotations

import gzip
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Reader, works
from playwright.sync_api import Page, expect
from toybook import FRAMEWORKS, REAL, Book

from bookbuild.page.cells import find_pages

LESSONS = [f"{page.name}/index" for page in find_pages(REAL)]
PAGES = ["index", "d2lcompat", *LESSONS]
SELECTED = "input:checked + .sd-tab-label[data-sync-group=framework]"
# It would ask for style sheets again, with addresses of its own making.
AXE = {"preload": False, "resultTypes": ["violations"]}
COLOURS = {**AXE, "runOnly": ["color-contrast"]}
ALL_BUT_COLOURS = {**AXE, "rules": {"color-contrast": {"enabled": False}}}
# Axe takes seconds for a page: these have all kinds of elements that any page has.
DIFFERENT = ["index", "d2lcompat", "nin/index", "parity/index", "scale/index"]
# Leaves one text of each kind: of the same elements, classes and colours, up to the page. Axe takes
# a millisecond for the contrast of each word, of which code has thousands.
ONE_OF_A_KIND = """
() => {
  const kinds = new Map([[null, ""]]), seen = new Set();
  for (const tag of document.querySelectorAll("*")) {
    const {color, backgroundColor, fontSize, fontWeight} = getComputedStyle(tag);
    const own = [tag.localName, tag.className, color, backgroundColor, fontSize, fontWeight];
    kinds.set(tag, `${kinds.get(tag.parentElement)}/${own}`);
  }
  for (const [tag, kind] of kinds) {
    const words = Array.from(tag?.childNodes ?? []).filter((node) => node.nodeType === 3);
    if (!words.some((node) => node.data.trim()) || !tag.checkVisibility({visibilityProperty: true}))
      continue;
    tag.style.visibility = seen.has(kind) ? "hidden" : "visible";
    seen.add(kind);
  }
  return seen.size;
}
"""
# How far ahead of the reader such pictures come depends on how fast the browser thinks the line is.
BELOW = "all => all.filter(p => p.getBoundingClientRect().top > innerHeight).map(p => p.src)"
WIDTHS = (390, 768, 1280, 1920)


def kinds(book: Book, pages: set[str]) -> set[tuple[str, str]]:
    """Return the elements of pages, each with one of its classes, but for those of code."""
    return {
        (tag.tag, name)
        for page in pages
        for tag in book.all[page].iter()
        if isinstance(tag.tag, str) and tag.getparent() is not None and tag.getparent().tag != "pre"
        for name in tag.get("class", "").split() or [""]
        if not name.startswith("tag_name:")
    }


def chosen(page: Page) -> set[str]:
    """Return the keys of the frameworks whose tabs are open."""
    return set(page.locator(SELECTED).evaluate_all("labels => labels.map(l => l.dataset.syncId)"))


def choose(page: Page, key: str, nth: int = 0) -> None:
    """Click the tab of a framework in the n-th set of tabs."""
    page.locator(f".sd-tab-label[data-sync-id={key}]").nth(nth).click()


class TestChoice:
    def test_all_tabs_follow_and_the_address_says_so(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        choose(page, "mxnet")
        assert chosen(page) == {"mxnet"}
        assert page.url.endswith("?framework=mxnet")

    def test_it_is_remembered_over_pages_and_visits(self, reader: Reader) -> None:
        choose(reader.open("nin/index"), "paddle")
        assert chosen(reader.open("parity/index")) == {"paddle"}
        reader.page.close()
        page = reader.context.new_page()
        page.goto(f"{reader.address}/chapters/nin/index.html")
        assert chosen(page) == {"paddle"}

    @pytest.mark.parametrize("key", FRAMEWORKS)
    def test_the_address_can_choose(self, reader: Reader, key: str) -> None:
        assert chosen(reader.open("nin/index", f"?framework={key}")) == {key}

    @pytest.mark.parametrize("name", ["jax", "", "__proto__", "<img src=x>", "torch'", "%00"])
    def test_an_unknown_name_changes_nothing(self, reader: Reader, name: str) -> None:
        choose(reader.open("scale/index"), "tensorflow")
        page = reader.open("scale/index", f"?framework={name}")
        assert chosen(page) == {"tensorflow"}
        assert page.url.endswith("?framework=tensorflow")

    def test_what_the_reader_looks_at_does_not_move(self, reader: Reader) -> None:
        page = reader.open("nin/index", "?framework=torch")
        label = page.locator(".sd-tab-label[data-sync-id=paddle]").nth(12)
        label.scroll_into_view_if_needed()
        tabs = label.locator("..")
        before = tabs.bounding_box()
        label.click()
        after = tabs.bounding_box()
        assert before is not None and after is not None
        assert abs(before["y"] - after["y"]) <= 1

    def test_keys_choose(self, reader: Reader) -> None:
        page = reader.open("nin/index", "?framework=torch")
        page.locator(".sd-tab-set > input").first.focus()
        page.keyboard.press("ArrowRight")
        assert chosen(page) == {"tensorflow"}
        assert page.get_by_role("group", name="Framework").count() > 10
        expect(page.get_by_role("radio", name="TensorFlow").first).to_be_checked()

    @pytest.mark.options(java_script_enabled=False)
    def test_without_scripts_all_four_can_be_read(self, reader: Reader) -> None:
        page = reader.open("nin/index")
        for key in FRAMEWORKS:
            choose(page, key)
            tab = page.locator(f".sd-tab-label[data-sync-id={key}] + .sd-tab-content").first
            expect(tab).to_be_visible()


class TestEveryPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("name", DIFFERENT)
    def test_nobody_is_shut_out(self, reader: Reader, name: str, scheme: str) -> None:
        reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page = reader.open(name)
        if scheme == "light":
            found = Axe().run(page, options=ALL_BUT_COLOURS)
            assert found.violations_count == 0, found.generate_report()
        assert page.evaluate(ONE_OF_A_KIND) > 20
        found = Axe().run(page, options=COLOURS)
        assert found.violations_count == 0, found.generate_report()

    def test_pages_that_differ_have_all_kinds_of_elements(self, real: Book) -> None:
        pages = {f"chapters/{name}.html" for name in DIFFERENT}
        assert (
            kinds(real, {f"chapters/{name}.html" for name in PAGES}) - kinds(real, pages) == set()
        )

    @pytest.mark.parametrize("name", ["index", "d2lcompat", "nin/index"])
    def test_it_opens_from_a_folder(self, browser_file: Reader, name: str) -> None:
        page = browser_file.open(name)
        expect(page.locator("article h1").first).to_be_visible()
        if name in LESSONS:
            choose(page, "mxnet")
            assert chosen(page) == {"mxnet"}

    @pytest.mark.parametrize("name", PAGES)
    def test_it_works_is_light_and_never_scrolls_sideways(
        self, reader: Reader, real: Book, name: str
    ) -> None:
        page = reader.open(name)
        page.wait_for_load_state("networkidle")
        later = set(page.locator("img[loading=lazy]").evaluate_all(BELOW))
        asked = [url for url in reader.requests if url.startswith("http") and url not in later]
        root = real.site
        files = {root / unquote(urlsplit(url).path).lstrip("/") for url in asked}
        weight = sum(len(gzip.compress(path.read_bytes())) for path in files)
        assert len(asked) <= 30, asked
        assert weight <= 400_000
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
        works(page)

    @pytest.mark.parametrize("name", PAGES)
    def test_search_engines_find_a_description(self, real: Book, name: str) -> None:
        head = real.html(f"chapters/{name}").head
        assert head is not None
        [description] = head.select("meta[name=description]")
        assert 60 < len(str(description["content"])) < 160
        [address] = head.select("link[rel=canonical]")
        assert str(address["href"]).endswith(f"/chapters/{name}.html")


def test_icons_are_drawn(real: Book) -> None:
    style = (real.site / "_static/icons.css").read_text(encoding="utf-8")
    icons = [name for html in real.all.values() for name in html.xpath("//@class")]
    used = {name for names in icons for name in names.split() if name.startswith("fa-")}
    used -= {"fa-solid", "fa-brands", "fa-regular", "fa-lg"}
    assert used
    assert {name for name in used if f".{name} " not in style} == set()


def test_no_icon_asks_for_a_font_of_icons(reader: Reader) -> None:
    page = reader.open("nin/index")
    drawn = page.evaluate(
        r"""() => Array.from(document.querySelectorAll("*")).flatMap((tag) =>
          ["::before", "::after"].map((part) => getComputedStyle(tag, part).content))
          .filter((text) => /[\ue000-\uf8ff]/.test(text))"""
    )
    assert drawn == []


def test_the_colours_can_be_changed(reader: Reader) -> None:
    page = reader.open("nin/index")
    button = page.locator("button.theme-switch-button:visible")
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.locator("html").get_attribute("data-mode"))
    assert seen == {"light", "dark", "auto"}


def test_a_search_finds_the_page(reader: Reader) -> None:
    page = reader.open("nin/index")
    page.locator("button:visible", has_text="Search").first.click()
    page.keyboard.type("global average pooling")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a", has_text="Network in Network")
    expect(found.first).to_be_visible()


def test_a_missing_page_leads_back(real: Book) -> None:
    page = real.html("404")
    assert "does not exist" in page.get_text()
    links = [str(link["href"]) for link in page.select("article a")]
    assert links
    assert all(link.startswith("/nin-four-ways/") for link in links)
