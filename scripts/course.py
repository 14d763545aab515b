"""The outline of the course, `course.yaml`: which chapters and lectures there are and what each is made of.

course = load_course()
course.lecture("09-lora/merge").modules     # ("scenes/lora.py", "scenes/inject.py")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.model import LANGUAGES, ScriptError

ROOT = Path(__file__).parent
FILE = "course.yaml"
LEVELS = ("beginner", "intermediate", "advanced")
STATUSES = ("planned", "page", "video")  # a page has text and examples, a video has scenes too

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CHAPTER = re.compile(r"\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")
MODULE = re.compile(r"scenes/[a-z][a-z0-9_]*\.py")
TRACE = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*")


@dataclass(frozen=True)
class Title:
    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        if language not in LANGUAGES:
            raise ScriptError(f"unknown language {language!r}; the course has {', '.join(LANGUAGES)}")
        return str(getattr(self, language))


@dataclass(frozen=True)
class LecturePlan:
    """`id` is the folder below scripts/, as in 09-lora/merge; `modules` hold its scenes, as in scenes/lora.py."""

    id: str
    title: Title
    level: str
    status: str
    modules: tuple[str, ...]
    traces: tuple[str, ...]
    line: int

    @property
    def scenes(self) -> str:
        """The first scene module; empty where there is none."""
        return self.modules[0] if self.modules else ""


@dataclass(frozen=True)
class Chapter:
    """`id` starts with the chapter's number, as in 09-lora."""

    id: str
    title: Title
    level: str
    lectures: tuple[LecturePlan, ...]
    line: int

    @property
    def number(self) -> int:
        return int(self.id[:2])


@dataclass(frozen=True)
class Course:
    title: Title
    chapters: tuple[Chapter, ...]
    path: Path

    @property
    def lectures(self) -> tuple[LecturePlan, ...]:
        return tuple(lecture for chapter in self.chapters for lecture in chapter.lectures)

    def lecture(self, id: str) -> LecturePlan:
        """The plan of a lecture; ScriptError names the known ones."""
        for lecture in self.lectures:
            if lecture.id == id:
                return lecture
        known = ", ".join(lecture.id for lecture in self.lectures) or "none"
        raise ScriptError(f"{self.path}:1: unknown lecture {id!r}; add it to the outline, or use one of: {known}")

    def traces(self, id: str) -> tuple[str, ...]:
        """The traces of a lecture; none for one the outline does not know."""
        return next((lecture.traces for lecture in self.lectures if lecture.id == id), ())


def load_course(root: Path = ROOT) -> Course:
    """Read `course.yaml` in `root`; every fault is a ScriptError with file and line."""
    from scripts.reader import read_text

    path = Path(root) / FILE
    if not path.is_file():
        raise ScriptError(f"{path}: no such file; the outline of the course belongs there")
    try:
        node = yaml.compose(read_text(path), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ScriptError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {what}; mend it there") from error
    top = Item(node, path, "the outline") if node else None
    if top is None:
        raise ScriptError(f"{path}:1: the outline is empty; write `title:` and `chapters:`")
    top.keys("title", "chapters")
    chapters = tuple(_chapter(item) for item in top["chapters"].items())
    _unique([(chapter.id, chapter.line) for chapter in chapters], "chapter", path)
    _unique([(chapter.id[:2], chapter.line) for chapter in chapters], "chapter number", path)
    return Course(_title(top["title"]), chapters, path)


def _chapter(item: Item) -> Chapter:
    item.keys("id", "title", "level", lectures=True)
    id = item["id"].text(CHAPTER, "two digits and words, as in 09-lora")
    lectures = tuple(_lecture(each, id) for each in item.several("lectures"))
    _unique([(lecture.id, lecture.line) for lecture in lectures], "lecture", item.path)
    return Chapter(id, _title(item["title"]), item["level"].choice(LEVELS), lectures, item.line)


def _lecture(item: Item, chapter: str) -> LecturePlan:
    item.keys("id", "title", "level", "status", scenes=True, traces=True)
    status = item["status"].choice(STATUSES)
    modules = tuple(module.text(MODULE, "scenes/<name>.py") for module in item.several("scenes"))
    if status == "video" and not modules:
        raise item.error("a video lecture has no `scenes`; name its module, as in scenes/lora.py")
    return LecturePlan(
        id=f"{chapter}/{item['id'].text(SLUG, 'small letters, digits and dashes')}",
        title=_title(item["title"]),
        level=item["level"].choice(LEVELS),
        status=status,
        modules=modules,
        traces=tuple(trace.text(TRACE, "<subject>/<name>") for trace in item.several("traces")),
        line=item.line,
    )


def _title(item: Item) -> Title:
    item.keys(*LANGUAGES)
    return Title(*(item[language].text(re.compile(r".*\S.*"), "words") for language in LANGUAGES))


def _unique(found: list[tuple[str, int]], what: str, path: Path) -> None:
    for place, (name, line) in enumerate(found):
        if any(name == before for before, _ in found[:place]):
            raise ScriptError(f"{path}:{line}: {what} {name!r} stands twice; rename one")


class Item:
    """A YAML node that knows its line: what is wrong with it can be said there."""

    def __init__(self, node: Any, path: Path, name: str) -> None:
        self.node, self.path, self.name = node, path, name
        self.line = node.start_mark.line + 1
        self.fields: dict[str, Item] = {}

    def error(self, what: str) -> ScriptError:
        return ScriptError(f"{self.path}:{self.line}: {what}")

    def keys(self, *needed: str, **optional: bool) -> None:
        """Take the node as a mapping with these keys and no others."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error(f"{self.name} must be a mapping with {', '.join((*needed, *optional))}")
        for key, value in self.node.value:
            item = Item(value, self.path, str(key.value)[:40])
            if item.name not in (*needed, *optional):
                item.line = key.start_mark.line + 1
                raise item.error(f"unknown key {item.name!r}; use {', '.join((*needed, *optional))}")
            if item.name in self.fields:
                raise item.error(f"key {item.name!r} stands twice; remove one")
            self.fields[item.name] = item
        for key in needed:
            if key not in self.fields:
                raise self.error(f"{self.name} lacks `{key}:`; add it")

    def __getitem__(self, key: str) -> Item:
        return self.fields[key]

    def several(self, key: str) -> list[Item]:
        """One entry or a list of them, or none."""
        item = self.fields.get(key)
        if item is None:
            return []
        return list(item.items()) if isinstance(item.node, yaml.SequenceNode) else [item]

    def items(self) -> Iterator[Item]:
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.error(f"{self.name} must be a list")
        for each in self.node.value:
            yield Item(each, self.path, f"an entry of {self.name}")

    def text(self, pattern: re.Pattern[str], form: str) -> str:
        value = self.node.value if isinstance(self.node, yaml.ScalarNode) else None
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.error(f"{self.name} is {value!r}; it must be {form}")
        return value

    def choice(self, known: tuple[str, ...]) -> str:
        return self.text(re.compile("|".join(known)), f"one of {', '.join(known)}")
