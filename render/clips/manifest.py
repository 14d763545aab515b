"""`clips.json`: what every clip is, whose it is, where it comes from, and how it is made again.

One entry for each clip, by its id; in it one for each file. Several calls may write to one folder: entries and files
are added to those that are there. Its form is `clips.schema.json`, laid beside it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock

from data_capture.trace import load_trace
from render.errors import BuildError
from render.transcripts import write
from scripts.agreement import scene_modules
from scripts.course import load_course
from scripts.languages import LANGUAGES, table, written
from scripts.reader import Lecture, read_lecture
from store.entries import REPOSITORY

FILE, SCHEMA = "clips.json", "clips.schema.json"
VERSION = "1.0"
LICENCE = {
    "name": "CC BY 4.0",
    "spdx": "CC-BY-4.0",
    "url": "https://creativecommons.org/licenses/by/4.0/",
}
COURSE = "Transformers in Motion"  # what is credited, in every language
STEP = {"zh": "{scene}（第 {number} 步，共 {count} 步）", "en": "{scene} (step {number} of {count})"}
CREDIT = {
    "zh": "《{scene}》，选自《{lecture}》，{course}，{licence}，{url}",
    "en": "“{scene}”, from “{lecture}”, {course}, {licence}, {url}",
}

Entry = dict[str, Any]


def attribution(scene: str, lecture: Lecture, language: str) -> str:
    """One line that gives credit, ready to be copied."""
    told = {"scene": scene, "lecture": lecture.title, "course": COURSE}
    pattern = CREDIT.get(language, CREDIT["en"])
    return pattern.format(licence=LICENCE["name"], url=LICENCE["url"], **told)


def entry(lecture_id: str, scene_name: str, beat_name: str) -> Entry:
    """What is true of a clip whatever its files are: titles, alt texts, place in the course, licence, traces."""
    course = load_course()
    plan = course.lecture(lecture_id)
    chapter = next(chapter for chapter in course.chapters if plan in chapter.lectures)
    title, alt, credit = {}, {}, {}
    position = {"chapter": chapter.number, "lecture": chapter.lectures.index(plan) + 1}
    for language in written(lecture_id):
        lecture = script(lecture_id, language)
        scene = lecture.scene(scene_name)
        if not scene.alt:
            raise BuildError(f"{lecture.path}:{scene.line}: scene {scene.name!r} has no alt text; write `:alt: ...`")
        names = [beat.name for beat in scene.beats]
        credit[language] = attribution(scene.title, lecture, language)
        title[language], alt[language] = scene.title, scene.alt
        position["scene"] = [each.name for each in lecture.scenes].index(scene_name) + 1
        if beat_name:
            number = names.index(beat_name) + 1
            position["beat"] = number
            title[language] = STEP.get(language, STEP["en"]).format(scene=scene.title, number=number, count=len(names))
            alt[language] = scene.beats[number - 1].text
    return {
        "id": "/".join(filter(None, (lecture_id, scene_name, beat_name))),
        "kind": "beat" if beat_name else "scene",
        "title": title,
        "alt": alt,
        "chapter": {"id": chapter.id, "title": titles(chapter.title)},
        "lecture": {"id": lecture_id, "title": titles(plan.title), "level": plan.level},
        "position": position,
        "topics": list(plan.topics),
        "mechanisms": list(plan.animates),
        "licence": LICENCE,
        "attribution": credit,
        "source": {"file": module(lecture_id, scene_name), "scene": scene_name},
        "traces": [provenance(name) for name in plan.traces],
        "languages": [],
        "files": [],
    }


@cache
def script(lecture: str, language: str) -> Lecture:
    """A lecture, read once."""
    return read_lecture(lecture, language)


def titles(title: Any) -> dict[str, str]:
    """A title in the languages of the course."""
    return {language: title[language] for language in LANGUAGES}


@cache
def module(lecture_id: str, scene: str) -> str:
    """The file that draws a scene."""
    return scene_modules(load_course().lecture(lecture_id))[scene].relative_to(REPOSITORY).as_posix()


@cache
def provenance(name: str) -> Entry:
    """A trace and how it was captured."""
    trace = load_trace(name)
    told = trace.provenance
    return {
        "name": name,
        "digest": trace.digest,
        "command": told.command,
        "versions": told.versions,
        "model": told.model,
        "seed": told.seed,
        "dtype": told.dtype,
        "device": told.device,
        "date": told.date,
    }


def repository() -> Entry:
    """The sources this runs from: where they may be had, and which they are. None where git does not know."""
    said = {}
    for name, command in (
        ("url", ("config", "--get", "remote.origin.url")),
        ("revision", ("rev-parse", "HEAD")),
        ("changed", ("status", "--porcelain", "--untracked-files=no")),
    ):
        with suppress(OSError):
            done = subprocess.run(["git", *command], cwd=REPOSITORY, capture_output=True, text=True)
            said[name] = done.stdout.strip() if done.returncode == 0 else None
    url = said.get("url")
    return {
        "url": re.sub(r"//[^/@]*@", "//", url) if url else None,  # an address may carry a password
        "revision": said.get("revision"),
        "changed": None if said.get("changed") is None else bool(said["changed"]),
        "version": version("transformers-in-motion"),
    }


def merged(old: Iterable[Entry], new: Iterable[Entry], folder: Path) -> list[Entry]:
    """Old and new entries by id in the order of the course. Of a new one's files those that are gone are dropped; what
    was not made now is left as it is: a manifest may lie alone in a folder, to make clips from."""
    found = {each["id"]: each for each in old}
    for each in found.values():
        for file in each["files"]:
            inside(folder, file["path"])
    for each in new:
        files: Entry = {file["path"]: file for file in found.get(each["id"], {}).get("files", ())}
        files |= {file["path"]: file for file in each["files"]}
        there = [files[path] for path in sorted(files) if inside(folder, path).is_file()]
        used = {file["language"] for file in there}
        found[each["id"]] = each | {"files": there, "languages": [name for name in table() if name in used]}
    return sorted(found.values(), key=place)


def inside(folder: Path, path: str) -> Path:
    """A file of the folder; BuildError for a path that leads out of it."""
    found = folder / path
    if not found.resolve().is_relative_to(folder.resolve()):
        raise BuildError(f"{folder / FILE}: {path} leads out of the folder; remove the entry")
    return found


def place(each: Entry) -> tuple[int, ...]:
    """Where a clip stands in the course."""
    return tuple(each["position"].get(name, 0) for name in ("chapter", "lecture", "scene", "beat"))


def read(path: Path) -> Entry:
    """A manifest that can be added to, or made again from. BuildError says what is wrong with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        number = str(found["version"])
        clips = [
            dict(each, id=each["id"], files=list(each["files"]), position=each["position"]) for each in found["clips"]
        ]
    except FileNotFoundError:
        raise BuildError(f"{path}: no such file; name a clips.json") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise BuildError(f"{path}: not a manifest of clips ({what}); remove it, or choose another folder") from None
    if number.partition(".")[0] != VERSION.partition(".")[0]:
        raise BuildError(f"{path}: version {number}, but this course writes {VERSION}; choose another folder")
    return {**found, "clips": clips}


def add(folder: Path, entries: Iterable[Entry]) -> Path:
    """Write these entries into the folder's manifest, beside those that are there; returns where it is."""
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".clips.lock"):
        old = read(path)["clips"] if path.is_file() else []
        document = {
            "$schema": SCHEMA,
            "version": VERSION,
            "course": {"title": titles(load_course().title), "credit": COURSE},
            "licence": LICENCE,
            "repository": repository(),
            "clips": merged(old, entries, folder),
        }
        beside = folder / f".{SCHEMA}"
        shutil.copyfile(Path(__file__).parent / SCHEMA, beside)
        beside.replace(folder / SCHEMA)
        write(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    return path


def facts(told: Mapping[str, Any]) -> Entry:
    """Facts without those that are not known."""
    return {name: value for name, value in told.items() if value is not None}
