"""`lecture new`: where the files go, what stays as it was, what is refused, and that it writes all or nothing."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from render.errors import BuildError
from render.skeleton import Names, start
from scripts.agreement import compare
from scripts.course import load_course
from scripts.reader import read_lecture

OUTLINE = """# The outline, with what its author noted.
title: {zh: 课, en: Course}
chapters:
  - id: 01-toy
    title: {zh: 玩具, en: Toys}
    level: beginner
    lectures:
      # the first one
      - id: first
        title: {zh: 第一课, en: The first lecture}
        level: beginner
        status: planned
        points: [{zh: 甲, en: a}]
      - id: drawn
        title: {zh: 已画, en: Drawn}
        level: beginner
        status: planned
        scenes: scenes/drawn.py
      - {id: short, title: {zh: 短, en: Short}, level: beginner, status: planned}

  # what comes later
  - id: 02-later-on
    title: {zh: 以后, en: Later}
    level: advanced
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of an outline and nothing else."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/course.yaml").write_text(OUTLINE, encoding="utf-8")
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def changed(root: Path) -> list[str]:
    """Lines of the outline that came (+) or went (-)."""
    after = (root / "scripts/course.yaml").read_text(encoding="utf-8")
    found = difflib.ndiff(OUTLINE.split("\n"), after.split("\n"))
    return [line for line in found if line[0] in "+-"]


def test_a_new_lecture_comes_last_in_its_chapter_and_nothing_else_moves(root: Path):
    written = start("01-toy/all-to-all", zh="全交换", en="All to all: a permutation, really", root=root)
    assert changed(root) == [
        "+       - id: all-to-all",
        "+         title: {zh: 全交换, en: 'All to all: a permutation, really'}",
        "+         level: beginner",
        "+         status: planned",
        "+         scenes: scenes/all_to_all.py",
        "+         traces: [toy/all-to-all]",
    ]
    course = load_course(root / "scripts")
    assert [each.id for each in course.chapters[0].lectures][-1] == "01-toy/all-to-all"
    assert course.lecture("01-toy/all-to-all").title["en"] == "All to all: a permutation, really"
    assert {path.relative_to(root).as_posix() for path in written} == set(files(root))
    assert "class AllToAll(LectureScene)" in (root / "scenes/all_to_all.py").read_text(encoding="utf-8")


def test_both_languages_of_a_draft_agree(root: Path):
    start("01-toy/other", root=root)
    numbers = {"steps": 40, "loss.first": 2.0, "loss.last": 1.0}.__getitem__
    zh, en = (read_lecture("01-toy/other", language, root / "scripts", numbers) for language in ("zh", "en"))
    assert not list(compare(zh, en))
    assert zh.title == en.title == "Other"


def test_a_planned_lecture_keeps_its_place_and_title(root: Path):
    start("01-toy/first", root=root)
    assert changed(root) == ["+         scenes: scenes/first.py", "+         traces: [toy/first]"]
    zh = (root / "scripts/01-toy/first/zh.md").read_text(encoding="utf-8")
    assert zh.startswith("---\ntitle: 第一课\n---\n")


def test_a_chapter_without_lectures_gets_its_first(root: Path):
    start("02-later-on/next", level="intermediate", root=root)
    course = load_course(root / "scripts")
    assert course.lecture("02-later-on/next").level == "intermediate"
    assert course.lecture("02-later-on/next").traces == ("later-on/next",)


REFUSED = {
    "my-lecture": r"'my-lecture' is not <chapter>/<lecture> .* like '01-toy/my-lecture'",
    "../../etc": r"is not <chapter>/<lecture>",
    "01-toy/Upper": r"is not <chapter>/<lecture>",
    "01-toy/a/b": r"is not <chapter>/<lecture>",
    "01-toy/": r"is not <chapter>/<lecture>",
    "07-none/x": r"no chapter '07-none' in course.yaml; there is 01-toy, 02-later-on",
    "01-toy/json": r"scenes/json.py would hide a module",
    "01-toy/numpy": r"scenes/numpy.py would hide a module",
    "01-toy/scripts": r"scenes/scripts.py would hide a module",
    "01-toy/4bit": r"begins with a letter",
    "01-toy/class": r"'class' is a word of Python",
    f"01-toy/{'x' * 41}": r"at most 40 characters",
    "01-toy/drawn": r"01-toy/drawn is there already",
    "01-toy/short": r"course.yaml:19: 01-toy/short is not written one key a line",
}


@pytest.mark.parametrize("lecture", REFUSED)
def test_names_that_cannot_be_used_are_one_line(root: Path, lecture: str):
    before = files(root)
    with pytest.raises(BuildError, match=REFUSED[lecture]) as refused:
        start(lecture, root=root)
    assert "\n" not in str(refused.value)
    assert files(root) == before


@pytest.mark.parametrize(
    "place", ["scenes/fine.py", "data_capture/fine.py", "tests/test_fine.py", "scripts/01-toy/fine/x"]
)
def test_what_is_there_is_not_written_over(root: Path, place: str):
    (root / place).parent.mkdir(parents=True)
    (root / place).write_text("mine", encoding="utf-8")
    before = files(root)
    with pytest.raises(BuildError, match="is there already; choose another name"):
        start("01-toy/fine", root=root)
    assert files(root) == before


def test_a_capture_of_the_name_is_not_hidden(root: Path):
    (root / "scripts/course.yaml").write_text(OUTLINE.replace("02-later-on", "02-lora"), encoding="utf-8")
    with pytest.raises(BuildError, match="a capture 'lora/merge' is there already"):
        start("02-lora/merge", root=root)


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "a\tb"])
def test_a_title_is_one_line(root: Path, title: str):
    with pytest.raises(BuildError, match="one line of words"):
        start("01-toy/fine", zh=title, root=root)


def test_options_that_mean_nothing_are_told(root: Path):
    with pytest.raises(BuildError, match="leave out --zh, --en and --level"):
        start("01-toy/first", en="Mine", root=root)
    with pytest.raises(BuildError, match="unknown level 'expert'"):
        start("01-toy/fine", level="expert", root=root)


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("last", range(len(Names("01-toy/fine").places) + 1))
def test_stopped_at_any_file_it_leaves_nothing(root: Path, last: int, fault: BaseException, monkeypatch):
    before, replace, left = files(root), os.replace, last
    folders = {path for path in root.rglob("*") if path.is_dir()}

    def stopping(self: Path, target: Path) -> None:
        nonlocal left
        if not left:
            raise fault
        left -= 1
        replace(self, target)

    monkeypatch.setattr(Path, "replace", stopping)
    with pytest.raises(BuildError if isinstance(fault, OSError) else KeyboardInterrupt):
        start("01-toy/fine", root=root)
    assert files(root) == before
    assert {path for path in root.rglob("*") if path.is_dir()} == folders
