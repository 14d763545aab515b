"""A number line with a code book: the few values a number may take, and points that move to the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import DOWN, RIGHT, UP, Dot, Line, VGroup

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono


class CodeLine(VGroup):
    """A line from `low` to `high` with one tick for each value of `code`, shape (codes,), in the code book's order.

    `ticks[i]` stands at code[i]; `point(x)` is where x lies; `numbers` are written below the line.
    `line.animate.set_code(other)` moves the ticks to another code book with as many values.
    """

    def __init__(
        self,
        code: np.ndarray,
        length: float = 11.0,
        span: tuple[float, float] = (-1.0, 1.0),
        color: str = INK.code,
        numbers: Sequence[float] = (-1, 0, 1),
        tick: float = 0.5,
    ) -> None:
        self.span, self.code = span, np.asarray(code, dtype=float)
        self.line = Line(RIGHT * -length / 2, RIGHT * length / 2, color=INK.line, stroke_width=4)
        self.ticks = VGroup(*(Line(DOWN * tick / 2, UP * tick / 2, stroke_width=5) for _ in self.code))
        self.ticks.set_color(color)
        self.numbers = VGroup(
            *(
                Mono(f"{x:g}".replace("-", "−"), SIZE.least, INK.quiet).move_to(self.point(x) + DOWN * (tick / 2 + 0.3))
                for x in numbers
            )
        )
        super().__init__(self.line, self.ticks, self.numbers)
        self.set_code(self.code)

    def point(self, x: float, height: float = 0.0) -> np.ndarray:
        """Where x lies on the line, `height` units above it."""
        start, end = self.line.get_start(), self.line.get_end()
        across = (x - self.span[0]) / (self.span[1] - self.span[0])
        return start + (end - start) * across + UP * height

    def set_code(self, code: np.ndarray) -> Self:
        """Put the ticks at the values of another code book."""
        self.code = np.asarray(code, dtype=float)
        for tick, value in zip(self.ticks, self.code, strict=True):
            tick.move_to(self.point(value))
        return self

    def nearest(self, x: float) -> int:
        """Index of the code closest to x; the first of two that are equally close."""
        return int(np.abs(self.code - x).argmin())

    def dots(self, values: np.ndarray, color: str = INK.weight, radius: float = 0.09, height: float = 0.0) -> VGroup:
        """One dot for each of `values`, shape (n,), `height` units above the line."""
        return VGroup(*(Dot(self.point(float(x), height), radius, color=color) for x in values))

    def snap(self, dots: VGroup, values: np.ndarray) -> list[Any]:
        """Animations that move each dot from its value to the nearest code, down onto the line."""
        targets = [self.point(self.code[self.nearest(float(x))]) for x in values]
        return [dot.animate.move_to(target) for dot, target in zip(dots, targets, strict=True)]
