"""docs/widgets.ipynb: every widget shows in a notebook, run by a real kernel and drawn by JupyterLab in Chromium.

JupyterLab and not a page by nbconvert: that one loads its widget manager from another host, JupyterLab has its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import nbformat
import pytest
from nbclient import NotebookClient
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from data_capture.trace import load_trace
from render.widgets import WIDGETS
from tests.conftest import ROOT

NOTEBOOK = ROOT / "docs/widgets.ipynb"
VIEW = "application/vnd.jupyter.widget-view+json"
SETTINGS = (
    *("--no-browser", "--ip=127.0.0.1", "--ServerApp.port=0", "--allow-root", "--IdentityProvider.token="),
    *("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly", "--LabApp.news_url="),
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is read from a person's settings, nothing written to them; the kernel runs this repository."""
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path / "settings"))
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path / "workspaces"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "work").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "work")
    return tmp_path / "work"


def test_a_kernel_runs_the_notebook_and_every_widget_has_its_trace(private: Path):
    book = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(private)}}).execute()
    state = book.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    shown = [
        state[output.data[VIEW]["model_id"]]["state"]
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if VIEW in output.get("data", {})
    ]
    assert len(shown) == len(WIDGETS) == 4
    for kind, held in zip(WIDGETS.values(), shown, strict=True):
        assert held["data"] == json.loads(json.dumps(kind.read(load_trace(kind.trace))))
        assert held["language"] == "en" and "export default { render }" in held["_esm"]


@pytest.fixture
def lab(private: Path) -> Iterator[str]:
    """The address of a JupyterLab in a folder with the notebook."""
    command = [sys.executable, "-m", "jupyterlab", *SETTINGS]
    log = private.parent / "lab.log"
    with (
        log.open("w") as told,
        subprocess.Popen(command, cwd=private, stdout=told, stderr=told, env=os.environ) as server,
    ):
        try:
            yield answering(log, server)
        finally:
            server.terminate()


def answering(log: Path, server: subprocess.Popen[bytes]) -> str:
    """Wait until JupyterLab says its address and answers there."""
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        if found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            try:
                urlopen(f"{found[0]}/api", timeout=5).close()
                return found[0]
            except OSError:
                pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def visitor(driver: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser; what JupyterLab complains of on being left is no other test's business."""
    yield driver
    driver.get("about:blank")
    driver.get_log("browser")


def test_jupyterlab_draws_every_widget_and_asks_no_other_host(lab: str, visitor: webdriver.Chrome):
    driver = visitor
    size = {"width": 1280, "height": 6000, "deviceScaleFactor": 1, "mobile": False}  # it draws the cells in view
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.get_log("performance")
    driver.get(f"{lab}/lab/tree/widgets.ipynb?reset")

    def wait(condition: str, seconds: float = 120) -> object:
        return WebDriverWait(driver, seconds, 0.2).until(
            lambda _: driver.execute_script(f"return {condition}"), condition
        )

    wait("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    driver.execute_script("window.jupyterapp.commands.execute('runmenu:run-all')")
    wait("document.querySelectorAll('.jp-OutputArea .tim').length === 4")
    trace = load_trace("lora/merge")
    number = driver.find_element("css selector", ".jp-OutputArea .tim .number").text
    product = trace.value("scaling") * trace["B.steps"][-1] @ trace["A.steps"][-1]
    assert float(number) == pytest.approx(float(product[0, 0]), rel=0.006)
    assert not driver.execute_script(
        "return [...document.querySelectorAll('.jp-RenderedText[data-mime-type*=stderr]')].map(each => each.innerText)"
    )
    sent = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"]
    assert asked and all(each.startswith((lab, "data:", "blob:")) for each in asked)
