"""Pages of traces: one for each, in both languages, with every field, linked from the lectures that use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from data_capture.catalogue import describe
from data_capture.trace import load_trace, trace_names
from render.errors import BuildError
from render.site.build import finished
from render.site.words import words
from tests.site.conftest import Browser


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_trace_has_a_page_with_every_field(course: Path, language: str):
    for name in trace_names():
        text = (course / f"build/site/{language}/traces/{name}.html").read_text(encoding="utf-8")
        entry = describe(name)
        for field in (*entry.tensors, *entry.values):
            assert f"<td><code>{field.name}</code></td>" in text, (name, field.name)
        assert entry.trace.digest in text and entry.trace.provenance.command in text
        for title in ("trace_read", "trace_again", "trace_tensors", "trace_values", "trace_events", "trace_provenance"):
            assert words(language)[title] in text


def test_pages_are_found_from_the_list_and_from_lectures(browser: Browser):
    browser.open("/en/traces/index.html")
    links = "return [...document.querySelectorAll('table.traces a')].map((link) => link.textContent)"
    assert browser.run(links) == trace_names()
    browser.visit("/en/01-toy/first.html")
    used = "return [...document.querySelectorAll('.heading-after a code')].map((code) => code.textContent)"
    assert browser.run(used) == ["lora/merge", "fsdp/step", "numbers/dequantize", "tokenization/bpe"]
    browser.click(".heading-after a:has(code)")
    browser.wait("location.pathname === '/en/traces/lora/merge.html'")
    browser.click(".heading-after a")
    browser.wait("location.pathname === '/en/01-toy/first.html'")


def test_files_are_the_trace(browser: Browser, tmp_path: Path):
    browser.open("/zh/traces/lora/merge.html")
    links = browser.run("return [...document.querySelectorAll('.downloads a')].map((link) => link.href)")
    assert isinstance(links, list)
    folder = tmp_path / "lora/merge"
    folder.mkdir(parents=True)
    for link in links:
        with urlopen(link) as answer:
            (folder / link.rpartition("/")[2]).write_bytes(answer.read())
    assert load_trace(folder).digest == load_trace("lora/merge").digest


def test_the_program_is_copied(browser: Browser):
    browser.open("/en/traces/lora/merge.html")
    browser.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    browser.click("button.copy")
    browser.wait("window.copied")
    assert str(browser.run("return window.copied")).strip() == describe("lora/merge").program.strip()


def test_a_trace_that_cannot_be_read_is_told_and_not_what_sphinx_says_of_reports():
    said = (
        "Exception occurred:",
        "data_capture.document.TraceError: lora/merge: damaged",
        "Please report a user error",
    )
    command = [sys.executable, "-c", f"print(*{said!r}, sep=chr(10)); raise SystemExit(2)"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with pytest.raises(BuildError, match=r"TraceError: lora/merge: damaged$"):
        finished(process, "zh")
