"""A new lecture that builds at once: words, capture, scene and test from the files beside this one.

start("05-generation/temperature", zh="温度", en="Temperature")     # the paths that were written

All of it is written beside and put in place at the end, or nothing is.
"""

from __future__ import annotations

import keyword
import re
import shutil
import string
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

from data_capture.registry import names
from render.errors import BuildError
from scripts.course import FILE, LECTURE, LEVELS, Chapter, Course, LecturePlan, load_course
from scripts.model import LANGUAGES
from scripts.reader import read_text
from store.entries import REPOSITORY

HERE = Path(__file__).parent
LONGEST = 40  # characters of a name
ROOMS = ("store", "data_capture", "scripts", "voice", "scenes", "render", "tests")


class Form(string.Template):
    """A file in which §name stands for what differs from lecture to lecture."""

    delimiter = "§"


@dataclass(frozen=True)
class Names:
    """What a lecture and its pieces are called: 13-collectives/all-to-all has the scene AllToAll in all_to_all.py."""

    lecture: str

    @property
    def chapter(self) -> str:
        return self.lecture.partition("/")[0]

    @property
    def module(self) -> str:
        return self.lecture.partition("/")[2].replace("-", "_")

    @property
    def scene(self) -> str:
        return "".join(word.capitalize() for word in self.module.split("_"))

    @property
    def trace(self) -> str:
        return f"{self.chapter.partition('-')[2]}/{self.lecture.partition('/')[2]}"

    @property
    def places(self) -> dict[str, str]:
        """Form -> where the file stands in the repository."""
        return {
            "zh.md": f"scripts/{self.lecture}/zh.md",
            "en.md": f"scripts/{self.lecture}/en.md",
            "labels.yaml": f"scripts/{self.lecture}/labels.yaml",
            "capture.py": f"data_capture/{self.module}.py",
            "scene.py": f"scenes/{self.module}.py",
            "test.py": f"tests/test_{self.module}.py",
        }


def start(
    lecture: str, zh: str | None = None, en: str | None = None, level: str | None = None, root: Path = REPOSITORY
) -> list[Path]:
    """Write a lecture's files and enter it in the outline; returns the paths.

    A lecture that is planned and has no scenes yet keeps its place, title and level. Raises BuildError, one line, for
    a name that is taken or cannot be used, and leaves everything as it was.
    """
    course = load_course(root / "scripts")
    named, chapter = named_well(lecture, course), lecture.partition("/")[0]
    place = next(each for each in course.chapters if each.id == chapter)
    plan = next((each for each in place.lectures if each.id == lecture), None)
    if plan and (zh or en or level):
        raise BuildError(f"{lecture} stands in {FILE} with title and level; leave out --zh, --en and --level")
    free(named, plan, root)
    titles = dict(zip(LANGUAGES, plan_titles(plan) if plan else given_titles(named, zh, en), strict=True))
    if level not in (None, *LEVELS):
        raise BuildError(f"unknown level {level!r}; use one of {', '.join(LEVELS)}")
    filled = dict(
        lecture=lecture,
        trace=named.trace,
        module=named.module,
        scene=named.scene,
        **{f"title_{language}": flow(title) for language, title in titles.items()},
    )
    files = {
        place: Form((HERE / f"{form}.txt").read_text(encoding="utf-8")).substitute(filled)
        for form, place in named.places.items()
    }
    entry = enter(course, place, plan, named, titles, level or place.level)
    return publish(files | {f"scripts/{FILE}": entry}, lecture, root)


def named_well(lecture: str, course: Course) -> Names:
    """The names of a lecture, if files and classes can be called so."""
    chapters = [each.id for each in course.chapters]
    if not LECTURE.fullmatch(lecture):
        like = f"{chapters[0]}/{lecture}" if re.fullmatch(r"[a-z0-9-]+", lecture) else f"{chapters[0]}/my-lecture"
        raise BuildError(
            f"{lecture!r:.60} is not <chapter>/<lecture> in small letters, digits and dashes; write it like {like!r}"
        )
    named = Names(lecture)
    if named.chapter not in chapters:
        raise BuildError(f"no chapter {named.chapter!r} in {FILE}; there is {', '.join(chapters)}")
    if len(named.module) > LONGEST:
        raise BuildError(f"{lecture}: a name has at most {LONGEST} characters; choose a shorter one")
    if not named.module[0].isalpha():
        raise BuildError(
            f"{lecture}: its scene is a class, and begins with a letter; begin the lecture's name with one"
        )
    if keyword.iskeyword(named.module):
        raise BuildError(f"{lecture}: {named.module!r} is a word of Python; choose another name")
    if named.module in {*sys.stdlib_module_names, *packages_distributions(), *ROOMS}:
        raise BuildError(f"{lecture}: scenes/{named.module}.py would hide a module from manim; choose another name")
    return named


def free(named: Names, plan: LecturePlan | None, root: Path) -> None:
    """Raise unless the lecture and all its files are new."""
    if plan and (plan.modules or plan.traces):
        raise BuildError(f"{named.lecture} is there already, with scenes or traces; choose another name")
    for path in (f"scripts/{named.lecture}", *named.places.values()):
        if (root / path).exists():
            raise BuildError(f"{path} is there already; choose another name")
    if named.trace in names():
        raise BuildError(f"a capture {named.trace!r} is there already; choose another name")


def plan_titles(plan: LecturePlan) -> tuple[str, ...]:
    return tuple(plan.title[language] for language in LANGUAGES)


def given_titles(named: Names, zh: str | None, en: str | None) -> tuple[str, str]:
    """Titles as they were given; until there are better ones, the lecture's name."""
    fallback = named.module.replace("_", " ").capitalize()
    for title in (zh, en):
        if title is not None and (not title.strip() or not title.isprintable()):
            raise BuildError(f"title {title!r:.60} must be one line of words; write another")
    return (zh or en or fallback).strip(), (en or fallback).strip()


def flow(data: object) -> str:
    """YAML on one line, quoted where it must be."""
    text = yaml.safe_dump(data, allow_unicode=True, default_flow_style=True, sort_keys=False, width=float("inf"))
    return text.removesuffix("...\n").strip()


def enter(
    course: Course,
    chapter: Chapter,
    plan: LecturePlan | None,
    named: Names,
    titles: dict[str, str],
    level: str,
) -> str:
    """The outline with the lecture in it; every other line stays as it is."""
    lines = read_text(course.path).split("\n")
    pieces = [f"        scenes: scenes/{named.module}.py", f"        traces: [{named.trace}]"]
    if plan:
        place = next(
            (
                number
                for number in range(plan.line, len(lines))
                if lines[number].startswith("        status: ") and not any(map(named_entry, lines[plan.line : number]))
            ),
            None,
        )
        if place is None:
            raise BuildError(f"{course.path}:{plan.line}: {plan.id} is not written one key a line; write it so")
        return "\n".join([*lines[: place + 1], *pieces, *lines[place + 1 :]])
    after = next((each.line - 1 for each in course.chapters if each.line > chapter.line), len(lines))
    while not lines[after - 1].strip() or lines[after - 1].lstrip().startswith("#"):
        after -= 1
    entry = [
        *([] if chapter.lectures else ["    lectures:"]),
        f"      - id: {named.lecture.partition('/')[2]}",
        f"        title: {flow(titles)}",
        f"        level: {level}",
        "        status: planned",
        *pieces,
    ]
    return "\n".join([*lines[:after], *entry, *lines[after:]])


def named_entry(line: str) -> bool:
    """Whether another lecture or chapter begins here."""
    return bool(re.match(r"\s*- (id: |\{)", line))


def publish(files: Mapping[str, str], lecture: str, root: Path) -> list[Path]:
    """Write all files beside, see that the course can be read with them, and put them in place; or leave no trace."""
    made: list[Path] = []
    try:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=root) as folder:
            beside = Path(folder)
            for name, text in files.items():
                (beside / name).parent.mkdir(parents=True, exist_ok=True)
                (beside / name).write_text(text, encoding="utf-8")
            load_course(beside / "scripts").lecture(lecture)
            for name in files:  # the outline comes last: what it names is there
                target = root / name
                made += [path for path in (target, *target.parents) if not path.exists()]
                target.parent.mkdir(parents=True, exist_ok=True)
                (beside / name).replace(target)
    except BaseException as error:
        for path in made:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            what = f"{error.strerror}; nothing was written, see to rights and room"
            raise BuildError(f"{error.filename2 or error.filename}: {what}") from None
        raise
    return [root / name for name in files]
