"""Slides: each is a beat, stops at its end, and needs nothing but its own file."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pptx import Presentation
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.support.ui import WebDriverWait

from tests.clips.conftest import SCENE, Clips
from tests.site.conftest import FLAGS

PATH = "{http://schemas.openxmlformats.org/presentationml/2006/main}"


def test_powerpoint_holds_the_beats(clips: Clips):
    told = clips.file(SCENE, "pptx")
    deck = Presentation(str(clips.folder / told["path"]))
    assert len(deck.slides) == told["slides"] == 2
    assert deck.core_properties.title == "画一个方块 · 第一课：方块"
    assert "CC BY 4.0" in deck.core_properties.comments
    for slide, beat in zip(deck.slides, ("one", "two"), strict=True):
        (movie,) = slide.shapes
        said = clips.entry(f"{SCENE}/{beat}")["alt"]["zh"]
        assert movie._element.nvPicPr.cNvPr.get("descr") == said
        assert (
            said in slide.notes_slide.notes_text_frame.text and "CC BY 4.0" in slide.notes_slide.notes_text_frame.text
        )
        films = {hashlib.sha256(each.blob).hexdigest() for each in parts(slide) if each.content_type == "video/mp4"}
        assert films == {clips.file(f"{SCENE}/{beat}", "mp4")["sha256"]}
        assert not slide.element.findall(f".//{PATH}cTn[@repeatCount]")  # no slide plays over and over
        assert not slide.element.findall(f".//{PATH}transition[@advTm]")  # none goes on by itself


def parts(slide: Any) -> list[Any]:
    """What a slide has with it."""
    return [each.target_part for each in slide.part.rels.values() if not each.is_external]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
def test_libreoffice_opens_it(clips: Clips, tmp_path: Path):
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(clips.path(SCENE, "pptx"))], check=True, capture_output=True, timeout=120)
    (pdf,) = tmp_path.glob("*.pdf")
    assert pdf.read_bytes().count(b"/Type/Page/") + pdf.read_bytes().count(b"/Type /Page\n") == 2


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Chromium with no network at all."""
    options = Options()
    for flag in (*FLAGS, "--window-size=960,700"):
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


STATE = """
const video = Reveal.getCurrentSlide().querySelector("video");
return [Reveal.getIndices().h, video.ended, video.loop, video.videoWidth];
"""


def test_html_stops_at_each_beat_and_asks_for_nothing(clips: Clips, browser: webdriver.Chrome):
    page = clips.path(SCENE, "html").as_uri()
    browser.get(page)
    wait = WebDriverWait(browser, 30)
    wait.until(lambda driver: driver.execute_script("return window.Reveal && Reveal.isReady()"))
    assert browser.execute_script("return Reveal.getTotalSlides()") == 2
    wait.until(lambda driver: driver.execute_script(STATE)[1])
    assert browser.execute_script(STATE) == [0, True, False, 854]  # it stands where the first beat ends
    ActionChains(browser).send_keys(" ").perform()
    wait.until(lambda driver: driver.execute_script(STATE)[:2] == [1, True])
    said = browser.execute_script("return Reveal.getCurrentSlide().querySelector('video').getAttribute('aria-label')")
    assert said == clips.entry(f"{SCENE}/two")["alt"]["zh"]
    assert [each for each in browser.get_log("browser") if each["level"] == "SEVERE"] == []
    asked = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    urls = {each["params"]["request"]["url"] for each in asked if each["method"] == "Network.requestWillBeSent"}
    assert {url for url in urls if not url.startswith("data:")} == {page}


def test_a_transparent_film_lets_the_page_through(clips: Clips, browser: webdriver.Chrome, tmp_path: Path):
    film = clips.path(SCENE, "webm", transparent=True)
    (tmp_path / "page.html").write_text(
        f'<body style="background:#f0f"><video src="{film.as_uri()}" muted preload="auto"></video>'
        "<script>const video = document.querySelector('video')</script>"
    )
    browser.get((tmp_path / "page.html").as_uri())
    WebDriverWait(browser, 30).until(lambda driver: driver.execute_script("return video.readyState") >= 2)
    told = clips.file(SCENE, "webm", transparent=True)
    assert abs(browser.execute_script("return video.duration") - told["duration"]) < 0.1
    with Image.open(io.BytesIO(browser.get_screenshot_as_png())) as seen:
        red, green, blue = seen.convert("RGB").getpixel((20, 20))
    assert red > 200 and green < 60 and blue > 200
