"""What is really drawn at one moment: the strokes and fills of every mobject on screen, in drawing order.

A text is a mobject with a `text`; its glyphs belong together. Everything else that is drawn is a shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from manim import Mobject

from scenes.stage.theme import PIXEL

SEEN = 0.05  # opacity below which nothing is seen
STROKE = 0.01  # manim draws a stroke of width 1 as 0.01 units
EM = 0.15  # of the type size: how far the gap between two letters belongs to the word

Box = tuple[float, float, float, float]  # left, bottom, right, top, in manim units


@dataclass(slots=True)
class Mark:
    """One drawn path: fill and stroke as RGBA (0 to 1), stroke width in units, its place in the drawing order."""

    mobject: Any
    owner: Any  # the text it is a glyph of, or None
    root: Any  # the mobject of the scene it belongs to
    fill: np.ndarray
    stroke: np.ndarray
    width: float
    box: Box = (0.0, 0.0, 0.0, 0.0)
    order: int = 0

    @property
    def alpha(self) -> float:
        """Opacity of what is seen best of it."""
        return max(float(self.fill[3]), float(self.stroke[3]) if self.width else 0.0)


@dataclass(slots=True)
class Text:
    """A text and its visible glyphs."""

    mobject: Any
    glyphs: list[Mark]
    boxes: np.ndarray = field(init=False)  # (glyphs, 4)

    def __post_init__(self) -> None:
        self.boxes = np.array([glyph.box for glyph in self.glyphs])

    @property
    def words(self) -> str:
        return str(self.mobject.text)

    @property
    def box(self) -> Box:
        return enclosing(glyph.box for glyph in self.glyphs)

    @property
    def order(self) -> int:
        return self.glyphs[0].order

    @property
    def pixels(self) -> float | None:
        """Type size at 1080p as it stands now; None for type that is not the stage's."""
        natural, size = getattr(self.mobject, "natural", None), getattr(self.mobject, "size", None)
        if natural is None or size is None:
            return None
        return float(size * np.hypot(self.mobject.width, self.mobject.height) / natural)

    @property
    def centres(self) -> np.ndarray:
        """Middle of every glyph, shape (glyphs, 2)."""
        return (self.boxes[:, :2] + self.boxes[:, 2:]) / 2


class Sight:
    """Everything visible at one moment."""

    def __init__(self, mobjects: Iterable[Mobject]) -> None:
        marks = measured(visible(mobjects))
        marks.sort(key=lambda mark: mark.mobject.z_index)
        for order, mark in enumerate(marks):
            mark.order = order
        self._sort(marks)

    def only(self, marks: list[Mark]) -> Sight:
        """The same moment, with these marks alone."""
        part = Sight.__new__(Sight)
        part._sort(marks)
        return part

    def _sort(self, marks: list[Mark]) -> None:
        owned: dict[int, list[Mark]] = {}
        self.shapes: list[Mark] = []
        for mark in marks:
            if mark.owner is None:
                self.shapes.append(mark)
            else:
                owned.setdefault(id(mark.owner), []).append(mark)
        self.texts = [Text(glyphs[0].owner, glyphs) for glyphs in owned.values()]
        self.marks = marks
        self.boxes = np.array([mark.box for mark in self.shapes]).reshape(-1, 4)

    @cached_property
    def fingerprint(self) -> int:
        """Equal for two moments that look alike."""
        geometry = np.array([mark.box for mark in self.marks]).round(3)
        paint = np.array([np.concatenate((mark.fill, mark.stroke, [mark.width])) for mark in self.marks]).round(2)
        return hash((geometry.tobytes(), paint.tobytes()))

    def near(self, box: Box) -> list[Mark]:
        """The shapes whose boxes meet this one."""
        left, bottom, right, top = box
        b = self.boxes
        meets = (b[:, 0] < right) & (b[:, 2] > left) & (b[:, 1] < top) & (b[:, 3] > bottom)
        return [self.shapes[i] for i in np.flatnonzero(meets)]


def visible(mobjects: Iterable[Mobject]) -> Iterator[Mark]:
    """A mark for every path that shows, each once, in the order manim draws them."""
    seen: set[int] = set()
    for root in mobjects:
        waiting: list[tuple[Any, Any]] = [(root, None)]
        while waiting:
            mobject, owner = waiting.pop()
            if owner is None and isinstance(getattr(mobject, "text", None), str):
                owner = mobject
            waiting += [(child, owner) for child in reversed(mobject.submobjects)]
            if len(mobject.points) == 0 or id(mobject) in seen:
                continue
            seen.add(id(mobject))
            fill, stroke, width = paint(mobject)
            if fill[3] > SEEN or (width > 0 and stroke[3] > SEEN):
                yield Mark(mobject, owner, root, fill, stroke, width)


OPAQUE = np.ones(4)
NOTHING = np.zeros(4)


def paint(mobject: Any) -> tuple[np.ndarray, np.ndarray, float]:
    """Fill, stroke (RGBA, the mean of a gradient) and width of the stroke in units."""
    fill, stroke = getattr(mobject, "fill_rgbas", None), getattr(mobject, "stroke_rgbas", None)
    if fill is None or stroke is None:
        return OPAQUE, NOTHING, 0.0  # a picture
    filled = NOTHING if len(fill) == 0 else fill[0] if len(fill) == 1 else fill.mean(axis=0)
    lined = NOTHING if len(stroke) == 0 else stroke[0] if len(stroke) == 1 else stroke.mean(axis=0)
    width = float(mobject.stroke_width) * STROKE
    return filled, lined, width if lined[3] > SEEN else 0.0


def measured(marks: Iterable[Mark]) -> list[Mark]:
    """The marks with their boxes, strokes included."""
    marks = list(marks)
    if not marks:
        return marks
    anchors = [mark.mobject.points[:, :2] for mark in marks]
    starts = np.cumsum([0] + [len(points) for points in anchors[:-1]])
    points = np.concatenate(anchors)
    low, high = np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)
    half = np.array([mark.width / 2 for mark in marks])[:, None]
    for mark, (left, bottom), (right, top) in zip(marks, low - half, high + half, strict=True):
        mark.box = (float(left), float(bottom), float(right), float(top))
    return marks


def enclosing(boxes: Iterable[Box]) -> Box:
    """The smallest box around these."""
    array = np.array(list(boxes))
    left, bottom = array[:, :2].min(axis=0)
    right, top = array[:, 2:].max(axis=0)
    return (float(left), float(bottom), float(right), float(top))


def outline(mark: Mark) -> np.ndarray:
    """The path as straight pieces, shape (pieces, 4): x and y of both ends. A picture's is its box."""
    if not hasattr(mark.mobject, "fill_rgbas"):
        left, bottom, right, top = mark.box
        corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)])
        return np.hstack((corners[:-1], corners[1:]))
    curves = mark.mobject.points[:, :2].reshape(-1, 4, 2)
    straight = np.abs(curves[:, 1] - (2 * curves[:, 0] + curves[:, 3]) / 3).max(axis=1) < PIXEL / 4
    pieces = [np.hstack((curves[straight, 0], curves[straight, 3]))]
    bent = curves[~straight]
    if len(bent):
        t = np.linspace(0, 1, 9)[:, None, None]
        path = (1 - t) ** 3 * bent[:, 0] + 3 * (1 - t) ** 2 * t * bent[:, 1]
        path = path + 3 * (1 - t) * t**2 * bent[:, 2] + t**3 * bent[:, 3]
        pieces.append(np.concatenate([np.hstack((a, b)) for a, b in pairwise(path)]))
    return np.concatenate(pieces)


def inside(points: np.ndarray, pieces: np.ndarray) -> np.ndarray:
    """Which of the points, shape (n, 2), lie within the closed path."""
    x, y = points[:, :1], points[:, 1:]
    x0, y0, x1, y1 = pieces.T
    rises = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return np.asarray((rises & (crossing > x)).sum(axis=1) % 2 == 1)


def touches(pieces: np.ndarray, boxes: np.ndarray) -> bool:
    """Whether any straight piece passes through any box."""
    start, step = pieces[:, None, :2], (pieces[:, 2:] - pieces[:, :2])[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (boxes[None, :, :2] - start) / step, (boxes[None, :, 2:] - start) / step
    within = (start >= boxes[None, :, :2]) & (start <= boxes[None, :, 2:])
    still = np.broadcast_to(step == 0, one.shape)
    first = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(one, other)).max(axis=2)
    last = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(one, other)).min(axis=2)
    return bool(((first <= last) & (first <= 1) & (last >= 0)).any())
