# ruff: noqa: E501 - a table reads better in lines
"""The check that languages and scene modules agree finds every kind of difference, and none where there is none."""

import re
from pathlib import Path

import pytest

from scripts.agreement import check_lecture, scene_modules
from scripts.course import load_course
from scripts.model import ScriptError

OUTLINE = """title: {zh: 课, en: Course}
chapters:
  - id: 09-lora
    title: {zh: 低秩, en: LoRA}
    level: beginner
    lectures:
      - {id: merge, title: {zh: 合, en: M}, level: beginner, status: video, scenes: [scenes/lora.py, scenes/more.py]}
"""
ZH = """---
title: 低秩
---
## 概念

::::{scene} First
:title: 一
:alt: 甲、乙、丙、丁依次出现。
:::{beat} one
{cue}`甲 <a>` {cue}`乙 <b>`
:::

:::{beat} two
{cue}`丙 <c>`，{cue}`丁 <d>`
:::
::::

::::{scene} Second
:title: 二
:alt: 只有一个字。
:::{beat} one
戊
:::
::::

### 细节

:::{example} inject.py
:::
"""
EN = ZH.replace("甲", "x").replace("低秩", "low").replace("概念", "Concept").replace("细节", "Details")
LORA = """
class Base(LectureScene):
    def helper(self):
        return "never a scene"

class First(Base):
    def construct(self):
        self.part()
        with self.beat("two") as beat:
            for cue in ("c", "d"):
                self.play(run_time=beat.until(cue))

    def part(self):
        with self.beat("one") as beat:
            beat.hold("a")
            self.play(run_time=beat.until("b", 0.4))
"""
MORE = """
class Second(LectureScene):
    def construct(self):
        with self.beat("one"):
            pass
"""


@pytest.fixture
def course(tmp_path):
    home = tmp_path / "scripts/09-lora/merge"
    (home / "examples").mkdir(parents=True)
    (tmp_path / "scenes").mkdir()
    (tmp_path / "scripts/course.yaml").write_text(OUTLINE, encoding="utf-8")
    (home / "examples/inject.py").write_text("")
    (home / "examples/inject.out").write_text("")
    (home / "zh.md").write_text(ZH, encoding="utf-8")
    (home / "en.md").write_text(EN, encoding="utf-8")
    (tmp_path / "scenes/lora.py").write_text(LORA)
    (tmp_path / "scenes/more.py").write_text(MORE)
    return tmp_path


def check(course: Path) -> list[str]:
    return [str(finding) for finding in check_lecture("09-lora/merge", course / "scripts")]


def test_nothing_where_all_agree(course):
    assert check(course) == []


def test_modules_of_scenes(course):
    found = scene_modules(load_course(course / "scripts").lecture("09-lora/merge"), course / "scripts")
    assert {name: path.name for name, path in found.items()} == {"First": "lora.py", "Second": "more.py"}


SCENE = "::::{scene} Third\n:title: t\n:::{beat} x\nx\n:::\n::::\n"
DIFFERENCES = {
    "nothing told to those who cannot see": ("en", ":alt: 只有一个字。", "", r"en\.md:18: scene 'Second' has no alt text; write `:alt: "),
    "cue missing in English": ("en", "{cue}`乙 <b>`", "乙", r"zh\.md:9: .* First\.one cue 'b' is not in en\.md"),
    "cue more in English": ("en", "戊", "{cue}`戊 <e>`", r"en\.md:21: .* Second\.one cue 'e' is not in zh\.md"),
    "beat missing in Chinese": ("zh", ":::{beat} one\n{cue}`甲 <a>` {cue}`乙 <b>`\n:::\n", "", r"en\.md:9: in scene First beat 'one' is not in zh\.md"),
    "beats in another order": ("en", ":::{beat} one\n{cue}`x <a>` {cue}`乙 <b>`\n:::\n\n:::{beat} two\n{cue}`丙 <c>`，{cue}`丁 <d>`\n:::\n", ":::{beat} two\n{cue}`丙 <c>`，{cue}`丁 <d>`\n:::\n:::{beat} one\n{cue}`x <a>` {cue}`乙 <b>`\n:::\n", r"en\.md:6: in scene First beat order"),
    "scene more in English": ("en", "### Details", SCENE + "### Details", r"en\.md:26: scene 'Third' is not in zh\.md"),
    "scene renamed": ("zh", "{scene} Second", "{scene} Other", r"en\.md:18: scene 'Second' is not in zh\.md"),
    "example missing": ("en", ":::{example} inject.py\n:::", "", r"zh\.md:28: example 'inject\.py' is not in en\.md"),
    "heading of another level": ("en", "### Details", "## Details", r"en\.md:26: heading 'Details' has level 2, in zh\.md '细节' has 3"),
    "heading missing": ("en", "### Details", "", r"zh\.md:26: heading '细节' has no counterpart in en\.md"),
    "script missing": ("en", None, "", r"en\.md: no such script"),
    "script faulty": ("en", "title: low", "", r"en\.md:1: no title"),
    "unknown cue": ("lora", 'beat.hold("a")', 'beat.hold("a"); beat.until("z")', r"lora\.py:15: beat First\.one waits for cue 'z', not in zh\.md; .*\['a', 'b'\]"),
    "unknown cue in a loop": ("lora", '("c", "d")', '("c", "d", "z")', r"lora\.py:11: beat First\.two waits for cue 'z'"),
    "cue never used": ("lora", 'beat.hold("a")', "pass", r"zh\.md:9: cue 'a' of beat First\.one is never used in lora\.py"),
    "unknown beat": ("more", '"one"', '"won"', r"more\.py:4: scene Second plays beat 'won', not in zh\.md; use \['one'\]"),
    "beat never played": ("more", '"one"', '"won"', r"zh\.md:21: beat 'one' is never played by Second in more\.py"),
    "beat without a literal": ("more", '"one"', "name", r"more\.py:4: scene Second opens a beat without a literal name"),
    "class without script": ("more", "Second", "Fourth", r"more\.py:2: scene 'Fourth' is not in zh\.md"),
    "script without class": ("more", "Second", "Fourth", r"zh\.md:18: scene 'Second' is not in lora\.py, more\.py"),
    "module not Python": ("more", "class", "class class", r"more\.py:2: not Python"),
    "module missing": ("more", None, "", r"more\.py: cannot be read"),
    "cue handed on": ("lora", "self.part()", "self.more(1)\n\n    def more(self, beat):\n        beat.hold('z')", r"lora\.py:11: scene First waits for cue 'z', in no beat"),
}  # fmt: skip


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_finds_a_difference(course, difference):
    where, old, new, says = DIFFERENCES[difference]
    folder = course / ("scripts/09-lora/merge" if where in ("zh", "en") else "scenes")
    path = folder / f"{where}.{'md' if where in ('zh', 'en') else 'py'}"
    if old is None:
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    findings = check(course)
    assert any(re.search(says, finding) for finding in findings), findings
    assert all("\n" not in finding for finding in findings)


def test_a_cue_by_a_name_that_is_not_literal_may_be_any_word_of_the_class(course):
    path = course / "scenes/lora.py"
    path.write_text(path.read_text().replace('for cue in ("c", "d"):', 'for cue, k in zip(["c", "d"], self.k):'))
    assert check(course) == []


def test_unknown_lecture(course):
    with pytest.raises(ScriptError, match="unknown lecture '09-lora/x'"):
        check_lecture("09-lora/x", course / "scripts")


def test_the_lectures_of_this_course_agree():
    for lecture in load_course().lectures:
        if lecture.status != "planned":
            assert [str(finding) for finding in check_lecture(lecture.id)] == []
