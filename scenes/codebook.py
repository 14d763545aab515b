"""Sixteen values for a weight: the code books of NF4 and FP4 on the number line.

Every number comes from the trace `numbers/dequantize`: bitsandbytes on all-MiniLM-L6-v2.
"""

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
    GrowFromEdge,
    LaggedStart,
    Line,
    Transform,
    TransformFromCopy,
    VGroup,
)

from scenes.quantize import QuantizeScene, pattern, signed
from scenes.stage import INK, MOTION, SIZE, Bars, Bits, CodeLine, Histogram, Mono, Words, pulse, shape_note

CODES = 16
LENGTH = 10.6


class CodeBook(QuantizeScene):
    def construct(self):
        self.bits()
        self.shape()
        self.even()
        self.normal()
        self.float()
        self.snap()

    def bits(self):
        with self.beat("bits") as beat:
            grid = self.weights(10, 18, 0.3).move_to((-3.7, 0.3, 0))
            note = shape_note(grid, "W", INK.weight, self.showing(grid))
            origin = self.origin()
            self.play(FadeIn(grid, lag_ratio=0.01), FadeIn(origin))
            beat.hold("weights")
            self.play(pulse(grid, 1.04), FadeIn(note))
            row, column = 4, 12
            cell, value = (
                grid.cells[row * 18 + column],
                self.derived(float(grid.values[row, column]), "one of the weights drawn"),
            )
            number = signed(value).move_to((3.3, 1.9, 0)).set_color(INK.weight)
            long = Bits(pattern(value, 16), 16, INK.weight, 0.36).move_to((3.3, 0.9, 0))
            kind = Mono("bf16", SIZE.label, INK.quiet).next_to(number, LEFT, buff=0.4)
            self.play(TransformFromCopy(cell, number), FadeIn(kind), cell.animate.set_stroke(INK.words, 3))
            beat.hold("sixteen")
            cells = zip(long.cells, long.digits, strict=True)
            self.play(LaggedStart(*(FadeIn(VGroup(*pair), shift=DOWN * 0.2) for pair in cells), lag_ratio=0.08))
            beat.hold("four")
            short = Bits(0, 4, INK.code, 0.5).move_to((3.3, -0.5, 0))
            self.play(FadeIn(short, scale=0.6), pulse(long, 1.03))
            self.ticks = VGroup(*(Line(DOWN * 0.25, UP * 0.25, color=INK.code, stroke_width=5) for _ in range(CODES)))
            self.ticks.arrange(RIGHT, buff=0.3).move_to((3.3, -1.6, 0))
            each = max(0.07, beat.until("values") / CODES)
            for index, tick in enumerate(self.ticks):
                self.remove(short)
                short = Bits(self.derived(index, "all numbers of four bits in turn"), 4, INK.code, 0.5).move_to(
                    (3.3, -0.5, 0)
                )
                self.add(short)
                self.play(FadeIn(tick, shift=DOWN * 0.2), run_time=each)
            self.play(pulse(self.ticks, 1.06), run_time=MOTION.quick)
            self.grid, self.note = grid, note
            self.rest = VGroup(number, kind, long, short, origin)

    def shape(self):
        with self.beat("shape") as beat:
            self.line = CodeLine(np.linspace(-1, 1, CODES), LENGTH).move_to((0, -1.35, 0))
            edges, counts = self.trace["scaled.edges"], self.trace["scaled.counts"]
            limit = counts[1:-1].max()  # the largest weight of each block stands at -1 or 1
            self.histogram = Histogram(counts * 0, edges, LENGTH, 3.4, INK.weight, limit)
            self.histogram.move_to(self.line.point(0), aligned_edge=DOWN)
            self.remove(self.note)
            self.play(
                FadeOut(self.rest), self.grid.animate.scale(0.7).move_to((0, 1.6, 0)),
                self.ticks.animate.move_to((0, -2.7, 0)).set_opacity(MOTION.dim),
            )  # fmt: skip
            beat.hold("each")
            self.play(Create(self.line.line), FadeIn(self.line.numbers))
            beat.hold("range")
            scaled = self.trace["block.scaled"]
            dots = self.line.dots(scaled, radius=0.07)
            fall: list[Any] = []
            for dot, cell in zip(dots, self.grid.cells[: len(scaled)], strict=False):
                target = dot.get_center()
                dot.move_to(cell)
                fall.append(dot.animate.move_to(target))
            self.play(LaggedStart(*fall, lag_ratio=0.02), self.grid.animate.set_opacity(0.15), run_time=1.6)
            self.remove(self.grid)
            beat.hold("middle")
            self.add(self.histogram)
            self.bring_to_front(dots)
            self.play(self.histogram.animate.set_counts(counts), FadeOut(dots), run_time=1.6)
            beat.hold("ends")
            outer = self._part(edges, counts * (np.abs(edges[:-1] + edges[1:]) > 2 - 2 * (edges[1] - edges[0])))
            self.play(FadeIn(outer))
            self.play(FadeOut(outer))

    def even(self):
        with self.beat("even") as beat:
            beat.hold("even")
            self.play(*(Transform(self.ticks[i], self.line.ticks[i]) for i in range(CODES)), run_time=MOTION.slow)
            self.remove(self.ticks)
            self.add(self.line)
            beat.hold("sparse")
            band = self._between(CODES // 2 - 1)
            self.play(FadeIn(band), *(pulse(tick, 1.5) for tick in self.line.ticks[CODES // 2 - 1 : CODES // 2 + 1]))
            self.band = band

    def _between(self, index: int) -> Histogram:
        """The part of the histogram that lies between code `index` and the next."""
        low, high = self.line.code[index], self.line.code[index + 1]
        edges, counts = self.trace["scaled.edges"], self.trace["scaled.counts"]
        inside = (edges[:-1] >= low - 1e-9) & (edges[1:] <= high + 1e-9)
        return self._part(edges, counts * inside)

    def _part(self, edges: np.ndarray, counts: np.ndarray) -> Histogram:
        """Some bins of the histogram, to be lit where they stand."""
        part = Histogram(counts, edges, LENGTH, 3.4, INK.scale, self.histogram.limit)
        return part.move_to(self.histogram)

    def normal(self):
        with self.beat("normal") as beat:
            name = Words("NF4", SIZE.statement, INK.code, weight=500)
            name.next_to(self.line.line, LEFT, buff=0.3)
            beat.hold("quantiles")
            code = self.trace["nf4.code"]
            self.play(FadeOut(self.band), self.line.animate.set_code(code), FadeIn(name), run_time=1.4)
            rays = VGroup(
                *(
                    Line(self.line.point(x), self.histogram.point(x, self._height(x)), color=INK.ground, stroke_width=4)
                    for x in code[1:-1]
                )
            )
            self.play(LaggedStart(*(GrowFromEdge(ray, DOWN) for ray in rays), lag_ratio=0.06), run_time=1.2)
            beat.hold("zero")
            zero = int(np.flatnonzero(code == 0)[0])
            self.play(pulse(self.line.ticks[zero], 1.8), pulse(self.line.numbers[1], 1.4))
            self.name, self.rays = name, rays

    def _height(self, x: float) -> float:
        """Height of the histogram at x."""
        counts, edges = self.trace["scaled.counts"], self.trace["scaled.edges"]
        return float(counts[np.clip(np.searchsorted(edges, x) - 1, 0, len(counts) - 1)])

    def float(self):
        with self.beat("float") as beat:
            shift = UP * (1.7 - self.line.line.get_y())
            self.play(
                FadeOut(self.histogram), FadeOut(self.rays),
                self.line.animate.shift(shift), self.name.animate.shift(shift), run_time=MOTION.quick,
            )  # fmt: skip
            second = CodeLine(self.trace["fp4.code"], LENGTH).move_to(self.line).shift(DOWN * 2.2)
            name = Words("FP4", SIZE.statement, INK.code, weight=500).next_to(second.line, LEFT, buff=0.3)
            order = np.argsort(self.trace["fp4.code"], kind="stable")  # tick i of NF4 goes to the i-th value of FP4
            moved = zip(self.line.ticks, order, strict=True)
            self.play(
                FadeIn(second.line), FadeIn(second.numbers), FadeIn(name),
                *(TransformFromCopy(tick, second.ticks[i]) for tick, i in moved), run_time=MOTION.slow,
            )  # fmt: skip
            beat.hold("float")
            one = Bits(0b0110, 4, INK.code, 0.6).move_to((0, -1.9, 0))
            parts = (("sign", one.cells[:1]), ("exponent", one.cells[1:3]), ("mantissa", one.cells[3:]))
            names = VGroup(
                *(
                    self.label(key, SIZE.least, INK.quiet).next_to(VGroup(*cells), DOWN, buff=0.2)
                    for key, cells in parts
                )
            )
            names[0].shift(LEFT * 0.55)
            names[2].shift(RIGHT * 0.55)
            self.play(FadeIn(one))
            for label in names:
                self.play(FadeIn(label, shift=UP * 0.15))
            beat.hold("twice")
            pair = VGroup(Bits(0, 4, INK.code, 0.5), Bits(8, 4, INK.code, 0.5)).arrange(RIGHT, buff=1.6)
            pair.move_to((0, -2.0, 0))
            zero = second.point(0, -0.75)
            roads = VGroup(*(Line(bits.get_top() + UP * 0.1, zero, color=INK.line, stroke_width=3) for bits in pair))
            self.play(FadeOut(names), TransformFromCopy(one, pair[0]), Transform(one, pair[1]))
            self.play(Create(roads), pulse(second.numbers[1], 1.5))
            self.below = VGroup(one, pair[0], roads)
            self.second = second

    def snap(self):
        with self.beat("snap") as beat:
            shown = self.trace["block.scaled"][:40]
            lines = (self.line, self.second)
            dots = [line.dots(shown, radius=0.08, height=0.55) for line in lines]
            self.play(FadeOut(self.below), *(FadeIn(group, shift=DOWN * 0.2) for group in dots))
            beat.hold("snap")
            moves = [move for line, group in zip(lines, dots, strict=True) for move in line.snap(group, shown)]
            self.play(LaggedStart(*moves, lag_ratio=0.01), run_time=1.6)
            beat.hold("error")
            errors = {kind: self.trace.value(f"error.mean.{kind}") for kind in ("nf4", "fp4")}
            rows = [(kind.upper(), value, INK.error, f"{value:.5f}") for kind, value in errors.items()]
            bars = Bars(rows, 7.0 / max(errors.values()), 0.42, 0.3, SIZE.label).move_to((0.3, -2.35, 0))
            head = self.label("mean_error", SIZE.least, INK.quiet)
            head.next_to(bars.bars, UP, buff=0.25, aligned_edge=LEFT)
            self.play(FadeIn(head), FadeIn(bars.names), run_time=MOTION.quick)
            for index in range(2):
                self.play(*bars.grow(index), run_time=MOTION.quick)
