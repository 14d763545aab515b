"""The command: quick to answer, and one clear line for everything that is not in order."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import LECTURE, ROOT, Course

BUILD = ("build", LECTURE, "--lang", "zh", "--quality", "l")


def error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only error line of a command that failed as it should."""
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert done.stderr.splitlines()[-1] == lines[0]
    return lines[0]


# What is asked for

ASKED = {
    ("build", "09-nope/x"): r"unknown lecture '09-nope/x'.*01-toy/first",
    ("build", "../../etc"): r"unknown lecture",
    ("build",): r"name a lecture or --all; there is: 01-toy/first",
    ("build", "01-toy/later"): r"'01-toy/later' is planned: it has no scenes yet",
    ("build", LECTURE, "--lang", "xx"): r"unknown language 'xx'; there is zh, en",
    ("build", LECTURE, "--quality", "xl"): r"no quality 'xl'; there is l \(854x480 at 15\), m ",
    ("build", LECTURE, "--voice", "nobody"): r"no voice 'nobody'; use .*espeak",
    ("build", LECTURE, "--traces", "/nowhere"): r"LECTURE_TRACES=/nowhere: no such folder",
    ("sheet", "09-nope/x"): r"unknown lecture '09-nope/x'",
    ("transcripts", "09-nope/x"): r"unknown lecture '09-nope/x'",
    ("capture", "nope"): r"no capture 'nope'; there is .*'toy/count'",
}


@pytest.mark.parametrize("arguments", ASKED, ids=" ".join)
def test_unknown_names_are_one_line(toy: Course, arguments: tuple[str, ...]):
    assert re.search(ASKED[arguments], error_line(toy.run(*arguments)))
    assert not toy.movie.exists()


def test_unknown_option_is_told(toy: Course):
    done = toy.run("build", LECTURE, "--colour")
    assert done.returncode == 2 and "No such option" in done.stderr and "Traceback" not in done.stderr


# What is not in order


def cut_beat(course: Course) -> None:
    course.edit("scripts/01-toy/first/en.md", ":::{beat} two\nThen we move it a little to the right.\n:::\n", "")


def open_directive(course: Course) -> None:
    course.edit("scripts/01-toy/first/zh.md", "把它向右移动一点。\n:::\n", "把它向右移动一点。\n")


def lose_trace(course: Course) -> None:
    import shutil

    shutil.rmtree(course.root / "data_capture/traces/toy")


def cut_trace(course: Course) -> None:
    path = course.root / "data_capture/traces/toy/count/tensors.safetensors"
    path.write_bytes(path.read_bytes()[:-1])


def wrong_dtype(course: Course) -> None:
    path = course.root / "data_capture/traces/toy/count/trace.json"
    document = json.loads(path.read_text())
    document["tensors"]["W"]["dtype"] = "float64"
    path.write_text(json.dumps(document))


def lose_font(course: Course) -> None:
    (course.root / "justmytype_intl_cjk").mkdir()
    (course.root / "justmytype_intl_cjk/__init__.py").touch()


BROKEN: dict[str, tuple[Callable[[Course], object], str]] = {
    "beat missing in one language": (cut_beat, r"zh\.md:\d+: .*beat 'two' is not in en\.md"),
    "directive not closed": (open_directive, r"zh\.md:\d+: "),
    "value not in the trace": (
        lambda course: course.edit("scripts/01-toy/first/zh.md", "squares <d>", "circles <d>"),
        r"zh\.md:\d+: .*circles",
    ),
    "outline not YAML": (
        lambda course: course.edit("scripts/course.yaml", "chapters:", "chapters: ["),
        r"course\.yaml:\d+: ",
    ),
    "trace missing": (lose_trace, r"toy/count.*lecture capture"),
    "trace cut": (cut_trace, r"toy/count"),
    "trace of a wrong dtype": (wrong_dtype, r"toy/count"),
    "scene module not Python": (
        lambda course: course.edit(
            "scenes/toy.py", "def construct(self):\n        square", "def construct(self:\n square"
        ),
        r"scenes/toy\.py:\d+: ",
    ),
    "scene class missing": (
        lambda course: course.edit("scenes/toy.py", "class Second", "class Other"),
        r"zh\.md:\d+: no class Second in scenes/toy\.py",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_broken_is_one_line(toy: Course, fault: str):
    BROKEN[fault][0](toy)
    assert re.search(BROKEN[fault][1], error_line(toy.run(*BUILD)))
    assert not toy.movie.exists()


DRAWN: dict[str, tuple[Callable[[Course], object], str]] = {
    "scene that raises": (
        lambda course: course.edit("scenes/toy.py", "Create(Square(color=INK.lora_a))", "1 / 0"),
        r"scene Second zh: beat 'last': ZeroDivisionError: division by zero \(scenes/toy\.py:26\)$",
    ),
    "cue the script lacks": (
        lambda course: course.edit("scenes/toy.py", 'until("square")', 'until("circle")'),
        r"scene First zh: beat 'one': no cue 'circle'.*'square'",
    ),
    "beat the script lacks": (
        lambda course: course.edit("scenes/toy.py", 'beat("last")', 'beat("final")'),
        r"scene Second zh: .*'final'.*'last'",
    ),
    "import that fails": (
        lambda course: course.edit("scenes/toy.py", "from manim import RIGHT", "from manim import NOTHING, RIGHT"),
        r"scenes/toy\.py cannot be imported: ImportError: cannot import name 'NOTHING'",
    ),
}


@pytest.mark.parametrize("fault", DRAWN)
def test_scene_that_fails_is_one_line(built: Course, fault: str):
    before = built.movie.read_bytes()
    DRAWN[fault][0](built)
    done = built.run(*BUILD)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert any(re.search(DRAWN[fault][1], line) for line in lines), done.stderr
    assert len(lines) == (2 if fault == "import that fails" else 1)  # it hits both scenes of the module
    assert built.movie.read_bytes() == before


def test_font_that_is_missing(built: Course):
    lose_font(built)
    built.edit("scenes/toy.py", "INK.lora_a", "INK.lora_b")
    done = built.run(*BUILD)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "font Noto Sans SC is missing" in done.stderr


def test_voice_that_is_down(toy: Course):
    done = toy.run(*BUILD, "--voice", "openai:http://127.0.0.1:9/v1#alloy")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 2 and all("speech" in line and "127.0.0.1:9" in line for line in lines), done.stderr
    assert "scene First zh  " not in done.stderr.replace("not started  scene First zh", "")
    assert not toy.movie.exists()


def test_disk_that_is_full(built: Course, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        done = built.run(*BUILD, LECTURE_STORE=str(disk / "store"))
        assert done.returncode == 2 and "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert lines and all("disk full: cannot write to" in line for line in lines), done.stderr
        assert not list((disk / "store/making").glob("*"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# The rest of the command


def test_help_is_quick_and_light():
    heavy = ("manim", "torch", "numpy", "av", "moviepy", "markdown_it")
    probe = f"import sys; from render.cli import app; print([name for name in {heavy} if name in sys.modules])"
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert time.monotonic() - begun < 3  # 0.2 s on an idle machine
    done = subprocess.run([sys.executable, "-m", "render.cli", "--help"], cwd=ROOT, capture_output=True, text=True)
    for command in ("build", "capture", "sheet", "transcripts", "check-scripts", "doctor", "version"):
        assert command in done.stdout


def test_capture_lists_runs_and_checks(toy: Course):
    assert "toy/count  how many squares there are" in toy.run("capture", "--list").stdout
    drifted = toy.run("capture", "toy/count", "--check")
    assert drifted.returncode == 1 and "squares" in drifted.stdout  # the committed trace says 3, the capture 5
    assert toy.run("capture", "toy/count").returncode == 0
    assert toy.run("capture", "toy/count", "--check").returncode == 0


def test_transcripts_are_written_and_checked(toy: Course):
    assert toy.run("transcripts", "--check").returncode == 1
    assert not (toy.root / "transcripts/01-toy").exists()
    assert toy.run("transcripts").returncode == 0
    text = (toy.root / "transcripts/01-toy/first.en.md").read_text()
    assert "First we draw a square, one of 3." in text
    assert {path.suffix for path in (toy.root / "transcripts/01-toy").iterdir()} == {".md", ".srt", ".vtt"}
    assert toy.run("transcripts", "--check").returncode == 0
    toy.edit("scripts/01-toy/first/en.md", "a little", "a bit")
    stale = toy.run("transcripts", "--check")
    assert stale.returncode == 1 and "first.en.md" in stale.stdout and "first.zh" not in stale.stdout


def test_check_scripts(toy: Course):
    assert toy.run("check-scripts").stdout == "scripts agree\n"
    cut_beat(toy)
    done = toy.run("check-scripts")
    assert done.returncode == 1 and "'two'" in done.stdout


def test_doctor_says_what_is_missing(toy: Course):
    lose_trace(toy)
    done = toy.run("doctor")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert re.search(r"^MISS  trace toy/count .*lecture capture toy/count", done.stdout, re.MULTILINE)
    assert re.search(r"^ok    voice ", done.stdout, re.MULTILINE)
    assert re.search(r"^ok    fonts ", done.stdout, re.MULTILINE)


def test_committed_transcripts_match_the_scripts():
    done = subprocess.run(
        [sys.executable, "-m", "render.cli", "transcripts", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
