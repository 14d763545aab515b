"""FSDP: what one process holds over the step, beside DDP; what it costs, and whether the result is the same."""

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, LaggedStart, Line, Rectangle, VGroup, linear, smooth

from scenes.fsdp import FsdpScene
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    MemoryChart,
    Mono,
    ShardedTensor,
    Unroll,
    align,
    megabytes,
    pulse,
)
from scripts.numerals import count

HELD = 13  # one part in so many of the axis: there the last reading is held, so that it can be seen


class FsdpMemory(FsdpScene):
    def construct(self):
        self.curve()
        self.ddp()
        self.price()
        self.same()
        self.close()

    def marks(self, size: float) -> Mono:
        """A number beside its height on the axis."""
        return Mono(megabytes(size), SIZE.least, INK.quiet).next_to(self.chart.point(0, size), LEFT, buff=0.15)

    def curve(self):
        with self.beat("curve") as beat:
            memory = self.trace["memory.fsdp"][0]
            self.held = len(memory) // HELD
            held = np.concatenate([memory, np.repeat(memory[-1:], self.held, axis=0)])
            peak = self.trace.value("bytes.fsdp.peak")[0]
            chart = self.chart = MemoryChart(held, self.inks, 11.2, 4.0, peak * 1.12)
            chart.move_to((6.6, 2.45, 0), aligned_edge=RIGHT + UP)
            self.turns = [0, self.moment("begin FSDP::pre_backward"), self.moment("begin Optimizer.step#AdamW.step")]
            places = [*self.turns, len(held) - 1]
            names = []
            for name, one, two in zip(("forward", "backward", "update"), places, places[1:], strict=False):
                middle = (chart.point(one, 0)[0] + chart.point(two, 0)[0]) / 2
                names.append(self.label(name, SIZE.least, INK.quiet).move_to((middle, chart.get_bottom()[1] - 0.3, 0)))
            self.names = VGroup(*names)
            key = self.key(*self.trace.value("memory.categories"))
            key.move_to((0.5, chart.get_bottom()[1] - 0.85, 0))
            whose = self.label("each", SIZE.least, INK.quiet).next_to(chart.point(0, chart.top), RIGHT, buff=0.2)
            self.keep(chart, key, self.names, whose)
            self.play(FadeIn(chart), FadeIn(key), FadeIn(whose), run_time=MOTION.quick)
            self.play(Unroll(chart, self.moment("begin FSDP::pre_forward")), run_time=MOTION.quick)
            beat.hold("forward")
            self.play(Unroll(chart, self.turns[1]), FadeIn(names[0]), run_time=beat.until("backward"))
            top = int(memory.sum(axis=1).argmax())
            self.play(Unroll(chart, top + 3), FadeIn(names[1]), run_time=beat.until("peak"))
            line = Line(chart.point(0, peak), chart.point(top, peak)).set_stroke(INK.words, 2)
            number = self.marks(peak).set_color(INK.words)
            self.play(Create(line), FadeIn(number), run_time=MOTION.quick)
            rest = max(beat.moment("end") - beat.now, 0.5)
            self.play(Unroll(chart, self.turns[2]), run_time=rest)
            self.play(Unroll(chart, len(held) - 1), FadeIn(names[2]))
            self.peak = VGroup(line, number)

    def ddp(self):
        with self.beat("ddp") as beat:
            chart = self.chart
            memory = self.trace["memory.ddp"][0]
            total, peak = memory.sum(axis=1), self.trace.value("bytes.ddp.peak")[0]
            line, number = self.peak
            top = peak * 1.08
            scale = chart.top / top
            low = chart.point(0, 0)[1]
            y = low + (line.get_y() - low) * scale
            self.play(
                Unroll(chart, top=top, rate_func=smooth), FadeOut(line), number.animate.set_y(y), run_time=MOTION.slow
            )
            moments = align(self.trace.value("moments.ddp"), self.trace.value("moments.fsdp"))
            moments = np.append(moments, moments[-1] + self.held)
            total = np.append(total, total[-1])
            found = self.trace.value("moments.ddp")
            first = found.index("begin backward " + self.trace.value("groups")[-1])
            bucket = found.index("begin c10d::allreduce_")
            name = Mono("DDP", SIZE.label)
            parts = []
            for cue, one, two in (
                ("full", 0, first), ("grow", first, bucket - 1), ("bucket", bucket - 1, bucket + 2),
                ("peak", bucket + 2, len(total) - 1),
            ):  # fmt: skip
                beat.hold(cue)
                part = chart.outline(moments[one : two + 1], total[one : two + 1], INK.words)
                parts.append(part)
                extra = []
                if cue == "full":
                    high = total[0]
                    if self.world < 4:  # shards are large: clear of what FSDP holds there
                        high = max(high, chart.sums[: len(chart.sums) // 5, -1].max())
                    extra = [FadeIn(name.next_to(chart.point(moments[2], high), UP, buff=0.15))]
                self.play(Create(part, rate_func=linear), *extra, run_time=MOTION.usual)
            high = self.marks(peak).set_color(INK.words)
            self.play(FadeIn(high), run_time=MOTION.quick)
            beat.hold("not")
            note = self.label("uncounted", SIZE.least, INK.quiet).move_to((0.5, self.names.get_y(), 0))
            self.play(FadeOut(self.names), FadeIn(note), run_time=MOTION.quick)

    def price(self):
        with self.beat("price") as beat:
            self.play(*self.leave(), run_time=MOTION.quick)
            rows = {}
            for way, y in (("DDP", 1.3), ("FSDP", -0.7)):
                rows[way] = Mono(way, SIZE.statement).level((-6.3, y, 0), aligned_edge=LEFT)
            self.play(*(FadeIn(row) for row in rows.values()), run_time=MOTION.quick)

            def block(name: str, ink: str, x: float, y: float, width: float = 3.0) -> VGroup:
                box = Rectangle(width=width, height=0.9).set_fill(ink, 1).set_stroke(width=0)
                return VGroup(box, Mono(name, SIZE.least, INK.ground)).move_to((x, y, 0), aligned_edge=LEFT)

            beat.hold("one")
            self.play(FadeIn(block("all-reduce", INK.gradient, -4.6, 1.3, 6.1), shift=RIGHT * 0.3))
            beat.hold("two")
            for place in (0, 1):
                gathered = block("all-gather", INK.weight, -4.6 + 3.1 * place, -0.7)
                self.play(FadeIn(gathered, shift=RIGHT * 0.3), run_time=0.5)
            beat.hold("three")
            reduced = block("reduce-scatter", INK.gradient, -4.6 + 6.2, -0.7)
            note = self.label("parts", SIZE.label, INK.quiet).move_to((0, -2.2, 0))
            self.play(FadeIn(reduced, shift=RIGHT * 0.3), FadeIn(note), run_time=MOTION.quick)

    def same(self):
        with self.beat("same") as beat:
            one, two = np.ones((1, 1)), np.ones((self.world, 1))
            alone = ShardedTensor([INK.weight], one, 4.3, 0.9).move_to((-3.2, 1.2, 0))
            wide = min(1.0, 4 / self.world)
            shared = ShardedTensor([INK.weight], two, wide, 0.9, 0.1 * wide).move_to((3.2, 1.2, 0))
            said = {"n": count(self.world, self.language)}
            heads = [
                self.label("alone", SIZE.label).next_to(alone, UP, buff=0.3),
                self.label("together", SIZE.label, fields=said).next_to(shared, UP, buff=0.3),
            ]
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(shared), FadeIn(heads[1]))
            beat.hold("alone")
            self.play(FadeIn(alone), FadeIn(heads[0]))
            beat.hold("gap")
            gap, rate = self.trace.value("difference.alone"), self.trace.value("learning_rate")
            lines = []
            for name, number, y in (("difference", gap, -0.5), ("moved", rate, -1.6)):
                head = self.label(name, SIZE.label, INK.quiet).level((0.2, y, 0), aligned_edge=RIGHT)
                lines.append((head, Mono(f"{number:.1e}", SIZE.title).level((0.7, y, 0), aligned_edge=LEFT)))
            meet = [side.copy().animate.move_to((0, 1.2, 0)).set_opacity(0) for side in (alone, shared)]
            self.play(*meet, FadeIn(lines[0][0]), FadeIn(lines[0][1], shift=UP * 0.3), run_time=MOTION.slow)
            beat.hold("moved")
            self.play(FadeIn(lines[1][0]), FadeIn(lines[1][1], shift=UP * 0.3))
            beat.hold("order")
            self.play(LaggedStart(*(pulse(shard, 1.08) for shard in shared), lag_ratio=0.3), run_time=MOTION.usual)

    def close(self):
        with self.beat("close") as beat:
            # One stripe for each kind of state, in the proportions of AdamW: its own state is twice the parameters.
            inks = [INK.weight, INK.gradient, INK.optimizer, INK.optimizer]
            shares = VGroup()
            scale = min(1.0, 6.1 / (1.7 * self.world - 0.7))
            high = min(0.62, (2.72 - 0.08 * (self.world - 1)) / self.world)
            for rank in range(self.world):
                lit = np.repeat(np.eye(self.world)[rank][:, None], len(inks), axis=1)
                shares.add(ShardedTensor(inks, lit, scale, high, 0.08, DOWN))
            shares.arrange(RIGHT, buff=0.7 * scale).move_to((-2.6, 0.5, 0))
            model = ShardedTensor(inks, np.ones((self.world, len(inks))), 1.9, high, 0.08, DOWN).move_to((4.6, 0.5, 0))
            part = self.trace.value("bytes.fsdp.end")[0]
            whole = sum(self.trace.value(f"bytes.ddp.{kind}")[0] for kind in ("parameters", "gradients", "optimizer"))
            whole = self.derived(whole, "parameters, gradients and optimizer state of the whole model")
            numbers = [
                VGroup(self.label(name, SIZE.label, INK.quiet), Mono(megabytes(size), SIZE.statement))
                .arrange(RIGHT, buff=0.3)
                .move_to((group.get_x(), -1.6, 0))
                for name, size, group in (("each", part, shares), ("model", whole, model))
            ]
            self.play(*self.leave(), FadeIn(shares))
            beat.hold("quarter")
            self.play(*(pulse(share[rank], 1.25) for rank, share in enumerate(shares)), FadeIn(numbers[0]))
            beat.hold("same")
            copies = [share[rank].copy() for rank, share in enumerate(shares)]
            moves = [copy.animate.move_to(model[rank]).set_opacity(0) for rank, copy in enumerate(copies)]
            self.play(*moves, FadeIn(model), FadeIn(numbers[1]), run_time=MOTION.slow)
            self.play(pulse(model, 1.06), run_time=MOTION.quick)
