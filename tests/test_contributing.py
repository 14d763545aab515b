"""The lecture in CONTRIBUTING.md is made as it says: captured, checked, built, from the text of the page alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import av

from tests.conftest import ROOT, Course

FILE = re.compile(r"`([\w./-]+\.\w+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
CHAPTER = "  - id: 05-generation\n"


def follow(root: Path) -> Course:
    """A clone in which a newcomer has typed every file of the page."""
    for room in ("store", "voice", "render", "scenes", "scripts", "data_capture"):
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns("__pycache__"))
    files = dict(FILE.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    outline = root / "scripts/course.yaml"
    written = outline.read_text(encoding="utf-8")
    entry = re.search(rf"{CHAPTER}(.*\n)+?    lectures:\n", written)[0]  # type: ignore[index]
    outline.write_text(written.replace(entry, entry + files.pop("scripts/course.yaml")), encoding="utf-8")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return Course(root)


def test_a_lecture_in_ten_minutes(tmp_path):
    course = follow(tmp_path / "clone")
    for command in (
        ("capture", "softmax/temperature"),
        ("check-scripts",),
        ("check", "05-generation/temperature"),
        ("build", "05-generation/temperature", "--lang", "zh", "--lang", "en", "--quality", "l"),
        ("sheet", "05-generation/temperature", "--lang", "zh"),
        ("transcripts", "05-generation/temperature"),
    ):
        done = course.run(*command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    for language, said in (("zh", "最大的概率，曾经是 84%"), ("en", "probability was 84%")):
        with av.open(str(course.root / f"build/lectures/05-generation/temperature.{language}.mp4")) as movie:
            assert movie.duration and movie.duration > 3e6
        transcript = course.root / f"transcripts/05-generation/temperature.{language}.md"
        assert said in transcript.read_text(encoding="utf-8")
