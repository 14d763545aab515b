"""Counts per bin as one stepped area, and a vector as bars up and down from zero."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Line, Rectangle, VGroup, VMobject

from scenes.stage.theme import INK


class Histogram(VGroup):
    """Counts, shape (bins,), over `edges`, shape (bins + 1,): one area on a base line, however many bins there are.

    `limit` is the count drawn at full height (default: the largest); a bin that holds more is cut off there.
    `histogram.animate.set_counts(counts)` moves to other counts of the same bins, so before and after keep one scale.
    """

    def __init__(
        self,
        counts: np.ndarray,
        edges: np.ndarray,
        width: float,
        height: float,
        color: str,
        limit: float | None = None,
    ) -> None:
        if len(edges) != len(counts) + 1:
            raise ValueError(f"{len(counts)} bins need {len(counts) + 1} edges, not {len(edges)}")
        self.edges, self.limit = np.asarray(edges, dtype=float), float(limit or np.max(counts))
        self.frame = Rectangle(width=width, height=height).set_stroke(width=0).set_fill(opacity=0)
        corners = self.frame.get_corner(DOWN + LEFT), self.frame.get_corner(DOWN + RIGHT)
        self.base = Line(*corners, color=INK.line, stroke_width=3)
        self.area = VMobject().set_fill(color, 0.85).set_stroke(color, width=1)
        super().__init__(self.frame, self.area, self.base)
        self.set_counts(counts)

    def point(self, x: float, count: float = 0.0) -> np.ndarray:
        """Where the value x lies, and a count above it (cut off at the limit)."""
        corner = self.frame.get_corner(DOWN + LEFT)
        across = (x - self.edges[0]) / (self.edges[-1] - self.edges[0])
        up = min(count / self.limit, 1.0)
        return corner + RIGHT * across * self.frame.width + UP * up * self.frame.height

    def set_counts(self, counts: np.ndarray, color: str | None = None) -> Self:
        """Other counts of the same bins on the same scale, and another colour if one is given."""
        steps = [self.point(self.edges[0])]
        for left, right, count in zip(self.edges[:-1], self.edges[1:], counts, strict=True):
            steps += [self.point(left, count), self.point(right, count)]
        self.area.set_points_as_corners([*steps, self.point(self.edges[-1]), steps[0]])
        if color:
            self.area.set_color(color)
        return self


class Stems(VGroup):
    """A vector, shape (n,), as n bars up and down from a zero line; `limit` is drawn at half the height.

    `stems.animate.set_values(values)` moves to other values; `bars[i]` is value i, `tip(i)` where it ends.
    """

    FILL = 0.7  # of the distance from one bar to the next

    def __init__(self, values: np.ndarray, width: float, height: float, color: str, limit: float | None = None) -> None:
        self.limit = float(limit or np.abs(values).max()) or 1.0
        self.frame = Rectangle(width=width, height=height).set_stroke(width=0).set_fill(opacity=0)
        self.zero = Line(LEFT * width / 2, RIGHT * width / 2, color=INK.line, stroke_width=3)
        step = width / len(values)
        self.bars = VGroup(*(Rectangle(width=step * self.FILL, height=1) for _ in values))
        self.bars.set_fill(color, 1).set_stroke(width=0)
        super().__init__(self.frame, self.zero, self.bars)
        self.set_values(values)
        self.move_to(ORIGIN)

    def point(self, place: float, value: float) -> np.ndarray:
        """Where `value` lies above or below place 0 to n - 1."""
        across = (place + 0.5) / len(self.bars) - 0.5
        up = value / self.limit / 2
        return self.frame.get_center() + RIGHT * across * self.frame.width + UP * up * self.frame.height

    def tip(self, index: int) -> np.ndarray:
        return self.point(index, self.values[index])

    def set_values(self, values: np.ndarray, color: str | None = None) -> Self:
        """As many other values on the same scale, and another colour if one is given."""
        self.values = np.asarray(values, dtype=float)
        for index, (bar, value) in enumerate(zip(self.bars, self.values, strict=True)):
            ends = self.point(index, 0.0), self.point(index, value)
            bar.stretch_to_fit_height(max(abs(ends[1][1] - ends[0][1]), 0.015)).move_to((ends[0] + ends[1]) / 2)
        if color:
            self.bars.set_color(color)
        return self
