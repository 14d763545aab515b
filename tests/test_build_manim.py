"""manim's own command renders a scene from a clone: with its own flags, without torch and without a network."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import Course

FORBIDDEN = ("torch", "transformers", "peft", "accelerate", "moviepy", "httpx", "requests")
GUARD = """
import socket, sys
class Guard:
    def find_spec(self, name, path=None, target=None):
        if name in {forbidden}:
            raise ImportError(f"{{name}} is not to be imported by a render")
sys.meta_path.insert(0, Guard())
def refuse(*arguments, **options):
    raise OSError("no network")
socket.socket.connect = refuse
"""


@pytest.fixture
def offline(toy: Course) -> Course:
    """A toy course whose processes can import none of the capture's libraries and reach no network."""
    (toy.root / "sitecustomize.py").write_text(GUARD.format(forbidden=FORBIDDEN))
    return toy


def manim(course: Course, *arguments: str, **extra: str) -> Path:
    """Run manim's command in the course; its media folder."""
    command = [sys.executable, "-m", "manim", "render", "-ql", *arguments, "scenes/toy.py", "First"]
    done = subprocess.run(
        command, cwd=course.root, env=course.environment(**extra), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return course.root / "media"


def seconds(movie: Path, kind: str) -> float:
    """Duration of a stream."""
    with av.open(str(movie)) as container:
        stream = getattr(container.streams, kind)[0]
        return float(stream.duration * stream.time_base)


def test_movie_with_voice_and_sections(offline: Course):
    media = manim(offline, "--save_sections", LECTURE_LANG="en")
    movie = next(media.glob("videos/toy/*/First.mp4"))
    assert abs(seconds(movie, "video") - seconds(movie, "audio") - 1.0) < 0.2  # a second's pause ends the scene
    with av.open(str(movie)) as container:
        assert max(float(np.abs(frame.to_ndarray()).max()) for frame in container.decode(audio=0)) > 0.05
    index = json.loads(next(media.glob("videos/toy/*/sections/*.json")).read_text())
    assert [section["name"] for section in index] == ["one", "two"]


def test_last_frame_and_part(offline: Course):
    from PIL import Image

    with Image.open(next(manim(offline, "-s").glob("images/toy/First*.png"))) as still:
        assert len(set(still.convert("L").tobytes())) > 2
    assert next(manim(offline, "-n", "1,2").glob("videos/toy/*/First.mp4")).stat().st_size > 0
