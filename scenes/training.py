"""LoRA: the first gradient, training A and B, the rank of what was learned.

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
    LoraScene,
    flow,
    frozen,
    perplexities,
    smooth,
)
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    Evolve,
    Formula,
    Mono,
    Plot,
    TensorGrid,
    Words,
    columns,
    gather,
    index,
    sample,
)


class LoraTrain(LoraScene):
    def construct(self):
        self.backward()
        self.steps()
        self.spectrum()
        self.result()

    def backward(self):
        with self.beat("backward") as beat:
            weight = self.weight(cell=0.2).move_to((-5.2, 0.4, 0))
            (a, b), (da, db) = self.low_rank(0, 0.19), self.gradients(0, 0.19)
            b.move_to((-0.8, 1.25, 0))
            a.move_to((-0.8, -1.1, 0))
            db.move_to((3.4, 1.25, 0))
            da.move_to((3.4, -1.1, 0))
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
            ).move_to((2.0, -2.6, 0))
            self.play(Write(rule), run_time=MOTION.slow)
            turned = TensorGrid(b.values.T, INK.lora_b, 0.09, b.limit).next_to(rule, LEFT, buff=0.5)
            self.play(TransformFromCopy(b, turned), Indicate(rule["B"], 1.4, INK.lora_b))
            self.a, self.b = a, b

    def steps(self):
        with self.beat("steps") as beat:
            steps, loss = self.trace["steps"], self.trace["loss.lora"]
            (a, b), shown = self.low_rank(0, 0.29), (SHOWN, self.trace.value("rank"))
            b.move_to((-5.2, 0.35, 0))
            a.move_to((-1.95, 0.93, 0))
            names = VGroup(self.named(b, "B", INK.lora_b), self.named(a, "A", INK.lora_a))
            top = float(np.ceil(loss.max()))
            low = float(np.floor(2 * smooth(loss).min()) / 2)
            plot = Plot(
                5.2, 3.6, (0, len(loss)), (low, top), self.labels.text("step"), self.labels.text("loss"),
                [0, len(loss)], [low, top],
            ).move_to((3.5, -0.1, 0))  # fmt: skip
            self.play(*self.leave(self.a, self.b), run_time=MOTION.quick)
            self.play(Transform(self.a, a), Transform(self.b, b), FadeIn(plot), FadeIn(names))
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
            end = self.derived(smooth(loss)[-1], "mean of the last steps, where the curve ends")
            last = Mono(f"{end:.2f}", SIZE.label, INK.gradient).next_to(curve.get_end(), UP, buff=0.2)
            self.play(FadeIn(last))

    def spectrum(self):
        with self.beat("spectrum") as beat:
            values = self.trace["delta.singular_values"]
            rank, drawn = self.trace.value("rank_measured"), min(32, len(values))
            delta = self.change(0.27).move_to((-4.4, 0.2, 0))
            self.play(
                *self.leave(self.a, self.b),
                self.b.animate.move_to((-5.45, 0.2, 0)),
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
            title = self.label(
                "spectrum", SIZE.label, INK.quiet, fields={"shown": index(drawn, of=len(values)), "all": len(values)}
            )
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
            most = self.derived(float(values[rank:].max()), "the largest beyond the rank")
            tail = Mono(f"≤ {most:.0e}", SIZE.label, INK.quiet)
            tail.next_to(VGroup(*bars[rank:]), UP, buff=0.25)
            self.play(FadeIn(tail))

    def result(self):
        with self.beat("result") as beat:
            kinds = ("base", "lora", "full")
            bars = perplexities(self, kinds, 0.7).move_to((-6.5, 0.2, 0), aligned_edge=LEFT)
            title = self.label("perplexity", SIZE.label, INK.quiet).next_to(bars.bars, UP, buff=0.5, aligned_edge=LEFT)
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(title), FadeIn(bars.names))
            for index, kind in enumerate(kinds):
                beat.hold(kind)
                self.play(*bars.grow(index))
            beat.hold("times")
            trained = self.trace.value("parameters.trainable"), self.trace.value("parameters.base")
            counts = [
                Mono(f"{count:,}", SIZE.statement - 2).level((6.4, bars.bars[row].get_y(), 0), aligned_edge=RIGHT)
                for row, count in zip((1, 2), trained, strict=True)
            ]
            head = self.label("trained", SIZE.label, INK.quiet).level((6.4, title.get_y(), 0), aligned_edge=RIGHT)
            self.play(FadeIn(head), *(FadeIn(count, shift=UP * 0.2) for count in counts))
