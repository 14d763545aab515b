"""The clips of one scene of the toy course in every format, made once for all test processes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock

from tests.conftest import LECTURE, Course, lay_out

SCENE = "01-toy/first/First"


@dataclass(frozen=True)
class Clips:
    """A folder of clips and the course they were made from."""

    course: Course
    folder: Path
    said: str = ""  # of the steps that ran for the first of them, after the lecture had been built

    @property
    def manifest(self) -> dict[str, Any]:
        """What clips.json says."""
        found: dict[str, Any] = json.loads((self.folder / "clips.json").read_text(encoding="utf-8"))
        return found

    def entry(self, id: str) -> dict[str, Any]:
        """What it says of a clip."""
        return next(each for each in self.manifest["clips"] if each["id"] == id)

    def file(self, id: str, format: str, **facts: Any) -> dict[str, Any]:
        """What it says of the one file of a clip that is like this."""
        wanted = {"format": format, "language": "zh", "transparent": False, **facts}
        (found,) = (
            each for each in self.entry(id)["files"] if all(each[name] == value for name, value in wanted.items())
        )
        return found

    def path(self, id: str, format: str, **facts: Any) -> Path:
        """Where that file lies."""
        return self.folder / self.file(id, format, **facts)["path"]


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """To be read only: First in Chinese in all formats, in English as a silent film, and without a ground."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "clips of a toy"
    course, folder = Course(root / "course"), root / "course/build/clips"
    with FileLock(str(root) + ".lock"):
        if not (root / "made").is_file():
            lay_out(root / "course")
            make = making(course)
            assert course.build().returncode == 0
            said = make("mp4", "gif", "webp", "png-sequence", "svg", "html", "pptx", "webm")
            make("mp4", "--silent", language="en")
            make("webm", "prores", "webp", "svg", "--transparent", "--silent")
            (root / "made").write_text(said, encoding="utf-8")
    return Clips(course, folder, (root / "made").read_text(encoding="utf-8"))


def making(course: Course) -> Callable[..., str]:
    """`make(format, ..., option, ...)` makes clips of First, and gives back what was said of steps."""

    def make(*words: str, language: str = "zh") -> str:
        options = [word for word in words if word.startswith("--")]
        formats = [part for word in words if word not in options for part in ("--format", word)]
        asked = (LECTURE, "--scene", "First", "--lang", language, "--quality", "l", *formats, *options)
        done = course.run("clips", *asked)
        assert done.returncode == 0, done.stderr
        return done.stderr

    return make


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity of two grey pictures (height, width), Wang et al. 2004, over windows of 7 x 7 pixels."""
    from scipy.ndimage import uniform_filter

    a, b = one.astype(float), other.astype(float)
    mean_a, mean_b = uniform_filter(a, 7), uniform_filter(b, 7)
    var_a, var_b = uniform_filter(a * a, 7) - mean_a**2, uniform_filter(b * b, 7) - mean_b**2
    both = uniform_filter(a * b, 7) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    like = (2 * mean_a * mean_b + c1) * (2 * both + c2) / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))
    return float(like.mean())
