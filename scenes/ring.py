"""Gradients that must become one sum, and reduce-scatter as a ring.

Every number comes from the trace `collectives/ring`: real processes over gloo.
"""

from itertools import cycle
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    LaggedStart,
    Rectangle,
    VGroup,
    linear,
    there_and_back,
)

from scenes.collective import CHUNK, SENT, RingScene, flashes
from scenes.stage import INK, MOTION, SIZE, Bars, Formula, Mono, Rank, Send, Shard, pulse
from scenes.stage.rank import link


class GradientSum(RingScene):
    def construct(self):
        self.question()
        self.collect()
        self.busy()

    def question(self):
        with self.beat("question") as beat:
            self.own = self.lit("all_reduce", 0)[:, 0]
            gap = 0.4 if self.world <= 4 else 0.2
            wide = min(2.9, (12.8 - gap * (self.world - 1)) / self.world)
            high = 1.65 if self.world <= 4 else 1.25
            gradients = [Shard(self.colors("all_reduce"), own, wide - 0.6, high - 0.9) for own in self.own]
            self.ranks = [Rank(index, wide, high).hold(each.recede(0)) for index, each in enumerate(gradients)]
            self.gradients = gradients
            row = VGroup(*self.ranks).arrange(RIGHT, buff=gap).move_to((0, 0.1, 0))
            self.play(LaggedStart(*(FadeIn(rank, shift=UP * 0.2) for rank in row), lag_ratio=0.2))
            beat.hold("data")
            batches = VGroup()
            for rank in row:
                lines = VGroup(*(Rectangle(width=min(1.5, wide - 0.5), height=0.14) for _ in range(4))).arrange(
                    DOWN, buff=0.1
                )
                batches.add(lines.set_fill(INK.activation, 0.9).set_stroke(width=0).next_to(rank, UP, buff=0.45))
            self.play(LaggedStart(*(FadeIn(lines, shift=DOWN * 0.3) for lines in batches), lag_ratio=0.15))
            beat.hold("own")
            into = [
                lines.animate.move_to(gradient).set_opacity(0)
                for lines, gradient in zip(batches, gradients, strict=True)
            ]
            self.play(*into, *(gradient.animate.recede(1) for gradient in gradients), run_time=MOTION.slow)
            self.remove(*batches)
            beat.hold("differ")
            self.play(LaggedStart(*(pulse(gradient, 1.1) for gradient in gradients), lag_ratio=0.25))
            beat.hold("sum")
            hint = [np.maximum(own, 0.45) for own in self.own]
            self.play(*(g.animate.paint(want) for g, want in zip(gradients, hint, strict=True)), run_time=MOTION.slow)
            beat.hold("apart")
            self.play(*(g.animate.paint(own) for g, own in zip(gradients, self.own, strict=True)), run_time=0.4)
            drift = cycle((0.55, -0.35, 0.2, -0.7))
            apart = (rank.animate.shift(UP * by) for rank, by in zip(self.ranks, drift, strict=False))
            self.play(*apart, run_time=min(MOTION.slow, beat.remaining + 0.3))

    def collect(self):
        with self.beat("collect") as beat:
            center, others = self.ranks[0], self.ranks[1:]
            moves = [rank.animate.move_to(place) for rank, place in zip(self.ranks, self.star(), strict=True)]
            apart = self.world > 4  # one after the other, so that they do not cross
            for together in (moves[1:], moves[:1]) if apart else (moves,):
                self.play(*together, run_time=MOTION.quick if apart else MOTION.usual)
            links = [link(rank.panel, center.panel) for rank in others]
            self.play(*(GrowArrow(arrow) for arrow in links), run_time=MOTION.quick)
            beat.hold("collect")
            size, total = self.trace.value("bytes.tensor"), self.world - 1
            each = max(0.7 if total < 4 else 0.4, beat.until("inbound") / total)
            tally = None
            below = [center.get_bottom() + DOWN * down for down in (0.5, 1.1)]
            for number, rank in enumerate(others, 1):
                self.play(Send(self.gradients[rank.index], self.gradients[0]), run_time=each - 0.2)
                before, tally = tally, self.tally("inbound", number, size, below[0])
                self.play(FadeIn(tally), *([FadeOut(before)] if before else []), run_time=0.2)
            beat.hold("back")
            back = [link(center.panel, rank.panel) for rank in others]
            self.play(*(FadeOut(arrow) for arrow in links), *(GrowArrow(arrow) for arrow in back), run_time=0.5)
            each = max(0.7 if total < 4 else 0.4, (beat.until("outbound") - 0.1) / total)
            tally = None
            for number, rank in enumerate(others, 1):
                self.play(Send(self.gradients[0], self.gradients[rank.index]), run_time=each - 0.2)
                before, tally = tally, self.tally("outbound", number, size, below[1])
                self.play(FadeIn(tally), *([FadeOut(before)] if before else []), run_time=0.2)

    def star(self):
        """Where the ranks stand around the one that collects: beside it, or above it when they are many."""
        total = self.world - 1
        if total > 3:
            pitch = self.ranks[0].width + 0.2
            return [(0, -0.55, 0), *((pitch * (place - (total - 1) / 2), 2.0, 0) for place in range(total))]
        return [(-3.4, 0.9, 0), *((3.6, 0.05 + 1.9 * ((total - 1) / 2 - place), 0) for place in range(total))]

    def tally(self, way, number, size, place):
        """How many bytes have gone by so far, with the product that gives them."""
        words = self.label(way, SIZE.label, INK.quiet)
        sums = Mono(f"{number} × {size} B = {self.reckon(f'{number} * bytes.tensor'):.0f} B", SIZE.label)
        line = VGroup(words, sums).arrange(RIGHT, buff=0.3)
        words.level(place + LEFT * 1.35, aligned_edge=RIGHT)
        sums.level(place + LEFT * 1.05, aligned_edge=LEFT)
        return line

    def busy(self):
        with self.beat("busy") as beat:
            size = self.trace.value("bytes.tensor")
            center = round(self.reckon("2 * ranks * bytes.tensor - 2 * bytes.tensor"))
            moved = [center] + [round(self.reckon("2 * bytes.tensor"))] * (self.world - 1)
            rows = [
                (f"rank {index}", float(bytes_), INK.ranks[index], f"{bytes_} B") for index, bytes_ in enumerate(moved)
            ]
            high = min(1.0, 4 / self.world)
            bars = Bars(rows, 6.6 / moved[0], height=0.55 * high, gap=0.4 * high).move_to((0, 0.2, 0))
            beat.hold("busy")
            self.play(*self.leave(), FadeIn(bars.names))
            beat.hold("center")
            self.play(*bars.grow(0), run_time=MOTION.slow)
            beat.hold("others")
            self.play(LaggedStart(*(each for row in range(1, self.world) for each in bars.grow(row)), lag_ratio=0.15))
            beat.hold("worse")
            rule = Formula(f'2 (N - 1) times {size} "B"', 40, {}).set_color(INK.ranks[0])
            rule.next_to(bars.bars[0], UP, buff=0.25, aligned_edge=LEFT)
            self.play(FadeIn(rule, shift=UP * 0.2), pulse(bars.bars[0], 1.06))
            beat.hold("all")
            ring = self.ring("all_reduce", gap=0)
            self.play(*self.leave(), FadeIn(ring), run_time=MOTION.quick)
            while beat.remaining > 0.7:
                self.play(*flashes(ring), run_time=min(1.1, beat.remaining), rate_func=linear)


class ReduceScatterRing(RingScene):
    operation = "reduce_scatter"

    def construct(self):
        self.steps = self.trace.value("steps.reduce_scatter")
        self.cut()
        self.first()
        self.follow()
        self.result()

    def cut(self):
        with self.beat("cut") as beat:
            self.flow = self.ring(self.operation)
            self.chunks = self.columns(self.flow)
            shards = [shard for column in self.chunks for shard in column]
            places = [shard.get_center() for shard in shards]
            for column in self.chunks:
                middle = column.get_center()
                column.arrange(DOWN, buff=0).move_to(middle)
            self.play(FadeIn(self.flow.ranks))
            beat.hold("cut")
            self.play(*(shard.animate.move_to(place) for shard, place in zip(shards, places, strict=True)))
            beat.hold("stripe")
            for index, column in enumerate(self.chunks):
                lit: Any = VGroup(*(shard.stripes[index] for shard in column))
                self.play(lit.animate(rate_func=there_and_back).set_fill(INK.words), run_time=0.7)
            beat.hold("ring")
            self.play(*(GrowArrow(arrow) for arrow in self.flow.links[:-1]), Create(self.flow.links[-1]), run_time=1.2)
            beat.hold("next")
            self.play(*flashes(self.flow), run_time=min(MOTION.slow, beat.remaining + 0.3))

    def first(self):
        with self.beat("step") as beat:
            sends = self.sends(self.flow, self.operation, 0)
            self.play(*self.step_to(1, self.steps), run_time=MOTION.quick)
            beat.hold("send")
            self.play(*(send.source.rim.animate.set_stroke(INK.words, 3) for send in sends), run_time=MOTION.quick)
            beat.hold("different")
            self.play(*(pulse(send.source, 1.08) for send in sends), run_time=MOTION.usual)
            self.play(*sends, run_time=beat.until("add", 1.4))
            self.play(*(pulse(send.target, 1.12) for send in sends), run_time=MOTION.usual)
            beat.hold("busy")
            plain = (send.source.rim.animate.set_stroke(INK.line, send.source.RIM) for send in sends)
            self.play(*plain, *flashes(self.flow), run_time=min(MOTION.slow, beat.remaining + 0.3))

    def follow(self):
        with self.beat("follow") as beat:
            chunk, least = self.world - 1, 1.4 if self.world <= 4 else 0.6
            away = [s.animate.recede() for column in self.chunks for s in column[:chunk]]
            beat.hold("first")
            self.play(*away)
            beat.hold("second")
            note = self.addition(0, chunk)
            self.play(FadeIn(note, shift=UP * 0.15), pulse(self.chunks[1][chunk], 1.12))
            for step in range(1, self.steps):
                cue = "third" if step == 1 < self.steps - 1 else "whole"
                share = 1 if cue == "third" else self.steps - step
                sends = self.sends(self.flow, self.operation, step)
                after = self.addition(step, chunk)
                self.play(*self.step_to(step + 1, self.steps), run_time=0.4 if self.world <= 4 else 0.2)
                seconds = max(beat.until(cue) / share - (share - 1), least)
                self.play(*sends, note.animate.move_to(after), run_time=seconds)
                landed = pulse(self.chunks[step + 1][chunk], 1.12)
                self.play(FadeOut(note), FadeIn(after), landed, run_time=MOTION.usual if self.world <= 4 else 0.4)
                note = after
            self.note = note

    def addition(self, step, chunk):
        """The sum the receiver of this chunk makes in a step: what arrives, what it has, what it gets."""
        history = self.trace[f"ring.{self.operation}.history"]
        table = self.trace[f"ring.{self.operation}.messages"]
        row = next(i for i, m in enumerate(table) if m[SENT] == step and m[CHUNK] == chunk)
        arrives, receiver = self.trace[f"ring.{self.operation}.payload"][row][0], int(table[row][2])
        first = chunk * self.trace.value("elements")
        has, gets = history[step, receiver, first], history[step + 1, receiver, first]
        for part in (arrives, has, gets):
            self.derived(int(part), "an entry of the message, or of what the receiver holds")
        sums = Mono(f"{arrives:.0f} + {has:.0f} = {gets:.0f}", SIZE.label, INK.words)
        edge = self.flow.ranks.width / 2 + 0.3 - sums.width / 2
        return sums.level((np.clip(self.chunks[receiver].get_x(), -edge, edge), -1.77, 0))

    def result(self):
        with self.beat("result") as beat:
            whole = [self.chunks[index][index] for index in range(self.world)]
            others = [s for i, column in enumerate(self.chunks) for j, s in enumerate(column) if i != j]
            beat.hold("whole")
            self.play(
                FadeOut(self.note),
                *(shard.animate.recede(1) for shard in whole),
                *(shard.animate.recede() for shard in others),
            )
            self.play(*(pulse(shard, 1.12) for shard in whole))
            beat.hold("drop")
            nothing = np.zeros(self.world)
            self.play(
                *(shard.animate.paint(nothing) for shard in others), FadeOut(self.flow.links), FadeOut(self._counter)
            )
            beat.hold("library")
            after = self.trace["reduce_scatter.after"]
            values = VGroup(*(Mono("  ".join(f"{value:.0f}" for value in row), SIZE.statement) for row in after))
            for value, column in zip(values, self.chunks, strict=True):
                value.level((column.get_x(), -1.75, 0))
            call = Mono("reduce_scatter_single", SIZE.label, INK.quiet).level((0, -2.55, 0))
            self.play(FadeIn(call), LaggedStart(*(FadeIn(value, shift=UP * 0.2) for value in values), lag_ratio=0.25))
            beat.hold("equal")
            self.play(*(pulse(shard, 1.12) for shard in whole), *(pulse(value, 1.15) for value in values))
