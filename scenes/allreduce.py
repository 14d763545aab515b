"""All-gather as a ring, all-reduce as both rings in a row, and broadcast along the chain.

Every number comes from the trace `collectives/ring`: real processes over gloo.
"""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    FadeIn,
    FadeOut,
    LaggedStart,
    Square,
    SurroundingRectangle,
    VGroup,
    Write,
)

from scenes.collective import RingScene, flashes
from scenes.stage import INK, MOTION, SIZE, Formula, Mono, TensorGrid, gather, pulse


class AllGatherRing(RingScene):
    operation = "all_gather"

    def construct(self):
        self.steps = self.trace.value("steps.all_gather")
        self.need()
        self.relay()
        self.bound()

    def need(self):
        with self.beat("need") as beat:
            self.flow = self.ring(self.operation)
            self.chunks = self.columns(self.flow)
            own = [self.chunks[index][index] for index in range(self.world)]
            start = self.lit(self.operation, 0)
            self.play(FadeIn(self.flow))
            beat.hold("one")
            self.play(LaggedStart(*(pulse(shard, 1.15) for shard in own), lag_ratio=0.2))
            beat.hold("need")
            self.play(*(c.animate.paint(np.maximum(s, 0.4)) for c, s in zip(self.chunks, start, strict=True)))
            self.play(*(c.animate.paint(s) for c, s in zip(self.chunks, start, strict=True)), run_time=1.2)
            beat.hold("shards")
            self.play(LaggedStart(*(pulse(shard, 1.15) for shard in own), lag_ratio=0.2))

    def relay(self):
        with self.beat("relay") as beat:
            self.play(*flashes(self.flow), run_time=MOTION.slow)
            for step in range(self.steps):
                if step < 3:
                    beat.hold(("send", "second", "third")[step])
                quick = min(1.2, max(0.3, beat.remaining / (self.steps - step) - 0.8))
                sends = self.sends(self.flow, self.operation, step)
                self.play(
                    *self.step_to(step + 1, self.steps),
                    *(send.source.rim.animate.set_stroke(INK.words, 3) for send in sends),
                    run_time=0.5,
                )
                self.play(*sends, run_time=beat.until("place", 1.4) if step == 0 else quick)
                plain = (send.source.rim.animate.set_stroke(INK.line, send.source.RIM) for send in sends)
                self.play(*plain, run_time=0.3)

    def bound(self):
        with self.beat("bound") as beat:
            beat.hold("all")
            self.play(LaggedStart(*(pulse(column, 1.05) for column in self.chunks), lag_ratio=0.15))
            beat.hold("look")
            seen = self.world - 2
            rank, column = self.flow.ranks[seen], self.chunks[seen]
            aside = [other for other in self.flow.ranks if other is not rank]
            self.play(
                *(other.animate.set_opacity(0) for other in aside),
                FadeOut(self.flow.links),
                FadeOut(self._counter),
                rank.animate.move_to((-3.4, 0.72, 0)),
            )
            self.remove(*aside)
            beat.hold("three")
            got = [shard for index, shard in enumerate(column) if index != seen]
            rims = VGroup(*(SurroundingRectangle(shard, color=INK.words, buff=0.03, stroke_width=3) for shard in got))
            size, sent = self.trace["ring.all_gather.messages"][0][4], self.trace.value("bytes.sent.all_gather")[seen]
            sums = Mono(f"{len(got)} × {size} B = {sent} B", SIZE.statement)
            sums.next_to(rank, RIGHT, buff=0.9)
            self.play(LaggedStart(*(FadeIn(rim) for rim in rims), lag_ratio=0.3), FadeIn(sums, shift=RIGHT * 0.3))
            beat.hold("least")
            total = self.trace.value("bytes.tensor")
            rule = Formula(f'(N - 1)/N times S = {self.world - 1}/{self.world} times {total} "B" = {sent} "B"', 46)
            rule.next_to(sums, DOWN, buff=0.6, aligned_edge=LEFT)
            self.play(Write(rule), run_time=MOTION.slow)
            self.play(pulse(VGroup(sums, rule), 1.05))


class AllReduceRing(RingScene):
    def construct(self):
        self.steps = self.trace.value("steps.all_reduce")
        self.join()
        self.map()
        self.broadcast()

    def join(self):
        with self.beat("join") as beat:
            half = self.trace.value("steps.reduce_scatter")
            self.flow = self.ring("all_reduce")
            self.chunks = self.columns(self.flow)
            ticks = VGroup(*(Square(0.32) for _ in range(self.steps))).arrange(RIGHT, buff=min(0.25, 1.5 / self.steps))
            ticks.set_stroke(INK.line, 2).set_fill(INK.tile, 1)
            parts = VGroup(VGroup(*ticks[:half]), VGroup(*ticks[half:]))
            parts[1].shift(RIGHT * min(0.9, 5.4 / self.steps))
            parts.move_to((0, -2.75, 0))
            names = VGroup(Mono("reduce-scatter", SIZE.least), Mono("all-gather", SIZE.least))
            names[0].next_to(parts[0], LEFT, buff=0.4)
            names[1].next_to(parts[1], RIGHT, buff=0.4)
            self.play(FadeIn(self.flow))
            beat.hold("join")
            self.play(LaggedStart(*(FadeIn(thing) for thing in (names[0], *ticks, names[1])), lag_ratio=0.1))
            for step in range(self.steps):
                if step in (0, half):
                    beat.hold("reduce" if step == 0 else "gather")
                until = "gather" if step < half else "whole"
                left = half - step % half
                least = 1.0 if self.world <= 4 else 0.5
                self.play(
                    *self.sends(self.flow, "all_reduce", step),
                    ticks[step].animate.set_fill(INK.gradient if step < half else INK.update, 1),
                    run_time=max(least, beat.until(until) / left),
                )
            beat.hold("whole")
            wave = LaggedStart(*(pulse(column, 1.06) for column in self.chunks), lag_ratio=0.15)
            self.play(wave, run_time=min(MOTION.slow, beat.remaining + 0.3))

    def map(self):
        with self.beat("map") as beat:
            counts = self.trace["ring.all_reduce.contributors"].sum(axis=-1)  # (steps + 1, ranks, chunks)
            half = self.trace.value("steps.reduce_scatter")
            pitch = min(3.2, 12.8 / self.world)
            cell = 0.6 * pitch / self.world
            grids = VGroup(*(TensorGrid(c.T, INK.gradient, cell, scale=self.world) for c in counts))
            names = VGroup(*(Mono(str(step), SIZE.least, INK.quiet) for step in range(len(grids))))
            for step, (grid, name) in enumerate(zip(grids, names, strict=True)):
                row, column = (0, step) if step <= half else (1, step - half)
                grid.move_to((pitch * column - max(4.6, 6.2 - pitch / 2), 1.55 - 2.75 * row, 0))
                name.next_to(grid, LEFT, buff=min(0.25, pitch / 12))
            beat.hold("map")
            self.play(*self.leave(), *gather(self.chunks, grids[0]), FadeIn(names[0]), run_time=MOTION.slow)
            beat.hold("bright")
            scale = TensorGrid(np.arange(1, self.world + 1)[None], INK.gradient, cell, scale=self.world)
            scale.move_to((grids[0].get_x(), grids[-1].get_y(), 0))
            ends = VGroup(
                Mono("1", SIZE.least, INK.quiet).next_to(scale[0][0], DOWN, buff=0.15),
                Mono(str(self.world), SIZE.least, INK.quiet).next_to(scale[0][-1], DOWN, buff=0.15),
            )
            self.play(FadeIn(scale, lag_ratio=0.2), FadeIn(ends))
            for first, last, cue in ((1, half + 1, "diagonal"), (half + 1, self.steps + 1, "spread")):
                for step in range(first, last):
                    moved = grids[step - 1].copy()
                    self.play(
                        moved.animate.move_to(grids[step]).paint(grids[step].values),
                        FadeIn(names[step]),
                        run_time=max(0.7 if self.world <= 4 else 0.4, beat.until(cue) / (last - step)),
                    )
                    self.remove(moved)
                    self.add(grids[step])
                self.play(FadeIn(self.full(grids[last - 1])), run_time=0.5)

    def full(self, grid):
        """Rims around the cells in which every rank is."""
        done = [c for c, value in zip(grid.cells, grid.values.ravel(), strict=True) if value == self.world]
        return VGroup(*(SurroundingRectangle(cell, color=INK.words, buff=0.01, stroke_width=2.5) for cell in done))

    def broadcast(self):
        with self.beat("broadcast") as beat:
            total = self.trace.value("steps.broadcast")
            chain = self.ring("broadcast")
            chain.links.remove(chain.links[-1])
            chunks = self.columns(chain)
            self.play(*self.leave(), FadeIn(chain), run_time=MOTION.quick)
            cues = {0: "first", 1: "relay", min(3, total - 2): "pipeline", total - 1: "last"}
            if self.world == 2:  # nobody stands between the first and the last
                cues = {0: "first", 1: "last"}
            for step in range(total):
                if step in cues:
                    beat.hold(cues[step])
                sends = self.sends(chain, "broadcast", step)
                self.play(*self.step_to(step + 1, total), *sends, run_time=min(1.0, 6 / total))
            self.play(pulse(chunks[-1], 1.06))
