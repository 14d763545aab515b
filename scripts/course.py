"""The outline of the course, `course.yaml`: which chapters and lectures there are and what each is made of.

course = load_course()
course.lecture("09-lora/merge").modules     # ("scenes/lora.py", "scenes/inject.py")
course.taught("fsdp", "advanced")           # the lectures that teach FSDP at that level
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from scripts.languages import LANGUAGES, LOADER, table
from scripts.model import ScriptError

ROOT = Path(__file__).parent
FILE = "course.yaml"
LEVELS = ("beginner", "intermediate", "advanced")
STATUSES = ("planned", "page", "video")  # a page has text and examples, a video has scenes too

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CHAPTER = re.compile(r"\d\d-[a-z0-9]+(?:-[a-z0-9]+)*")
LECTURE = re.compile(rf"{CHAPTER.pattern}/{SLUG.pattern}")
PLANS = ("after", "topics", "animates", "points")
MODULE = re.compile(r"scenes/[a-z][a-z0-9_]*\.py")
TRACE = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/[a-z0-9][a-z0-9_-]*)*")


@dataclass(frozen=True)
class Title:
    """Words in the languages of the course, and in others where they are written; else those read the course's last."""

    words: Mapping[str, str]

    def __getitem__(self, language: str) -> str:
        if language not in table():
            raise ScriptError(f"unknown language {language!r}; there is {', '.join(table())}")
        return self.words.get(language, self.words[LANGUAGES[-1]])


@dataclass(frozen=True)
class Subject:
    """A topic that comes back at several levels, or a mechanism to be animated."""

    id: str
    title: Title


@dataclass(frozen=True)
class LecturePlan:
    """`id` is the folder below scripts/, as in 09-lora/merge; `modules` hold its scenes, as in scenes/lora.py.

    `after` are the lectures to read before, `topics` and `animates` ids of subjects of the course, `points` what is
    taught.
    """

    id: str
    title: Title
    level: str
    status: str
    modules: tuple[str, ...]
    traces: tuple[str, ...]
    after: tuple[str, ...]
    topics: tuple[str, ...]
    animates: tuple[str, ...]
    points: tuple[Title, ...]
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
    topics: tuple[Subject, ...]
    mechanisms: tuple[Subject, ...]
    path: Path

    @property
    def lectures(self) -> tuple[LecturePlan, ...]:
        return tuple(lecture for chapter in self.chapters for lecture in chapter.lectures)

    def lecture(self, id: str) -> LecturePlan:
        """The plan of a lecture; ScriptError names the ones it may have meant."""
        for lecture in self.lectures:
            if lecture.id == id:
                return lecture
        near = ", ".join(difflib.get_close_matches(id, [each.id for each in self.lectures], 5, 0)) or "none"
        raise ScriptError(f"{self.path}:1: unknown lecture {id!r}; add it to the outline, or use one like: {near}")

    def taught(self, topic: str, level: str) -> tuple[LecturePlan, ...]:
        """The lectures that teach a topic at a level."""
        return tuple(each for each in self.lectures if topic in each.topics and each.level == level)

    def traces(self, id: str) -> tuple[str, ...]:
        """The traces of a lecture; none for one the outline does not know."""
        return next((lecture.traces for lecture in self.lectures if lecture.id == id), ())


def load_course(root: Path = ROOT) -> Course:
    """Read `course.yaml` in `root`; every fault is a ScriptError with file and line.

    Every lecture of a build asks for it, so a file that did not change is not read again.
    """
    path = Path(root) / FILE
    if not path.is_file():
        raise ScriptError(f"{path}: no such file; the outline of the course belongs there")
    stat = path.stat()
    return _load(path, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=4)
def _load(path: Path, stamp: tuple[int, int]) -> Course:
    from scripts.reader import read_text

    try:
        node = yaml.compose(read_text(path), Loader=LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        what = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ScriptError(f"{path}:{mark.line + 1 if mark else 1}: not YAML: {what}; mend it there") from error
    top = Item(node, path, "the outline") if node else None
    if top is None:
        raise ScriptError(f"{path}:1: the outline is empty; write `title:` and `chapters:`")
    top.keys("title", "chapters", topics=True, mechanisms=True)
    topics, mechanisms = (tuple(_subject(item) for item in top.several(key)) for key in ("topics", "mechanisms"))
    chapters = tuple(_chapter(item) for item in top["chapters"].items())
    _unique([(chapter.id, chapter.line) for chapter in chapters], "chapter", path)
    _unique([(chapter.id[:2], chapter.line) for chapter in chapters], "chapter number", path)
    _known(chapters, topics, mechanisms, path)
    return Course(_title(top["title"]), chapters, topics, mechanisms, path)


def _subject(item: Item) -> Subject:
    item.keys("id", "title")
    return Subject(item["id"].text(SLUG, "small letters, digits and dashes"), _title(item["title"]))


def _known(chapters: Iterable[Chapter], topics: Iterable[Subject], mechanisms: Iterable[Subject], path: Path) -> None:
    """Lectures name subjects and lectures that there are, and none has to be read before itself."""
    subjects = {"topics": {each.id for each in topics}, "animates": {each.id for each in mechanisms}}
    lectures = [lecture for chapter in chapters for lecture in chapter.lectures]
    everything = {lecture.id for lecture in lectures}
    for lecture in lectures:
        for key, known in subjects.items():
            for name in set(getattr(lecture, key)) - known:
                raise ScriptError(f"{path}:{lecture.line}: {key} of {lecture.id} has unknown {name!r}; define it above")
        for name in lecture.after:
            if name not in everything:
                raise ScriptError(f"{path}:{lecture.line}: {lecture.id} comes after unknown {name!r}; name a lecture")
    try:
        TopologicalSorter({lecture.id: lecture.after for lecture in lectures}).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        raise ScriptError(f"{path}:1: lectures come after each other in a circle: {circle}; mend `after:`") from error


def _chapter(item: Item) -> Chapter:
    item.keys("id", "title", "level", lectures=True)
    id = item["id"].text(CHAPTER, "two digits and words, as in 09-lora")
    lectures = tuple(_lecture(each, id) for each in item.several("lectures"))
    _unique([(lecture.id, lecture.line) for lecture in lectures], "lecture", item.path)
    return Chapter(id, _title(item["title"]), item["level"].choice(LEVELS), lectures, item.line)


def _lecture(item: Item, chapter: str) -> LecturePlan:
    item.keys("id", "title", "level", "status", scenes=True, traces=True, **dict.fromkeys(PLANS, True))
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
        after=tuple(each.text(LECTURE, "<chapter>/<lecture>") for each in item.several("after")),
        topics=tuple(each.text(SLUG, "the id of a topic") for each in item.several("topics")),
        animates=tuple(each.text(SLUG, "the id of a mechanism") for each in item.several("animates")),
        points=tuple(_title(each) for each in item.several("points")),
        line=item.line,
    )


def _title(item: Item) -> Title:
    item.keys(*LANGUAGES, **dict.fromkeys(table().keys() - set(LANGUAGES), True))
    return Title({language: each.text(re.compile(r".*\S.*"), "words") for language, each in item.fields.items()})


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
