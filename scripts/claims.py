"""Whether the outline claims no more than there is: a page has all its parts in both languages, a video its pieces.

for finding in unfounded(load_course()):
    print(finding)                     # course.yaml:line: what is claimed and lacks; what to do
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.agreement import Finding
from scripts.course import Course, LecturePlan
from scripts.model import LANGUAGES, Lecture, ScriptError
from scripts.reader import read_lecture, read_text

PARTS = {  # the second-level headings of a page, in this order
    "zh": ("概念", "代码", "输出", "常见问题与陷阱", "扩展阅读"),
    "en": ("Concept", "Code", "Output", "Questions and pitfalls", "Further reading"),
}
BOXES = ("exercise", "solution", "question")  # a page has at least one of each
LINK = re.compile(r"\]\(https://")


def unfounded(course: Course, root: Path) -> Iterator[Finding]:
    """What lectures of status page or video lack. `root` is the folder of the scripts; the rooms stand beside it."""
    for plan in course.lectures:
        if plan.status == "planned":
            continue
        for lack in (*_page(plan, root), *(_video(plan, root.parent) if plan.status == "video" else ())):
            what = f"{plan.id} claims to be a {plan.status} but {lack}; make it, or say `status: planned`"
            yield Finding(course.path, plan.line, what)


def _page(plan: LecturePlan, root: Path) -> Iterator[str]:
    for language in LANGUAGES:
        try:
            lecture = read_lecture(plan.id, language, root)
        except ScriptError as error:
            yield f"its {language} page cannot be read ({error})"
            continue
        found = tuple(heading.text for heading in lecture.headings if heading.level == 2)
        if found != PARTS[language]:
            yield f"{lecture.path.name} has the parts {', '.join(found)}, not {', '.join(PARTS[language])}"
        yield from _boxes(lecture)


def _boxes(lecture: Lecture) -> Iterator[str]:
    text = read_text(lecture.path)
    for box in BOXES:
        if f"{{{box}}}" not in text:
            yield f"{lecture.path.name} has no {box}"
    for example in lecture.examples:
        if f"{{output}} {example.name}" not in text:
            yield f"{lecture.path.name} never shows the output of {example.name}"
    if not lecture.examples:
        yield f"{lecture.path.name} has no program"
    if not LINK.search(text):
        yield f"{lecture.path.name} names nothing to read further"


def _video(plan: LecturePlan, home: Path) -> Iterator[str]:
    wanted = [home / module for module in plan.modules]
    wanted += [home / "data_capture/traces" / trace / "trace.json" for trace in plan.traces]
    wanted += [home / f"transcripts/{plan.id}.{language}.{form}" for language in LANGUAGES for form in ("md", "vtt")]
    yield from (f"{path.relative_to(home)} is missing" for path in wanted if not path.is_file())
