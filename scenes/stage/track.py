"""A time line: spans of a trace in their real order and nesting, with a window that zooms and a playhead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import DOWN, LEFT, UP, Animation, Line, Rectangle, VGroup, VMobject, smooth

from data_capture.document import Event
from scenes.stage.theme import INK, MOTION, PIXEL, SIZE
from scenes.stage.words import Mono


@dataclass(frozen=True)
class Span:
    """Something that took time: name, start and end (microseconds), row in the track (0 on top), colour."""

    name: str
    start: float
    end: float
    row: int
    color: str


def spans(events: Sequence[Event], color: Callable[[str], str], rows: dict[int, int] | None = None) -> list[Span]:
    """The complete events of a trace as spans, nested by the `depth` they were recorded at.

    rows: first row of each thread, for events of several threads; by default all start at row 0.
    """
    first = rows or {}
    return [
        Span(each.name, each.ts, each.ts + each.dur, first.get(each.tid, 0) + int(each.args.get("depth", 0)),
             color(each.name))
        for each in events if each.ph == "X"
    ]  # fmt: skip


class Track(VGroup):
    """Spans as boxes in rows; a box lies below the one it is nested in. Only the window (start, end) is shown.

    Boxes are drawn in true proportion and cut at the window's rim; one thinner than `HAIR` is drawn that thin.
    `name` shortens a span's name to what is written in its box, where it fits. `track.box(n)` is span n.
    """

    HAIR = 0.03

    def __init__(
        self,
        items: Sequence[Span],
        window: tuple[float, float],
        width: float,
        row: float = 0.62,
        name: Callable[[str], str] = str,
        size: float = SIZE.least,
    ) -> None:
        if not items:
            raise ValueError("a track without spans shows nothing")
        self.items, self.row, self.short, self.size = list(items), row, name, size
        height = row * (1 + max(item.row for item in items))
        self.frame = Rectangle(width=width, height=height).set_stroke(width=0).set_fill(opacity=0)
        self.boxes = VGroup(*(Rectangle(width=1, height=1) for _ in items))
        self.names = VGroup()  # those that fit into their boxes now
        self.written: dict[int, Mono] = {}
        self.head = Line(UP, DOWN).set_stroke(INK.words, 3, opacity=0)
        self.lit = np.ones(len(items))
        super().__init__(self.frame, self.boxes, self.names, self.head)
        self.view(window)

    def at(self, time: float) -> float:
        """The x of a moment, also outside the window."""
        start, end = self.window
        return float(self.frame.get_left()[0] + (time - start) / (end - start) * self.frame.width)

    def middle(self, row: int) -> float:
        """The y of a row."""
        return float(self.frame.get_top()[1] - (row + 0.5) * self.row)

    def view(self, window: tuple[float, float]) -> Track:
        """Show another stretch of time."""
        self.window = window
        left, right = self.frame.get_left()[0], self.frame.get_right()[0]
        shown: list[VMobject] = []
        for number, (item, box) in enumerate(zip(self.items, self.boxes, strict=True)):
            start, end = np.clip([self.at(item.start), self.at(item.end)], left, right)
            seen = item.end > window[0] and item.start < window[1]
            end = max(end, min(start + self.HAIR, right))
            low, high = self.middle(item.row) - self.row * 0.42, self.middle(item.row) + self.row * 0.42
            corners = [(start, low), (end, low), (end, high), (start, high), (start, low)]
            box.set_points_as_corners([np.array([x, y, 0.0]) for x, y in corners])
            box.set_fill(item.color, self.lit[number] if seen else 0)
            box.set_stroke(INK.ground, 1.5, opacity=1 if seen else 0)
            if seen and self._fits(number, end - start):
                name = self.written[number]
                name.level((start + 0.1, self.middle(item.row), 0), aligned_edge=LEFT)
                shown.append(name.set_opacity(1 if self.lit[number] == 1 else 0))
        self.names.submobjects = shown
        return self

    def _fits(self, number: int, room: float) -> bool:
        """Whether a box has room for its name, which is set in type when it first has."""
        words = self.short(self.items[number].name)
        if len(words) * self.size * 0.602 * PIXEL + 0.2 > room:
            return False
        if number not in self.written:
            self.written[number] = Mono(words, self.size, INK.ground)
        return True

    def place(self, time: float) -> Track:
        """Set the playhead to a moment within the window."""
        x = self.at(time)
        self.time = time
        top, bottom = self.frame.get_top()[1] + 0.1, self.frame.get_bottom()[1] - 0.1
        self.head.put_start_and_end_on(np.array([x, top, 0.0]), np.array([x, bottom, 0.0]))
        self.head.set_stroke(opacity=1)
        return self

    def box(self, index: int) -> VMobject:
        box: Any = self.boxes[index]
        return box

    def find(self, name: str, after: float = float("-inf")) -> int:
        """The first span of this name that starts at or after a moment; ValueError if there is none."""
        for index, item in enumerate(self.items):
            if item.name == name and item.start >= after:
                return index
        raise ValueError(
            f"no span {name!r} after {after:g}; there are: {', '.join(sorted({i.name for i in self.items}))}"
        )

    def within(self, row: int) -> list[int]:
        """The spans of a row that the window shows."""
        start, end = self.window
        return [n for n, item in enumerate(self.items) if item.row == row and item.end > start and item.start < end]


class Zoom(Animation):
    """A track's window glides to another one; its scale changes evenly."""

    def __init__(self, track: Track, window: tuple[float, float], **options: Any) -> None:
        self.start, self.window = np.array(track.window), np.array(window)
        super().__init__(track, rate_func=options.pop("rate_func", smooth), **options)

    def interpolate_mobject(self, alpha: float) -> None:
        track: Any = self.mobject
        mix = self.rate_func(alpha)
        one, other = self.start[1] - self.start[0], self.window[1] - self.window[0]
        width = one ** (1 - mix) * other**mix
        # The point that both windows see at one place stays there; windows of one width have none.
        share = (width - one) / (other - one) if abs(one - other) > 1e-9 * one else mix
        start = self.start[0] + share * (self.window[0] - self.start[0])
        track.view((start, start + width))


class Light(Animation):
    """These spans of a track are lit, the others dim; without any, all are lit. Only what is lit shows its name."""

    def __init__(self, track: Track, *spans: int, **options: Any) -> None:
        self.start = track.lit.copy()
        self.end = np.ones(len(track.items))
        if spans:
            self.end = np.array([1.0 if number in spans else MOTION.dim for number in range(len(track.items))])
        super().__init__(track, **options)

    def interpolate_mobject(self, alpha: float) -> None:
        track: Any = self.mobject
        track.lit = self.start + self.rate_func(alpha) * (self.end - self.start)
        track.view(track.window)


class Playhead(Animation):
    """The playhead moves on to a moment, at an even pace of the time line's clock."""

    def __init__(self, track: Track, time: float, **options: Any) -> None:
        self.start, self.time = track.time, time
        super().__init__(track, **options)

    def interpolate_mobject(self, alpha: float) -> None:
        track: Any = self.mobject
        track.place(self.start + self.rate_func(alpha) * (self.time - self.start))
