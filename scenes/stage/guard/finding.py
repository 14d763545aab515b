"""A finding: what is wrong, when, with which objects; and the picture in which it is marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from manim import Camera, Mobject
from PIL import Image, ImageDraw

from scenes.stage.guard.ink import Box
from scenes.stage.theme import FRAME_HEIGHT, FRAME_WIDTH, INK

KINDS = {
    "overlap": "text lies on other text, is crossed by an edge or a line, or is covered",
    "frame": "something reaches out of the safe frame: 0.5 units on each side, the lowest tenth for captions",
    "size": "type under 24 px at 1080p, or type whose size is not known",
    "contrast": "type under 4.5:1 against the pixels behind it",
    "left": "the picture has moved on, and something of an earlier beat still stands there",
    "still": "the picture stands still for over 6 s while the voice goes on",
    "spoken": "what the voice says is printed on screen",
    "number": "a number that is neither from the trace nor marked as a literal",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `time` is seconds since the scene began, `objects` say what they are and where."""

    scene: str
    language: str
    beat: str
    time: float
    kind: str
    objects: tuple[str, ...]
    what: str
    still: Path = Path()

    def __str__(self) -> str:
        named = ", ".join(self.objects)
        told = f"{named}: {self.what}" if named else self.what
        where = f"{self.scene} ({self.language}), beat {self.beat!r}" if self.beat else self.scene
        return f"{where}, {self.time:.1f} s: {self.kind}: {told}"


@dataclass(frozen=True)
class Fault:
    """What a judge found at one moment: the kind, what is wrong, the objects and where they are."""

    kind: str
    what: str
    objects: Sequence[Any]
    boxes: Sequence[Box] = ()
    key: str = ""  # told once per scene; default: the kind and the objects


def described(mobject: Any, box: Box | None = None) -> str:
    """A text by what it says, anything else by its class and where it is."""
    text = getattr(mobject, "text", None)
    if isinstance(text, str):
        flat = " ".join(text.split())
        return f'"{flat[:40]}…"' if len(flat) > 40 else f'"{flat}"'
    x, y = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) if box else mobject.get_center()[:2]
    return f"{type(mobject).__name__} at ({x:.1f}, {y:.1f})"


WHOLE = (0.2 - FRAME_WIDTH / 2, 0.2 - FRAME_HEIGHT / 2, FRAME_WIDTH / 2 - 0.2, FRAME_HEIGHT / 2 - 0.2)


def photograph(mobjects: Iterable[Mobject], width: int, together: bool = True) -> np.ndarray:
    """The mobjects drawn on the ground, shape (height, width, 4), uint8. `together`: with all their parts."""
    camera = Camera(pixel_width=width, pixel_height=round(width * 9 / 16), background_color=INK.ground)
    camera.reset()
    camera.capture_mobjects(list(mobjects), include_submobjects=together)
    return np.asarray(camera.pixel_array)


def marked(picture: np.ndarray, boxes: Iterable[Box], caption: str) -> Image.Image:
    """The picture with a frame around every box (around all of it without one) and the finding written below it."""
    image = Image.fromarray(picture).convert("RGB")
    scale = image.width / FRAME_WIDTH
    draw = ImageDraw.Draw(image)
    for left, bottom, right, top in list(boxes) or [WHOLE]:
        (x0, y0), (x1, y1) = pixels(np.array([(left, top), (right, bottom)]), scale)
        draw.rectangle((x0 - 4, y0 - 4, x1 + 4, y1 + 4), outline="#FF3B6B", width=2)
    draw.text((8, image.height - 16), caption.encode("ascii", "replace").decode(), fill="#FF3B6B")
    return image


def pixels(points: np.ndarray, scale: float) -> np.ndarray:
    """Where points of the frame, shape (n, 2), lie in a picture with `scale` pixels to a unit: column and row."""
    return (points * (1, -1) + (FRAME_WIDTH / 2, FRAME_HEIGHT / 2)) * scale
