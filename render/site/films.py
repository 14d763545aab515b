"""A lecture's video as it lies below build/lectures, and what a player needs to know of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from render.errors import BuildError
from scripts.model import LANGUAGES, Beat, Lecture

CUE = re.compile(r"(\d+):(\d\d):(\d\d\.\d{3}) --> (\d+):(\d\d):(\d\d\.\d{3})")
EXTRAS = (".pdf", ".pptx", ".slides.html")  # slides, where a build made some


@dataclass(frozen=True)
class Piece:
    """Words that are shown as one caption, with its seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Said:
    """A beat: from `start` to `end` in seconds of the video, nothing before there is one."""

    name: str
    start: float | None
    end: float | None
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Part:
    """A scene: a chapter of the video."""

    title: str
    start: float | None
    beats: tuple[Said, ...]


@dataclass(frozen=True)
class Film:
    """`files` are those a page may link, by ending; `language` is that of the voice."""

    language: str
    duration: float
    files: dict[str, Path]

    def captions(self, language: str, kind: str = "vtt") -> str:
        """The ending of the captions in a language."""
        return f".{kind}" if language == self.language else f".{language}.{kind}"


def find_film(id: str, language: str, build: Path) -> Film | None:
    """The video of a lecture, spoken in this language if there is one, else in another; none if none was built."""
    for spoken in (language, *(other for other in LANGUAGES if other != language)):
        stem = build / "lectures" / f"{id}.{spoken}"
        endings = [f"{part}.{kind}" for part in ("", *(f".{each}" for each in LANGUAGES)) for kind in ("vtt", "srt")]
        endings += [".mp4", ".png", ".json", *EXTRAS]
        files = {ending: Path(f"{stem}{ending}") for ending in endings if Path(f"{stem}{ending}").is_file()}
        if {".mp4", ".json"} <= files.keys():
            return Film(spoken, float(_facts(files[".json"])["duration"]), files)
    return None


def transcript(lecture: Lecture, film: Film | None) -> tuple[Part, ...]:
    """What is said, scene by scene; with times where there is a film."""
    if film is None:
        return tuple(
            Part(
                scene.title, None, tuple(Said(beat.name, None, None, (Piece(0, 0, beat.text),)) for beat in scene.beats)
            )
            for scene in lecture.scenes
        )
    facts = _facts(film.files[".json"])
    times = {(scene, beat): (start, end) for start, end, scene, beat in facts["beats"]}
    cues = read_vtt(film.files.get(film.captions(lecture.language)))
    parts = []
    for scene, (start, _, _) in zip(lecture.scenes, facts["chapters"], strict=False):
        beats = []
        for beat in scene.beats:
            if (scene.name, beat.name) not in times:
                raise BuildError(
                    f"{film.files['.json']}: no beat {beat.name!r} of {scene.name}, the words have changed since; "
                    f"build {lecture.id} again"
                )
            begin, end = times[scene.name, beat.name]
            beats.append(Said(beat.name, begin, end, _pieces(beat, begin, end, cues)))
        parts.append(Part(scene.title, start, tuple(beats)))
    return tuple(parts)


def read_vtt(path: Path | None) -> list[Piece]:
    """The cues of a WebVTT file as our build writes it."""
    found = []
    for block in path.read_text(encoding="utf-8").split("\n\n") if path else ():
        lines = block.strip().split("\n")
        for number, line in enumerate(lines):
            if match := CUE.fullmatch(line):
                start, end = (
                    int(hours) * 3600 + int(minutes) * 60 + float(seconds)
                    for hours, minutes, seconds in (match.groups()[:3], match.groups()[3:])
                )
                found.append(Piece(start, end, html.unescape(" ".join(lines[number + 1 :]))))
    return found


def _pieces(beat: Beat, start: float, end: float, cues: Iterable[Piece]) -> tuple[Piece, ...]:
    """The words of a beat cut where its captions change: the words of the script, the times of the captions."""
    pieces, place, text = [], 0, beat.text
    for cue in cues:
        if not start <= (cue.start + cue.end) / 2 < end:
            continue
        letters, first = sum(not letter.isspace() for letter in cue.text), place
        while place < len(text) and letters:
            letters -= not text[place].isspace()
            place += 1
        if text[first:place].strip():
            pieces.append(Piece(max(cue.start, start), cue.end, text[first:place]))
    if text[place:].strip() or not pieces:
        pieces.append(Piece(pieces[-1].end if pieces else start, end, text[place:]))
    return tuple(pieces)


def _facts(path: Path) -> dict:
    try:
        facts = json.loads(path.read_bytes())
    except ValueError as error:
        raise BuildError(f"{path}: not JSON: {error}; build the lecture again") from error
    if not isinstance(facts, dict) or not {"duration", "chapters", "beats"} <= facts.keys():
        raise BuildError(f"{path}: lacks duration, chapters or beats; build the lecture again")
    return facts
