"""from_pretrained, second: configuration and Auto class choose the model class; one set of weights, three heads."""

import json

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    FadeIn,
    GrowArrow,
    LaggedStart,
    Rectangle,
    SurroundingRectangle,
    VGroup,
)

from scenes.pretrained import PretrainedScene
from scenes.stage import INK, MOTION, SIZE, Bars, Code, Mono, gather, megabytes, pulse

SHOWN = ("model_type", "hidden_size", "num_hidden_layers", "vocab_size", "tie_word_embeddings", "dtype")
AUTO = ("AutoModel", "AutoModelForCausalLM", "AutoModelForSequenceClassification")


class PretrainedClass(PretrainedScene):
    def construct(self):
        self.config_file()
        self.choose()
        self.heads()
        self.dtype()

    def config_file(self):
        with self.beat("config") as beat:
            fields = json.loads(self.trace.value("config.json"))
            lines = ["{", *(f'  "{name}": {json.dumps(fields[name])},' for name in SHOWN), "}"]
            self.panel = Code(lines, SIZE.label).move_to((-3.5, -0.2, 0))
            title = Mono("config.json", SIZE.label, INK.quiet).next_to(self.panel, UP, buff=0.2)
            self.play(FadeIn(self.panel.panel), FadeIn(title), run_time=MOTION.quick)
            beat.hold("config")
            self.play(LaggedStart(*(FadeIn(line, shift=RIGHT * 0.2) for line in self.panel.lines), lag_ratio=0.15))
            self.add(self.panel)
            beat.hold("type")
            self.play(self.panel.animate.light(1))
            beat.hold("class")
            self.config_class = self.plate(self.trace.value("config.class"), INK.optimizer).move_to((3.0, 1.3, 0))
            way = Arrow(
                (self.panel.get_right()[0] + 0.1, self.panel.lines[1].get_y(), 0),
                self.config_class.get_left(), buff=0.2, color=INK.line, stroke_width=4,
            )  # fmt: skip
            self.play(GrowArrow(way), FadeIn(self.config_class, shift=RIGHT * 0.3))
            beat.hold("fields")
            rest = range(2, len(SHOWN) + 1)
            values = VGroup(*(Mono(f".{name} = {fields[name]}", SIZE.least) for name in SHOWN[1:]))
            values.arrange(DOWN, buff=0.24, aligned_edge=LEFT).next_to(self.config_class, DOWN, buff=0.4)
            values.align_to(self.config_class, LEFT)
            rows = (self.panel.lines[row].copy() for row in rest)
            flights = [part for row, value in zip(rows, values, strict=True) for part in gather([row], value)]
            self.play(self.panel.animate.light(*range(1, len(SHOWN) + 1)), *flights, run_time=0.8)

    def plate(self, name: str, color: str, size: float = SIZE.label) -> VGroup:
        """The name of a class on a plate."""
        word = Mono(name, size, color)
        frame = SurroundingRectangle(word, buff=0.2, corner_radius=0.1, color=color, stroke_width=2)
        return VGroup(frame.set_fill(INK.tile, 1), word)

    def choose(self):
        with self.beat("choose") as beat:
            source = self.plate(self.trace.value("config.class"), INK.optimizer).move_to((0, 2.0, 0))
            self.play(*self.leave(self.config_class), run_time=MOTION.quick)
            self.play(self.config_class.animate.move_to(source), run_time=MOTION.quick)
            beat.hold("auto")
            ys = (0.5, -0.85, -2.2)
            autos = VGroup(
                *(Mono(name, SIZE.least, INK.activation).level((-6.5, y, 0), aligned_edge=LEFT)
                  for name, y in zip(AUTO, ys, strict=True))
            )  # fmt: skip
            self.play(LaggedStart(*(FadeIn(auto, shift=RIGHT * 0.2) for auto in autos), lag_ratio=0.25))
            cues = ("backbone", "causal", "classifier")
            for auto, y, cue, name in zip(autos, ys, cues, AUTO, strict=True):
                beat.hold(cue)
                found = self.plate(self.trace.value(f"heads.{name}"), INK.weight)
                found.move_to((1.7, y, 0), aligned_edge=LEFT)
                way = Arrow(
                    (max(auto.get_right()[0] for auto in autos), y, 0), (found.get_left()[0], y, 0),
                    buff=0.25, color=INK.line, stroke_width=4,
                )  # fmt: skip
                copy = self.config_class.copy()
                rest = 1 if auto is autos[-1] else MOTION.dim
                self.play(
                    GrowArrow(way), *(each.animate.recede(1 if each is auto else rest) for each in autos),
                    FadeIn(found, shift=RIGHT * 0.3),
                    copy.animate.move_to((way.get_center()[0], y, 0)).scale(0.4).set_opacity(0),
                )  # fmt: skip
                self.remove(copy)

    def heads(self):
        with self.beat("heads") as beat:
            self.play(*self.leave(), run_time=MOTION.quick)
            towers, names = VGroup(), VGroup()
            for x, name in zip((-4.5, 0.0, 4.5), AUTO, strict=True):
                backbone = VGroup(*(Rectangle(width=2.6, height=0.38) for _ in range(6))).arrange(UP, buff=0.11)
                backbone.set_fill(INK.weight, 1).set_stroke(INK.weight, 1.5).move_to((x, -0.5, 0))
                towers.add(backbone)
                names.add(Mono(self.trace.value(f"heads.{name}"), SIZE.least).move_to((x, -2.4, 0)))
            self.play(LaggedStart(*(FadeIn(tower, shift=UP * 0.3) for tower in towers), lag_ratio=0.2), FadeIn(names))
            heads = [Rectangle(width=2.6, height=0.52).next_to(tower, UP, buff=0.3) for tower in towers[1:]]
            heads[0].set_fill(INK.weight, 1).set_stroke(INK.weight, 1.5)
            heads[1].set_fill(INK.error, 0.08).set_stroke(INK.error, 2.5)
            beat.hold("complete")
            self.play(FadeIn(heads[0], shift=DOWN * 0.3), pulse(towers[0], 1.05), pulse(towers[1], 1.05))
            beat.hold("score")
            (missing,) = self.trace.value(f"heads.{AUTO[2]}.missing")
            score = Mono(missing, SIZE.label, INK.error).next_to(heads[1], UP, buff=0.2)
            self.play(*(tower.animate.set_opacity(MOTION.dim) for tower in (*towers[:2], heads[0])),
                      FadeIn(heads[1], shift=DOWN * 0.3), FadeIn(score))  # fmt: skip
            beat.hold("random")
            grains = VGroup(*(Rectangle(width=0.16, height=0.16) for _ in range(12))).set_stroke(width=0)
            grains.arrange_in_grid(rows=2, cols=6, buff=(0.17, 0.06)).move_to(heads[1])
            for place, grain in enumerate(grains):
                grain.set_fill(INK.error, 0.25 + 0.7 * ((place * 7) % 12) / 12)
            self.play(LaggedStart(*(FadeIn(grain, scale=2) for grain in grains), lag_ratio=0.1), run_time=1.2)

    def dtype(self):
        with self.beat("dtype") as beat:
            saved = self.trace.value("dtype.default")
            line = Code([f'"dtype": "{saved}"'], SIZE.statement).move_to((0, 1.9, 0))
            self.play(*self.leave(), run_time=MOTION.quick)
            beat.hold("saved")
            self.play(FadeIn(line, shift=DOWN * 0.2))
            beat.hold("auto")
            sizes = {name: self.trace.value(f"dtype.{name}.bytes") for name in ("default", "float32")}
            rows = [
                (dtype, sizes[key], INK.weight, megabytes(sizes[key]))
                for dtype, key in ((saved, "default"), ("float32", "float32"))
            ]
            bars = Bars(rows, 6.6 / sizes["float32"], height=0.7, gap=0.55).move_to((-0.3, -0.6, 0))
            self.play(FadeIn(bars.names[0]), *bars.grow(0))
            beat.hold("asked")
            self.play(FadeIn(bars.names[1]), line.animate.light())
            beat.hold("double")
            half = bars.bars[0].copy().set_fill(opacity=0).set_stroke(INK.words, 2)
            halves = VGroup(half.copy().move_to(bars.bars[1], aligned_edge=LEFT))
            halves.add(halves[0].copy().next_to(halves[0], RIGHT, buff=0))
            self.play(*bars.grow(1), run_time=MOTION.quick)
            self.play(LaggedStart(*(Create(each) for each in halves), lag_ratio=0.4), run_time=MOTION.usual)
