"""What fills memory: stacked bars by category, and how they change over a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, Line, Rectangle, VGroup, VMobject, linear

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono


def megabytes(size: float) -> str:
    """Bytes in units of 10^6, three digits: `3.36 MB`."""
    return f"{size / 1e6:.3g} MB"


class MemoryBar(VGroup):
    """Bytes by category as one bar, stacked from its start in `direction` (RIGHT or UP); `unit` is units per byte.

    `bar.parts[i]` is category i. `bar.animate.paint(sizes)` goes to other sizes; the start of the bar stays.
    """

    def __init__(
        self, sizes: Sequence[float] | np.ndarray, colors: Sequence[str], unit: float, width: float = 0.4,
        direction: Any = RIGHT,
    ) -> None:  # fmt: skip
        if len(sizes) != len(colors):
            raise ValueError(f"a bar of {len(colors)} categories needs as many sizes, not {len(sizes)}")
        self.unit, self.across, self.direction = unit, width, np.asarray(direction, dtype=float)
        self.parts = VGroup(*(Rectangle(width=1, height=1).set_fill(color, 1) for color in colors)).set_stroke(width=0)
        super().__init__(self.parts)
        self._stack(sizes, np.zeros(3))

    def paint(self, sizes: Sequence[float] | np.ndarray) -> MemoryBar:
        return self._stack(sizes, self.parts[0].get_edge_center(-self.direction))

    def _stack(self, sizes: Sequence[float] | np.ndarray, start: np.ndarray) -> MemoryBar:
        self.sizes = np.asarray(sizes, dtype=float)
        side = np.array([-self.direction[1], self.direction[0], 0.0]) * self.across / 2
        for part, size in zip(self.parts, self.sizes, strict=True):
            # A part of no size keeps its corners, so that it can grow again.
            end = start + self.direction * float(size) * self.unit
            part.set_points_as_corners([start - side, end - side, end + side, start + side, start - side])
            start = end
        return self


class MemoryChart(VGroup):
    """Bytes by category over the moments of a step as stacked areas, shape (moments, categories).

    Between two readings the first one holds, so the areas are stairs. `top` is the number of bytes at full height.
    `unroll` draws them up to a moment; `point(moment, size)` is a place in the chart.
    """

    def __init__(
        self, memory: np.ndarray, colors: Sequence[str], width: float, height: float, top: float,
        ticks: Sequence[float] = (),
    ) -> None:  # fmt: skip
        if memory.ndim != 2 or memory.shape[1] != len(colors):
            raise ValueError(f"memory has shape (moments, {len(colors)}), not {memory.shape}")
        self.sums = np.concatenate([np.zeros((len(memory), 1)), np.cumsum(memory, axis=1)], axis=1)
        self.top = top
        self.frame = Rectangle(width=width, height=height).set_stroke(width=0).set_fill(opacity=0)
        self.areas = VGroup(*(VMobject().set_fill(color, 1).set_stroke(width=0) for color in colors))
        corner = self.frame.get_corner(DOWN + LEFT)
        self.axes = VGroup(Line(corner, corner + RIGHT * width), Line(corner, corner + UP * height))
        self.axes.set_stroke(INK.line, width=3)
        self.ticks = VGroup()
        super().__init__(self.frame, self.areas, self.axes, self.ticks)
        for size in ticks:
            mark = Mono(megabytes(size), SIZE.least, INK.quiet)
            self.ticks.add(mark.next_to(self.point(0, size), LEFT, buff=0.15))
        self.paint(0)

    def point(self, moment: float, size: float) -> np.ndarray:
        """Where a moment (from 0) and a number of bytes lie."""
        across = moment / (len(self.sums) - 1)
        corner = self.frame.get_corner(DOWN + LEFT)
        return corner + RIGHT * across * self.frame.width + UP * size / self.top * self.frame.height

    def paint(self, moment: float) -> MemoryChart:
        """Show the areas from the first moment to this one."""
        self.moment = min(max(moment, 0.0), len(self.sums) - 1.0)
        for place, area in enumerate(self.areas):
            low, high = self.stair(self.sums[:, place]), self.stair(self.sums[:, place + 1])
            area.set_points_as_corners([*low, *high[::-1], low[0]])
        return self

    def stair(self, sizes: np.ndarray) -> list[np.ndarray]:
        """Corners of a line through sizes, shape (moments,), up to the moment that is shown."""
        whole = int(self.moment)
        corners = [self.point(0, sizes[0])]
        for place in range(1, whole + 1):
            corners += [self.point(place, sizes[place - 1]), self.point(place, sizes[place])]
        return [*corners, self.point(self.moment, sizes[whole])]

    def outline(self, moments: np.ndarray, sizes: np.ndarray, color: str) -> VMobject:
        """Another stair in the same chart: sizes, shape (n,), from these moments on."""
        corners = [self.point(moments[0], sizes[0])]
        for before, moment, size in zip(sizes[:-1], moments[1:], sizes[1:], strict=True):
            corners += [self.point(moment, before), self.point(moment, size)]
        return VMobject().set_points_as_corners(corners).set_stroke(color, 4)


class Unroll(Animation):
    """A chart is drawn from the moment it shows to another one, at an even pace; `top` stretches or shrinks it."""

    def __init__(
        self, chart: MemoryChart, moment: float | None = None, top: float | None = None, **options: Any
    ) -> None:
        self.start = np.array([chart.moment, chart.top])
        self.end = np.array([chart.moment if moment is None else moment, top or chart.top])
        super().__init__(chart, rate_func=options.pop("rate_func", linear), **options)

    def interpolate_mobject(self, alpha: float) -> None:
        chart: Any = self.mobject
        moment, chart.top = self.start + self.rate_func(alpha) * (self.end - self.start)
        chart.paint(moment)


def align(moments: Sequence[str], others: Sequence[str]) -> np.ndarray:
    """Where the moments of one time line lie among those of another, shape (moments,).

    Names that both have, in the same order, lie on each other; what lies between two of them is spread evenly.
    """
    places: list[float] = []
    after = 0
    for name in moments:
        found = others.index(name, after) if name in others[after:] else None
        places.append(np.nan if found is None else float(found))
        after = after if found is None else found + 1
    known = np.flatnonzero(~np.isnan(places))
    if not len(known):
        raise ValueError("the two time lines have no moment in common")
    return np.interp(np.arange(len(places)), known, np.array(places)[known])
