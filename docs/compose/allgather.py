"""Ranks with shards on their way: every rank starts with one shard and ends with all of them."""

import numpy as np
from manim import DOWN, UP, FadeIn, LaggedStart

from scenes.stage import INK, SIZE, Rank, Ring, Send, ShardedTensor, StageScene, Words, pulse

RANKS = 4


class AllGather(StageScene):
    title = "All-gather around a ring"

    def construct(self) -> None:
        owners = [[ink] for ink in INK.ranks[:RANKS]]  # a shard wears the colour of the rank it comes from
        held = np.eye(RANKS)
        columns = [ShardedTensor(owners, held[rank][:, None], 1.3, 0.6, direction=DOWN) for rank in range(RANKS)]
        ring = Ring([Rank(index, 1.9, 3.7).hold(column) for index, column in enumerate(columns)]).shift(UP * 0.7)
        self.play(FadeIn(ring))
        self.play(LaggedStart(*(pulse(columns[rank][rank], 1.15) for rank in range(RANKS)), lag_ratio=0.2))

        for step in range(RANKS - 1):
            sends = []
            for sender in range(RANKS):
                shard = (sender - step) % RANKS  # what arrived last, at first one's own
                source, target = columns[sender][shard], columns[(sender + 1) % RANKS][shard]
                sends.append(Send(source, target, way=ring.way(sender, source, target)))
            self.play(*sends, run_time=1.2)

        done = Words(f"after {RANKS - 1} steps every rank holds everything", SIZE.label).move_to((0, -2.9, 0))
        self.play(FadeIn(done, shift=UP * 0.2))
