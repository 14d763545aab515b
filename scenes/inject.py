"""LoRA, first half: what full fine-tuning costs, injection and the forward path.

Every number comes from the trace `lora/merge`: a real PEFT run on a small decoder trained on the spot.
"""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    Indicate,
    LaggedStart,
    ReplacementTransform,
    Transform,
    TransformFromCopy,
    VGroup,
)

from scenes.adapter import (
    Branch,
    Compared,
    LoraScene,
    ModelStack,
    frozen,
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
    megabytes,
    pulse,
    scale_note,
)


class FullFinetuneCost(LoraScene):
    def construct(self):
        self.question()
        self.memory()
        self.idea()
        self.saving()

    def question(self):
        with self.beat("question") as beat:
            model = ModelStack(self).move_to((0.9, -0.3, 0))
            name = self.trace.value("model.name").rpartition("/")[2]
            docs = self.label("docs", SIZE.statement, INK.activation)
            if not self.trace.value("base.steps"):
                docs = Mono(name, SIZE.label, INK.activation)
                docs.scale_to_fit_width(min(docs.width, 3.4)) if docs.width > 3.4 else docs
            docs.move_to((-4.6, -0.3, 0))
            code = self.label("code", SIZE.statement, INK.activation).move_to(docs)
            told = docs if self.trace.value("base.steps") else VGroup(docs, code)
            arrow = Arrow(told.get_right(), model.get_left(), buff=0.3, color=INK.line)
            self.play(LaggedStart(*(FadeIn(layer, shift=UP * 0.2) for layer in model), lag_ratio=0.15), run_time=1.2)
            count = self.label("count", SIZE.label, INK.quiet, fields={"n": self.trace.value("parameters.base")})
            below = VGroup(count, model.note).arrange(RIGHT, buff=0.6).next_to(model, DOWN, buff=0.3)
            self.play(FadeIn(below), run_time=MOTION.quick)
            beat.hold("docs")
            self.play(FadeIn(docs, shift=RIGHT * 0.3), GrowArrow(arrow))
            beat.hold("code")
            self.play(FadeOut(docs, shift=UP * 0.4), FadeIn(code, shift=UP * 0.4), run_time=MOTION.slow)
            beat.hold("layers")
            lit = LaggedStart(*(Indicate(layer, 1.04, INK.gradient) for layer in model), lag_ratio=0.3)
            self.play(lit, run_time=MOTION.slow)
            beat.hold("weights")
            grid = self.weight(cell=0.37).move_to((0, 0.3, 0))
            note = self.named(grid, "W", INK.weight)
            chosen = model.matrix(self.layer, 0)
            self.play(*self.leave(), ReplacementTransform(chosen.copy(), grid), FadeIn(note), run_time=MOTION.usual)
            self.play(pulse(grid, 1.05), run_time=MOTION.quick)
            self.grid, self.note = grid, note

    def memory(self):
        with self.beat("memory") as beat:
            sizes = [self.trace.value(f"bytes.{kind}.full") for kind in ("parameters", "gradients", "optimizer")]
            inks = [INK.weight, INK.gradient, INK.optimizer]
            unit = 7.2 / sum(sizes)
            kinds = [self.labels.text(kind) for kind in ("parameters", "gradients", "optimizer")]
            rows = [(k, s, c, megabytes(s)) for k, s, c in zip(kinds, sizes, inks, strict=True)]
            bars = Bars(rows, unit, height=0.7, gap=0.4).move_to((0.2, 0.9, 0)).align_to((-5.2, 0, 0), LEFT)
            self.play(FadeOut(self.note), self.grid.animate.scale(0.12).move_to(bars.bars[0]), run_time=0.9)
            self.play(FadeIn(bars.names), run_time=MOTION.quick)
            for index, cue in enumerate(("parameters", "gradients", "optimizer")):
                beat.hold(cue)
                self.play(*bars.grow(index), *([FadeOut(self.grid)] if index == 0 else []))
            beat.hold("total")
            whole = VGroup(*(bar.copy() for bar in bars.bars)).arrange(RIGHT, buff=0)
            whole.move_to(bars.bars[2].get_left() + DOWN * 1.65, aligned_edge=LEFT)
            everything = self.derived(sum(sizes), "the three bars laid end to end")
            total = Mono(megabytes(everything), SIZE.statement).next_to(whole, RIGHT, buff=0.25)
            ratio = self.label(
                "times_model",
                SIZE.statement,
                fields={"n": self.derived(everything / sizes[0], "all against the parameters")},
            )
            ratio.next_to(whole, DOWN, buff=0.25)
            copies = zip(bars.bars, whole, strict=True)
            self.play(*(TransformFromCopy(bar, part) for bar, part in copies), run_time=MOTION.slow)
            self.play(FadeIn(total), FadeIn(ratio))
            self.costs = VGroup(bars, whole, total, ratio)

    def idea(self):
        with self.beat("idea") as beat:
            delta = self.change(0.3).move_to((0, 0.1, 0))
            name = self.named(delta, "ΔW", INK.update)
            self.play(FadeOut(self.costs), run_time=0.6)
            beat.hold("change")
            self.play(FadeIn(delta, lag_ratio=0.01), FadeIn(name), run_time=MOTION.slow)
            beat.hold("freedom")
            count = Mono(f"{self.trace.value('matrix.full'):,}", SIZE.statement, INK.update)
            self.play(FadeIn(count.next_to(name, DOWN, buff=0.25), shift=UP * 0.2), pulse(delta, 1.05))
            beat.hold("lowrank")
            self.play(
                LaggedStart(*(pulse(delta.column(k), 1.1) for k in range(delta.shape[1])), lag_ratio=0.12), run_time=1.5
            )
            beat.hold("product")
            a, b = self.low_rank(-1, 0.3)
            thin = delta.height * self.trace.value("rank") / delta.full[0]  # true proportions: few numbers look few
            b.stretch_to_fit_width(thin).stretch_to_fit_height(delta.height).move_to((1.3, 0.1, 0))
            a.stretch_to_fit_width(delta.width).stretch_to_fit_height(thin).move_to((4.3, 0.1, 0))
            equals = Formula("= alpha / r", 54).move_to((-0.75, 0.1, 0))
            names = VGroup(self.named(b, "B", INK.lora_b), self.named(a, "A", INK.lora_a))
            self.play(
                *(TransformFromCopy(delta, part) for part in (b, a)),
                *(thing.animate.shift(LEFT * 3.6) for thing in (delta, name, count)),
                FadeIn(equals),
                FadeIn(names),
                run_time=MOTION.slow,
            )
            beat.hold("train")
            fewer = Mono(f"{self.trace.value('matrix.lora'):,}", SIZE.statement)
            fewer.move_to((VGroup(a, b).get_x(), count.get_y(), 0))
            self.play(FadeIn(fewer, shift=UP * 0.2), pulse(VGroup(a, b), 1.06))
            self.idea_things = VGroup(delta, name, equals, a, b, names, count, fewer)

    def saving(self):
        with self.beat("saving") as beat:
            kinds = ("parameters", "gradients", "optimizer")
            inks = (INK.weight, INK.gradient, INK.optimizer)
            unit = 2.9 / self.trace.value("bytes.optimizer.full")
            columns_ = []
            for way, x in (("full", -3.3), ("lora", 3.3)):
                sizes = [self.trace.value(f"bytes.{kind}.{way}") for kind in kinds]
                rows = [
                    (self.labels.text(kind), size, ink, megabytes(size))
                    for kind, size, ink in zip(kinds, sizes, inks, strict=True)
                ]
                bars = Bars(rows, unit, height=0.6, gap=0.6, size=SIZE.label).move_to((x, 0.3, 0))
                head = self.label(f"way_{way}", SIZE.statement, weight=500).level((x, 2.3, 0))
                columns_.append((bars, head))
            (full, full_head), (lora, lora_head) = columns_
            lora.align_to((0.45, 0, 0), LEFT)
            lora_head.align_to(lora, LEFT)
            full.align_to((-6.5, 0, 0), LEFT)
            full_head.align_to(full, LEFT)
            self.play(FadeOut(self.idea_things), FadeIn(full), FadeIn(full_head))
            self.play(FadeIn(lora_head), FadeIn(lora.names))
            for index, cue in enumerate(kinds):
                beat.hold(cue)
                self.play(*lora.grow(index))
            beat.hold("share")
            share = self.label(
                "share",
                SIZE.statement,
                INK.words,
                fields={"share": self.trace.value("parameters.trainable_share")},
            ).move_to((0, -2.6, 0))
            self.play(FadeIn(share, shift=UP * 0.2))


class LoraInject(LoraScene):
    def construct(self):
        self.freeze()
        self.insert()
        self.initial()
        self.forward()
        self.unchanged()

    def freeze(self):
        with self.beat("freeze") as beat:
            model = ModelStack(self).move_to((-3.3, 0, 0))
            model.note.next_to(model, DOWN, buff=0.3)
            module = self.trace.value("module").rpartition(".")[2]
            chosen = model.matrix(self.layer, 0)
            grid = self.weight(cell=0.32).move_to((-3.7, 0.2, 0))
            note = self.named(grid, "W", INK.weight)
            scale = scale_note(grid.limit).next_to(note, DOWN, buff=0.25)
            self.play(LaggedStart(*(FadeIn(part, shift=UP * 0.2) for part in (*model, model.note)), lag_ratio=0.15))
            call = Code(
                [
                    "config = LoraConfig(",
                    f"    r={self.trace.value('rank')}, lora_alpha={self.trace.value('alpha')},",
                    f'    target_modules=["{module}", ...],',
                    ")",
                    "model = get_peft_model(model, config)",
                ]
            ).move_to((3.1, 0.2, 0))
            beat.hold("weight")
            word = Mono(module, SIZE.label, INK.weight)
            self.play(chosen.animate.set_fill(INK.words, 1), run_time=MOTION.quick)
            self.play(
                *self.leave(), ReplacementTransform(chosen.copy(), grid), FadeIn(word.next_to(grid, UP, buff=0.2))
            )
            beat.hold("name")
            self.play(FadeIn(note), FadeIn(scale))
            self.play(FadeIn(call, shift=LEFT * 0.3))
            beat.hold("frozen")
            self.play(call.animate.light(4), run_time=MOTION.quick)
            rim = frozen(grid)
            cold = self.label("frozen", color=INK.weight).next_to(rim, UP, buff=0.2)
            self.play(Create(rim), FadeOut(word), FadeIn(cold))
            self.grid, self.rim, self.word = grid, rim, cold

    def insert(self):
        with self.beat("insert") as beat:
            picture = self.picture = Branch(self, step=0)
            self.play(*self.leave(self.grid, self.rim, self.word), run_time=MOTION.quick)
            self.play(
                Transform(self.grid, picture.w),
                Transform(self.rim, frozen(picture.w)),
                FadeIn(picture.w_note),
                self.word.animate.next_to(frozen(picture.w), UP, buff=0.15),
                run_time=MOTION.slow,
            )
            beat.hold("a")
            self.play(FadeIn(picture.a, shift=UP * 0.3), FadeIn(picture.a_note))
            beat.hold("b")
            self.play(FadeIn(picture.b, shift=UP * 0.3), FadeIn(picture.b_note))
            beat.hold("rank")
            self.play(FadeIn(picture.widths), run_time=MOTION.quick)

    def initial(self):
        with self.beat("initial") as beat:
            p = self.picture
            beat.hold("random")
            random = self.label("random", color=INK.lora_a).next_to(p.a, UP, buff=0.2)
            self.play(FadeIn(random), pulse(p.a))
            beat.hold("zero")
            zero = Words("B = 0", SIZE.label, INK.lora_b).next_to(p.b, RIGHT, buff=0.3)
            self.play(FadeIn(zero), pulse(p.b))
            beat.hold("product")
            product = TensorGrid(np.zeros(p.w.shape), INK.update, 0.19, 1.0).move_to((5.0, 1.2, 0))
            name = Formula("{{ B : B }} {{ A : A }} = 0", 44, {"B": INK.lora_b, "A": INK.lora_a})
            name.next_to(product, DOWN, buff=0.25)
            self.play(*gather((p.a, p.b), product), FadeIn(name))
            self.fading = VGroup(random, zero, product, name)

    def forward(self):
        with self.beat("forward") as beat:
            p = self.picture
            self.play(FadeOut(self.fading), FadeOut(p.widths), FadeOut(self.word))
            self.play(FadeIn(p.x, shift=RIGHT * 0.3), FadeIn(p.notes["x"]))
            beat.hold("split")
            self.play(*(GrowArrow(arrow) for arrow in p.entries))
            beat.hold("main")
            self.play(GrowArrow(p.across), TransformFromCopy(p.x, p.base), FadeIn(p.notes["base"]))
            beat.hold("down")
            self.play(GrowArrow(p.along[0]), TransformFromCopy(p.x, p.down), FadeIn(p.notes["down"]))
            beat.hold("up")
            through = [GrowArrow(arrow) for arrow in p.along[1:]]
            self.play(*through, TransformFromCopy(p.down, p.up), FadeIn(p.notes["up"]))
            beat.hold("sum")
            arrows = [GrowArrow(arrow) for arrow in p.exits]
            self.play(*arrows, FadeIn(p.plus), *gather((p.base, p.up), p.h), FadeIn(p.notes["h"]))

    def unchanged(self):
        with self.beat("unchanged") as beat:
            p = self.picture
            beat.hold("nothing")
            self.play(Indicate(p.up, 1.15, INK.words), run_time=MOTION.slow)
            beat.hold("same")
            self.play(*self.leave())
            compared = Compared(self, "logits.base", "logits.init", "logits.difference_init")
            self.play(FadeIn(compared.before))
            self.play(TransformFromCopy(compared.before[1], compared.after[1]), FadeIn(compared.after[0]))
            self.play(*gather((compared.before[1], compared.after[1]), compared.rest), FadeIn(compared.gap))
            beat.hold("start")
            self.play(pulse(compared.gap[1]), pulse(compared.rest[1], 1.04))
