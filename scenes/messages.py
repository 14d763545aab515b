"""Bytes per rank: the messages of the rings against the formulas, and what the library's backends do.

Every number comes from the trace `collectives/ring`, or from arithmetic shown on screen.
"""

import math

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Circle,
    Create,
    DashedLine,
    Dot,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Rectangle,
    ShowPassingFlash,
    SurroundingRectangle,
    VGroup,
    Write,
)

from scenes.collective import RingScene, flashes
from scenes.stage import INK, MOTION, SIZE, Code, Formula, Mono, Plot, ShardedTensor, Words, pulse

BOX = 0.85  # width of a message of eight bytes, where there is room for all
MANY = 8  # processes of the ring and the tree that are drawn


class RingBytes(RingScene):
    def construct(self):
        self.count_bytes()
        self.scale()
        self.library()
        self.close()

    def count_bytes(self):
        with self.beat("count") as beat:
            size = int(self.trace["ring.all_reduce.messages"][0][4])
            total, n = self.trace.value("bytes.tensor"), self.world
            wide = BOX if n <= 4 else BOX * 5.6 / (2 * n - 2)
            names = {key: key.replace("_", "-") for key in ("tensor", "reduce_scatter", "all_gather", "all_reduce")}
            rows = {}
            for line, (key, name) in enumerate(names.items()):
                sent = total if key == "tensor" else self.trace.value(f"bytes.sent.{key}")[0]
                boxes = VGroup(*(Rectangle(width=wide, height=0.5) for _ in range(sent // size)))
                boxes.arrange(RIGHT, buff=0.06 * wide / BOX)
                boxes.set_stroke(INK.gradient, 2).set_fill(INK.gradient, 0.85)
                y = 1.9 - 1.3 * line
                boxes.move_to((-3.2, y, 0), aligned_edge=LEFT)
                words = self.label("tensor", SIZE.label) if key == "tensor" else Mono(name, SIZE.code)
                words.level((-3.5, y, 0), aligned_edge=RIGHT)
                rows[key] = boxes, words, sent
            whole, words, _ = rows["tensor"]
            whole.set_fill(INK.tile, 1).set_stroke(INK.quiet, 2)
            note = Mono(f"{len(whole)} × {size} B = {total} B", SIZE.label, INK.quiet)
            self.play(FadeIn(whole, lag_ratio=0.15), FadeIn(words))
            beat.hold("message")
            self.play(FadeIn(note.level(whole.get_right() + RIGHT * 0.35, aligned_edge=LEFT)), pulse(whole[0], 1.15))
            for key, cue in (("reduce_scatter", "scatter"), ("all_gather", "gather")):
                boxes, words, sent = rows[key]
                if cue == "scatter":
                    beat.hold("first")
                    self.play(FadeIn(words), run_time=0.4)
                beat.hold(cue)
                self.add(words)
                self.play(LaggedStart(*(FadeIn(box, shift=RIGHT * 0.3) for box in boxes), lag_ratio=0.3))
                rule = self.rule(f'(N - 1)/N S = {n - 1}/{n} times {total} "B"', sent, boxes)
                if cue == "scatter":
                    beat.hold("share")
                self.play(FadeIn(rule, shift=LEFT * 0.2), run_time=MOTION.quick)
            boxes, words, sent = rows["all_reduce"]
            beat.hold("reduce")
            parts = [*rows["reduce_scatter"][0], *rows["all_gather"][0]]
            falling = [part.copy().animate.move_to(box) for part, box in zip(parts, boxes, strict=True)]
            self.play(FadeIn(words), LaggedStart(*falling, lag_ratio=0.1), run_time=MOTION.slow)
            beat.hold("formula")
            rule = self.rule(f'2 (N - 1)/N S = 2 times {n - 1}/{n} times {total} "B"', sent, boxes)
            self.play(FadeIn(rule, shift=LEFT * 0.2))
            self.play(pulse(rule, 1.06), run_time=min(MOTION.usual, beat.remaining + 0.3))

    def rule(self, formula, sent, boxes):
        rule = Formula(f'{formula} = {sent} "B"', 36)
        return rule.next_to(boxes, RIGHT, buff=0.35)

    def scale(self):
        with self.beat("scale") as beat:
            most = int(self.derived(16, "where the axis of a formula ends"))
            counts = np.arange(2, most + 1)
            plot = Plot(
                8.4, 4.0, (2, most), (0, most), self.labels.text("processes"), self.labels.text("multiples"),
                sorted({2, self.world, 8, most}), [0, 2, 8, most],
            ).move_to((-0.9, 0.15, 0))  # fmt: skip
            self.play(*self.leave(), FadeIn(plot))
            beat.hold("alone")
            alone = plot.curve(counts, counts - 1, INK.ranks[0])
            name = VGroup(self.label("collected", SIZE.least, INK.ranks[0]), Mono("N − 1", SIZE.least, INK.ranks[0]))
            name.arrange(DOWN, buff=0.12, aligned_edge=LEFT).next_to(alone.get_end(), RIGHT, buff=0.2).shift(DOWN * 0.2)
            self.play(Create(alone), run_time=beat.until("line", 1.6))
            self.play(FadeIn(name), run_time=MOTION.quick)
            beat.hold("bound")
            around = plot.curve(counts, 2 * (counts - 1) / counts, INK.gradient)
            roof = DashedLine(plot.point(2, 2), plot.point(most, 2), color=INK.quiet, stroke_width=2)
            rule = Formula("2 (N - 1)/N < 2", 32).set_color(INK.gradient)
            rule.next_to(around.get_end(), RIGHT, buff=0.2)
            self.play(Create(around), run_time=1.4)
            self.play(Create(roof), FadeIn(rule))
            times = self.reckon("bytes.formula.all_reduce / bytes.tensor")
            dot = Dot(plot.point(self.world, times), 0.09, color=INK.words)
            seen = self.label("measured", SIZE.least, fields={"times": times})
            seen.level(plot.point(self.world + 0.4, 0.95 if self.world > 3 else 0.45), aligned_edge=LEFT)
            self.play(FadeIn(dot, scale=2), FadeIn(seen))
            beat.hold("steps")
            circle = Circle(1.7, color=INK.line, stroke_width=4).move_to((-3.4, 0.7, 0))
            dots = VGroup(*(Dot(circle.point_at_angle(PI / 2 - 2 * PI * i / MANY), 0.2) for i in range(MANY)))
            for index, ink in enumerate(INK.ranks[:MANY]):
                dots[index].set_color(ink)
            self.derived(MANY - 1, "links of a row of so many processes")
            number = self.derived(2 * (MANY - 1), "steps of a ring, as the formula beside it says")
            steps = self.stepped("ring", f"2 (N - 1) = 2 times {MANY - 1} = {number}", circle)
            self.play(*self.leave(), Create(circle), FadeIn(dots, lag_ratio=0.1))
            light = ShowPassingFlash(circle.copy().set_stroke(INK.words, 7), time_width=0.4)
            self.play(FadeIn(steps), light, run_time=2)
            beat.hold("tree")
            self.tree(dots)

    def stepped(self, name, rule, above):
        """Name of an algorithm and its number of steps below its picture."""
        words = self.label(name, SIZE.label)
        sums = Formula(rule, 38)
        note = VGroup(words, sums).arrange(RIGHT, buff=0.4)
        return note.move_to((above.get_x(), -2.0, 0))

    def tree(self, dots):
        """A binary tree of as many processes, its root among them; up for the sum, down for the result."""
        levels = int(math.log2(MANY))
        nodes = [dot.copy() for dot in dots]
        for index, node in enumerate(nodes):
            node.move_to((1.6 + 3.9 * (index + 0.5) / MANY, -0.9, 0))
        rounds, alive = [], list(range(MANY))
        places = {index: nodes[index].get_top() for index in alive}
        for level in range(1, levels + 1):
            joined = VGroup()
            for left, right in zip(alive[::2], alive[1::2], strict=True):
                middle = (places[left] + places[right]) / 2
                top = np.array([middle[0], -0.9 + 1.1 * level, 0])
                joined.add(Line(places[left], top), Line(places[right], top))
                places[left] = top
            alive = alive[::2]
            rounds.append(joined.set_stroke(INK.line, 4))
        number = self.derived(2 * levels, "steps up and down a tree, as the formula beside it says")
        steps = self.stepped("tree", f"2 log_2 N = 2 times {levels} = {number}", VGroup(*nodes))
        self.play(LaggedStart(*(FadeIn(node) for node in nodes), lag_ratio=0.05), FadeIn(steps))
        for joined in rounds:
            self.play(*(Create(line) for line in joined), run_time=0.5)
        for joined in rounds[::-1]:
            self.play(*(ShowPassingFlash(line.copy().set_stroke(INK.words, 6)) for line in joined), run_time=0.4)

    def library(self):
        with self.beat("library") as beat:
            code = Code(
                [
                    "sent = dist.isend(chunks[out].clone(), right)",
                    "got = dist.irecv(buffer, left)",
                    "sent.wait(), got.wait()",
                    "chunks[into] += buffer",
                ]
            ).move_to((0, 1.3, 0))
            beat.hold("ours")
            self.play(*self.leave(), FadeIn(code, shift=UP * 0.2))
            beat.hold("backend")
            self.play(code.animate.light(0, 1))
            beat.hold("gloo")
            calls = {
                "reduce_scatter": "reduce_scatter_single",
                "all_gather": "all_gather_single",
                "all_reduce": "all_reduce",
            }
            rows = VGroup()
            for line, (key, call) in enumerate(calls.items()):
                y = -0.55 - 0.62 * line
                name = Mono(call, SIZE.code).level((-0.5, y, 0), aligned_edge=RIGHT)
                arrow = Words("→", SIZE.label, INK.quiet).level((0, y, 0))
                served = Mono(self.trace.value(f"profiler.{key}")[-1], SIZE.code, INK.gradient)
                rows.add(VGroup(name, arrow, served.level((0.5, y, 0), aligned_edge=LEFT)))
            self.play(LaggedStart(*(FadeIn(row, shift=RIGHT * 0.2) for row in rows), lag_ratio=0.4), run_time=1.6)
            rim = SurroundingRectangle(rows[0], color=INK.words, buff=0.15, corner_radius=0.1, stroke_width=2.5)
            first, whole = self.lit("all_reduce", 0)[0], self.lit("all_reduce", self.trace.value("steps.all_reduce"))[0]
            tensor = ShardedTensor(self.colors("all_reduce"), first, 1.1, 0.32, 0.06, DOWN).move_to((4.9, -1.17, 0))
            self.play(FadeIn(rim), FadeIn(tensor))
            beat.hold("all")
            self.play(tensor.animate.paint(whole))
            beat.hold("keep")
            self.play(*(shard.animate.recede(0.15) for shard in tensor[1:]))
            beat.hold("nccl")
            chosen = self.label("chosen", SIZE.label, INK.quiet).level((0, -2.75, 0))
            self.play(FadeOut(rim), FadeIn(chosen, shift=UP * 0.2))

    def close(self):
        with self.beat("close") as beat:
            ring = self.ring("all_reduce", self.trace.value("steps.all_reduce"))
            self.play(*self.leave(), FadeIn(ring), run_time=MOTION.quick)
            beat.hold("sum")
            self.play(LaggedStart(*(pulse(column, 1.06) for column in self.columns(ring)), lag_ratio=0.15))
            self.play(*flashes(ring), run_time=1.2)
            sent, total = self.trace.value("bytes.sent.all_reduce")[0], self.trace.value("bytes.tensor")
            before = round(self.reckon("ranks * bytes.tensor - bytes.tensor"))
            alone = Formula(f'{self.world - 1} times {total} "B" = {before} "B"', 44).set_color(INK.quiet)
            around = Formula(f'2 times {self.world - 1}/{self.world} times {total} "B" = {sent} "B"', 44)
            arrow = Words("→", SIZE.statement, INK.quiet)
            VGroup(alone, arrow, around).arrange(RIGHT, buff=0.5).move_to((0, -2.75, 0))
            beat.hold("before")
            self.play(FadeIn(alone))
            beat.hold("after")
            self.play(FadeIn(arrow), Write(around), run_time=MOTION.slow)
            if beat.remaining > MOTION.slow:
                self.play(*flashes(ring), run_time=MOTION.slow)
