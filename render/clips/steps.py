"""What clips take: steps of the same graph and store as videos, so that a scene drawn for a lecture is drawn once.

scene (drawn for the lecture) -> film (constant rate, encoded once) -> cuts (copied)      mp4, webm, prores
scene (drawn without its ground, in a form that keeps that)         -> cuts (copied)      webm, prores
scene -> gif, webp, png-sequence;    cuts -> pptx, html;    speech -> svg
scene -> pictures: posters, previews
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.clips.manifest import attribution
from render.clips.order import Clip, Order
from render.graph import Step
from render.plan import CARD_WITH, DRAWN_WITH, STITCHED_WITH, drawn, faces, module_of, sources, speech, versions
from render.stitch import LICENCE
from scripts.course import LecturePlan, load_course
from scripts.languages import language as tongue
from scripts.reader import Lecture, SceneScript, read_lecture
from store.entries import file_hash

SLIDES_WITH = ("manim-slides", "python-pptx", "sphinx-revealjs", "av")
FILMS = ("mp4", "webm", "prores")
SINGLE = {"gif": "gif", "webp": "webp", "png-sequence": "sequence"}  # formats that are made clip by clip


@dataclass(frozen=True)
class Made:
    """Where the files of a scene's clips come from: the step that makes each, and the one with posters and previews."""

    order: Order
    clips: tuple[Clip, ...]
    steps: Mapping[Clip, Step]
    pictures: Step | None


def planned(order: Order, clips: Sequence[Clip]) -> list[Made]:
    """Steps for these clips, scene by scene."""
    found = []
    for lecture_id in dict.fromkeys(clip.lecture for clip in clips):
        lecture = read_lecture(lecture_id, order.language)
        plan = load_course().lecture(lecture_id)
        mine = [clip for clip in clips if clip.lecture == lecture_id]
        for scene in lecture.scenes:
            wanted = tuple(clip for clip in mine if clip.scene == scene.name)
            if wanted:
                found.append(_Scene(order, lecture, scene, plan).made(wanted))
    return found


class _Scene:
    """The steps of one scene."""

    def __init__(self, order: Order, lecture: Lecture, scene: SceneScript, plan: LecturePlan) -> None:
        self.order, self.lecture, self.scene, self.plan = order, lecture, scene, plan
        self.name = f"{scene.name} {order.language}{order.look.suffix}"

    def made(self, clips: tuple[Clip, ...]) -> Made:
        name = self.order.format.name
        if name == "svg":
            step = self.vector()
            return Made(self.order, clips, dict.fromkeys(clips, step), None)
        scene = self.drawn()
        if name in SINGLE:
            steps = {clip: self.single(scene, clip) for clip in clips}
        else:
            step = self.cuts(scene, name) if name in FILMS else self.slides(scene)
            steps = dict.fromkeys(clips, step)
        return Made(self.order, clips, steps, self.pictures(scene))

    def drawn(self) -> Step:
        """The scene's pictures. Held, as lectures are, on a ground; without one every frame is written."""
        order = self.order
        return drawn(
            self.lecture,
            self.scene,
            self.plan,
            order.quality_name,
            order.voice,
            held=order.look.ground,
            look=order.look,
            form_name=order.form,
        )

    def cuts(self, scene: Step, format_name: str) -> Step:
        """The scene and its beats as films."""
        order = self.order
        film = scene if not order.look.ground else self.film(scene, format_name)
        sound = "voiced" if order.voiced else "silent"
        return _step(
            f"cuts {self.name} {format_name} {sound}",
            "render.clips.film:cut",
            {
                "format_name": format_name,
                "quality_name": order.quality_name,
                "voiced": order.voiced,
                "metadata": {
                    "title": f"{self.scene.title} · {self.lecture.title}",
                    "copyright": LICENCE,
                    "comment": self.credit(),
                    "language": tongue(order.language).iso,
                },
            },
            STITCHED_WITH,
            {"film": film, "scene": scene},
        )

    def film(self, scene: Step, format_name: str) -> Step:
        """The scene at a constant frame rate."""
        arguments = {"format_name": format_name, "quality_name": self.order.quality_name}
        name = f"film {self.name} {format_name}"
        return _step(name, "render.clips.film:make", arguments, STITCHED_WITH, {"scene": scene}, weight=8)

    def single(self, scene: Step, clip: Clip) -> Step:
        """One clip of a format that is made clip by clip."""
        run = f"render.clips.animate:{SINGLE[self.order.format.name]}"
        name = f"{self.order.format.name} {self.name} {clip.beat}".rstrip()
        return _step(name, run, {"part": clip.part}, CARD_WITH, {"scene": scene}, weight=3)

    def pictures(self, scene: Step) -> Step:
        """Posters and previews."""
        name = f"pictures {self.name} {self.order.form}"
        return _step(name, "render.clips.pictures:make", {}, CARD_WITH, {"scene": scene}, weight=3)

    def slides(self, scene: Step) -> Step:
        """The beats as slides."""
        order, name = self.order, self.order.format.name
        arguments = {
            "format_name": name,
            "quality_name": order.quality_name,
            "ground": order.look.theme.colors.ground,
            "language": order.language,
            "title": f"{self.scene.title} · {self.lecture.title}",
            "credit": self.credit(),
            "notes": [beat.text for beat in self.scene.beats],
        }
        sound = "voiced" if order.voiced else "silent"
        template = file_hash(Path(__file__).parent / "slides.html")
        return _step(
            f"{name} {self.name} {sound}",
            "render.clips.slides:make",
            arguments,
            SLIDES_WITH,
            {"scene": scene, "clips": self.cuts(scene, "mp4")},
            reads={"template": template},
        )

    def vector(self) -> Step:
        """Stills of all beats as SVG."""
        order = self.order
        spoken, module = speech(self.lecture, self.scene, order.voice), module_of(self.scene, self.lecture, self.plan)
        drawing = self.drawn()  # what a picture of this scene reads; nothing is drawn for it
        told = {"scene": self.scene.alt} | {f"beat-{beat.name}": beat.text for beat in self.scene.beats}
        arguments = {
            "module": module,
            "scene": self.scene.name,
            "language": order.language,
            "voice": order.voice,
            "look": order.look.told(),
            "told": told,
            "credit": self.credit(),
        }
        reads = {each: drawing.reads[each] for each in ("words", "labels", "traces", "voice")}
        return _step(
            f"svg {self.name}",
            "render.clips.vector:make",
            arguments,
            DRAWN_WITH,
            {"speech": spoken, **faces(order.look)},
            reads=reads,
            more=(f"scenes/{module}.py",),
            weight=drawing.weight,
        )

    def credit(self) -> str:
        """The attribution that travels in the file."""
        return attribution(self.scene.title, self.lecture, self.order.language)


def _step(
    name: str,
    run: str,
    arguments: Mapping[str, Any],
    packages: tuple[str, ...],
    deps: Mapping[str, Step],
    reads: Mapping[str, Any] | None = None,
    more: tuple[str, ...] = (),
    weight: float = 2.0,
) -> Step:
    """A step of this package: it reads its arguments, what it needs, and the versions of these packages."""
    source = run.partition(":")[0].replace(".", "/") + ".py"
    return Step(
        name=name,
        kind=name.partition(" ")[0],
        run=run,
        arguments=arguments,
        reads={**(reads or {}), "versions": versions(packages)},
        sources=sources(source, *more),
        deps=deps,
        weight=weight,
    )
