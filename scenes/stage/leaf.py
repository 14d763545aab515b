"""Mobjects without parts, of which a scene holds hundreds: glyphs and cells, copied and mixed at a small cost.

manim copies every animated mobject two or three times and mixes seven attributes of it in every frame. What is said
here of a glyph or a cell is what manim says of it; only the way there is shorter.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Self

import numpy as np
from manim import ManimColor, Mobject, Square, VMobject
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath
from manim.utils.bezier import interpolate

# What nothing changes in place
FIXED = (type(None), bool, int, float, str, ManimColor)
STYLE = (
    *("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas", "stroke_width", "background_stroke_width"),
    *("sheen_direction", "sheen_factor"),
)


class Leaf(VMobject):
    """A VMobject whose copies and mixtures are cheap."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        kept = result.__dict__
        for name, value in self.__dict__.items():
            if isinstance(value, FIXED):
                kept[name] = value
            elif type(value) is np.ndarray:
                kept[name] = value.copy()
            elif value == []:
                kept[name] = []
            else:
                kept[name] = deepcopy(value, memo)
        result.original_id = str(id(self))
        return result

    def get_family(self, recurse: bool = True) -> list[Mobject]:
        return super().get_family(recurse) if self.submobjects else [self]

    def update(self, dt: float = 0, recursive: bool = True) -> Self:
        return super().update(dt, recursive) if self.updaters or self.submobjects else self

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: float) -> Self:
        for name in STYLE:
            one, other = getattr(mobject1, name), getattr(mobject2, name)
            if alpha == 1 or equal(one, other):
                mixed = other.copy() if type(other) is np.ndarray else other
            else:
                mixed = interpolate(one, other, alpha)
            setattr(self, name, mixed)
        return self


class Glyph(Leaf, VMobjectFromSVGPath):
    """A path of an SVG file; what it was read from is let go."""

    def generate_points(self) -> Self:
        super().generate_points()
        del self.path_obj
        return self


class Blank(Leaf):
    """The room of a glyph that is not drawn, whatever colour and opacity it is given."""

    def __init__(self, glyph: VMobject) -> None:
        super().__init__()
        self.set_fill().set_stroke()
        self.set_points(glyph.points)

    def set_fill(self, color: Any = None, opacity: float | None = None, family: bool = True) -> Self:
        return super().set_fill(color, 0.0, family)

    def set_stroke(self, color: Any = None, *_: Any, background: bool = False, **__: Any) -> Self:
        return super().set_stroke(color, 0.0, 0.0, background)

    def interpolate_color(self, mobject1: Any, mobject2: Any, alpha: float) -> Self:
        return super().interpolate_color(mobject1, mobject2, alpha).set_fill().set_stroke()


class Cell(Leaf, Square):
    """A square of a grid."""


def equal(one: Any, other: Any) -> bool:
    """Whether two attributes are the same to the last bit."""
    if type(one) is np.ndarray and type(other) is np.ndarray:
        return one.shape == other.shape and one.tobytes() == other.tobytes()
    return bool(type(one) is type(other) and one == other)
