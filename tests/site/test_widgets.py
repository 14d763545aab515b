"""The widgets: numbers of the traces, moved by hand and by keys, on the page and as Jupyter has them."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from selenium.webdriver.common.keys import Keys

from data_capture.trace import load_trace
from render.widgets import WIDGETS, LoraMatrices
from tests.site.conftest import Browser

LORA, FSDP, BLOCKS, BPE = (f".widget[data-module$='{kind.module}']" for kind in WIDGETS.values())


@pytest.fixture
def page(browser: Browser) -> Browser:
    """A page with all widgets."""
    browser.open("/en/01-toy/first.html")
    browser.wait("document.querySelectorAll('.widget .tim').length === 4")
    return browser


def choose(page: Browser, widget: str, value: str) -> None:
    """Pick a radio button."""
    page.click(f"{widget} input[type=radio][value={value}]")


def shown(page: Browser, selector: str) -> float:
    """A number on the page."""
    return float(page.text(selector))


@pytest.mark.parametrize("name", WIDGETS)
def test_widget_in_jupyter_is_the_same_module(name: str):
    kind = WIDGETS[name]
    widget = kind(language="en")
    assert widget.language == "en" and json.loads(json.dumps(widget.data)) == widget.data
    assert "export default { render }" in str(widget._esm)
    assert ".tim" in str(widget._css)


def test_widget_in_an_unknown_language_is_refused():
    with pytest.raises(Exception, match="language"):
        LoraMatrices(language="fr")


def test_lora_shows_the_trace(page: Browser):
    trace = load_trace("lora/merge")
    canvas = f"{LORA} canvas"
    choose(page, LORA, "W")
    for _ in range(3):
        page.press(canvas, Keys.ARROW_DOWN)
    page.press(canvas, Keys.SHIFT, Keys.ARROW_RIGHT)
    assert "row 3, column 8" in page.text(f"{LORA} [aria-live]")
    assert shown(page, f"{LORA} .number") == pytest.approx(float(trace["W"][3, 8]), rel=0.006)
    choose(page, LORA, "delta")
    product = trace.value("scaling") * trace["B.steps"][-1] @ trace["A.steps"][-1]
    assert shown(page, f"{LORA} .number") == pytest.approx(float(product[3, 8]), rel=0.006)
    assert product[3, 8] == pytest.approx(float(trace["delta"][3, 8]), rel=1e-3)
    terms = [float(each) for each in re.findall(r"term \d+ (\S+)", page.text(f"{LORA} table"))]
    assert len(terms) == 8 and np.sum(terms) == pytest.approx(float(product[3, 8]), rel=0.02)


def test_lora_at_the_start_adds_nothing(page: Browser):
    page.press(f"{LORA} .controls label:nth-of-type(1) input[type=range]", Keys.HOME)
    assert shown(page, f"{LORA} .number") == 0
    assert "largest magnitude 0" in page.label(f"{LORA} canvas")


def test_fsdp_moves_moment_by_moment(page: Browser):
    trace = load_trace("fsdp/step")
    slider = f"{FSDP} input[type=range]"
    page.press(slider, Keys.END)
    moments = trace.value("moments.fsdp")
    assert page.text(f"{FSDP} .number") == f"{len(moments)} / {len(moments)}"
    page.press(slider, Keys.HOME, *[Keys.ARROW_RIGHT] * 20)
    assert moments[20].split(" ", 1)[1] in page.text(f"{FSDP} [aria-live]")
    alternative = page.label(f"{FSDP} svg:last-of-type")
    held = trace["memory.fsdp"][2, 20, 0] / 1024
    assert f"rank 2: parameter shards {held:.0f} KiB" in alternative
    page.click(f"{FSDP} button:last-of-type")
    assert page.text(f"{FSDP} .number").startswith("22 /")


def test_quantization_shows_the_sweep(page: Browser):
    trace = load_trace("numbers/dequantize")
    slider, mean = f"{BLOCKS} input[type=range]", f"{BLOCKS} .card b"
    place = trace["sweep.sizes"].tolist().index(64)
    assert shown(page, mean) == pytest.approx(trace["sweep.nf4.error_mean"][place], rel=0.006)
    choose(page, BLOCKS, "fp4")
    page.press(slider, Keys.END)
    assert shown(page, mean) == pytest.approx(trace["sweep.fp4.error_mean"][-1], rel=0.006)
    assert "FP4, 4096 weights to a block" in page.label(f"{BLOCKS} svg")


@pytest.mark.parametrize("sample", range(3))
def test_bpe_cuts_as_the_tokenizer_does(page: Browser, sample: int):
    trace = load_trace("tokenization/bpe")
    text, slider = f"{BPE} input[type=text]", f"{BPE} input[type=range]"
    set_value = (
        "const e = document.querySelector(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event('input'))"
    )
    page.run(set_value, text, trace.value("samples")[sample])
    for stop in trace.value("stops"):
        page.run(set_value, slider, stop)
        cut = page.run(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)", f"{BPE} li"
        )
        assert cut == trace.value(f"sample.{sample}.{stop}.tokens")


def test_bpe_steps_to_the_next_merge_that_changes_something(page: Browser):
    page.press(f"{BPE} input[type=range]", Keys.HOME)
    before = len(page.driver.find_elements("css selector", f"{BPE} li"))
    page.click(f"{BPE} button:last-of-type")
    assert len(page.driver.find_elements("css selector", f"{BPE} li")) < before
    assert "side by side" in page.text(f"{BPE} [aria-live]")


def test_widgets_follow_the_colour_scheme(page: Browser):
    dark = "document.querySelectorAll('.tim-dark').length"
    assert page.run(f"return {dark}") == 0
    page.run("document.body.dataset.theme = 'dark'")
    page.wait(f"{dark} === 4")
