"""The layout guard over lectures: every scene is played without pictures, and what is wrong is told with a still."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from render.scene import load, one_line, place
from scenes.look import Look, wear
from scripts.agreement import scene_modules
from scripts.course import load_course
from scripts.reader import read_lecture
from store import CourseError
from store.entries import REPOSITORY

STILLS = REPOSITORY / "build" / "findings"

Job = tuple[str, str, str, Path, Look]  # scene, module, language, folder of marked pictures, look


def check_lectures(lectures: list[str], languages: list[str], only: str | None = None, look: Look | None = None) -> int:
    """Tell what the guard finds in the scenes of these lectures (or in one of them); returns how many findings."""
    worn = look or Look()
    jobs = [job for lecture in lectures for language in languages for job in scenes(lecture, language, worn)]
    if only is not None:
        known = list(dict.fromkeys(name for name, *_ in jobs))
        jobs = [job for job in jobs if job[0] == only]
        if not jobs:
            raise CourseError(f"no scene {only!r} in {', '.join(lectures)}; there is: {', '.join(known)}")
    number = 0
    with ProcessPoolExecutor(min(len(jobs), os.cpu_count() or 1), get_context("spawn")) as pool:
        for lines in pool.map(examine, jobs):
            print("\n".join(lines), flush=True)
            number += len(lines) - 1
    return number


def scenes(lecture: str, language: str, look: Look) -> list[Job]:
    """Every scene of a lecture."""
    modules = scene_modules(load_course().lecture(lecture))
    told = read_lecture(lecture, language).scenes
    if missing := [scene.name for scene in told if scene.name not in modules]:
        raise CourseError(f"{lecture}: no scene module plays {', '.join(missing)}; name it in course.yaml")
    if not told:
        raise CourseError(f"{lecture} has no scenes to check")
    return [(scene.name, modules[scene.name].stem, language, STILLS / lecture, look) for scene in told]


def examine(job: Job) -> list[str]:
    """Check one scene: a line for each finding, and one that counts them."""
    name, module, language, stills, look = job
    wear(look.theme)
    from scenes.stage.guard.check import check

    started = time.monotonic()
    for old in stills.glob(f"{name}.{language}{look.suffix}.*.png"):
        old.unlink()
    try:
        findings = check(load(module, name), language, stills, look)
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(f"scene {name} ({language}): {one_line(error)}{place(error)}") from None
    lines = [f"{finding} [{finding.still}]" for finding in findings]
    told = f"{name} ({language}{look.suffix.replace('.', ', ')})"
    count = f"{len(lines)} finding{'s' * (len(lines) > 1)}" if lines else "clean"
    return [*lines, f"{told}: {count}, {time.monotonic() - started:.1f} s"]
