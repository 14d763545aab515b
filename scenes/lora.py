"""LoRA, second half: training A and B, merge and unmerge.

Every number comes from the trace `lora/merge`: a real PEFT run on a small decoder trained on the spot.
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
    GrowArrow,
    GrowFromEdge,
    Indicate,
    LaggedStart,
    Line,
    Transform,
    TransformFromCopy,
    VGroup,
    Write,
    linear,
)

from scenes.adapter import (
    SHOWN,
    Compared,
    LoraScene,
    dim_but,
    flow,
    frozen,
    perplexities,
    smooth,
)
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    Bars,
    Code,
    Evolve,
    Formula,
    Mono,
    Plot,
    TensorGrid,
    Words,
    columns,
    gather,
    pulse,
    sample,
    scale_note,
)


class LoraTrain(LoraScene):
    def construct(self):
        self.backward()
        self.steps()
        self.spectrum()
        self.result()

    def backward(self):
        with self.beat("backward") as beat:
            weight = self.weight(cell=0.22).move_to((-5.2, 0.4, 0))
            (a, b), (da, db) = self.low_rank(0, 0.19), self.gradients(0, 0.19)
            b.move_to((-1.0, 1.25, 0))
            a.move_to((-1.0, -1.1, 0))
            db.move_to((3.1, 1.25, 0))
            da.move_to((3.1, -1.1, 0))
            names = [
                self.named(weight, "W", INK.weight),
                self.named(a, "A", INK.lora_a, LEFT),
                self.named(b, "B", INK.lora_b, LEFT),
            ]
            rim = frozen(weight)
            loss = self.label("loss", SIZE.statement, INK.gradient).move_to((6.0, 0.1, 0))
            self.play(FadeIn(weight), FadeIn(rim), FadeIn(a), FadeIn(b), *(FadeIn(name) for name in names))
            beat.hold("backward")
            back = [flow(loss.get_left(), db.get_right()), flow(loss.get_left(), da.get_right())]
            for arrow in back:
                arrow.set_color(INK.gradient)
            self.play(FadeIn(loss), *(GrowArrow(arrow) for arrow in back))
            beat.hold("frozen")
            none = self.label("no_gradient", SIZE.label, INK.quiet).next_to(rim, UP, buff=0.2)
            self.play(FadeIn(none), Indicate(rim, 1.05, INK.words))
            beat.hold("gradb")
            db_name = Formula("(partial L)/(partial B)", 44).next_to(db, LEFT, buff=0.3)
            self.play(FadeIn(db, shift=LEFT * 0.4, lag_ratio=0.005), FadeIn(db_name))
            beat.hold("grada")
            da_name = Formula("(partial L)/(partial A)", 44).next_to(da, LEFT, buff=0.3)
            self.play(FadeIn(da, shift=LEFT * 0.4, lag_ratio=0.005), FadeIn(da_name))
            beat.hold("transpose")
            rule = Formula(
                "(partial L)/(partial A) = alpha/r {{ B^T : B }} (partial L)/(partial h) x^T = 0",
                40,
                {"B": INK.lora_b},
            ).move_to((1.2, -2.6, 0))
            self.play(Write(rule), run_time=MOTION.slow)
            self.play(Indicate(rule["B"], 1.4, INK.lora_b), Indicate(b, 1.08, INK.lora_b))
            self.gone = VGroup(weight, rim, none, *back, loss, db, da, db_name, da_name, rule, *names)
            self.a, self.b = a, b

    def steps(self):
        with self.beat("steps") as beat:
            steps, loss = self.trace["steps"], self.trace["loss.lora"]
            (a, b), shown = self.low_rank(0, 0.29), (SHOWN, self.trace.value("rank"))
            b.move_to((-5.2, 0.35, 0))
            a.move_to((-1.95, 0.93, 0))
            names = VGroup(self.named(b, "B", INK.lora_b), self.named(a, "A", INK.lora_a))
            top = float(np.ceil(loss.max()))
            low = float(np.floor(loss.min()))
            plot = Plot(
                5.2, 3.6, (0, len(loss)), (low, top), self.labels.text("step"), self.labels.text("loss"),
                [0, len(loss)], [low, top],
            ).move_to((3.9, -0.1, 0))  # fmt: skip
            self.play(FadeOut(self.gone), Transform(self.a, a), Transform(self.b, b), FadeIn(plot), FadeIn(names))
            beat.hold("move")
            curve = plot.curve(np.arange(1, len(loss) + 1), smooth(loss), INK.gradient)
            snapshots = {
                self.a: np.stack([sample(m, shown[1], SHOWN) for m in self.trace["A.steps"]]),
                self.b: np.stack([sample(m, SHOWN, shown[1]) for m in self.trace["B.steps"]]),
            }
            self.play(
                *(Evolve(grid, values, steps) for grid, values in snapshots.items()),
                Create(curve, rate_func=linear),
                run_time=beat.remaining - 0.6,
            )
            last = Mono(f"{smooth(loss)[-1]:.2f}", SIZE.label, INK.gradient).next_to(curve.get_end(), UP, buff=0.2)
            self.play(FadeIn(last))
            self.shown = VGroup(names, plot, curve, last)

    def spectrum(self):
        with self.beat("spectrum") as beat:
            values = self.trace["delta.singular_values"]
            rank, drawn = self.trace.value("rank_measured"), 32
            delta = TensorGrid(
                sample(self.trace["delta"], SHOWN, SHOWN), INK.update, 0.27, full=self.trace["delta"].shape
            )
            delta.move_to((-4.4, 0.2, 0))
            self.play(
                FadeOut(self.shown),
                self.b.animate.move_to((-5.5, 0.2, 0)),
                self.a.animate.move_to((-2.6, 0.2, 0)),
            )
            beat.hold("multiply")
            name = self.named(delta, "ΔW", INK.update)
            self.play(
                *gather((self.b, self.a), delta), FadeOut(self.b), FadeOut(self.a), FadeIn(name), run_time=MOTION.slow
            )
            beat.hold("svd")
            bars = columns(values[:drawn], 7.2, 3.0, INK.update).move_to((2.5, 0.4, 0), aligned_edge=LEFT * 0)
            base = Line(bars.get_corner(DOWN + LEFT), bars.get_corner(DOWN + RIGHT), color=INK.line, stroke_width=3)
            title = self.label("spectrum", SIZE.label, INK.quiet, fields={"shown": drawn, "all": len(values)})
            title.next_to(base, DOWN, buff=0.35)
            self.play(FadeIn(title), Create(base), run_time=0.6)
            beat.hold("nonzero")
            self.play(LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in bars[:rank]), lag_ratio=0.2), run_time=1.2)
            count = (
                Words(f"r = {rank}", SIZE.statement, INK.update)
                .next_to(bars[rank - 1], RIGHT, buff=0.3)
                .shift(UP * 0.8)
            )
            self.play(FadeIn(count))
            beat.hold("rest")
            self.play(LaggedStart(*(GrowFromEdge(bar, DOWN) for bar in bars[rank:]), lag_ratio=0.05), run_time=1.2)
            tail = Mono(f"≤ {float(values[rank:].max()):.0e}", SIZE.label, INK.quiet)
            tail.next_to(VGroup(*bars[rank:]), UP, buff=0.25)
            self.play(FadeIn(tail))
            self.shown = VGroup(delta, name, bars, base, title, count, tail)

    def result(self):
        with self.beat("result") as beat:
            kinds = ("base", "lora", "full")
            bars = perplexities(self, kinds, 0.7).move_to((0, 0.2, 0))
            title = self.label("perplexity", SIZE.label, INK.quiet).next_to(bars.bars, UP, buff=0.5, aligned_edge=LEFT)
            self.play(FadeOut(self.shown), FadeIn(title), FadeIn(bars.names))
            for index, kind in enumerate(kinds):
                beat.hold(kind)
                self.play(*bars.grow(index))


class LoraMerge(LoraScene):
    def construct(self):
        self.outer()
        self.add_update()
        self.same()
        self.unmerge()
        self.close()

    def outer(self):
        with self.beat("outer") as beat:
            rank, scaling = self.trace.value("rank"), self.trace.value("scaling")
            a, b = self.low_rank(-1, 0.27)
            b.move_to((-5.2, 0.1, 0))
            a.move_to((-1.6, 0.1, 0))
            parts = scaling * np.einsum("or,ri->roi", self.trace["B.steps"][-1], self.trace["A.steps"][-1])
            sums = [sample(total, SHOWN, SHOWN) for total in np.cumsum(parts, axis=0)]
            delta = TensorGrid(
                np.zeros((SHOWN, SHOWN)), INK.update, 0.27, np.abs(sums[-1]).max() * 0.7, parts.shape[1:]
            )
            delta.move_to((4.0, 0.1, 0))
            names = VGroup(self.named(b, "B", INK.lora_b), self.named(a, "A", INK.lora_a))
            self.play(FadeIn(a), FadeIn(b), FadeIn(names))
            beat.hold("column")
            self.play(*dim_but(b, b.column(0)))
            beat.hold("row")
            self.play(*dim_but(a, a.row(0)))
            equals = flow(a.get_right(), delta.get_left())
            counter = Mono(f"1 / {rank}", SIZE.label, INK.update).next_to(delta, UP, buff=0.25)
            self.play(GrowArrow(equals), FadeIn(delta), FadeIn(counter))
            thrown = [part.copy().animate.move_to(delta).set_opacity(0) for part in (b.column(0), a.row(0))]
            self.play(*thrown, delta.animate.paint(sums[0]))
            beat.hold("stack")
            each = max(0.3, (beat.remaining - 1.6) / (rank - 1))
            for k in range(1, rank):
                self.remove(counter)
                counter = Mono(f"{k + 1} / {rank}", SIZE.label, INK.update).move_to(counter)
                self.add(counter)
                self.play(
                    *dim_but(b, b.column(k)),
                    *dim_but(a, a.row(k)),
                    delta.animate.paint(sums[k]),
                    run_time=each,
                )
            name = self.named(delta, "ΔW", INK.update)
            whole = [cell.animate.set_opacity(1) for cell in (*a.cells, *b.cells)]
            self.play(FadeOut(counter), FadeIn(name), *whole)
            self.delta, self.delta_name = delta, name
            self.branch = b, a

    def add_update(self):
        with self.beat("add") as beat:
            weight = self.weight(cell=0.27).move_to((-4.2, 0.2, 0))
            note, rim = self.named(weight, "W", INK.weight), frozen(weight)
            small = self.low_rank(-1, 0.12)
            pair = VGroup(small[1], small[0]).arrange(RIGHT, buff=0.3).move_to((4.3, 0.2, 0))
            aside = self.label("branch", SIZE.label, INK.quiet).next_to(pair, DOWN, buff=0.25)
            plus = Words("+", SIZE.title).move_to((-1.95, 0.2, 0))
            b, a = self.branch
            self.play(
                *self.leave(b, a, self.delta, self.delta_name),
                *(Transform(grid, small) for grid, small in ((b, pair[0]), (a, pair[1]))),
                *(FadeIn(thing) for thing in (weight, rim, note, plus, aside)),
                VGroup(self.delta, self.delta_name).animate.shift(LEFT * 3.7),
            )
            beat.hold("sum")
            self.play(self.delta.animate.move_to(weight).set_opacity(0.5), FadeOut(plus), FadeOut(self.delta_name))
            beat.hold("merged")
            merged = self.named(weight, "W′", INK.weight)
            self.play(
                weight.animate.paint(sample(self.trace["W.merged"], SHOWN, SHOWN)),
                FadeOut(self.delta), FadeOut(note), FadeIn(merged), FadeOut(rim),
            )  # fmt: skip
            beat.hold("remove")
            self.play(FadeOut(VGroup(b, a, aside), shift=DOWN * 0.5), run_time=MOTION.slow)
            beat.hold("linear")
            size = self.trace.value("hidden")
            layer = Code([f"Linear(in_features={size}, out_features={size}, bias=False)"]).move_to((2.2, 0.2, 0))
            self.play(FadeIn(layer, shift=UP * 0.3))
            self.merged, self.merged_note, self.layer = weight, merged, layer

    def same(self):
        with self.beat("same") as beat:
            compared = Compared(self, "logits.trained", "logits.merged", "logits.difference_merged")
            self.play(FadeOut(self.merged), FadeOut(self.merged_note), FadeOut(self.layer))
            self.play(FadeIn(compared.before))
            beat.hold("compare")
            self.play(TransformFromCopy(compared.before[1], compared.after[1]), FadeIn(compared.after[0]))
            beat.hold("difference")
            self.play(FadeIn(compared.gap, shift=UP * 0.2))
            beat.hold("rounding")
            self.play(pulse(compared.gap[1]))
            beat.hold("time")
            kinds = (("base", INK.weight), ("unmerged", INK.update), ("merged", INK.weight))
            times = [self.trace.value(f"forward_ms.{kind}") for kind, _ in kinds]
            rows = [
                (self.labels.text(f"time_{kind}"), time, ink, f"{time:.2f} ms")
                for (kind, ink), time in zip(kinds, times, strict=True)
            ]
            bars = Bars(rows, 6.0 / max(times), height=0.6, gap=0.5).move_to((0, 0, 0))
            self.play(FadeOut(compared.before), FadeOut(compared.after), FadeOut(compared.gap), FadeIn(bars.names))
            for index in range(len(kinds)):
                self.play(*bars.grow(index), run_time=MOTION.quick)
            self.times = bars

    def unmerge(self):
        with self.beat("unmerge") as beat:
            weight = self.weight("W.merged", 0.25).move_to((-4.9, 0.3, 0))
            note = self.named(weight, "W′", INK.weight)
            delta = self.weight("delta", 0.25, INK.update).move_to((-0.9, 0.3, 0))
            delta_note = self.named(delta, "ΔW", INK.update)
            minus = Words("−", SIZE.title).move_to((-2.9, 0.3, 0))
            self.play(FadeOut(self.times), FadeIn(weight), FadeIn(note))
            beat.hold("subtract")
            self.play(FadeIn(minus), FadeIn(delta, shift=LEFT * 0.4), FadeIn(delta_note), run_time=MOTION.slow)
            restored = sample(self.trace["W.unmerged"], SHOWN, SHOWN)
            plain = self.named(weight, "W", INK.weight)
            self.play(
                delta.animate.move_to(weight).set_opacity(0), FadeOut(minus), FadeOut(delta_note), FadeOut(note),
                weight.animate.paint(restored), FadeIn(plain), run_time=MOTION.slow,
            )  # fmt: skip
            beat.hold("residual")
            rest = sample(self.trace["W.unmerged"] - self.trace["W"], SHOWN, SHOWN)
            residual = TensorGrid(rest, INK.quiet, 0.25, full=self.trace["W"].shape).move_to((2.9, 0.3, 0))
            head = self.label("residual", SIZE.label).next_to(residual, UP, buff=0.25)
            scale = scale_note(residual.limit).next_to(residual, DOWN, buff=0.3)
            self.play(TransformFromCopy(weight, residual), FadeIn(head), FadeIn(scale))
            beat.hold("precision")
            self.play(pulse(residual, 1.08))
            beat.hold("keep")
            self.play(Create(frozen(weight)), Indicate(plain, 1.1, INK.words))

    def close(self):
        with self.beat("close") as beat:
            bars = perplexities(self, ("base", "lora"), 0.8).move_to((0, 0.8, 0))
            title = self.label("perplexity", SIZE.label, INK.quiet).next_to(bars.bars, UP, buff=0.5, aligned_edge=LEFT)
            share = self.trace.value("parameters.trainable_share")
            trained = self.label("share", SIZE.statement, fields={"share": share}).move_to((0, -1.3, 0))
            self.play(*self.leave())
            self.play(FadeIn(trained), FadeIn(title), FadeIn(bars.names))
            for index, cue in enumerate(("before", "after")):
                beat.hold(cue)
                self.play(*bars.grow(index))
            beat.hold("cost")
            formula = Formula("h = {{ W' : W }} {{ x : x }}", 60, {"W": INK.weight, "x": INK.activation})
            self.play(Write(formula.move_to((0, -2.5, 0))))
