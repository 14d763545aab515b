"""Every test has a store of its own; `toy` is a tiny course in a copy of this repository, `built` the same, built."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOY = ROOT / "tests" / "toy"
ROOMS = ("store", "render", "voice")
LECTURE = "01-toy/first"


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C, and so would every process the tests start and interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees what another stored, nor what a person built; `@pytest.mark.shared_store` asks for that."""
    if "shared_store" not in request.keywords:
        monkeypatch.setenv("LECTURE_STORE", str(tmp_path / "store"))
    for name in ("LECTURE_LANG", "LECTURE_VOICE", "LECTURE_TRACES", "LECTURE_THEME", "LECTURE_TEXT"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Course:
    """A course in a folder of its own; `run` calls its `lecture` command in a process."""

    root: Path

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment of its processes: this copy comes first, its store is its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LECTURE_")}
        return kept | {"PYTHONPATH": str(self.root), "LECTURE_STORE": str(self.root / "build/store")} | extra

    def command(self, *arguments: str) -> list[str]:
        """`lecture` of this copy."""
        return [sys.executable, "-m", "render.cli", *arguments]

    def run(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Run `lecture` and wait."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environment(**extra),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def build(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """`lecture build` of the toy lecture in Chinese at low quality."""
        return self.run("build", LECTURE, "--lang", "zh", "--quality", "l", *arguments, **extra)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file of the copy; it must be there."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def movie(self) -> Path:
        """The Chinese video."""
        return self.root / "build/lectures" / f"{LECTURE}.zh.mp4"


def lay_out(root: Path) -> Course:
    """Copy the rooms and the toy course into `root`."""
    from tests.toy.trace import write_toy_trace

    ignore = shutil.ignore_patterns("__pycache__")
    for room in ROOMS:
        shutil.copytree(ROOT / room, root / room, ignore=ignore)
    for room in ("scripts", "data_capture", "scenes"):
        (root / room).mkdir()
        for path in (ROOT / room).glob("*.py"):
            if room != "scenes" or path.name in ("__init__.py", "look.py"):
                shutil.copy(path, root / room)
    for part in ("stage", "themes"):
        shutil.copytree(ROOT / "scenes" / part, root / "scenes" / part, ignore=ignore)
    shutil.copy(ROOT / "scripts/languages.yaml", root / "scripts")
    shutil.copytree(TOY / "scripts", root / "scripts", dirs_exist_ok=True)
    shutil.copy(TOY / "scene.py", root / "scenes/toy.py")
    shutil.copy(TOY / "capture.py", root / "data_capture/toy.py")
    write_toy_trace(root / "data_capture/traces")
    return Course(root)


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The toy course, built in Chinese; to be read only."""
    course = lay_out(tmp_path_factory.mktemp("a course with spaces") / "clone")
    done = course.build()
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def built(once: Course, tmp_path: Path) -> Course:
    """A copy of the built course, to be changed."""
    shutil.copytree(once.root, tmp_path / "built", ignore=shutil.ignore_patterns("__pycache__"))
    return Course(tmp_path / "built")


@pytest.fixture
def toy(once: Course, tmp_path: Path) -> Course:
    """A toy course that was never built; the same sources as `once`, so that it must give the same bytes."""
    shutil.copytree(once.root, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__", "build"))
    return Course(tmp_path / "toy")
