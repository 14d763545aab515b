"""What the scenes of ring collectives share: 2 to 8 ranks with the shards the trace gives them, and messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, UP, Animation, FadeIn, Line, ShowPassingFlash, VGroup, VMobject

from scenes.stage import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    INK,
    MARGIN,
    SIZE,
    LectureScene,
    Rank,
    Ring,
    Send,
    Shard,
    ShardedTensor,
    Words,
)

SENT, SENDER, RECEIVER, CHUNK = range(4)  # columns of ring.*.messages
SUMS = ("reduce_scatter", "all_reduce")


class RingScene(LectureScene):
    lecture = "13-collectives/ring"
    trace_name = "collectives/ring"

    def setup(self) -> None:
        super().setup()
        for name in (*SUMS, "all_gather", "broadcast"):
            self.trace.expect(f"ring.{name}.history", ndim=3)

    @property
    def world(self) -> int:
        return int(self.trace.value("ranks"))

    def lit(self, operation: str, step: int) -> np.ndarray:
        """What is lit after so many steps, shape (ranks, chunks, stripes): one stripe to a rank in a sum, else one."""
        who = self.trace[f"ring.{operation}.contributors"][step]
        return who if operation in SUMS else who.any(axis=-1, keepdims=True)

    def colors(self, operation: str) -> Sequence[Any]:
        """A sum wears the colours of those who are in it; a chunk that only travels wears its first owner's."""
        inks = INK.ranks[: self.world]
        owners = {"all_gather": [[ink] for ink in inks], "broadcast": inks[:1]}
        return owners.get(operation, inks)

    def ring(self, operation: str, step: int = 0, gap: float = 0.14) -> Ring:
        """Every rank with its column of chunks as they are after so many steps; more than four stand closer."""
        more = max(self.world - 4, 0)
        wide, room = 1.9 - 0.2 * more, 11.2 + 0.05 * more
        gap *= 4 / (4 + more)
        high = min(0.7, (3.22 - (self.world - 1) * gap) / self.world)
        ranks = [
            Rank(index, wide, 4.1).hold(ShardedTensor(self.colors(operation), filled, wide - 0.6, high, gap, DOWN))
            for index, filled in enumerate(self.lit(operation, step))
        ]
        between = (room - self.world * wide) / (self.world - 1) if more else 1.2
        return Ring(ranks, between).shift(UP * 0.7)

    def sends(self, ring: Ring, operation: str, step: int) -> list[Send]:
        """The messages of one step (from 0), from where the trace sends them to where it receives them."""
        after = self.lit(operation, step + 1)
        table = self.trace[f"ring.{operation}.messages"]
        sends = []
        for message in table[table[:, SENT] == step]:
            sender, receiver, chunk = (int(message[column]) for column in (SENDER, RECEIVER, CHUNK))
            source, target = self.shard(ring, sender, chunk), self.shard(ring, receiver, chunk)
            sends.append(Send(source, target, after[receiver, chunk], ring.way(sender, source, target)))
        return sends

    def columns(self, ring: Ring) -> list[Any]:
        """The chunks of every rank of a ring."""
        parts: Any = ring.ranks
        return [rank.held[0] for rank in parts]

    def shard(self, ring: Ring, rank: int, chunk: int) -> Shard:
        found: Shard = self.columns(ring)[rank][chunk]
        return found

    def count(self, number: int, total: int) -> Words:
        """Which step it is, top right."""
        words = self.label("step", SIZE.label, INK.quiet, fields={"n": number, "all": total})
        corner = np.array([FRAME_WIDTH / 2 - MARGIN, FRAME_HEIGHT / 2 - MARGIN - 0.2, 0])
        return words.level(corner, aligned_edge=RIGHT)

    def step_to(self, number: int, total: int) -> list[Animation]:
        """Animations that set the counter of steps on to a number."""
        before: Words | None = getattr(self, "_counter", None)
        self._counter = self.count(number, total)
        if before is not None:
            self.remove(before)
        return [FadeIn(self._counter)]


def flashes(ring: Ring, color: str = INK.words) -> list[Animation]:
    """A light runs along every link at once."""
    ways = [link[0] if isinstance(link, VGroup) and len(link) == 2 else link for link in ring.links]
    lines: list[VMobject] = [Line(way.get_start(), way.get_end()) for way in ways[:-1]]
    return [ShowPassingFlash(line.set_stroke(color, 6), time_width=0.7) for line in (*lines, ways[-1].copy())]
