"""The pages of the built site: every cell there, in its tab, with its outputs."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from bs4 import Tag
from toybook import FRAMEWORKS, REAL, Book

from bookbuild.page import Page
from bookbuild.page.cells import find_pages

PAGES = [page.name for page in find_pages(REAL)]
LABELS = [framework.label for framework in FRAMEWORKS.values()]


def tab_sets(where: Tag, kind: str = "frameworks") -> list[dict[str, Tag]]:
    """Return each tab-set as a mapping of framework to the content of its tab, in page order."""
    found = []
    for tabs in where.select(f".sd-tab-set.book-{kind}"):
        labels = tabs.find_all("label", recursive=False)
        assert [label["data-sync-group"] for label in labels] == ["framework"] * len(FRAMEWORKS)
        assert [label.get_text(strip=True) for label in labels] == LABELS
        contents = tabs.find_all("div", class_="sd-tab-content", recursive=False)
        keys = [str(label["data-sync-id"]) for label in labels]
        assert keys == list(FRAMEWORKS)
        found.append(dict(zip(keys, contents, strict=True)))
    return found


def code(where: Tag) -> list[str]:
    """Return the code of the cells in a part of a page."""
    return [cell.get_text().strip() for cell in where.select(".cell_input pre")]


def printed(where: Tag) -> list[str]:
    """Return what the cells in a part of a page have printed."""
    return [pre.get_text().strip() for pre in where.select(".cell_output pre")]


def owned(page: Page, key: str) -> list[str]:
    """Return the code that is in the tabs of one framework."""
    return [b.source.strip() for b in page.cells if b.tagged and key in b.frameworks]


class TestToy:
    def test_no_cell_is_lost_or_doubled(self, toy: Book) -> None:
        page = toy.page("chapters/first/index")
        found = code(toy.article("chapters/first/index"))
        assert sorted(found) == sorted(b.source for b in page.cells)

    @pytest.mark.parametrize("key", FRAMEWORKS)
    def test_a_group_is_one_tab_set_with_outputs_and_prose(self, toy: Book, key: str) -> None:
        tab = tab_sets(toy.article("chapters/first/index"))[0][key]
        index, label = list(FRAMEWORKS).index(key), FRAMEWORKS[key].label
        assert code(tab) == [f"b = '{key}'", f"c = '{key}'  # draw"]
        assert printed(tab) == [f"cell {n + index} ran in {label}" for n in (1, 5)]
        assert tab.select_one("p > strong").get_text() == key  # type: ignore[union-attr]
        assert tab.select_one("img")["alt"].endswith(label)  # type: ignore[index, union-attr]

    def test_equal_outputs_of_a_shared_cell_are_shown_once(self, toy: Book) -> None:
        article = toy.article("chapters/first/index")
        assert printed(article).count("cell 9 ran in all") == 1
        assert not any("in all" in tab.text for tabs in tab_sets(article) for tab in tabs.values())

    @pytest.mark.parametrize("key", FRAMEWORKS)
    def test_different_outputs_of_a_shared_cell_are_in_tabs(self, toy: Book, key: str) -> None:
        tab = tab_sets(toy.article("chapters/first/index"))[1][key]
        assert code(tab) == []
        assert printed(tab) == [f"cell 10 ran in {FRAMEWORKS[key].label}"]
        assert len(tab.select("img[loading=lazy]")) == 1

    def test_a_group_after_such_outputs_is_a_tab_set_of_its_own(self, toy: Book) -> None:
        sets = tab_sets(toy.article("chapters/first/index"))
        assert len(sets) == 4
        assert code(sets[2]["paddle"]) == ["e = 'paddle'  # silent"]
        assert sets[2]["paddle"].select("details .cell_input")

    @pytest.mark.parametrize("number", [0, 1])
    def test_a_declared_absence_is_a_sentence(self, toy: Book, number: int) -> None:
        tabs = tab_sets(toy.article("chapters/second/index"))[number]
        assert tabs["mxnet"].get_text(strip=True) == "Not available in MXNet: archived & gone"
        assert "Not available" not in tabs["torch"].text

    def test_a_tab_without_outputs_says_so(self, toy: Book) -> None:
        tabs = tab_sets(toy.article("chapters/second/index"))[1]
        assert tabs["torch"].get_text(strip=True) == "No output."

    @pytest.mark.parametrize("key", FRAMEWORKS)
    def test_links_and_notes_stand_under_the_title(self, toy: Book, key: str) -> None:
        article = toy.article("chapters/first/index")
        tab = tab_sets(article, "links")[0][key]
        section = article.select_one("section")
        assert section is not None
        first, second = section.find_all(recursive=False)[:2]
        assert first.name == "h1"
        assert "book-links" in second["class"]
        links = {link.text: link["href"] for link in tab.select("a:not([hidden])")}
        place = f"nin-four-ways/nin-four-ways/blob/main/chapters/first/{key}.ipynb"
        words = f"first%20{FRAMEWORKS[key].label}"
        talk = f"nin-four-ways/nin-four-ways/discussions?discussions_q={words}"
        assert links == {
            "Open in Colab": f"https://colab.research.google.com/github/{place}",
            "Download notebook": f"{key}.ipynb",
            "View on GitHub": f"https://github.com/{place}",
            "Discuss": f"https://github.com/{talk}",
        }
        note = f"{FRAMEWORKS[key].label} 9.9 · 2026-01-02 · An <abacus> · 13 min"
        assert tab.select_one(".book-run").text == note  # type: ignore[union-attr]

    @pytest.mark.parametrize("key", FRAMEWORKS)
    def test_the_downloads_are_in_the_site(self, toy: Book, key: str) -> None:
        copied = toy.site / "chapters/first" / f"{key}.ipynb"
        assert copied.read_bytes() == (toy.source / f"chapters/first/{key}.ipynb").read_bytes()

    def test_no_row_for_a_page_without_code(self, toy: Book) -> None:
        assert not tab_sets(toy.article("chapters/index"), "links")

    def test_labels_and_links_are_not_searched(self, toy: Book) -> None:
        index = (toy.site / "searchindex.js").read_text()
        assert "colab" not in index


class TestReal:
    @pytest.mark.parametrize("name", PAGES)
    def test_no_cell_is_lost_or_doubled(self, real: Book, name: str) -> None:
        page = real.page(f"chapters/{name}/index")
        found = code(real.article(f"chapters/{name}/index"))
        assert sorted(found) == sorted(b.source.strip() for b in page.cells)

    @pytest.mark.parametrize("key", FRAMEWORKS)
    @pytest.mark.parametrize("name", PAGES)
    def test_every_cell_is_in_its_tab(self, real: Book, name: str, key: str) -> None:
        page = real.page(f"chapters/{name}/index")
        article = real.article(f"chapters/{name}/index")
        assert [c for tabs in tab_sets(article) for c in code(tabs[key])] == owned(page, key)

    @pytest.mark.parametrize("name", PAGES)
    def test_formulas_are_drawn_without_a_script(self, real: Book, name: str) -> None:
        article = real.article(f"chapters/{name}/index")
        source = (real.source / f"chapters/{name}/index.md").read_text(encoding="utf-8")
        assert len(article.select(".math math[display=block]")) == source.count("$$") // 2
        assert "\\(" not in article.text

    @pytest.mark.parametrize("key", FRAMEWORKS)
    @pytest.mark.parametrize("name", PAGES)
    def test_every_framework_has_outputs(self, real: Book, name: str, key: str) -> None:
        pending = real.page(f"chapters/{name}/index").front.pending
        tabs = [tab[key] for tab in tab_sets(real.article(f"chapters/{name}/index"))]
        if key in pending:
            assert any(tab.get_text(strip=True) == pending[key] for tab in tabs)
        else:
            assert any(tab.select(".cell_output") for tab in tabs)

    @pytest.mark.parametrize("name", PAGES)
    def test_what_one_framework_has_drawn_all_have(self, real: Book, name: str) -> None:
        pending = real.page(f"chapters/{name}/index").front.pending
        drawn = {
            key: sum(len(tab[key].select(".cell_output img")) for tab in sets)
            for sets in [tab_sets(real.article(f"chapters/{name}/index"))]
            for key in FRAMEWORKS
            if key not in pending
        }
        assert len(set(drawn.values())) == 1, drawn
        assert name not in ("nin", "parity") or min(drawn.values()) > 0

    @pytest.mark.parametrize("key", FRAMEWORKS)
    @pytest.mark.parametrize("name", PAGES)
    def test_notebooks_beside_the_pages_are_those_of_the_site(
        self, real: Book, name: str, key: str
    ) -> None:
        place = f"chapters/{name}/{key}.ipynb"
        assert (real.site / place).read_bytes() == (real.source / place).read_bytes()

    def test_every_exercise_of_the_nin_page_leads_to_its_answer(self, real: Book) -> None:
        exercises = real.article("chapters/nin/index").select("#exercises > ol > li")
        assert exercises
        for exercise in exercises:
            [answer] = exercise.select("details")
            assert not answer.has_attr("open")
            assert answer.select("a.reference.internal[href*='#']"), exercise.get_text()

    def test_every_public_name_is_documented(self, real: Book) -> None:
        from d2lcompat import aliases
        from d2lcompat.names import NAMES

        article = real.article("chapters/d2lcompat")
        described = {str(dt["id"]) for dt in article.select("dt[id]")}
        listed = {code.get_text() for code in article.select("table code")}
        assert {f"d2l.{name}" for name in NAMES if name not in aliases.NAMES} <= described
        assert set(aliases.NAMES) <= listed

    def test_the_front_door_leads_to_the_first_page(self, real: Book) -> None:
        refresh = real.html("index").select_one("meta[http-equiv=Refresh]")
        assert refresh is not None
        target = str(refresh["content"]).split("url=")[1]
        assert (real.site / target).is_file()


@pytest.mark.parametrize("book", ["toy", "real"])
class TestBoth:
    def test_nothing_is_fetched_from_elsewhere(
        self, book: str, request: pytest.FixtureRequest
    ) -> None:
        site: Book = request.getfixturevalue(book)
        loaded = [
            address
            for html in site.all.values()
            for address in html.xpath("//@src | //link[contains(@rel, 'stylesheet')]/@href")
        ]
        assert len(loaded) > 20
        hosts = {urlsplit(address).hostname for address in loaded}
        assert hosts == {None}

    def test_the_build_imports_no_framework(
        self, book: str, request: pytest.FixtureRequest
    ) -> None:
        site: Book = request.getfixturevalue(book)
        assert (site.output / "poison").is_dir()
        assert not (site.output / "imported").exists()

    def test_every_image_has_a_description(self, book: str, request: pytest.FixtureRequest) -> None:
        site: Book = request.getfixturevalue(book)
        images = [
            image
            for path in (site.source / "chapters").rglob("index.md")
            for image in site.article(str(path.relative_to(site.source).with_suffix(""))).select(
                "img"
            )
        ]
        described = [str(image.get("alt", "")) for image in images]
        assert all(described)
        assert not any(text.endswith((".svg", ".png")) for text in described)
