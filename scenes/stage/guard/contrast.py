"""Contrast of type against what is really drawn behind it (WCAG 2.2, relative luminance)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from manim import ManimColor

from scenes.stage.guard.finding import Fault, photograph, pixels
from scenes.stage.guard.ink import Mark, Sight
from scenes.stage.theme import FRAME_WIDTH, INK

LEAST = 4.5
WIDTH = 480  # pixels of the picture that is read
GROUND = np.array(ManimColor(INK.ground).to_rgb())


def luminance(color: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours, shape (..., 3), 0 to 1."""
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Contrast of colours, shape (..., 3): 1 to 21."""
    a, b = luminance(one), luminance(other)
    return np.asarray((np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05))


def pale(sight: Sight) -> Iterator[Fault]:
    """Texts of which a glyph has less than 4.5:1; what the stage dimmed is dim on purpose."""
    texts = [text for text in sight.texts if not getattr(text.mobject, "dimmed", False)]
    under: dict[int, Mark] = {}
    for text in texts:
        under |= {mark.order: mark for mark in sight.near(text.box)}
    picture = None
    if under:
        picture = photograph((under[order].mobject for order in sorted(under)), WIDTH, together=False) / 255
    for text in texts:
        behind = np.broadcast_to(GROUND, (len(text.glyphs), 3))
        if picture is not None:
            places = pixels(text.centres, WIDTH / FRAME_WIDTH).astype(int)
            columns, rows = np.clip(places, 0, (picture.shape[1] - 1, picture.shape[0] - 1)).T
            behind = picture[rows, columns, :3]
        paint = np.array([glyph.fill if glyph.fill[3] >= glyph.stroke[3] else glyph.stroke for glyph in text.glyphs])
        shown = paint[:, 3:] * paint[:, :3] + (1 - paint[:, 3:]) * behind
        least = float(ratio(shown, behind).min())
        if least < LEAST - 0.05:
            yield Fault("contrast", f"{least:.1f}:1, {LEAST}:1 is the least", [text.mobject], [text.box])
