"""Double quantization: what the scales of the blocks cost, and how they are quantized themselves.

Every number comes from the trace `numbers/dequantize`: bitsandbytes on all-MiniLM-L6-v2.
"""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    Line,
    Square,
    TransformFromCopy,
    VGroup,
)

from scenes.quantize import QuantizeScene, pattern, signed
from scenes.stage import INK, MOTION, SIZE, Bars, Bits, Histogram, Mono, TensorGrid, pulse

BINS = 80
WIDTH = 10.6
SHOWN = 248  # which absmax is shown in bits: in the middle of the last row of the first group


class DoubleQuant(QuantizeScene):
    def construct(self):
        self.cost()
        self.spread()
        self.nested()
        self.saved()

    def cost(self):
        with self.beat("cost") as beat:
            packed, absmax = (
                len(self.trace["block.nf4.packed"]),
                self.derived(self.trace["absmax"].itemsize, "of float32"),
            )
            squares = VGroup(*(Square(0.29) for _ in range(packed + absmax))).arrange(RIGHT, buff=0.04)
            codes, scale = VGroup(*squares[:packed]), VGroup(*squares[packed:])
            codes.set_fill(INK.code, 0.8).set_stroke(width=0)
            scale.set_fill(INK.scale, 0.9).set_stroke(width=0)
            scale.shift(RIGHT * 0.15)
            VGroup(codes, scale).move_to((0, 1.2, 0))
            names = VGroup(
                Mono(f"{packed} B", SIZE.label, INK.code).next_to(codes, UP, buff=0.25),
                Mono(f"{absmax} B", SIZE.label, INK.scale).next_to(scale, UP, buff=0.25),
            )
            self.play(FadeIn(codes, lag_ratio=0.02), FadeIn(names[0]))
            beat.hold("four")
            self.play(FadeIn(scale, shift=LEFT * 0.4), FadeIn(names[1]))
            weights = len(self.trace["block.weights"])
            for part in (packed, absmax):
                self.derived(part * 8, "bits of these bytes")
            halves = VGroup(
                Mono(f"{packed * 8} / {weights} = {packed * 8 / weights:g} bit", SIZE.statement, INK.code),
                Mono(f"{absmax * 8} / {weights} = {absmax * 8 / weights:g} bit", SIZE.statement, INK.scale),
            ).arrange(DOWN, buff=0.35, aligned_edge=RIGHT)
            halves.move_to((0, -1.1, 0))
            head = self.label("per_weight", SIZE.label, INK.quiet).next_to(halves, UP, buff=0.4)
            beat.hold("half")
            self.play(FadeIn(head), run_time=0.3)
            sources = (codes, scale)
            for half, source in zip(halves, sources, strict=True):
                self.play(FadeIn(half, shift=DOWN * 0.3), pulse(source, 1.05), run_time=MOTION.quick)

    def spread(self):
        with self.beat("spread") as beat:
            absmax = self.trace["absmax"].ravel()
            self.mean, top = float(self.trace.value("absmax.offset")), float(absmax.max())
            edges = np.linspace(0, top, BINS + 1)
            counts = np.histogram(absmax, edges)[0]
            base = Line(LEFT * WIDTH / 2, RIGHT * WIDTH / 2, color=INK.line, stroke_width=3).move_to((0, -0.8, 0))
            width = WIDTH * top / (top + self.mean)  # room on the left for what is less than the mean
            chart = Histogram(counts * 0, edges, width, 3.0, INK.scale, counts.max())
            chart.move_to(base.get_end(), aligned_edge=DOWN + RIGHT)
            count = self.label("count", SIZE.label, INK.quiet, fields={"n": self.trace.value("blocks.count")})
            count.move_to((3.6, 1.6, 0))
            places = np.array([chart.point(edge)[0] for edge in edges[:-1]])
            under = counts[np.abs(places - count.get_x()) < count.width / 2 + 0.3]
            chart.limit = max(chart.limit, 1.5 * under.max())  # what stands below the words stays below them
            marks = VGroup(
                *(
                    Mono(text, SIZE.least, INK.quiet).next_to(chart.point(x), DOWN, buff=0.2)
                    for x, text in ((0, "0"), (self.mean, f"{self.mean:.3f}"), (top, f"{top:.3f}"))
                )
            )
            self.play(*self.leave(), FadeIn(base), FadeIn(marks), FadeIn(count))
            self.add(chart)
            beat.hold("spread")
            self.play(chart.animate.set_counts(counts), run_time=1.4)
            beat.hold("bits")
            value = self.derived(float(self.trace["absmax"].ravel()[SHOWN]), "absmax of one block")
            long = Bits(pattern(value, 32), 32, INK.scale, 0.33).move_to((0, -2.6, 0))
            name = Mono("float32", SIZE.least, INK.quiet).next_to(long, UP, buff=0.2)
            self.play(FadeIn(long, shift=DOWN * 0.3), FadeIn(name))
            self.format = name
            self.chart, self.marks, self.long, self.number, self.base = chart, marks, long, count, base

    def nested(self):
        with self.beat("nested") as beat:
            chart, marks = self.chart, self.marks
            zero = Line(DOWN * 0.2, UP * 3.2, color=INK.words, stroke_width=3).move_to(
                chart.point(0), aligned_edge=DOWN
            )
            away = Mono(f"− {self.mean:.3f}", SIZE.statement, INK.scale).next_to(self.number, DOWN, buff=0.4)
            self.play(Create(zero), FadeOut(marks[2]), run_time=MOTION.quick)
            beat.hold("offset")
            shift = chart.point(0) - chart.point(self.mean)
            self.play(chart.area.animate.shift(shift), FadeIn(away), FadeOut(marks[1]), run_time=1.4)
            beat.hold("group")
            size = self.trace.value("absmax.nested_block")
            side = int(size**0.5)
            group = (self.trace["absmax"].ravel()[:size] - self.mean).reshape(side, side)
            grid = TensorGrid(group, INK.scale, 0.2).move_to((-3.4, 0.75, 0))
            shared = Square(0.75).set_fill(INK.scale, 1).set_stroke(width=0).move_to((2.6, 1.1, 0))
            nested = self.derived(float(self.trace["absmax.nested"][0]), "scale of the first group")
            number = signed(nested).set_color(INK.scale).next_to(shared, DOWN, buff=0.25)
            count = Mono(f"{size} × absmax", SIZE.label, INK.quiet).next_to(grid, UP, buff=0.2)
            away_all = [FadeOut(thing) for thing in (chart, self.base, zero, away, marks[0], self.number)]
            self.play(*away_all, FadeIn(grid), FadeIn(count))
            roads = VGroup(
                *(
                    Line(grid.cells[row * side + side - 1].get_right(), shared.get_left(), stroke_width=1.5)
                    for row in range(0, side, 3)
                )
            ).set_color(INK.line)
            self.play(Create(roads), FadeIn(shared), FadeIn(number))
            beat.hold("eight")
            code = self.derived(int(self.trace["absmax.codes"].ravel()[SHOWN]), "code of the same absmax")
            short = Bits(code, 8, INK.scale, 0.33)
            cell = grid.cells[SHOWN]
            short.move_to((cell.get_x(), self.long.get_y(), 0))
            kept = [self.long.cells[i].animate.move_to(short.cells[i]).set_opacity(0) for i in range(8)]
            gone = VGroup(*self.long.cells[8:])
            road = Line(cell.get_bottom(), short.get_top() + UP * 0.08, color=INK.words, stroke_width=2)
            bits = self.derived(self.trace["absmax.codes"].itemsize * 8, "of a uint8")
            name = Mono(f"{bits} bit", SIZE.least, INK.quiet).next_to(short, RIGHT, buff=0.3)
            self.play(
                FadeOut(self.long.digits), FadeOut(gone, shift=RIGHT * 0.5), *kept, FadeIn(short), Create(road),
                FadeOut(self.format), FadeIn(name), cell.animate.set_stroke(INK.words, 2.5),
            )  # fmt: skip
            self.remove(self.long, *self.long.cells)

    def saved(self):
        with self.beat("saved") as beat:
            plain = self.trace.value("bytes.nf4.absmax")
            nested = "bytes.nf4_double.absmax + bytes.nf4_double.nested + bytes.nf4_double.offset"
            names = [self.labels.text(name) for name in ("plain", "double")]
            sizes = (plain, self.reckon(nested))
            rows = [(name, size, INK.scale, f"{size:,.0f} B") for name, size in zip(names, sizes, strict=True)]
            bars = Bars(rows, 6.0 / plain, 0.6, 0.45).move_to((0, 1.3, 0))
            head = self.label("scales", SIZE.label, INK.quiet).next_to(bars.bars, UP, buff=0.3, aligned_edge=LEFT)
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(head), FadeIn(bars.names), *bars.grow(0))
            beat.hold("less")
            self.play(*bars.grow(1))
            beat.hold("bits")
            costs = [self.reckon(f"bytes_per_weight.{kind} * 8") for kind in ("nf4", "nf4_double")]
            bits = self._change("bits", [f"{cost:.2f}" for cost in costs], INK.code, -0.9)
            self.play(FadeIn(bits[:2]))
            self.play(FadeIn(bits[2], shift=RIGHT * 0.3), TransformFromCopy(bits[1], bits[3]))
            beat.hold("error")
            errors = [self.trace.value(f"error.mean.{kind}") for kind in ("nf4", "nf4_double")]
            error = self._change("error", [f"{each:.5f}" for each in errors], INK.error, -2.1)
            self.play(FadeIn(error[:2]), run_time=MOTION.quick)
            self.play(FadeIn(error[2], shift=RIGHT * 0.3), TransformFromCopy(error[1], error[3]))

    def _change(self, name: str, texts: list[str], color: str, y: float) -> VGroup:
        """A line `name: before -> after`: head, before, arrow, after."""
        head = self.label(name, SIZE.label, INK.quiet).level((-0.8, y, 0), aligned_edge=RIGHT)
        before = Mono(texts[0], SIZE.title, color).level((-0.3, y, 0), aligned_edge=LEFT)
        arrow = Mono("→", SIZE.title, INK.quiet).level(before.get_right() + RIGHT * 0.3, aligned_edge=LEFT)
        arrow.match_y(before)
        after = Mono(texts[1], SIZE.title, color).level((arrow.get_right()[0] + 0.3, y, 0), aligned_edge=LEFT)
        return VGroup(head, before, arrow, after)
