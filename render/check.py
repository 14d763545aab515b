"""The layout guard over lectures: every scene is played without pictures, and what is wrong is told with a still."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from render.scene import load
from scripts.agreement import scene_modules
from scripts.course import load_course
from scripts.reader import read_lecture
from store import CourseError
from store.entries import REPOSITORY

STILLS = REPOSITORY / "build" / "findings"


def check_lectures(lectures: list[str], languages: list[str]) -> int:
    """Tell what the guard finds in the scenes of these lectures; returns how many findings there are."""
    number = 0
    for lecture in lectures:
        stills = STILLS / lecture
        for language in languages:
            for name, module in scenes(lecture, language):
                number += tell(name, module, language, stills)
    return number


def scenes(lecture: str, language: str) -> Iterator[tuple[str, str]]:
    """Name and module of every scene of a lecture."""
    modules = scene_modules(load_course().lecture(lecture))
    for scene in read_lecture(lecture, language).scenes:
        if scene.name not in modules:
            raise CourseError(f"{lecture}: no scene module plays {scene.name}; name it in course.yaml")
        yield scene.name, modules[scene.name].stem


def tell(name: str, module: str, language: str, stills: Path) -> int:
    """Check one scene, print what is found, and return how much it is."""
    from scenes.stage.guard.check import check

    started = time.monotonic()
    for old in stills.glob(f"{name}.{language}.*.png"):
        old.unlink()
    findings = check(load(module, name), language, stills)
    for finding in findings:
        print(f"{finding} [{finding.still}]")
    print(f"{name} ({language}): {len(findings) or 'no'} findings, {time.monotonic() - started:.1f} s", flush=True)
    return len(findings)
