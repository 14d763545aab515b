"""The gallery: every clip with its picture, sifted, previewed, played, copied and downloaded; and without any clip."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.request import urlopen

import jsonschema
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from render.clips import manifest
from render.errors import BuildError
from render.site.gallery import copy_clips, gallery
from scripts.course import load_course
from tests.site.conftest import Browser
from tests.site.course import ID, QUOTED

PAGE = "/en/clips.html"
SHOWN = "return [...document.querySelectorAll('.clip')].filter((clip) => !clip.hidden).map((clip) => clip.id)"


@pytest.fixture
def page(browser: Browser) -> Browser:
    browser.open(PAGE)
    browser.wait("document.querySelector('.clips-sift') && !document.querySelector('.clips-sift').hidden")
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    return browser


def sift(page: Browser, name: str, value: str) -> None:
    page.run(
        "const form = document.querySelector('.clips-sift'); form[arguments[0]].value = arguments[1];"
        "form.dispatchEvent(new Event('input'))",
        name,
        value,
    )


def test_the_manifest_of_the_toy_is_one(course: Path):
    folder = course / "build/clips"
    told = json.loads((folder / manifest.FILE).read_text(encoding="utf-8"))
    jsonschema.validate(told, json.loads((folder / manifest.SCHEMA).read_text(encoding="utf-8")))


def test_clips_are_sifted_by_kind_topic_and_mechanism(page: Browser):
    assert page.run(SHOWN) == [f"{ID}/First", f"{ID}/Second"]
    assert page.text(".clips-sift output") == "Clips: 2"
    sift(page, "topic", "squares")
    assert page.run(SHOWN) == [f"{ID}/First"]
    sift(page, "kind", "")
    assert page.run(SHOWN) == [f"{ID}/First", f"{ID}/First/one"]
    sift(page, "kind", "beat")
    sift(page, "mechanism", "drawing")
    assert page.run(SHOWN) == [f"{ID}/First/one"]
    assert page.text(".clips-sift output") == "Clips: 1"


def test_an_address_names_a_clip(browser: Browser):
    browser.open(f"{PAGE}#{ID}/First/one")
    browser.wait(f"document.getElementById('{ID}/First/one')?.hidden === false")
    assert browser.run(SHOWN) == [f"{ID}/First/one"]


def test_pointing_and_tabbing_show_the_preview(page: Browser):
    screen = page.driver.find_element("css selector", ".clip-screen")
    source = "document.querySelector('.clip-screen img').getAttribute('src')"
    assert "poster" in page.run(f"return {source}")  # type: ignore[operator]
    ActionChains(page.driver).move_to_element(screen).perform()
    page.wait(f"{source}.includes('preview') && document.querySelector('.clip-screen img').complete")
    ActionChains(page.driver).move_to_element(page.driver.find_element("css selector", "h1")).perform()
    page.wait(f"{source}.includes('poster')")
    page.run("document.querySelector('.clip-play').focus()")
    page.wait(f"{source}.includes('preview')")


def test_nothing_moves_for_who_wants_it_still(page: Browser):
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.run("document.querySelector('.clip-play').focus()")
    assert "poster" in page.run("return document.querySelector('.clip-screen img').src")  # type: ignore[operator]


def test_a_clip_plays_in_its_place_by_key(page: Browser):
    page.press(".clip-play", Keys.ENTER)
    page.wait("document.querySelector('.clip-screen video')?.currentTime > 0.2")
    assert page.run("return document.activeElement.tagName") == "VIDEO"
    assert page.run("return document.querySelector('.clip-screen video').seekable.end(0)") > 8  # type: ignore[operator]
    assert page.errors() == []


class Parsed(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: dict[str, dict[str, str | None]] = {}
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = dict(attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_embed_code_is_whole_and_names_its_source(page: Browser):
    page.click(".clip button.take")
    page.wait("window.copied")
    copied = Parsed(str(page.run("return window.copied")))
    assert copied.tags.keys() == {"figure", "video", "figcaption"}
    video = copied.tags["video"]
    assert video["aria-label"] == QUOTED and copied.words == "“First”, CC BY 4.0"
    for address, kind in ((video["src"], "video/mp4"), (video["poster"], "image/webp")):
        assert address and address.startswith(page.address)
        with urlopen(address) as answer:
            assert answer.headers["Content-Type"] == kind
    assert page.text(".clip button.take") == "Copied"


def test_credit_is_one_line(page: Browser):
    page.click(".clip button.take:nth-of-type(2)")
    page.wait("window.copied")
    assert page.run("return window.copied") == "“First”, CC BY 4.0"


def test_every_file_can_be_downloaded(page: Browser):
    page.click(".clip summary")
    links = page.run("return [...document.querySelectorAll('.clips a[download]')].map((link) => link.href)")
    assert isinstance(links, list) and len(links) == 7
    for link in (*links, f"{page.address}/clips/clips.json", f"{page.address}/clips/clips.schema.json"):
        with urlopen(link) as answer:
            assert answer.status == 200
    assert "lecture clips --id" in page.text(".clip pre")
    assert page.run("return document.querySelector('.clip-take a[href*=traces]').getAttribute('href')") == (
        "traces/lora/merge.html"
    )


def test_each_reader_gets_a_film_of_their_language(browser: Browser):
    films = "return [...document.querySelectorAll('.clip-play')].map((link) => link.href.split('.').at(-2))"
    browser.open("/zh/clips.html")
    assert browser.run(films) == ["zh", "en", "zh"]
    browser.visit(PAGE)
    assert browser.run(films) == ["en", "en", "zh"]


def test_without_clips_the_page_says_how_to_make_them(tmp_path: Path):
    found = gallery(load_course(), "en", tmp_path)
    assert not found.clips
    copy_clips(tmp_path, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_manifest_that_leads_out_is_refused(course: Path, tmp_path: Path):
    told = json.loads((course / "build/clips" / manifest.FILE).read_text(encoding="utf-8"))
    told["clips"][0]["files"][0]["path"] = "../../secret"
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / manifest.FILE).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BuildError, match="leads out of the folder"):
        copy_clips(tmp_path, tmp_path / "site")
