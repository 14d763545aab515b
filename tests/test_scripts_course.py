"""The outline of the course: complete in both languages, and every fault with its line."""

import re
from pathlib import Path

import pytest

from scripts.course import load_course
from scripts.model import ScriptError

GOOD = """title: {zh: 课, en: Course}
chapters:
  - id: 00-start
    title: {zh: 开始, en: Start}
    level: beginner
  - id: 09-lora
    title: {zh: 低秩, en: LoRA}
    level: intermediate
    lectures:
      - id: merge
        title: {zh: 合并, en: Merge}
        level: advanced
        status: video
        scenes: scenes/lora.py
        traces: [lora/merge]
"""


def load(folder: Path, text: str):
    (folder / "course.yaml").write_text(text, encoding="utf-8")
    return load_course(folder)


def test_the_outline_of_this_course():
    course = load_course()
    assert [chapter.number for chapter in course.chapters] == list(range(22))
    titles = [course.title, *(chapter.title for chapter in course.chapters)]
    for title in [*titles, *(lecture.title for lecture in course.lectures)]:
        assert re.search(r"[\u4e00-\u9fff]", title["zh"]) and title["en"].isascii()
    lecture = course.lecture("09-lora/merge")
    assert (lecture.status, lecture.traces) == ("video", ("lora/merge",))
    root = Path(__file__).parents[1]
    assert all((root / module).is_file() for module in lecture.modules)
    assert lecture.title["zh"] == "LoRA：矩阵的注入、训练与合并"


def test_reads_an_outline(tmp_path):
    course = load(tmp_path, GOOD)
    lecture = course.lecture("09-lora/merge")
    assert (lecture.scenes, lecture.modules, lecture.line) == ("scenes/lora.py", ("scenes/lora.py",), 10)
    assert course.chapters[0].lectures == () and course.traces("00-start/none") == ()
    with pytest.raises(ScriptError, match=r"course\.yaml:1: unknown lecture 'x/y'; .*09-lora/merge"):
        course.lecture("x/y")
    with pytest.raises(ScriptError, match="unknown language 'xx'"):
        course.title["xx"]


FAULTS = {
    "empty": ("", 1, "the outline is empty"),
    "not yaml": ("title: [\n", 2, "not YAML"),
    "a list": ("- a\n", 1, "must be a mapping with title, chapters"),
    "no chapters": ("title: {zh: a, en: b}\n", 1, "lacks `chapters:`"),
    "chapters no list": ("title: {zh: a, en: b}\nchapters: 3\n", 2, "chapters must be a list"),
    "language missing": (GOOD.replace("{zh: 开始, en: Start}", "{zh: 开始}"), 4, "lacks `en:`"),
    "title empty": (GOOD.replace("en: Start}", 'en: " "}'), 4, "must be words"),
    "bad level": (GOOD.replace("beginner", "easy"), 5, "must be one of beginner, intermediate, advanced"),
    "bad status": (GOOD.replace("status: video", "status: done"), 13, "must be one of planned, page, video"),
    "bad chapter id": (GOOD.replace("00-start", "start"), 3, "two digits and words"),
    "chapter twice": (GOOD.replace("00-start", "09-lora"), 6, "chapter '09-lora' stands twice"),
    "number twice": (GOOD.replace("00-start", "09-other"), 6, "chapter number '09' stands twice"),
    "escaping lecture": (GOOD.replace("id: merge", "id: ../merge"), 10, "small letters, digits and dashes"),
    "escaping trace": (GOOD.replace("[lora/merge]", "[../x]"), 15, "must be <subject>/<name>"),
    "escaping scenes": (GOOD.replace("scenes/lora.py", "/etc/x.py"), 14, "must be scenes/<name>.py"),
    "video without scenes": (GOOD.replace("        scenes: scenes/lora.py\n", ""), 10, "has no `scenes`"),
    "unknown key": (GOOD.replace("traces:", "trace:"), 15, "unknown key 'trace'; use id,"),
    "key twice": (GOOD.replace("level: advanced", "level: advanced\n        level: advanced"), 13, "stands twice"),
    "a tag": (GOOD.replace("id: merge", "id: !!python/object:x [1]"), 10, "must be small letters"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_has_its_line(tmp_path, fault):
    text, line, says = FAULTS[fault]
    with pytest.raises(ScriptError) as caught:
        load(tmp_path, text)
    assert re.fullmatch(rf".*course\.yaml:{line}: .*{re.escape(says)}.*", str(caught.value)), caught.value


def test_missing_and_unreadable_outline(tmp_path):
    with pytest.raises(ScriptError, match="no such file"):
        load_course(tmp_path)
    (tmp_path / "course.yaml").write_bytes(b"title: a\n\xff")
    with pytest.raises(ScriptError, match=r"course\.yaml:2: not UTF-8"):
        load_course(tmp_path)
