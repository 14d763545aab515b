"""The lecture in CONTRIBUTING.md is made as it says: begun, captured, checked, built, from the page alone."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest

from render.skeleton import Names
from scripts.course import load_course
from tests.conftest import ROOT, Course

FILE = re.compile(r"`([\w./-]+\.\w+)`[^\n`]*:\n\n```\w+\n(.*?)```", re.DOTALL)
BEGIN = re.compile(r"^lecture (new .*)$", re.MULTILINE)
LECTURE = "05-generation/temperature"
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def clone(root: Path) -> Course:
    """The course without anything built."""
    for room in ("store", "voice", "render", "scenes", "scripts", "data_capture"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tests").mkdir()
    shutil.copy(ROOT / "pyproject.toml", root)
    return Course(root)


def does(course: Course, *commands: tuple[str, ...]) -> None:
    """Each command of the course ends well."""
    for command in commands:
        done = course.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)


def own_test(course: Course) -> None:
    """The lecture's own test passes."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_{Names(LECTURE).module}.py"]
    done = subprocess.run(command, cwd=course.root, env=course.environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A clone in which a newcomer has typed the first command of the page."""
    course = clone(tmp_path_factory.mktemp("newcomer") / "clone")
    commands = BEGIN.findall(PAGE)
    assert len(commands) == 1
    does(course, tuple(shlex.split(commands[0])))
    return course


def test_the_draft_works_at_once(begun: Course):
    for line in re.findall(r"^\| `([\w./-]+)` \|", PAGE, re.MULTILINE)[:5]:
        assert (begun.root / line).exists(), line
    plan = load_course(begun.root / "scripts").lecture(LECTURE)
    does(begun, ("capture", plan.traces[0]), ("check-scripts",), ("check", LECTURE))
    does(begun, ("build", LECTURE, "--lang", "en", "--quality", "l"))
    own_test(begun)
    files = [str(begun.root / path) for path in Names(LECTURE).places.values() if path.endswith(".py")]
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command, *files], cwd=begun.root, capture_output=True)
        assert done.returncode == 0, done.stdout.decode()


def test_a_lecture_in_ten_minutes(begun: Course):
    for name, text in FILE.findall(PAGE):
        assert (begun.root / name).is_file(), f"{name} is of no use to the draft"
        (begun.root / name).write_text(text, encoding="utf-8")
    does(
        begun,
        ("capture", "generation/temperature"),
        ("check-scripts",),
        ("check", LECTURE),
        ("build", LECTURE, "--lang", "zh", "--lang", "en", "--quality", "l"),
        ("sheet", LECTURE, "--lang", "zh"),
        ("transcripts", LECTURE),
    )
    own_test(begun)
    for language, said in (("zh", "最大的概率，曾经是 84%"), ("en", "probability was 84%")):
        with av.open(str(begun.root / f"build/lectures/{LECTURE}.{language}.mp4")) as movie:
            assert movie.duration and movie.duration > 3e6
        transcript = begun.root / f"transcripts/{LECTURE}.{language}.md"
        assert said in transcript.read_text(encoding="utf-8")
