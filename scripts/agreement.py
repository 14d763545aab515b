"""Whether the languages of a lecture and its scene module agree: same scenes, beats, cues, examples, headings.

    for finding in check_lecture("09-lora/merge"):
        print(finding)                     # file:line: what differs; what to do

The scene modules are parsed, never imported: the check needs no manim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scripts.course import LecturePlan, load_course
from scripts.languages import LANGUAGES, written
from scripts.model import Beat, Lecture, SceneScript, ScriptError
from scripts.played import Played, played
from scripts.reader import ROOT, read_lecture
from scripts.values import Values

PLACE = re.compile(r"(.*?):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One thing that does not agree; `line` is 0 where none can be named."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}" if self.line else f"{self.path}: {self.what}"

    @classmethod
    def of(cls, error: ScriptError) -> Finding:
        """The finding for an error of the reader."""
        match = PLACE.fullmatch(str(error))
        if match:
            return cls(Path(match[1]), int(match[2]), match[3])
        path, _, what = str(error).partition(": ")
        return cls(Path(path), 0, what)


def check_lecture(id: str, root: Path = ROOT, values: Values | None = None) -> list[Finding]:
    """All disagreements of a lecture. ScriptError only if the outline is faulty or does not know the lecture.

    values: as for `read_lecture`. The scene modules of course.yaml are looked up beside `root`.
    """
    plan = load_course(root).lecture(id)
    findings: list[Finding] = []
    read: list[Lecture] = []
    for language in LANGUAGES:
        try:
            read.append(read_lecture(id, language, root, values))
        except ScriptError as error:
            findings.append(Finding.of(error))
    for lecture in read:
        findings += undescribed(lecture)
    for other in read[1:]:
        findings += compare(read[0], other)
    for language in written(id, root) if read else ():
        if language not in LANGUAGES:  # its page may be shorter; what is played must be the same
            findings += _beside(read[0], id, language, root, values)
    if read and plan.modules:
        findings += check_modules(read[0], [root.parent / module for module in plan.modules])
    return findings


def _beside(own: Lecture, id: str, language: str, root: Path, values: Values | None) -> list[Finding]:
    """What a lecture in another language than the course's lacks to be played."""
    try:
        other = read_lecture(id, language, root, values)
    except ScriptError as error:
        return [Finding.of(error)]
    return compare(*(replace(each, examples=(), headings=()) for each in (own, other)))


def compare(one: Lecture, other: Lecture) -> list[Finding]:
    """What differs between two languages; the place named is in `other`, or in `one` for what only `one` has."""
    findings = list(_names(one, other, "scene", _lines(one.scenes), _lines(other.scenes), 1))
    for scene in one.scenes:
        twin = next((each for each in other.scenes if each.name == scene.name), None)
        if twin is None:
            continue
        what = f"in scene {scene.name} beat"
        findings += _names(one, other, what, _lines(scene.beats), _lines(twin.beats), twin.line)
        for name, condition in sorted({*scene.whens} ^ {*twin.whens}):
            what_differs = f"beat {scene.name}.{name} has `:when: {condition}` in one language only; give both the same"
            findings.append(Finding(other.path, twin.line, what_differs))
        for beat in scene.beats:
            for match in (each for each in twin.beats if each.name == beat.name):
                cues, others = dict.fromkeys(beat.cues, beat.line), dict.fromkeys(match.cues, match.line)
                what = f"in beat {scene.name}.{beat.name} cue"
                findings += _names(one, other, what, cues, others, match.line, ordered=False)
    findings += _names(one, other, "example", _lines(one.examples), _lines(other.examples), 1)
    for mine, theirs in zip(one.headings, other.headings, strict=False):
        if mine.level != theirs.level:
            what = (
                f"heading {theirs.text!r} has level {theirs.level}, in {one.path.name} {mine.text!r} has {mine.level}"
            )
            return [*findings, Finding(other.path, theirs.line, f"{what}; give both the same")]
    if len(one.headings) != len(other.headings):
        longer, shorter = sorted((one, other), key=lambda lecture: -len(lecture.headings))
        extra = longer.headings[len(shorter.headings)]
        what = f"heading {extra.text!r} has no counterpart in {shorter.path.name}; write it there"
        findings.append(Finding(longer.path, extra.line, what))
    return findings


def undescribed(lecture: Lecture) -> Iterator[Finding]:
    """Scenes of which nobody who cannot see them is told what they show."""
    for scene in lecture.scenes:
        if not scene.alt:
            what = f"scene {scene.name!r} has no alt text; write `:alt: ...` below its title: what is seen, not said"
            yield Finding(lecture.path, scene.line, what)


def _lines(parts: tuple) -> dict[str, int]:
    return {part.name: part.line for part in parts}


def _names(
    one: Lecture,
    other: Lecture,
    what: str,
    mine: dict[str, int],
    theirs: dict[str, int],
    line: int,
    ordered: bool = True,
) -> Iterator[Finding]:
    for lecture, names, twin in ((one, mine, other), (other, theirs, one)):
        missing = theirs if lecture is one else mine
        for name, at in names.items():
            if name not in missing:
                yield Finding(
                    lecture.path, at, f"{what} {name!r} is not in {twin.path.name}; add it there or remove it"
                )
    if ordered and mine.keys() == theirs.keys() and list(mine) != list(theirs):
        yield Finding(
            other.path, line, f"{what} order is {list(theirs)}, in {one.path.name} {list(mine)}; use one order"
        )


def check_modules(lecture: Lecture, paths: Sequence[Path]) -> list[Finding]:
    """What the scene modules play that the script lacks, and the other way round."""
    findings: list[Finding] = []
    classes: dict[str, tuple[Path, Played]] = {}
    for path in paths:
        try:
            classes |= {name: (path, scene) for name, scene in played(path).items()}
        except ScriptError as error:
            return [Finding.of(error)]
    for name, (path, scene) in classes.items():
        if not any(each.name == name for each in lecture.scenes):
            what = f"scene {name!r} is not in {lecture.path.name}; write its narration"
            findings.append(Finding(path, scene.line, what))
    for told in lecture.scenes:
        if told.name in classes:
            path, scene = classes[told.name]
            findings += _check_scene(told, scene, path, lecture.path)
        else:
            where = ", ".join(path.name for path in paths)
            what = f"scene {told.name!r} is not in {where}; write the class, or remove the scene"
            findings.append(Finding(lecture.path, told.line, what))
    return findings


def scene_modules(plan: LecturePlan, root: Path = ROOT) -> dict[str, Path]:
    """In which of the lecture's modules each scene class stands."""
    paths = (root.parent / module for module in plan.modules)
    return {name: path for path in paths for name in played(path)}


def _check_scene(told: SceneScript, scene: Played, path: Path, script: Path) -> Iterator[Finding]:
    beats = {beat.name: beat for beat in told.beats}
    for line in scene.unclear:
        yield Finding(path, line, f"scene {told.name} opens a beat without a literal name; write self.beat('name')")
    for name, line in scene.beats.items():
        if name not in beats:
            yield Finding(path, line, f"scene {told.name} plays beat {name!r}, not in {script.name}; use {list(beats)}")
    for name, beat in beats.items():
        if name not in scene.beats:
            if not scene.unclear:
                what = f"beat {name!r} is never played by {told.name} in {path.name}; play it or remove it"
                yield Finding(script, beat.line, what)
            continue
        yield from _check_cues(f"{told.name}.{name}", beat, scene, path, script)
    known = {cue for beat in told.beats for cue in beat.cues}
    for cue, line in scene.shared.items():
        if cue not in known:
            yield Finding(
                path, line, f"scene {told.name} waits for cue {cue!r}, in no beat of {script.name}; mark it there"
            )


def _check_cues(name: str, beat: Beat, scene: Played, path: Path, script: Path) -> Iterator[Finding]:
    used = scene.cues.get(beat.name, {})
    for cue, line in used.items():
        if cue not in beat.cues:
            known = f"use one of {sorted(beat.cues)}" if beat.cues else "the beat has none"
            yield Finding(path, line, f"beat {name} waits for cue {cue!r}, not in {script.name}; mark it, or {known}")
    for cue in beat.cues:
        if cue not in used and cue not in scene.shared and cue not in scene.loose:
            what = f"cue {cue!r} of beat {name} is never used in {path.name}; use it or remove the mark"
            yield Finding(script, beat.line, what)
