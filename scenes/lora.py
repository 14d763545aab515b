"""LoRA: the update as a sum of rank-one matrices, merge and unmerge.

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
    LaggedStart,
    Transform,
    TransformFromCopy,
    VGroup,
    Write,
)

from scenes.adapter import (
    SHOWN,
    Compared,
    LoraScene,
    dim_but,
    flow,
    frozen,
    perplexities,
)
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    Bars,
    Code,
    Formula,
    Mono,
    TensorGrid,
    Words,
    gather,
    literal,
    pulse,
    sample,
    scale_note,
)


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
            scale = self.weight().limit  # one scale for W and what is added to it
            delta = TensorGrid(np.zeros(sums[0].shape), INK.update, 0.27, scale, (self.out, self.into))
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
            weight = self.weight(cell=0.27).move_to((-0.4, 0.1, 0))
            note, rim = self.named(weight, "W", INK.weight), frozen(weight)
            small = self.low_rank(-1, 0.12)
            pair = VGroup(small[1], small[0]).arrange(RIGHT, buff=0.3).move_to((-4.9, 0.1, 0))
            aside = self.label("branch", SIZE.label, INK.quiet).next_to(pair, DOWN, buff=0.25)
            plus = Words("+", SIZE.title).move_to((1.8, 0.1, 0))
            b, a = self.branch
            self.play(
                *self.leave(b, a, self.delta, self.delta_name),
                *(Transform(grid, small) for grid, small in ((b, pair[0]), (a, pair[1]))),
                *(FadeIn(thing) for thing in (weight, rim, note, plus, aside)),
            )
            self.bring_to_front(self.delta)
            beat.hold("sum")
            self.play(self.delta.animate.move_to(weight), FadeOut(plus), FadeOut(self.delta_name), run_time=MOTION.slow)
            beat.hold("merged")
            merged = self.named(weight, "W′", INK.weight)
            self.play(
                weight.animate.paint(sample(self.trace["W.merged"], SHOWN, SHOWN)),
                self.delta.animate.set_opacity(0), FadeOut(note), FadeIn(merged), FadeOut(rim), run_time=MOTION.slow,
            )  # fmt: skip
            beat.hold("remove")
            self.play(FadeOut(VGroup(b, a, aside), shift=DOWN * 0.5), run_time=MOTION.slow)
            beat.hold("linear")
            self.derived(self.out, "outputs of the layer")
            layer = Code([self.trace.value("module.repr")]).move_to((2.3, 0.1, 0))
            self.play(VGroup(weight, merged).animate.shift(LEFT * 4.0), FadeIn(layer, shift=LEFT * 0.4))

    def same(self):
        with self.beat("same") as beat:
            compared = Compared(self, "logits.trained", "logits.merged", "logits.difference_merged")
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(compared.before))
            beat.hold("compare")
            self.play(TransformFromCopy(compared.before[1], compared.after[1]), FadeIn(compared.after[0]))
            beat.hold("difference")
            self.play(*gather((compared.before[1], compared.after[1]), compared.rest), FadeIn(compared.gap))
            beat.hold("rounding")
            self.play(pulse(compared.gap[1]), pulse(compared.rest[1], 1.04))
            beat.hold("time")
            kinds = (("base", INK.weight), ("unmerged", INK.update), ("merged", INK.weight))
            times = [self.trace.value(f"forward_ms.{kind}") for kind, _ in kinds]
            rows = [
                (self.labels.text(f"time_{kind}"), time, ink, f"{time:.2f} ms")
                for (kind, ink), time in zip(kinds, times, strict=True)
            ]
            bars = Bars(rows, 6.0 / max(times), height=0.6, gap=0.5).move_to((0, 0, 0))
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(bars.names), run_time=MOTION.quick)
            for index in range(len(kinds)):
                self.play(*bars.grow(index), run_time=MOTION.quick)

    def unmerge(self):
        with self.beat("unmerge") as beat:
            weight = self.weight("W.merged", 0.25).move_to((-4.9, 0.3, 0))
            note = self.named(weight, "W′", INK.weight)
            delta = self.weight("delta", 0.25, INK.update).move_to((-0.9, 0.3, 0))
            delta_note = self.named(delta, "ΔW", INK.update)
            minus = Words("−", SIZE.title).move_to((-2.9, 0.3, 0))
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(weight), FadeIn(note))
            beat.hold("subtract")
            self.play(FadeIn(minus), FadeIn(delta, shift=LEFT * 0.4), FadeIn(delta_note), run_time=MOTION.slow)
            restored = sample(self.trace["W.unmerged"], SHOWN, SHOWN)
            back = self.named(weight, "W′ − ΔW", INK.weight)
            self.play(
                delta.animate.move_to(weight).set_opacity(0), FadeOut(minus), FadeOut(delta_note), FadeOut(note),
                weight.animate.paint(restored), FadeIn(back), run_time=MOTION.slow,
            )  # fmt: skip
            beat.hold("residual")
            rest = sample(self.trace["W.unmerged"] - self.trace["W"], SHOWN, SHOWN)
            original = self.weight(cell=0.25).move_to((-0.7, 0.3, 0))
            kept = self.named(original, "W", INK.weight)
            residual = TensorGrid(rest, INK.quiet, 0.25, full=(self.out, self.into)).move_to((3.5, 0.3, 0))
            scale = scale_note(residual.limit).next_to(residual, DOWN, buff=0.3)
            equals = Words("=", SIZE.title).move_to((1.4, 0.3, 0))
            self.play(FadeIn(original), FadeIn(kept), FadeIn(minus.move_to((-2.8, 0.3, 0))))
            self.play(*gather((weight, original), residual), FadeIn(equals), FadeIn(scale))
            beat.hold("precision")
            units = {"fp32": 2.0**-24, "fp16": 2.0**-11, "bf16": 2.0**-8}
            why = "half a step at 1 in formats of 24, 11 and 8 significant bits"
            said = [f"{name}  {literal(f'{unit:.0e}', why)}" for name, unit in units.items()]
            rows = VGroup(*(Mono(row, SIZE.label) for row in said))
            rows.arrange(RIGHT, buff=0.9).move_to((1.2, -2.75, 0))
            head = self.label("roundoff", SIZE.label, INK.quiet).next_to(rows, LEFT, buff=0.6)
            self.play(FadeIn(head), LaggedStart(*(FadeIn(row, shift=UP * 0.2) for row in rows), lag_ratio=0.4))
            beat.hold("keep")
            self.play(Create(frozen(original)), pulse(original, 1.05))

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
