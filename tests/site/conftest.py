"""One site for all tests, served as `lecture watch` does; one browser per process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_core_python.selenium import Axe
from filelock import FileLock
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from render.site.build import build_site
from tests.conftest import ROOT
from tests.site.course import write_clips, write_film, write_scripts

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--mute-audio", "--hide-scrollbars"),
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other host is there
)


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with scripts/ and build/site of the tiny course, made once for all test processes."""
    apart = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if apart else base) / "site of a toy"
    with FileLock(str(root) + ".lock"):
        if not (root / "build/site").is_dir():
            write_scripts(root / "scripts")
            write_film(root / "build")
            write_clips(root / "build")
            built = build_site(root / "scripts", root / "build")
            assert [warning.partition("WARNING: ")[2] for warning in built.warnings] == [
                '"raw" directive disabled. [docutils]'
            ] * 2
    return root


@pytest.fixture(scope="session")
def address(course: Path) -> Iterator[str]:
    """The address of a server of the site, without a slash at its end."""
    program = "import sys; from pathlib import Path; from render.site.serve import serve; serve(Path(sys.argv[1]), 0)"
    command = [sys.executable, "-c", program, str(course / "build/site")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        found = server.stdout.readline().split("/  ")[0]
        listening(found)
        yield found
        server.terminate()


def listening(address: str) -> None:
    """Wait until a server answers: it says its address a moment before."""
    host, port = address.removeprefix("http://").split(":")
    for _ in range(100):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"nothing listens at {address}")


class Browser:
    """A page in Chromium, and what went wrong on it."""

    def __init__(self, driver: webdriver.Chrome, address: str) -> None:
        self.driver, self.address = driver, address

    def open(self, path: str, width: int = 1280, dark: bool = False) -> None:
        """Load a page with nothing remembered."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": "all"})
        self.requests()
        self.errors()
        self.visit(path)

    def visit(self, path: str) -> None:
        """Load a page as the same reader."""
        self.driver.get(self.address + path)

    def run(self, script: str, *given: object) -> object:
        """The value of a script's `return`."""
        return self.driver.execute_script(script, *given)

    def wait(self, condition: str, seconds: float = 15) -> object:
        """Wait for an expression to hold."""
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.run(f"return {condition}"), condition)

    def click(self, target: str | WebElement) -> None:
        """Click as a person does; pages scroll smoothly, a test does not wait for that."""
        element = self.driver.find_element("css selector", target) if isinstance(target, str) else target
        self.run("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", element)
        element.click()

    def press(self, selector: str, *keys: str) -> None:
        """Keys on an element."""
        self.driver.find_element("css selector", selector).send_keys(*keys)

    def text(self, selector: str) -> str:
        """What an element shows."""
        return self.driver.find_element("css selector", selector).text

    def label(self, selector: str) -> str:
        """What an element is called to who does not see it."""
        return str(self.driver.find_element("css selector", selector).get_attribute("aria-label"))

    def loaded(self) -> None:
        """Wait until everything is there, widgets too."""
        self.wait("document.readyState === 'complete' && !document.querySelector('.widget:not(:has(.tim))')")

    def errors(self) -> list[str]:
        """What the console complained of since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call."""
        sent = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"]

    def violations(self) -> list[str]:
        """What axe finds: rule and element."""
        found = Axe().run(self.driver)["violations"]
        return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Chromium."""
    options = Options()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome, address: str) -> Browser:
    """The browser on the site."""
    return Browser(driver, address)
