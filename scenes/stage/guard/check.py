"""A scene played for the guard alone: nothing is encoded, and no frame is drawn but those a finding needs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from manim import tempconfig

from scenes.look import Look
from scenes.stage.guard.finding import Finding
from scenes.stage.guard.watch import samples

RATE = 30  # frames a second, as in a finished video: moments are rounded alike


def check(kind: type[Any], language: str, stills: Path | None = None, look: Look | None = None) -> list[Finding]:
    """What the guard finds in a scene class in one language and look; marked pictures go to the folder `stills`."""
    with played(kind, language, stills, look=look) as scene:
        return list(scene.guard.findings)


@contextmanager
def played(
    kind: type[Any], language: str, stills: Path | None = None, width: int = 160, look: Look | None = None
) -> Iterator[Any]:
    """The scene after it was played without pictures; a picture that is asked for is `width` pixels wide.

    The theme of `look` must be the one this process wears.
    """

    def setup(self: Any) -> None:
        kind.setup(self)
        self.skip_animation_preview = True

    changes = {"setup": setup, "stills": stills, "voiced": False, "get_time_progression": Moments, "look": look}
    quick = type(kind.__name__, (kind,), changes)
    before = os.environ.get("LECTURE_LANG")
    os.environ["LECTURE_LANG"] = language
    try:
        with tempfile.TemporaryDirectory() as media:
            quiet = {"verbosity": "ERROR", "progress_bar": "none", "media_dir": media, "save_last_frame": True}
            size = {"pixel_width": width, "pixel_height": width * 9 // 16, "frame_rate": RATE}
            with tempconfig(quiet | size):
                scene = quick()
                scene.render()
                yield scene
    finally:
        os.environ.pop("LECTURE_LANG") if before is None else os.environ.update(LECTURE_LANG=before)


class Moments(list[float]):
    """The moments of a play that are looked at, in place of its frames: manim's time progression."""

    def __init__(self, run_time: float, *_: Any, **__: Any) -> None:
        number = samples(run_time)
        super().__init__(run_time * (k + 1) / (number + 1) for k in range(number + 1))

    def close(self) -> None:
        """manim closes its progress bar."""
