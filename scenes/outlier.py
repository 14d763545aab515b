"""What an outlier does to a block, and how LLM.int8() sets outlier columns of the activations apart.

Every number comes from the trace `numbers/dequantize`: bitsandbytes on all-MiniLM-L6-v2. The block with one weight
replaced is made, and called so on screen; the columns of the activations are real.
"""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Line,
    Rectangle,
    Transform,
    VGroup,
)

from scenes.quantize import QuantizeScene, chip
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    Bars,
    Mono,
    Stems,
    TensorGrid,
    Words,
    columns,
    gather,
    megabytes,
    pulse,
    shape_note,
)

WIDTH = 11.6
MOST = 384  # bars for the columns of an input; more columns share bars
NEAR = 0.08  # of the row: numbers beside bars closer than this would meet


class Outliers(QuantizeScene):
    def construct(self):
        self.made()
        self.crushed()
        self.columns()
        self.split()
        self.gain()
        self.close()

    def made(self):
        with self.beat("made") as beat:
            weights, changed = self.trace["block.weights"], self.trace["made.weights"]
            self.place = self.trace.value("made.place")
            top = float(np.abs(weights).max())
            self.factor = int(self.trace["made.factors"][-1])
            stems = Stems(weights, WIDTH, 5.0, INK.weight, top / 0.6).move_to((0, 0, 0))
            self.play(FadeIn(stems))
            beat.hold("made")
            mark = chip(self.labels.text("made"), INK.error).next_to(stems.bars[self.place], UP, buff=0.2)
            dim = [bar.animate.set_opacity(MOTION.dim) for i, bar in enumerate(stems.bars) if i != self.place]
            self.play(stems.bars[self.place].animate.set_color(INK.error), FadeIn(mark, shift=DOWN * 0.2), *dim)
            beat.hold("grow")
            number = Mono(f"{self.factor} × absmax", SIZE.statement, INK.error)
            number.next_to(stems.point(self.place, stems.limit), RIGHT, buff=0.3).shift(DOWN * 0.35)
            caption = VGroup(number, mark.copy().next_to(number, RIGHT, buff=0.3))
            self.play(FadeOut(mark), run_time=0.3)
            grown = stems.copy().set_values(changed / np.abs(changed).max() * stems.limit)
            grown.bars.set_opacity(1)
            self.play(Transform(stems, grown), FadeIn(caption), run_time=1.2)
            self.stems, self.caption = stems, caption

    def crushed(self):
        with self.beat("crushed") as beat:
            stems, code = self.stems, self.trace["nf4.code"]
            others = np.arange(len(stems.bars)) != self.place
            levels = VGroup(
                *(
                    DashedLine(stems.point(-0.5, v * stems.limit), stems.point(len(others) - 0.5, v * stems.limit))
                    for v in code
                )
            ).set_stroke(INK.code, 2, 0.4)
            self.play(LaggedStart(*(Create(level) for level in levels), lag_ratio=0.05))
            beat.hold("crush")
            back = self.trace["made.nf4.values"]
            snapped = back / np.abs(back).max() * stems.limit
            after = stems.copy().set_values(snapped, INK.code)
            after.bars[self.place].set_color(INK.error)
            self.play(Transform(stems, after), run_time=1.4)
            beat.hold("codes")
            used = np.unique(self.trace["made.nf4.index"][others])
            unused = [level.animate.set_stroke(opacity=0.08) for i, level in enumerate(levels) if i not in used]
            self.play(*unused, *(levels[i].animate.set_stroke(INK.words, 3, 1) for i in used))
            beat.hold("error")
            errors = self.trace.value("made.nf4.error_real"), float(self.trace["made.nf4.error_mean"][-1])
            rows = [
                (self.labels.text(name), value, INK.error, f"{value:.4f}")
                for name, value in zip(("real_block", "made_block"), errors, strict=True)
            ]
            bars = Bars(rows, 6.0 / max(errors), 0.55, 0.4, SIZE.label).move_to((0, -1.7, 0))
            count = self.derived(int(others.sum()), "weights that were not replaced")
            head = self.label("others_error", SIZE.least, INK.quiet, fields={"n": count})
            head.next_to(bars.bars, UP, buff=0.25, aligned_edge=LEFT)
            self.play(
                FadeOut(levels), stems.animate.scale(0.55).move_to((0, 1.3, 0)),
                self.caption.animate.move_to((1.8, 2.2, 0)), FadeIn(head), FadeIn(bars.names),
            )  # fmt: skip
            for index in range(2):
                self.play(*bars.grow(index))

    def columns(self):
        with self.beat("columns") as beat:
            alike = self.trace.value("activation.alike").index(self.trace.value("module"))
            tops = self.trace["activation.column_max"][alike]
            together = -(-len(tops) // MOST)  # columns that share a bar
            total = len(tops)
            outliers = np.unique(self.trace["outlier.columns"] // together)
            tops = np.array([tops[k : k + together].max() for k in range(0, total, together)])
            bars = columns(tops, 12.4, 4.6, INK.activation).move_to((0.2, 0, 0))
            origin = self.origin()
            said = {"n": total, "k": together}
            name = self.label("inputs" if together == 1 else "inputs_shared", SIZE.label, INK.quiet, fields=said)
            self.derived(together, "columns that share a bar")
            name.next_to(bars, DOWN, buff=0.3)
            base = Line(bars.get_corner(DOWN + LEFT), bars.get_corner(DOWN + RIGHT), color=INK.line, stroke_width=3)
            self.play(*self.leave(), FadeIn(origin), run_time=MOTION.quick)
            self.play(Create(base), FadeIn(name))
            beat.hold("activations")
            self.play(LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in bars), lag_ratio=0.004), run_time=1.6)
            while (gap := beat.moment("three") - beat.now) > 4:
                self.wait(min(gap / 2, 3))
                self.play(pulse(bars, 1.03))
            beat.hold("three")
            lit = [bars[int(i)].animate.set_fill(INK.error) for i in outliers]
            numbers = VGroup()
            beside = RIGHT if self.trace.value("outlier.real") else UP  # others are nearly as high
            for i in apart(tops, outliers):
                number = f"{self.derived(tops[i], 'of an outlier column'):.1f}"
                numbers.add(Mono(number, SIZE.label, INK.error).next_to(bars[i].get_top(), beside, buff=0.15))
            self.play(*lit, *(FadeIn(number) for number in numbers))
            while (gap := beat.moment("threshold") - beat.now) > 4:
                self.wait(min(gap / 2, 3))
                self.play(pulse(numbers, 1.1))
            beat.hold("threshold")
            threshold = self.trace.value("outlier.threshold")
            height = bars.get_bottom() + UP * 4.6 * threshold / float(tops.max())
            line = DashedLine(height + LEFT * 6.2, height + RIGHT * 6.2, color=INK.words, stroke_width=3)
            mark = Mono(f"{threshold:g}", SIZE.label).next_to(line, UP, buff=0.1).align_to(line, LEFT)
            if not self.trace.value("outlier.real"):  # many bars come near: above them all
                mark.next_to(bars, UP, buff=0.45).align_to(line, LEFT)
            self.play(Create(line), FadeIn(mark), run_time=MOTION.quick)

    def split(self):
        with self.beat("split") as beat:
            x, every, cell = self.trace["x"], self.trace["outlier.columns"], 0.27
            outliers = every[spread(len(every), min(4, len(every)))]
            tokens = spread(len(x), 8)
            order = np.sort(np.concatenate([np.setdiff1d(spread(x.shape[1], 16), outliers), outliers]))
            limit = self.trace.value("outlier.threshold")
            grid = TensorGrid(x[np.ix_(tokens, order)], INK.activation, cell, limit, x.shape).move_to((-3.6, 0.2, 0))
            note = shape_note(grid, "x", INK.activation, self.showing(grid))
            apart = [place for place, column in enumerate(order) if column in outliers]
            self.play(*self.leave(), FadeIn(grid), FadeIn(note))
            rims = [square.animate.set_stroke(INK.error, 2) for place in apart for square in grid.column(place)]
            self.play(*rims, run_time=MOTION.quick)
            beat.hold("apart")
            high = [grid.column(place) for place in apart]
            low = [grid.column(place) for place in range(len(order)) if place not in apart]
            moves = []
            for part, level in ((high, 1.5), (low, -1.6)):
                first = -1.9 - (len(part) - 0.5) * cell
                moves += [column.animate.move_to((first + k * cell, level, 0)) for k, column in enumerate(part)]
            rest = self.derived(x.shape[1] - len(every), "columns that are no outliers")
            counts = VGroup(
                self.label(
                    "column_count", SIZE.label, INK.error, fields={"n": self.derived(len(every), "outliers")}
                ).move_to((-1.9 - len(high) * cell / 2, 2.85, 0)),
                self.label("column_count", SIZE.label, INK.quiet, fields={"n": rest}).move_to(
                    (-1.9 - len(low) * cell / 2, -0.2, 0)
                ),
            )
            self.play(*moves, FadeOut(note), FadeIn(counts), run_time=MOTION.quick)
            upper = self._matrix(len(high) * cell * 0.6, 1.5, "16 bit", INK.error)
            lower = self._matrix(len(low) * cell * 0.6, -1.6, "int8", INK.code)
            self.play(FadeIn(upper, shift=LEFT * 0.3), run_time=MOTION.quick)
            beat.hold("rest")
            self.play(FadeIn(lower, shift=LEFT * 0.3))
            beat.hold("sum")
            y = self.trace["y.mixed"]
            out = TensorGrid(y[np.ix_(tokens, spread(y.shape[1], 8))], INK.activation, cell, full=y.shape)
            out.move_to((4.9, 0.1, 0))
            plus = Words("+", SIZE.title).move_to((2.7, 0.1, 0))
            mark = Words("y", SIZE.statement, INK.activation).next_to(out, UP, buff=0.2)
            self.play(FadeIn(plus), *gather((upper[0], lower[0]), out), FadeIn(mark), run_time=MOTION.quick)

    def _matrix(self, height: float, y: float, kind: str, color: str) -> VGroup:
        """The rows of W that meet some columns of x, and the numbers they are multiplied in."""
        body = Rectangle(width=2.2, height=height).set_fill(INK.weight, 0.85).set_stroke(width=0).move_to((0.3, y, 0))
        name = Words("W", SIZE.label, INK.ground, weight=500).move_to(body)
        times = Words("×", SIZE.statement).move_to((-1.35, y, 0))
        return VGroup(body, name, times, Mono(kind, SIZE.label, color).next_to(body, UP, buff=0.15))

    def gain(self):
        with self.beat("gain") as beat:
            rows = []
            for kind, label in (("int8", "plain_int8"), ("mixed", "mixed")):
                value = self.trace.value(f"product.error.{kind}")
                rows.append((self.labels.text(label), value, INK.error, f"{value:.1%}"))
            bars = Bars(rows, 6.0 / rows[0][1], 0.8, 0.55).move_to((0, 0.1, 0))
            head = self.label("product_error", SIZE.label, INK.quiet)
            head.next_to(bars.bars, UP, buff=0.45, aligned_edge=LEFT)
            self.play(*self.leave(), FadeIn(head), FadeIn(bars.names), run_time=MOTION.quick)
            for index, cue in enumerate(("plain", "mixed")):
                beat.hold(cue)
                self.play(*bars.grow(index))

    def close(self):
        with self.beat("close") as beat:
            sizes = {kind: self.trace.value(f"bytes.linear.{kind}") for kind in ("bf16", "nf4_double")}
            inks = (INK.weight, INK.code)
            names = ("bf16", self.labels.text("nf4_double"))
            rows = [
                (name, size, ink, f"{size / 1e6:.1f} MB" if size > 1e6 else megabytes(size))
                for name, size, ink in zip(names, sizes.values(), inks, strict=True)
            ]
            bars = Bars(rows, 6.0 / max(sizes.values()), 0.8, 0.5).move_to((0, 0.9, 0))
            head = self.label("linear", SIZE.label, INK.quiet)
            head.next_to(bars.bars, UP, buff=0.4, aligned_edge=LEFT)
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(head), FadeIn(bars.names))
            for index, cue in enumerate(("before", "after")):
                beat.hold(cue)
                self.play(*bars.grow(index))
            beat.hold("cosine")
            value = self.trace.value("cosine.mean.nf4_double")
            line = VGroup(
                self.label("cosine", SIZE.statement, INK.quiet), Mono(f"{value:.2f}", SIZE.title, INK.activation)
            ).arrange(RIGHT, buff=0.4)
            self.play(FadeIn(line.move_to((0, -2.0, 0)), shift=UP * 0.3))
            self.play(pulse(line[1], 1.2))


def apart(tops: np.ndarray, chosen: np.ndarray) -> list[int]:
    """The highest of the chosen bars, at most four, that stand far enough apart for a number beside each."""
    kept: list[int] = []
    for place in chosen[np.argsort(-tops[chosen])]:
        if len(kept) < 4 and all(abs(int(place) - other) > NEAR * len(tops) for other in kept):
            kept.append(int(place))
    return kept


def spread(size: int, shown: int) -> np.ndarray:
    """`shown` of `size` positions, evenly spread, both ends included."""
    return np.linspace(0, size - 1, shown).round().astype(int)
