"""What Sphinx reads: a MyST text for every page, from the outline and the scripts of one language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data_capture.trace import trace_names
from render.site.words import words
from render.transcripts import write
from scripts.course import Course
from scripts.directives import Directive
from scripts.model import Example, Lecture, SceneScript
from scripts.page import Page
from scripts.reader import find_script, read_lecture


class SitePage(Page):
    """A page whose animations, programs and boxes are directives of the site."""

    def scene(self, scene: SceneScript) -> list[str]:
        return [f":::{{animation}} {scene.name}", ":::"]

    def program(self, example: Example) -> list[str]:
        return [f":::{{sample}} {example.name}", ":::"]

    def printed(self, example: Example) -> list[str]:
        return [f":::{{printed}} {example.name}", ":::"]

    def note(self, node: Directive, title: str, inner: list[str]) -> list[str]:
        fence = ":" * (node.colons + 3)  # inside may be boxes with as many colons as the script has
        folded = [":collapsible: closed"] if node.name == "solution" else []
        return [f"{fence}{{admonition}} {title}", f":class: {node.name}", *folded, "", *inner, fence]


@dataclass(frozen=True)
class Sources:
    """`lectures` are those with a page, by id; `texts` what is written, by document name."""

    course: Course
    language: str
    lectures: dict[str, Lecture]
    texts: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write what changed and remove what is no more."""
        wanted = {folder / f"{name}.md": text for name, text in self.texts.items()}
        for path in folder.rglob("*.md"):
            if path not in wanted:
                path.unlink()
        for path, text in wanted.items():
            if not (path.is_file() and path.read_text(encoding="utf-8") == text):
                write(path, text)


def sources(course: Course, language: str, root: Path) -> Sources:
    """Read the course in one language; raises ScriptError."""
    lectures = {
        plan.id: read_lecture(plan.id, language, root, page=SitePage)
        for plan in course.lectures
        if plan.status != "planned" and find_script(plan.id, language, root)
    }
    return Sources(course, language, lectures, dict(_texts(course, language, lectures)))


def _texts(course: Course, language: str, lectures: dict[str, Lecture]) -> Iterator[tuple[str, str]]:
    said = words(language)
    chapters = [f"{chapter.id}/index" for chapter in course.chapters]
    yield (
        "index",
        _page(course.title[language], ":::{outline}\n:::", _tree([*chapters, "topics", "clips", "traces/index"])),
    )
    for chapter in course.chapters:
        inside = [lecture.id.partition("/")[2] for lecture in chapter.lectures if lecture.id in lectures]
        title = f"{chapter.number} {chapter.title[language]}"
        yield f"{chapter.id}/index", _page(title, f":::{{chapter}} {chapter.id}\n:::", _tree(inside))
    yield "topics", _page(said["topics"], said["topics_lead"], ":::{topics}\n:::")
    yield "clips", _page(said["clips"], said["clips_lead"], ":::{clips}\n:::")
    names = trace_names()
    yield "traces/index", _page(said["traces"], said["traces_lead"], ":::{traces}\n:::", _tree(names))
    for name in names:
        yield f"traces/{name}", _page(name, f":::{{trace}} {name}\n:::")
    for id, lecture in lectures.items():
        title, _, body = lecture.page.partition("\n")
        yield id, _page(title.removeprefix("# "), ":::{heading}\n:::", body)


def _page(title: str, *parts: str) -> str:
    shown = json.dumps(title, ensure_ascii=False)  # a YAML string too; MyST reads it as Markdown
    return "\n\n".join((f"---\ntitle: {shown}\n---", *parts)) + "\n"


def _tree(names: list[str]) -> str:
    return "\n".join((":::{toctree}", ":hidden:", "", *names, ":::")) if names else ""
