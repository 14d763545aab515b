"""Builds under faults, with real processes: in the end the files are right and nothing is left running."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

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


# What the disk does


def changed(course: Course) -> Course:
    """One sentence of the second scene, so that there is something to build."""
    course.edit("scripts/01-toy/first/zh.md", "这一课就结束了", "这一课到此为止")
    return course


def settled(course: Course, clean: Course) -> None:
    """A plain build ends with what a clean build of the same sources gives, and leaves nothing behind."""
    done = course.build()
    assert done.returncode == 0, done.stderr
    assert clean.build().returncode == 0
    assert decoded(course.movie) == decoded(clean.movie)
    assert course.build().stdout.strip().splitlines()[-1].startswith("nothing to do")
    assert not workers(course) and not left_over(course)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A small disk, or skip: mounting needs root."""
    folder.mkdir(exist_ok=True)
    if subprocess.run(["mount", *options, str(folder)], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_full_disk(toy: Course, once: Course, tmp_path: Path):
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=400k", "tmpfs") as disk:
        done = toy.build(LECTURE_STORE=str(disk / "store"))
        assert done.returncode == 2 and "disk full" in done.stderr and "Traceback" not in done.stderr
        assert not list((disk / "store/making").glob("*")) and not toy.movie.exists()
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        assert toy.build(LECTURE_STORE=str(disk / "store")).returncode == 0
        assert decoded(toy.movie) == decoded(once.movie)


def test_read_only_store(built: Course, toy: Course):
    store = built.root / "build/store"
    with mounted(store, "--bind", str(store)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(store)], check=True)
        assert "nothing to do" in built.build().stdout
        done = changed(built).build()
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert done.returncode == 2 and "Traceback" not in done.stderr
        assert len(lines) == 1 and "Read-only file system" in lines[0]
    settled(built, changed(toy))


@pytest.mark.parametrize("fault", ["cut", "flipped", "deleted"])
def test_result_that_is_damaged_while_it_is_needed(fault: str, toy: Course, once: Course):
    """The first scene is finished and its result goes bad before the lecture is stitched."""
    process = start(toy)
    entries = toy.root / "build/store/entries"
    wait_for(lambda: list(entries.glob("*/*/timeline.json")))
    video = next(entries.glob("*/*/timeline.json")).with_name("video.mp4")
    if fault == "deleted":
        shutil.rmtree(video.parent, ignore_errors=True)
    else:
        data = bytearray(video.read_bytes())
        data[len(data) // 2] ^= 1
        video.write_bytes(data[:-7] if fault == "cut" else data)
    process.communicate(timeout=120)
    assert toy.build().returncode == 0
    assert decoded(toy.movie) == decoded(once.movie)
    assert not workers(toy) and not left_over(toy)


def test_clock_that_was_set_back(built: Course, toy: Course):
    """Everything there is seems to come from tomorrow; what counts is what it holds."""
    tomorrow = time.time() + 86400
    for path in built.root.rglob("*"):
        os.utime(path, (tomorrow, tomorrow))
    assert "nothing to do" in built.build().stdout
    settled(changed(built), changed(toy))


# What the encoder does


def test_encoder_that_fails_in_the_middle_of_a_scene(built: Course, once: Course):
    before = built.movie.read_bytes()
    good = "Create(Square(color=INK.lora_a))"
    scene = (built.root / "scenes/toy.py").read_text()
    line = next(line for line in scene.splitlines() if good in line)
    indent = line[: len(line) - len(line.lstrip())]
    picture = "np.zeros((3, 3, 4), np.uint8)"
    refused = f"{indent}import numpy as np\n{indent}self.renderer.file_writer.video.write({picture})\n"
    built.edit("scenes/toy.py", line, refused + line)
    done = built.build()
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert re.search(r"error: scene Second zh: beat 'last': ", done.stderr)
    assert built.movie.read_bytes() == before and not left_over(built)
    built.edit("scenes/toy.py", refused, "")
    assert "nothing to do" in built.build().stdout
    assert decoded(built.movie) == decoded(once.movie)
