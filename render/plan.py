"""What a lecture takes: its steps and everything each of them reads.

Nothing here imports manim, moviepy, av or torch: an unchanged lecture is recognised without them.
"""

from __future__ import annotations

import ast
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from data_capture.trace import load_trace
from render.errors import BuildError
from render.forms import encoder
from render.graph import Step
from render.parts import ranges
from render.quality import quality
from scenes.look import Look
from scripts.agreement import compare
from scripts.course import Course, LecturePlan, load_course
from scripts.labels import load_labels
from scripts.languages import language as tongue
from scripts.languages import written
from scripts.reader import Lecture, SceneScript, read_lecture
from store import Store
from store import sources as sources_of
from store.entries import REPOSITORY
from store.sources import pattern_hash
from voice import get_voice

DRAWN_WITH = (
    *("manim", "typst", "justmytype-intl-cjk", "av", "numpy", "pillow", "pycairo", "manimpango", "scipy"),
    *("skia-pathops", "svgelements", "mapbox-earcut", "isosurfaces"),
)
CARD_WITH = ("typst", "justmytype-intl-cjk", "av", "numpy", "pillow", "moviepy")
STITCHED_WITH = ("av", "numpy")
CAPTURED_WITH = ("torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors", "numpy")


@dataclass(frozen=True)
class Plan:
    """Steps of one lecture in one language and look; `targets` are what a build wants."""

    lecture: Lecture
    card: Step
    scenes: Mapping[str, Step]
    stitched: Step
    preview: Step
    look: Look
    languages: tuple[str, ...]  # of the captions

    @property
    def targets(self) -> tuple[Step, ...]:
        """What people watch."""
        return (self.stitched, self.card, self.preview)


def plan(
    id: str,
    language: str,
    quality_name: str,
    voice_name: str,
    held: bool = True,
    split: int = 1,
    look: Look | None = None,
) -> Plan:
    """All steps from speech to lecture. Reads scripts, traces and sources; raises their errors.

    `split`: into how many parts a scene may be divided among workers; it changes no result. `look`: how it is drawn,
    by default as the course is. A lecture is joined in H.264, which keeps nothing transparent.
    """
    look = look or Look()
    if not look.ground:
        raise BuildError("a lecture is joined on a ground; transparent pictures are for single scenes and clips")
    course = load_course()
    planned = course.lecture(id)
    if not planned.scenes:
        raise BuildError(f"lecture {id!r} is {planned.status}: it has no scenes yet; name its module in course.yaml")
    lectures = {each: read_lecture(id, each) for each in dict.fromkeys((*written(id), language))}
    lecture = lectures[language]
    same_scenes(lectures)
    names = [scene.name for scene in lecture.scenes]
    if not names:
        raise BuildError(f"{lecture.path}:1: no scenes; write ::::{{scene}} ClassName with its beats")

    scenes = {
        scene.name: drawn(lecture, scene, planned, quality_name, voice_name, held, split, look)
        for scene in lecture.scenes
    }
    title = step_card(course, planned, lecture, quality_name, held, look)
    stitched = Step(
        name=f"lecture {id} {language}{look.suffix}",
        kind="lecture",
        run="render.stitch:make",
        arguments={
            "lecture": id,
            "language": language,
            "languages": list(lectures),
            "course": course.title[language],
            "scenes": names,
            "quality_name": quality_name,
        },
        reads={
            "words": {each: [words(scene) for scene in told.scenes] for each, told in lectures.items()},
            "title": lecture.title,
            "versions": versions(STITCHED_WITH),
        },
        sources=sources("render/stitch.py"),
        deps={"card": title, **scenes},
        weight=8,
    )
    preview = Step(
        name=f"preview {id} {language}{look.suffix}",
        kind="preview",
        run="render.card:preview",
        arguments={"scenes": names, "quality_name": quality_name},
        reads={"versions": versions(CARD_WITH)},
        sources=sources("render/card.py"),
        deps=scenes,
        weight=4,
    )
    return Plan(lecture, title, scenes, stitched, preview, look, tuple(lectures))


def drawn(
    lecture: Lecture,
    scene: SceneScript,
    planned: LecturePlan,
    quality_name: str,
    voice_name: str,
    held: bool = True,
    split: int = 1,
    look: Look | None = None,
    form_name: str = "h264",
) -> Step:
    """Draw one scene in a look and a form (render/forms.py); the step's folder is what `render.scene` describes."""
    look, spoken, module = look or Look(), speech(lecture, scene, voice_name), module_of(scene, lecture, planned)
    step = Step(
        name=f"scene {scene.name} {lecture.language}{look.suffix}{'' if form_name == 'h264' else f' {form_name}'}",
        kind="scene",
        run="render.scene:make",
        arguments={
            "module": module,
            "scene": scene.name,
            "language": lecture.language,
            "voice": voice_name,
            "quality_name": quality_name,
            "held": held,
            "look": look.told(),
            "form_name": form_name,
        },
        reads={
            "words": words(scene),
            "labels": dict(load_labels(lecture.id, lecture.language).words),
            "traces": {name: load_trace(name).digest for name in planned.traces},
            "voice": spoken.reads["voice"],
            "encoder": encoder(quality(quality_name), held, form_name),
            "versions": versions(DRAWN_WITH),
        },
        sources=sources(f"scenes/{module}.py", "render/scene.py"),
        deps={"speech": spoken, **faces(look)},
        weight=sum(work(scene)),
    )
    return divided(step, ranges(work(scene), split), quality_name) if form_name == "h264" else step


def faces(look: Look) -> dict[str, Step]:
    """The files of a theme's fonts, laid into the store: whoever draws finds them there, on any machine."""
    found = {}
    for role, face in look.theme.faces.items():
        if face.file is None:
            continue
        name = f"face {face.family} {face.sha256[:6]}"
        step = Step(name, "face", "render.face:make", {"family": face.family, "sha256": face.sha256})
        Store().produce(step.key, partial(lay, face.file))
        found[f"face {role}"] = step
    return found


def lay(file: Path, folder: Path) -> None:
    """Copy a font into a step's folder."""
    shutil.copyfile(file, folder / f"font{file.suffix.lower()}")


def work(scene: SceneScript) -> list[float]:
    """About how many seconds each beat of a scene takes to draw."""
    return [len(beat.spoken.encode()) / 20 for beat in scene.beats]


def divided(step: Step, beats: Sequence[tuple[int, int]], quality_name: str) -> Step:
    """The same scene drawn in parts, if there is more than one."""
    if len(beats) < 2:
        return step
    parts = {
        f"part {number}": replace(
            step,
            name=f"{step.name} part {number}",
            arguments={**step.arguments, "beats": part},
            weight=step.weight / len(beats),
        )
        for number, part in enumerate(beats, 1)
    }
    arguments = {"parts": list(parts), "quality_name": quality_name}
    return replace(step, run="render.parts:join", arguments=arguments, deps=parts, weight=1, instead=step)


def module_of(scene: SceneScript, lecture: Lecture, planned: LecturePlan) -> str:
    """The module of `scenes/` that defines a scene's class: the one in the outline, or one beside it."""
    named = REPOSITORY / planned.scenes
    for path in [named, *sorted(path for path in (REPOSITORY / "scenes").glob("*.py") if path != named)]:
        if path.is_file() and scene.name in classes(path):
            return path.stem
    raise BuildError(f"{lecture.path}:{scene.line}: no class {scene.name} in {planned.scenes} or beside it; write it")


@cache
def classes(path: Path) -> frozenset[str]:
    """Names of the classes of a Python file, without importing it."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError as error:
        raise BuildError(f"{path.relative_to(REPOSITORY)}:{error.lineno}: {error.msg}") from error
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef))


def speech(lecture: Lecture, scene: SceneScript, voice_name: str) -> Step:
    """Speak a scene: every beat's speech in the store, so that rendering and stitching find it there."""
    voice, language = get_voice(voice_name), lecture.language
    prints = [voice.fingerprint(language, f"{scene.name}.{beat.name}") for beat in scene.beats]
    return Step(
        name=f"speech {scene.name} {language}",
        kind="speech",
        run="render.speech:make",
        arguments={"lecture": lecture.id, "scene": scene.name, "language": language, "voice": voice_name},
        reads={"words": words(scene), "voice": sorted(set(prints))},
        sources=sources("render/speech.py"),
        weight=1,
    )


def step_card(
    course: Course, planned: LecturePlan, lecture: Lecture, quality_name: str, held: bool, look: Look
) -> Step:
    """The opening card."""
    language = lecture.language
    chapter = next(chapter for chapter in course.chapters if planned in chapter.lectures)
    number = tongue(language).chapter.format(number=chapter.number)
    return Step(
        name=f"card {planned.id} {language}{look.suffix}",
        kind="card",
        run="render.card:make",
        arguments={
            "course": course.title[language],
            "chapter": f"{number} · {chapter.title[language]}",
            "title": lecture.title,
            "language": language,
            "quality_name": quality_name,
            "held": held,
            "look": look.told(),
        },
        reads={"encoder": encoder(quality(quality_name), held), "versions": versions(CARD_WITH)},
        sources=sources("render/card.py"),
        deps=faces(look),
        weight=6,
    )


def sheet(plan: Plan, scene: str) -> Step:
    """The contact sheet of a scene."""
    return Step(
        name=f"sheet {scene} {plan.lecture.language}{plan.look.suffix}",
        kind="sheet",
        run="render.sheet:make",
        reads={"versions": versions(CARD_WITH)},
        sources=sources("render/sheet.py"),
        deps={"scene": plan.scenes[scene]},
        weight=4,
    )


def captures(names: Sequence[str], model: str | None = None, device: str = "cpu") -> list[Step]:
    """Run captures into the store; each step's folder is a folder of traces."""
    return [
        Step(
            name=f"capture {name}",
            kind="capture",
            run="render.capture:make",
            arguments={"trace": name, "model": model, "device": device},
            reads={"versions": versions(CAPTURED_WITH)},
            sources=sources("data_capture/*.py"),
            weight=100,
            resources={} if device == "cpu" else {"GPU": 1},
            alone=True,
        )
        for name in names
    ]


def same_scenes(lectures: Mapping[str, Lecture]) -> None:
    """All languages play the same beats of the same scenes; else captions could not be laid.

    Examples and headings may differ while a page is being written: `lecture check-scripts` tells.
    """
    one, *others = [replace(each, examples=(), headings=()) for each in lectures.values()]
    findings = [finding for other in others for finding in compare(one, other)]
    if findings:
        more = f" (and {len(findings) - 1} more: lecture check-scripts)" if len(findings) > 1 else ""
        raise BuildError(f"{findings[0]}{more}")


def words(scene: SceneScript) -> dict[str, Any]:
    """The words that are drawn and said: not where they stand, what describes them, nor when others would be said."""
    found = asdict(scene)
    found.pop("line")
    found.pop("alt")
    found.pop("whens")
    for beat in found["beats"]:
        beat.pop("line")
        beat["cues"] = dict(beat["cues"])
    return found


def sources(*patterns: str) -> dict[str, str]:
    """Pattern -> hash of the source files a step runs and what they import."""
    return {pattern: hashed(pattern) for pattern in patterns}


@cache
def hashed(pattern: str) -> str:
    """`pattern_hash`, reckoned once."""
    return pattern_hash(pattern)


def forget() -> None:
    """Read sources anew: in a process that lives on, files change."""
    sources_of.forget()
    hashed.cache_clear()
    classes.cache_clear()


@cache
def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Versions of packages, and of Python."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found
