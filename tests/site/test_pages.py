"""Every page, in both languages: whole, quiet, ours alone, accessible, and no wider than a phone."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from tests.site.conftest import Browser

PAGES = (
    "index",
    "01-toy/index",
    "01-toy/first",
    "01-toy/second",
    "02-later/index",
    "topics",
    "search",
    "clips",
    "traces/index",
    "traces/lora/merge",
)
LECTURE = "01-toy/first.html"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ("zh", "en"))
def test_page_is_whole_and_accessible(browser: Browser, language: str, page: str):
    browser.open(f"/{language}/{page}.html")
    browser.loaded()
    assert browser.violations() == []
    browser.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    assert browser.violations() == []
    assert browser.errors() == []
    assert "built-in" not in browser.text("body")  # a word of the site that is none
    asked = browser.requests()
    assert asked and all(each.startswith((browser.address, "data:", "blob:")) for each in asked)
    assert browser.run("return document.documentElement.lang")[:2] == language  # type: ignore[index]


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_a_phone(browser: Browser, page: str):
    browser.open(f"/en/{page}.html", width=360)
    browser.loaded()
    assert browser.run("return document.documentElement.scrollWidth") == 360


def test_first_page_chooses_a_language(browser: Browser):
    browser.open("/")
    browser.wait("location.pathname === '/en/index.html'")  # what this browser speaks
    browser.visit("/zh/topics.html")
    browser.visit("/")
    browser.wait("location.pathname === '/zh/index.html'")


def test_switch_keeps_the_page(browser: Browser):
    browser.open(f"/zh/{LECTURE}")
    browser.click(".content-icon-container .language")
    browser.wait(f"location.pathname === '/en/{LECTURE}'")
    assert "The first lecture" in browser.text("h1")


def test_outline_shows_every_lecture_with_its_status(browser: Browser):
    browser.open("/en/index.html")
    rows = browser.run("return [...document.querySelectorAll('.row')].map((row) => row.innerText.split(/\\s*\\n\\s*/))")
    assert rows == [
        ["The first lecture", "Beginner", "Video"],
        ["The second lecture", "Advanced", "Text"],
        ["The third lecture", "Intermediate", "Planned"],
    ]
    browser.click("[name=available]")
    assert browser.run("return [...document.querySelectorAll('.row')].filter((row) => row.offsetParent).length") == 2
    browser.run("document.querySelector('.sift').level.value = 'advanced'")
    browser.run("document.querySelector('.sift').dispatchEvent(new Event('input'))")
    assert browser.run("return [...document.querySelectorAll('.row')].filter((row) => row.offsetParent).length") == 1


@pytest.mark.parametrize("language", ("zh", "en"))
def test_html_in_the_words_is_shown_not_run(browser: Browser, language: str):
    for page in ("01-toy/first", "01-toy/index", "index"):
        browser.open(f"/{language}/{page}.html")
        browser.wait("document.readyState === 'complete'")
        assert browser.run("return window.bad") is None
        assert browser.run("return document.querySelectorAll('article img[src=x], .sidebar-tree img').length") == 0
    browser.visit(f"/{language}/{LECTURE}")
    for selector in ("h1", ".said", "article p:not([class])"):
        assert "<script>window.bad = 1</script>" in browser.text(selector)
    browser.visit(f"/{language}/01-toy/index.html")
    assert "<b>" in browser.text(".points")


QUERIES = [
    ("zh", "奇异值分解", "第一课"),  # one word
    ("zh", "矩阵乘积", "第一课"),  # two words that stand apart in the text
    ("zh", "秩", "第一课"),  # a word of one sign
    ("zh", "这一课就结束了", "第一课"),  # only spoken
    ("zh", "第三课", "2 以后"),  # planned
    ("en", "decomposition product", "The first lecture"),
    ("en", "another square", "The first lecture"),
]


@pytest.mark.parametrize(("language", "query", "title"), QUERIES)
def test_search_finds(browser: Browser, language: str, query: str, title: str):
    browser.open(f"/{language}/index.html")
    browser.press(".sidebar-search", query, "\n")
    browser.wait("document.querySelector('#search-results li') !== null")
    assert title in browser.text("#search-results")
    assert browser.errors() == []


def test_search_that_finds_nothing_says_so(browser: Browser):
    browser.open("/zh/search.html?q=量子色动力学")
    browser.wait("document.querySelector('.search-summary')?.innerText")
    assert browser.run("return document.querySelectorAll('#search-results li').length") == 0


def test_formulas_are_set(browser: Browser):
    browser.open(f"/en/{LECTURE}")
    browser.wait("document.querySelectorAll('.math .katex').length >= 3")
    assert browser.run("return document.querySelectorAll('.katex-error').length") == 0
    assert browser.run("return document.fonts.check('16px KaTeX_Math')") is True


def test_sample_is_copied_and_downloaded(browser: Browser):
    from tests.site.course import PROGRAM

    browser.open(f"/en/{LECTURE}")
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.click(".copy")
    browser.wait("document.querySelector('.copy').textContent === 'Copied'")
    assert browser.run("return window.copied.trim()") == PROGRAM.strip()
    for ending, part in ((".py", "print("), (".ipynb", '"nbformat": 4')):
        link = browser.driver.find_element("css selector", f"a[download][href$='draw{ending}']").get_attribute("href")
        assert part in urlopen(str(link)).read().decode()


def test_output_says_how_it_came_about(browser: Browser):
    browser.open(f"/en/{LECTURE}")
    head = browser.text(".printed-head")
    assert (
        "Stand-in weights" in head
        and "2026-01-01 · Python 3.11.7 · CPU" in head
        and "numbers and words are not" in head
    )
    assert browser.text(".listing:has(.printed-head) pre") == "###\n###\n###"


def test_solution_is_folded(browser: Browser):
    browser.open(f"/zh/{LECTURE}")
    assert browser.run("return document.querySelector('details.solution').open") is False


def test_reading_is_remembered(browser: Browser):
    browser.open("/en/01-toy/second.html")
    browser.run("window.scrollTo(0, document.body.scrollHeight)")
    browser.wait("document.querySelector('.read').innerText === '100% read'")
    browser.visit("/en/index.html")
    assert "100%" in browser.text("[data-progress='01-toy/second'] .share")


def test_previous_and_next(browser: Browser):
    browser.open(f"/en/{LECTURE}")
    browser.loaded()
    browser.click("a.next-page")
    browser.wait("location.pathname === '/en/01-toy/second.html'")
    browser.click("a.prev-page")
    browser.wait(f"location.pathname === '/en/{LECTURE}'")


@pytest.mark.parametrize(("language", "said"), [("zh", ["下一页", "上一页"]), ("en", ["Next", "Previous"])])
def test_theme_speaks_the_language_of_the_page(browser: Browser, language: str, said: list[str]):
    browser.open(f"/{language}/{LECTURE}")
    browser.loaded()
    found = [browser.text(f".related-pages .{kind}-page .context") for kind in ("next", "prev")]
    assert found == said


def test_paper_has_words_and_no_controls(browser: Browser):
    browser.open(f"/zh/{LECTURE}")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = "return getComputedStyle(document.querySelector(arguments[0])).display !== 'none'"
    assert browser.run(shown, ".said") and browser.run(shown, ".listing")
    assert not any(browser.run(shown, each) for each in (".player video", ".player-bar", ".widget", ".copy"))
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
