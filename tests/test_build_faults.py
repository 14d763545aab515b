"""Builds under faults, with real processes: in the end the files are right and nothing is left running."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import av

from tests.conftest import LECTURE, Course
from tests.test_build import steps


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Until a condition holds; the test fails if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def start(course: Course, **extra: str) -> subprocess.Popen[str]:
    """A build of the toy lecture, running."""
    return subprocess.Popen(
        course.command("build", LECTURE, "--lang", "zh", "--quality", "l"),
        cwd=course.root,
        env=course.environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def rendering(course: Course) -> bool:
    """Whether a scene is being written just now."""
    return any((course.root / "build/store/making").glob("*/video.mp4"))


def workers(course: Course) -> list[int]:
    """Step processes of this course that are alive (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            here = (folder / "cwd").readlink()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if b"render.worker" in command and here == course.root and state != "Z":
            found.append(int(folder.name))
    return found


def decoded(movie: Path) -> str:
    """Hash of every decoded picture and sample, with its time."""
    digest = hashlib.sha256()
    with av.open(str(movie)) as container:
        for frame in container.decode(video=0, audio=0):
            digest.update(f"{frame.pts} ".encode() + frame.to_ndarray().tobytes())
    return digest.hexdigest()


def left_over(course: Course) -> list[Path]:
    """Half-made results."""
    return list((course.root / "build/store/making").glob("*"))


def test_killed_build_goes_on_and_ends_right(toy: Course, once: Course):
    process = start(toy)
    wait_for(lambda: rendering(toy))
    process.kill()
    process.wait()
    wait_for(lambda: not workers(toy), 10)
    assert not toy.movie.exists()
    done = toy.build()
    assert done.returncode == 0, done.stderr
    assert "speech First zh" not in steps(done)
    assert not left_over(toy)
    assert toy.movie.read_bytes() == once.movie.read_bytes()


def test_killed_worker_is_replaced_and_its_step_done_again(toy: Course, once: Course):
    process = start(toy)
    wait_for(lambda: rendering(toy))
    for worker in workers(toy):
        os.kill(worker, signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert decoded(toy.movie) == decoded(once.movie)
    assert not workers(toy) and not left_over(toy)


def test_interrupt_ends_everything(toy: Course):
    process = start(toy)
    wait_for(lambda: rendering(toy))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip().endswith("interrupted; what was finished is kept")
    assert "Traceback" not in said
    assert not workers(toy)
    assert not left_over(toy)


def test_two_builds_at_once(toy: Course, once: Course):
    builds = [start(toy), start(toy)]
    said = [each.communicate(timeout=180)[1] for each in builds]
    assert [each.returncode for each in builds] == [0, 0], said
    assert toy.movie.read_bytes() == once.movie.read_bytes()
