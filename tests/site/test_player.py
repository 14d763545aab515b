"""The player: what a person does with a lecture's video."""

from __future__ import annotations

import pytest

from tests.site.conftest import Browser
from tests.site.course import CAPTIONS

VIDEO = "document.querySelector('video')"


@pytest.fixture
def player(browser: Browser) -> Browser:
    """The lecture's page, the video known to the browser."""
    browser.open("/zh/01-toy/first.html")
    browser.run("document.querySelector('video').scrollIntoView()")
    browser.wait(f"{VIDEO}.readyState >= 1")
    return browser


def now(browser: Browser) -> float:
    """Seconds."""
    return float(str(browser.run(f"return {VIDEO}.currentTime")))


def test_it_plays(player: Browser):
    player.press(".player-bar button", "k")
    player.wait(f"{VIDEO}.currentTime > 0.6 && !{VIDEO}.paused")
    assert player.run(f"return {VIDEO}.videoWidth") == 320
    player.press(".player-bar button", "k")
    player.wait(f"{VIDEO}.paused")
    assert player.errors() == []


def test_every_chapter_is_reached(player: Browser):
    assert player.run(f"return {VIDEO}.seekable.end(0)") == pytest.approx(9, abs=0.1)  # the server knows Range
    buttons = player.driver.find_elements("css selector", ".parts button")
    for button, start in reversed(list(zip(buttons, (0.0, 5.0), strict=True))):
        player.click(button)
        player.wait(f"!{VIDEO}.seeking && Math.abs({VIDEO}.currentTime - {start}) < 1")
        player.wait("document.querySelector('.parts [aria-current]') !== null")
        assert player.text(".parts [aria-current]") == button.text


@pytest.mark.parametrize("language", ("zh", "en"))
def test_captions(player: Browser, language: str):
    player.run(
        "const s = document.querySelector('[data-do=captions]'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('change'))",
        language,
    )
    player.run(f"{VIDEO}.currentTime = 1")
    shown = f"[...{VIDEO}.textTracks].filter((track) => track.mode === 'showing')"
    player.wait(f"{shown}.length === 1 && {shown}[0].activeCues?.length === 1")
    assert player.run(f"return [{shown}[0].language, {shown}[0].activeCues[0].text]") == [
        language,
        CAPTIONS[language][0],
    ]


def test_captions_off(player: Browser):
    for _ in range(2):  # zh -> en -> off
        player.press(".player-bar button", "c")
    assert player.run(f"return [...{VIDEO}.textTracks].every((track) => track.mode !== 'showing')")


def test_step_mode_pauses_after_every_beat(player: Browser):
    player.click("[data-do=steps]")
    assert player.run("return document.querySelector('[data-do=steps]').getAttribute('aria-pressed')") == "true"
    player.run(f"{VIDEO}.currentTime = 2.2")
    player.run(f"{VIDEO}.play()")
    for end in (3.0, 5.0):
        player.wait(f"{VIDEO}.paused")
        assert now(player) == pytest.approx(end, abs=0.15)
        assert "current" in str(player.run("return document.querySelector('.beat.current')?.className"))
        player.press(".player-bar button", "]")
        player.wait(f"!{VIDEO}.paused")
    player.click("[data-do=steps]")
    player.run(f"{VIDEO}.currentTime = 4.5")
    player.run(f"{VIDEO}.play()")
    player.wait(f"{VIDEO}.currentTime > 5.3 && !{VIDEO}.paused")


def test_steps_back_and_forward(player: Browser):
    player.run(f"{VIDEO}.currentTime = 3.1")
    player.click("[data-do=forward]")
    player.wait(f"Math.abs({VIDEO}.currentTime - 5) < 0.4")
    player.run(f"{VIDEO}.pause(); {VIDEO}.currentTime = 5.1")  # however long the steps took: near the start of this one
    player.press(".player-bar button", "[")
    player.wait(f"Math.abs({VIDEO}.currentTime - 3) < 0.4")


def test_transcript_follows_and_leads(player: Browser):
    player.run(f"{VIDEO}.currentTime = 7.5")
    player.wait("document.querySelector('.piece.now') !== null")
    assert player.text(".piece.now") == CAPTIONS["zh"][4]
    assert CAPTIONS["zh"][3] in player.text(".beat.current")
    piece = player.driver.find_elements("css selector", ".piece")[2]
    assert piece.text == CAPTIONS["zh"][2]
    player.click(piece)
    player.wait(f"Math.abs({VIDEO}.currentTime - 3) < 0.8 && !{VIDEO}.paused")


def test_transcript_is_the_words_of_the_script(player: Browser):
    said = player.run(
        "return [...document.querySelectorAll('.beat')].map("
        "(beat) => [...beat.querySelectorAll('.piece')].map((piece) => piece.textContent).join(''))"
    )
    assert isinstance(said, list)
    assert said[1:] == ["把它向右移动一点。", "最后再画一个方块，这一课就结束了。"]
    assert said[0].startswith("先画一个方块，秩是 8。1 < 2 & <script>")


def test_speed(player: Browser):
    for key in (">", ">", "<"):
        player.press(".player-bar button", key)
    assert player.run(f"return {VIDEO}.playbackRate") == 1.25


def test_place_is_remembered(player: Browser):
    player.run(f"{VIDEO}.currentTime = 6.5")
    player.wait("localStorage.getItem('lecture:01-toy/first')?.includes('6.5')")
    player.visit("/zh/01-toy/first.html")
    player.wait(f"{VIDEO}.currentTime === 6.5 && {VIDEO}.paused")


def test_other_language_has_the_film_and_its_own_words(browser: Browser):
    browser.open("/en/01-toy/first.html")
    browser.wait(f"{VIDEO}.readyState >= 1")
    assert "only the video spoken in Chinese" in browser.text(".unmade")
    browser.run(f"{VIDEO}.currentTime = 3.5")
    browser.wait("document.querySelector('.piece.now') !== null")
    assert browser.text(".piece.now") == CAPTIONS["en"][2]
