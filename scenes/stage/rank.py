"""Ranks: the processes of a group as titled panels, alone, in a row or in a ring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UP, Arrow, RoundedRectangle, VGroup, VMobject

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
    """Ranks in a clockwise ring, in two rows; `links[i]` is the arrow from rank i to the next one.

    The upper row goes to the right, the lower row back. Two to eight ranks of one size; `gap` is the space between
    panels, across and down.
    """

    def __init__(self, ranks: Sequence[Rank], gap: tuple[float, float] = (1.2, 0.9)) -> None:
        if not 2 <= len(ranks) <= len(INK.ranks):
            raise ValueError(f"a ring has 2 to {len(INK.ranks)} ranks, not {len(ranks)}")
        half = (len(ranks) + 1) // 2
        upper, lower = VGroup(*ranks[:half]), VGroup(*reversed(ranks[half:]))
        for row in (upper, lower):
            row.arrange(RIGHT, buff=gap[0])
        VGroup(upper, lower).arrange(DOWN, buff=gap[1])
        self.ranks = VGroup(*ranks)
        after = [*ranks[1:], ranks[0]]
        self.links = VGroup(*(link(rank.panel, then.panel) for rank, then in zip(ranks, after, strict=True)))
        if len(ranks) == 2:
            self.links[0].shift(RIGHT * 0.25)
            self.links[1].shift(LEFT * 0.25)
        super().__init__(self.links, self.ranks)

    def next(self, index: int) -> Rank:
        """The rank to which `index` sends."""
        after: Any = self.ranks[(index + 1) % len(self.ranks)]
        return after


def link(start: VMobject, end: VMobject, color: str = INK.line) -> Arrow:
    """A quiet arrow from the rim of one panel to the rim of another."""
    way = end.get_center() - start.get_center()
    return Arrow(
        start.get_boundary_point(way),
        end.get_boundary_point(-way),
        buff=0.1,
        color=color,
        stroke_width=5,
        tip_length=0.2,
        max_tip_length_to_length_ratio=0.5,
    )
