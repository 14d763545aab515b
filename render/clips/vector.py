"""Stills of a scene as SVG: the end of each beat, drawn by manim's camera onto one of cairo's SVG surfaces.

beat-<name>.svg    vectors alone, words as outlines, so that it looks the same everywhere
scene.svg          the last of them
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from render.apart import Say
from render.face import dressed, look_of
from render.scene import load

SIZE = (1920, 1080)  # pixels that the picture claims; it scales without loss
OPENING = re.compile(r"<svg [^>]*>")
NUMBERED = re.compile(r"surface[0-9]+")  # cairo counts the surfaces of its process: the same picture, the same bytes


@dressed
def make(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    module: str,
    scene: str,
    language: str,
    voice: str,
    look: Mapping[str, Any],
    told: Mapping[str, str],
    credit: str,
) -> None:
    """Play `scene` of `scenes.<module>` and keep the end of each beat. `told`: what each part shows, in words."""
    os.environ |= {"LECTURE_LANG": language, "LECTURE_VOICE": voice}
    worn = look_of(look, deps)
    say("importing manim", 0.0)
    from scenes.stage.guard.check import played

    kept: list[Path] = []

    def keep(self: Any, beat: str) -> None:
        say(beat)
        draw(self, folder / f"beat-{beat}.svg")
        kept.append(folder / f"beat-{beat}.svg")

    kind = load(module, scene)
    with played(type(scene, (kind,), {"beat_ended": keep}), language, look=worn):
        shutil.copyfile(kept[-1], folder / "scene.svg")
    for path in folder.glob("*.svg"):
        describe(path, told[path.stem], credit, language)


def draw(scene: Any, out: Path) -> None:
    """What is on the screen of a scene, as vectors."""
    import cairo
    from manim import Camera, ManimColor
    from manim.utils.iterables import list_update

    class Pen(Camera):
        """manim paints into memory where blue comes first; an SVG names red first."""

        def get_fill_rgbas(self, vmobject: Any) -> Any:
            return super().get_fill_rgbas(vmobject)[:, [2, 1, 0, 3]]

        def get_stroke_rgbas(self, vmobject: Any, background: bool = False) -> Any:
            return super().get_stroke_rgbas(vmobject, background)[:, [2, 1, 0, 3]]

    camera, pen = scene.camera, Pen()
    width, height = SIZE
    with cairo.SVGSurface(str(out), width, height) as surface:
        surface.set_document_unit(cairo.SVGUnit.PX)
        context = cairo.Context(surface)
        if camera.background_opacity:
            context.set_source_rgb(*ManimColor(camera.background_color).to_rgb())
            context.paint()
        across, up = width / camera.frame_width, height / camera.frame_height
        right, top = camera.frame_center[:2]
        context.set_matrix(cairo.Matrix(across, 0, 0, -up, width / 2 - right * across, height / 2 + top * up))
        for each in camera.get_mobjects_to_display(list_update(scene.mobjects, scene.foreground_mobjects)):
            pen.display_vectorized(each, context)


def describe(path: Path, told: str, credit: str, language: str) -> None:
    """Say in the file what is seen and whose it is."""
    text = path.read_text(encoding="utf-8")
    text = NUMBERED.sub("surface", text)
    opening = OPENING.search(text)
    assert opening, path
    head = opening[0][:-1] + f' role="img" xml:lang="{escape(language)}">'
    words = f"<title>{escape(told)}</title>\n<desc>{escape(credit)}</desc>"
    path.write_text(text[: opening.start()] + f"{head}\n{words}" + text[opening.end() :], encoding="utf-8")
