"""The outline as lines to read: chapters, lectures, points, and where each topic is taught at which level.

for line in outline(load_course(), "en", level="beginner"):
    print(line)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scripts.course import LEVELS, STATUSES, Course, LecturePlan
from scripts.model import ScriptError


def chosen(course: Course, level: str = "", status: str = "", topic: str = "") -> tuple[LecturePlan, ...]:
    """The lectures of this level, status and topic, in the order of the course; empty words choose all. ScriptError."""
    topics = tuple(each.id for each in course.topics)
    for what, word, known in (("level", level, LEVELS), ("status", status, STATUSES), ("topic", topic, topics)):
        if word and word not in known:
            raise ScriptError(f"{course.path}: unknown {what} {word!r}; use one of: {', '.join(known)}")
    return tuple(
        plan
        for plan in course.lectures
        if level in ("", plan.level) and status in ("", plan.status) and (not topic or topic in plan.topics)
    )


def outline(
    course: Course, language: str, level: str = "", status: str = "", topic: str = "", points: bool = True
) -> Iterator[str]:
    """Chapters with their lectures, each with level, status and, unless unwanted, its points; last, how many."""
    lectures = chosen(course, level, status, topic)
    for chapter in course.chapters:
        told = [plan for plan in chapter.lectures if plan in lectures]
        if not told:
            continue
        yield f"{chapter.number}  {chapter.title[language]}"
        for plan in told:
            yield f"  {plan.id}  {plan.title[language]}  [{plan.level}, {plan.status}]"
            for point in plan.points if points else ():
                yield f"    - {point[language]}"
    counts = Counter(plan.status for plan in lectures)
    told_of = ", ".join(f"{counts[each]} {each}" for each in STATUSES)
    yield f"{len(lectures)} lectures ({told_of}), {sum(len(plan.points) for plan in lectures)} points"


def topics(course: Course, language: str) -> Iterator[str]:
    """Every topic with the lectures that teach it at each level."""
    for topic in course.topics:
        yield f"{topic.id}  {topic.title[language]}"
        for level in LEVELS:
            yield f"  {level:12}  {', '.join(plan.id for plan in course.taught(topic.id, level)) or 'nowhere'}"
