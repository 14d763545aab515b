"""The guard from outside: `lecture check` fails with what it finds, and a build warns of it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import LECTURE, lay_out

GOOD = "self.play(square.animate.shift(RIGHT))"


def test_check_and_build_tell_what_is_wrong(tmp_path):
    course = lay_out(tmp_path / "clone")
    clean = course.run("check", LECTURE, "--lang", "zh")
    assert clean.returncode == 0, clean.stdout + clean.stderr
    assert "First (zh): clean" in clean.stdout and "Second (zh): clean" in clean.stdout

    course.edit("scenes/toy.py", GOOD, "self.play(square.animate.shift(RIGHT * 9))")
    found = course.run("check", "--all", "--lang", "zh", "--scene", "First")
    assert found.returncode == 1, found.stdout + found.stderr
    line, count = found.stdout.splitlines()
    assert line.startswith("First (zh), beat 'two', ") and ": frame: Square at " in line
    assert Path(line[line.rindex("[") + 1 : -1]).is_file()
    assert count.startswith("First (zh): 1 finding")

    built = course.build()
    assert built.returncode == 0, built.stderr
    assert "warning: First (zh), beat 'two', " in built.stderr.replace("\n", " ")
    timelines = (course.root / "build/store/entries").glob("*/*/timeline.json")
    told = {path: json.loads(path.read_text(encoding="utf-8"))["findings"] for path in timelines}
    (where,) = [path.parent for path, findings in told.items() if findings]
    assert len(list((where / "findings").glob("First.zh.*-two-frame.png"))) == 1


def test_what_cannot_be_checked_is_one_line(tmp_path):
    course = lay_out(tmp_path / "clone")
    unknown = course.run("check", LECTURE, "--scene", "Third")
    assert unknown.returncode == 2 and unknown.stderr.startswith(
        "error: no scene 'Third' in 01-toy/first; there is: First"
    )
    course.edit("scenes/toy.py", GOOD, "self.play(square.animate.levitate())")
    broken = course.run("check", LECTURE, "--lang", "zh", "--scene", "First")
    assert broken.returncode == 2 and "levitate" in broken.stderr and "scenes/toy.py:" in broken.stderr, broken.stderr
    assert broken.stderr.count("\n") == 1
