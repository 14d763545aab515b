"""Bars and curves with the numbers beside what they measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Animation, FadeIn, GrowFromEdge, Line, Rectangle, VGroup, VMobject

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono, Words
from scripts.literals import literal

GRADUATION = "a mark on the axis"


class Bars(VGroup):
    """Horizontal bars from a common left edge: (name, value, color, text of the value) each.

    `unit` is the length of value 1.0, so that bars of several charts can share one scale. Parts of row i:
    `names[i]`, `bars[i]`, `numbers[i]`.
    """

    def __init__(
        self,
        rows: Sequence[tuple[str, float, str, str]],
        unit: float,
        height: float = 0.42,
        gap: float = 0.35,
        size: float = SIZE.statement,
    ) -> None:
        self.names = VGroup(*(Words(name, size) for name, *_ in rows))
        width = max(name.width for name in self.names)
        self.bars, self.numbers = VGroup(), VGroup()
        for index, (name, (_, value, color, text)) in enumerate(zip(self.names, rows, strict=True)):
            middle = DOWN * index * (height + gap)
            bar = Rectangle(width=max(value * unit, 0.03), height=height).set_fill(color, 1).set_stroke(width=0)
            bar.move_to(middle + RIGHT * (width + 0.3), aligned_edge=LEFT)
            name.level(middle + RIGHT * width, aligned_edge=RIGHT)
            number = Mono(text, size - 2).level(bar.get_right() + RIGHT * 0.2, aligned_edge=LEFT)
            self.bars.add(bar)
            self.numbers.add(number)
        super().__init__(self.names, self.bars, self.numbers)

    def grow(self, index: int) -> list[Animation]:
        """Animations by which one bar grows from the common edge and its number appears."""
        return [GrowFromEdge(self.bars[index], LEFT), FadeIn(self.numbers[index])]


class Plot(VGroup):
    """Two axes with a few ticks; `curve(xs, ys)` gives a line in its coordinates, `point(x, y)` a place."""

    def __init__(
        self,
        width: float,
        height: float,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        x_name: str,
        y_name: str,
        x_ticks: Sequence[float] = (),
        y_ticks: Sequence[float] = (),
    ) -> None:
        self.x_range, self.y_range = x_range, y_range
        self.frame = Rectangle(width=width, height=height).set_stroke(width=0).set_fill(opacity=0)
        corner = self.frame.get_corner(DOWN + LEFT)
        axes = VGroup(Line(corner, corner + RIGHT * width), Line(corner, corner + UP * height))
        axes.set_stroke(INK.line, width=3)
        super().__init__(self.frame, axes)
        for x in x_ticks:
            self.add(
                Mono(literal(f"{x:g}", GRADUATION), SIZE.least, INK.quiet).next_to(
                    self.point(x, y_range[0]), DOWN, buff=0.15
                )
            )
        for y in y_ticks:
            self.add(
                Mono(literal(f"{y:g}", GRADUATION), SIZE.least, INK.quiet).next_to(
                    self.point(x_range[0], y), LEFT, buff=0.15
                )
            )
        self.x_name = Words(x_name, SIZE.least, INK.quiet).next_to(self.frame, DOWN, buff=0.45)
        self.y_name = Words(y_name, SIZE.least, INK.quiet).next_to(self.frame, UP, buff=0.15).align_to(axes, LEFT)
        self.add(self.x_name, self.y_name)

    def point(self, x: float, y: float) -> np.ndarray:
        corner = self.frame.get_corner(DOWN + LEFT)
        across = (x - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (y - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        return corner + RIGHT * across * self.frame.width + UP * up * self.frame.height

    def curve(self, xs: Sequence[float] | np.ndarray, ys: Sequence[float] | np.ndarray, color: str) -> VMobject:
        """A polyline through (xs, ys), each of shape (points,)."""
        line = VMobject().set_stroke(color, width=4)
        line.set_points_as_corners([self.point(float(x), float(y)) for x, y in zip(xs, ys, strict=True)])
        return line


def columns(
    values: Sequence[float] | np.ndarray, width: float, height: float, color: Any, limit: float | None = None
) -> VGroup:
    """Vertical bars of equal width on one base line, e.g. singular values; `limit` is drawn at full height."""
    top = limit or float(np.max(values)) or 1.0
    step = width / len(values)
    group = VGroup()
    for index, value in enumerate(values):
        bar = Rectangle(width=step * 0.72, height=max(height * float(value) / top, 0.012))
        bar.set_fill(color, 1).set_stroke(width=0)
        group.add(bar.move_to(RIGHT * (index + 0.5) * step, aligned_edge=DOWN))
    return group.move_to(ORIGIN)
