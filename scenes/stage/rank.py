"""Ranks: the processes of a group as titled panels, alone, in a row or in a ring."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, PI, RIGHT, UP, Arrow, Line, RoundedRectangle, Triangle, VGroup, VMobject

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono


class Rank(VGroup):
    """One process of a group as a panel in its ledger colour, `rank 0` on top; what it holds lies in the room below."""

    PAD = 0.2

    def __init__(self, index: int, width: float = 3.0, height: float = 2.4, name: str | None = None) -> None:
        if not 0 <= index < len(INK.ranks):
            raise ValueError(f"the ledger has colours for ranks 0 to {len(INK.ranks) - 1}, not for {index}")
        self.index, self.ink = index, INK.ranks[index]
        self.panel = RoundedRectangle(corner_radius=0.14, width=width, height=height)
        self.panel.set_stroke(self.ink, 2.5).set_fill(self.ink, 0.06)
        self.title = Mono(name or f"rank {index}", SIZE.least, self.ink)
        self.title.level(
            self.panel.get_corner(UP + LEFT) + RIGHT * self.PAD + DOWN * (self.PAD + 0.12), aligned_edge=LEFT
        )
        self.held = VGroup()
        super().__init__(self.panel, self.title, self.held)

    @property
    def room(self) -> tuple[np.ndarray, float, float]:
        """Middle, width and height of the place below the title."""
        top = self.title.get_bottom()[1] - 0.12
        bottom = self.panel.get_bottom()[1] + self.PAD
        middle = np.array([self.panel.get_x(), (top + bottom) / 2, 0.0])
        return middle, self.panel.width - 2 * self.PAD, top - bottom

    def hold(self, *things: VMobject, direction: Any = DOWN, gap: float = 0.15, edge: Any = ORIGIN) -> Self:
        """Put things into the room, one after the other in `direction`, after what is there.

        Raises when they do not fit: a rank whose memory flows over has to be drawn larger, on purpose.
        """
        self.held.add(*things)
        self.held.arrange(direction, buff=gap, aligned_edge=edge)
        middle, width, height = self.room
        if self.held.width > width + 1e-6 or self.held.height > height + 1e-6:
            size = f"{self.held.width:.2f} x {self.held.height:.2f}"
            raise ValueError(f"rank {self.index} has room for {width:.2f} x {height:.2f}, not for {size}")
        self.held.move_to(middle)
        return self


class Ring(VGroup):
    """Ranks in a row, each linked to the next and the last to the first by a way around below: a ring laid flat.

    `links[i]` is the arrow from rank i to the next one. So the same shard of every rank lies on one level, and what is
    sent stays there. `gap` is the space between panels, `around` how far beside and below them the way back runs.
    """

    def __init__(self, ranks: Sequence[Rank], gap: float = 1.2, around: tuple[float, float] = (0.4, 0.85)) -> None:
        if not 2 <= len(ranks) <= len(INK.ranks):
            raise ValueError(f"a ring has 2 to {len(INK.ranks)} ranks, not {len(ranks)}")
        self.ranks: Any = VGroup(*ranks).arrange(RIGHT, buff=gap)
        self.around = around
        onward = [link(one.panel, two.panel) for one, two in pairwise(ranks)]
        back = self._around(ranks[-1].panel.get_right(), ranks[0].panel.get_left() + LEFT * 0.1)
        back.set_stroke(INK.line, 5)
        tip = Triangle().scale(0.13).rotate(-PI / 2).set_fill(INK.line, 1).set_stroke(width=0)
        tip.move_to(ranks[0].panel.get_left() + LEFT * 0.02, aligned_edge=RIGHT)
        self.links: Any = VGroup(*onward, VGroup(back, tip))
        super().__init__(self.links, self.ranks)

    def way(self, sender: int, shard: VMobject, target: VMobject) -> VMobject:
        """The path by which `sender` sends a shard to the next rank: straight, or around from the last to the first."""
        start, end = shard.get_center(), target.get_center()
        return self._around(start, end) if sender == len(self.ranks) - 1 else Line(start, end)

    def _around(self, start: np.ndarray, end: np.ndarray) -> VMobject:
        beside, below = self.around
        right, left = self.ranks.get_right()[0] + beside, self.ranks.get_left()[0] - beside
        low = self.ranks.get_bottom()[1] - below
        corners = [(right, start[1]), (right, low), (left, low), (left, end[1])]
        return VMobject().set_points_as_corners([start, *(np.array([x, y, 0.0]) for x, y in corners), end])


def link(start: VMobject, end: VMobject, color: str = INK.line) -> Arrow:
    """A quiet arrow from the rim of one panel to the rim of another, on the line between their middles."""
    way = end.get_center() - start.get_center()
    return Arrow(
        _rim(start, way),
        _rim(end, -way),
        buff=0.08,
        color=color,
        stroke_width=5,
        tip_length=0.2,
        max_tip_length_to_length_ratio=0.5,
    )


def _rim(panel: VMobject, way: np.ndarray) -> np.ndarray:
    across, up = (half / abs(part) if part else np.inf for half, part in zip(_half(panel), way[:2], strict=True))
    rim: np.ndarray = panel.get_center() + way * min(across, up)
    return rim


def _half(panel: VMobject) -> tuple[float, float]:
    return panel.width / 2, panel.height / 2
