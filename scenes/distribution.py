"""The whole matrix before and after, and what the errors do to a model's output.

Every number comes from the trace `numbers/dequantize`: bitsandbytes on all-MiniLM-L6-v2, and a small Llama trained on
the spot for the perplexities.
"""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    TransformFromCopy,
    VGroup,
)

from scenes.quantize import QuantizeScene
from scenes.stage import INK, MOTION, SIZE, Bars, Histogram, Mono, TensorGrid, Words, pulse
from scripts.literals import literal

ROUND = (1, 2, 2.5, 5, 10)  # how far the axis may go, times a power of ten


class BeforeAfter(QuantizeScene):
    formats = ("int8", "nf4", "fp4")

    def construct(self):
        self.before()
        self.four()
        self.eight()
        self.errors()
        self.model()
        self.perplexity()

    @property
    def span(self) -> float:
        """Weights drawn: four standard deviations, rounded; nearly all lie within."""
        wide = 4 * self.trace.value("weights.std")
        power = 10.0 ** np.floor(np.log10(wide))
        return float(min(ROUND, key=lambda step: abs(step * power - wide)) * power)

    def bins(self, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Counts and edges of the matrix in one format: two bins of the trace in one, so that zero is a middle."""
        edges, counts = self.trace["histogram.edges"][1:-1:2], self.trace[f"histogram.{kind}"][1:-1]
        counts = counts.reshape(-1, 2).sum(1)
        shown = (edges[:-1] >= -self.span) & (edges[1:] <= self.span)
        first = int(np.flatnonzero(shown)[0])
        return counts[shown], edges[first : first + int(shown.sum()) + 1]

    def before(self):
        with self.beat("before") as beat:
            counts, edges = self.bins("bf16")
            chart = Histogram(counts * 0, edges, 12.0, 4.4, INK.weight, counts.max() * 1.35).move_to((0, 0.1, 0))
            marks = VGroup(
                *(
                    Mono(literal(f"{x:g}".replace("-", "−"), why="a tick"), SIZE.least, INK.quiet).next_to(
                        chart.point(x), DOWN, buff=0.2
                    )
                    for x in self.span * np.array((-0.8, -0.4, 0, 0.4, 0.8))
                )
            )
            origin = self.origin()
            name = Words("bf16", SIZE.statement, INK.weight, weight=500).move_to((-5.4, 1.6, 0))
            self.play(FadeIn(chart), FadeIn(marks), FadeIn(origin), FadeIn(name))
            self.play(chart.animate.set_counts(counts), run_time=1.6)
            beat.hold("bell")
            self.play(pulse(chart.area, 1.03))
            self.chart, self.name = chart, name

    def four(self):
        with self.beat("four") as beat:
            outline = self.chart.area.copy().set_fill(opacity=0).set_stroke(INK.words, 2)
            name = Words("NF4", SIZE.statement, INK.code, weight=500).move_to(self.name, aligned_edge=LEFT)
            self.play(FadeIn(outline), run_time=MOTION.quick)
            counts, _ = self.bins("nf4")
            beat.hold("outline")
            self.play(
                self.chart.animate.set_counts(counts, INK.code),
                FadeOut(self.name, shift=UP * 0.3), FadeIn(name, shift=UP * 0.3), run_time=1.6,
            )  # fmt: skip
            beat.hold("gaps")
            self.play(pulse(self.chart.area, 1.02))
            beat.hold("zero")
            zeros = int(self.trace["nf4.usage"][int(np.flatnonzero(self.trace["nf4.code"] == 0)[0])])
            note = VGroup(Mono(f"{zeros:,}", SIZE.label, INK.code), self.label("zeros", SIZE.label, INK.quiet))
            note.arrange(DOWN, buff=0.12, aligned_edge=LEFT)
            note.move_to(self.chart.frame.get_top() + RIGHT * 0.9, aligned_edge=UP + LEFT)
            self.play(FadeIn(note, shift=LEFT * 0.3))
            self.outline, self.name, self.note = outline, name, note

    def eight(self):
        with self.beat("eight") as beat:
            name = Words("int8", SIZE.statement, INK.code, weight=500).move_to(self.name, aligned_edge=LEFT)
            self.play(FadeOut(self.note), run_time=MOTION.quick)
            beat.hold("close")
            self.play(
                self.chart.animate.set_counts(self.bins("int8")[0]),
                FadeOut(self.name, shift=UP * 0.3), FadeIn(name, shift=UP * 0.3), run_time=1.6,
            )  # fmt: skip

    def errors(self):
        with self.beat("errors") as beat:
            values = {kind: self.trace.value(f"error.relative.{kind}") for kind in self.formats}
            rows = [
                (kind.replace("nf", "NF").replace("fp", "FP"), v, INK.error, f"{v:.1%}") for kind, v in values.items()
            ]
            bars = Bars(rows, 7.0 / max(values.values()), 0.7, 0.5).move_to((0, 0.2, 0))
            head = self.label("relative_error", SIZE.label, INK.quiet)
            head.next_to(bars.bars, UP, buff=0.45, aligned_edge=LEFT)
            self.play(*self.leave(), FadeIn(head), FadeIn(bars.names), run_time=MOTION.quick)
            for index, kind in enumerate(self.formats):
                beat.hold(kind)
                self.play(*bars.grow(index))

    def model(self):
        with self.beat("model") as beat:
            kinds = ("bf16", *self.formats)
            limit = 1.0
            grids = VGroup(
                *(TensorGrid(self.trace[f"similarity.{kind}"], INK.activation, 0.42, limit) for kind in kinds)
            )
            grids.arrange(buff=0.7).move_to((0, 0.4, 0))
            names = VGroup(
                *(
                    Words(kind.replace("nf", "NF").replace("fp", "FP"), SIZE.statement, weight=500).next_to(
                        grid, UP, buff=0.3
                    )
                    for kind, grid in zip(kinds, grids, strict=True)
                )
            )
            head = self.label("similarity", SIZE.least, INK.quiet).move_to((0, -2.7, 0))
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(grids[0], lag_ratio=0.02), FadeIn(names[0]))
            beat.hold("output")
            self.play(pulse(grids[0], 1.05), FadeIn(head))
            for index, kind in enumerate(self.formats, 1):
                beat.hold(kind)
                number = Mono(f"{self.trace.value(f'cosine.mean.{kind}'):.3f}", SIZE.statement, INK.activation)
                number.next_to(grids[index], DOWN, buff=0.3)
                self.play(TransformFromCopy(grids[0], grids[index]), FadeIn(names[index]), FadeIn(number))

    def perplexity(self):
        with self.beat("perplexity") as beat:
            kinds = ("bf16", "nf4")
            values = {kind: self.trace.value(f"perplexity.{kind}") for kind in kinds}
            inks = (INK.weight, INK.code)
            rows = [
                (kind.replace("nf", "NF"), value, ink, f"{value:.1f}")
                for (kind, value), ink in zip(values.items(), inks, strict=True)
            ]
            bars = Bars(rows, 7.0 / max(values.values()), 0.8, 0.55).move_to((0, 0.1, 0))
            head = self.label("perplexity", SIZE.label, INK.quiet)
            head.next_to(bars.bars, UP, buff=0.45, aligned_edge=LEFT)
            small = self.label("small", SIZE.label, fields={"n": self.trace.value("decoder.parameters") / 1e6})
            small.move_to((0, -2.3, 0))
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(head), FadeIn(bars.names))
            beat.hold("small")
            self.play(FadeIn(small, shift=UP * 0.2))
            for index, cue in enumerate(("before", "after")):
                beat.hold(cue)
                self.play(*bars.grow(index))
