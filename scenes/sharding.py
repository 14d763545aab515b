"""FSDP: what DDP keeps in every process, and what FSDP cuts into shards."""

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromEdge,
    LaggedStart,
    Rectangle,
    RoundedRectangle,
    SurroundingRectangle,
    Transform,
    TransformFromCopy,
    VGroup,
)

from scenes.fsdp import INKS, FsdpScene
from scenes.stage import (
    INK,
    MOTION,
    SIZE,
    Code,
    MemoryBar,
    Mono,
    Rank,
    Send,
    Shard,
    ShardedTensor,
    megabytes,
    pulse,
)

STATE = ("parameters", "gradients", "optimizer")


class FsdpShards(FsdpScene):
    panels: Any

    def construct(self):
        self.replicas()
        self.cut()
        self.api()
        self.saved()
        self.question()

    def replicas(self):
        with self.beat("replicas") as beat:
            gap = 0.3 if self.world <= 4 else 0.15
            wide = min(2.95, (12.8 - gap * (self.world - 1)) / self.world)
            scale = min(1.0, (wide - 0.45) / 2.4)
            self.panels = VGroup(*(Rank(rank, wide, 3.9) for rank in range(self.world)))
            self.panels.arrange(RIGHT, buff=gap).move_to((0, 0.75, 0))
            whole = np.ones((self.world, 1))
            self.held = []  # per rank: columns of parameters, gradients and optimizer state
            for panel in self.panels:
                widths = (0.5, 0.5, 1.0)  # AdamW keeps two numbers for each parameter
                columns = [
                    ShardedTensor([INKS[kind]], whole, width * scale, min(0.66, 2.64 / self.world), 0.0, DOWN)
                    for kind, width in zip(STATE, widths, strict=True)
                ]
                panel.hold(*columns, direction=RIGHT, gap=0.2 * scale)
                self.held.append(columns)
            self.names = self.key(*STATE).move_to((0, -2.1, 0))
            self.keep(*self.names, self.panels)
            frames = (thing for panel in self.panels for thing in (panel.panel, panel.title))
            self.play(*(FadeIn(thing, shift=UP * 0.2) for thing in frames))
            for place, cue in enumerate(("parameters", "gradients", "optimizer")):
                beat.hold(cue)
                grown = (GrowFromEdge(columns[place], DOWN) for columns in self.held)
                self.play(*grown, FadeIn(self.names[place], shift=UP * 0.2))
            beat.hold("same")
            copies = [VGroup(*(column.copy() for column in self.held[0])) for _ in self.held[1:]]
            laid = zip(copies, self.held[1:], strict=True)
            self.play(*(copy.animate.move_to(VGroup(*columns)) for copy, columns in laid))
            self.remove(*copies)
            self.play(*(pulse(VGroup(*columns), 1.05) for columns in self.held), run_time=MOTION.quick)

    def cut(self):
        with self.beat("cut") as beat:
            beat.hold("cut")
            apart = [shard.animate.stretch(0.86, 1) for columns in self.held for column in columns for shard in column]
            self.play(*apart)
            beat.hold("keep")
            for rank, columns in enumerate(self.held):
                kept = np.eye(self.world)[rank][:, None]
                self.play(*(column.animate.paint(kept) for column in columns), run_time=MOTION.quick)
            beat.hold("one")
            model = VGroup()
            for rank, columns in enumerate(self.held):
                model.add(VGroup(*(column[rank].copy() for column in columns)))
            goal = model.copy().arrange(DOWN, buff=0.09).move_to((0, 0.75, 0))
            self.add(model)
            self.play(FadeOut(self.panels), run_time=MOTION.quick)
            self.play(*(part.animate.move_to(place) for part, place in zip(model, goal, strict=True)), run_time=0.8)
            self.model = model

    def api(self):
        with self.beat("api") as beat:
            code = Code(
                [
                    "for layer in model.model.layers:",
                    "    fully_shard(layer, mesh=mesh)",
                    "fully_shard(model, mesh=mesh)",
                ]
            ).move_to((-3.1, 0.3, 0))
            number = self.layers if self.layers <= 6 else 4
            layers = VGroup(*(RoundedRectangle(corner_radius=0.08, width=2.6, height=0.5) for _ in range(number)))
            layers.arrange(UP, buff=0.2).set_fill(INK.weight, 0.8).set_stroke(width=0).move_to((3.1, 0.3, 0))
            root = SurroundingRectangle(layers, color=INK.words, buff=0.3, corner_radius=0.12, stroke_width=3)
            note = VGroup()
            if number < self.layers:
                layers[number // 2 :].shift(UP * 0.4)
                dots = VGroup(*(Dot(radius=0.03, color=INK.quiet) for _ in range(3))).arrange(DOWN, buff=0.08)
                said = {"n": self.derived(number, "layers that are drawn"), "all": self.layers}
                words = self.label("showing", SIZE.least, INK.quiet, fields=said)
                note.add(dots.move_to(layers), words.next_to(layers, DOWN, buff=0.55))
                root = SurroundingRectangle(layers, color=INK.words, buff=0.3, corner_radius=0.12, stroke_width=3)
            self.play(*self.leave(), FadeIn(code, shift=RIGHT * 0.3), FadeIn(layers, shift=LEFT * 0.3), FadeIn(note))
            beat.hold("layer")
            rims = VGroup(
                *(SurroundingRectangle(layer, color=INK.words, buff=0.05, stroke_width=3) for layer in layers)
            )
            self.play(code.animate.light(0, 1), LaggedStart(*(Create(rim) for rim in rims), lag_ratio=0.3))
            beat.hold("root")
            self.play(code.animate.light(2), Create(root))
            beat.hold("rows")
            name = "model.layers.0.self_attn.q_proj.weight"
            place = self.trace.value("parameters.names").index(name)
            full, local = self.trace["shapes.full"][place], self.trace["shapes.local"][0, place]
            size = [self.derived(int(n), f"shape of {name}") for n in (*full, *local)]
            side, gap = 2.5, 0.22
            wide = min(5.0, side * size[1] / size[0])
            strips = VGroup(*(Rectangle(width=wide, height=side * size[2] / size[0]) for _ in range(self.world)))
            strips.arrange(DOWN, buff=0).set_fill(INK.weight, 1).set_stroke(INK.ground, 1).move_to((0, 0.15, 0))
            apart = strips.copy().arrange(DOWN, buff=gap).move_to((0, 0.15, 0))
            title = Mono(f"q_proj  {size[0]} × {size[1]}", SIZE.label, INK.weight).next_to(apart, UP, buff=0.35)
            whole = layers[0].copy()
            square = Rectangle(width=wide, height=side).set_fill(INK.weight, 1).set_stroke(width=0).move_to(strips)
            gone = [FadeOut(thing) for thing in (rims, root, layers, note)]
            self.play(
                *gone, FadeOut(code, shift=LEFT * 0.3), FadeIn(title),
                Transform(whole, square),
                run_time=MOTION.quick,
            )  # fmt: skip
            self.remove(whole)
            self.add(strips)
            self.play(*(strip.animate.move_to(goal) for strip, goal in zip(strips, apart, strict=True)))
            beat.hold("local")
            owners = VGroup(
                *(
                    Mono(f"rank {rank}", SIZE.least, INK.ranks[rank]).level(
                        strip.get_right() + RIGHT * 0.3, aligned_edge=LEFT
                    )
                    for rank, strip in enumerate(apart)
                )
            )
            part = Mono(f"{size[2]} × {size[3]}", SIZE.label).next_to(apart, DOWN, buff=0.35)
            self.play(FadeIn(owners, shift=LEFT * 0.3), FadeIn(part))

    def saved(self):
        with self.beat("saved") as beat:
            sizes = {
                "ddp": [self.trace.value(f"bytes.ddp.{kind}")[0] for kind in STATE],
                "fsdp": [int(self.trace["memory.fsdp"][0, -1, place]) for place in (0, 2, 3)],
            }
            totals = {
                way: self.derived(sum(each), "parameters, gradients and optimizer state") for way, each in sizes.items()
            }
            unit = 8.6 / totals["ddp"]
            bars, numbers, heads = {}, {}, {}
            for way, y in (("ddp", 1.1), ("fsdp", -0.5)):
                heads[way] = Mono(way.upper(), SIZE.statement).level((-6.3, y, 0), aligned_edge=LEFT)
                bar = MemoryBar(sizes[way], [INKS[kind] for kind in STATE], unit, 0.8)
                bars[way] = bar.shift(np.array([-4.6, y, 0]) - bar.get_left())
                numbers[way] = Mono(megabytes(totals[way]), SIZE.statement).level(
                    bar.get_right() + RIGHT * 0.25, aligned_edge=LEFT
                )
            key = self.key(*STATE).move_to((0, -2.1, 0))
            self.play(*self.leave(), FadeIn(heads["ddp"]), FadeIn(heads["fsdp"]), FadeIn(key))
            parts = (GrowFromEdge(part, LEFT) for part in bars["ddp"].parts)
            self.play(LaggedStart(*parts, lag_ratio=0.5), run_time=MOTION.slow)
            beat.hold("ddp")
            self.play(FadeIn(numbers["ddp"], shift=LEFT * 0.2))
            beat.hold("fsdp")
            shrink = [TransformFromCopy(*pair) for pair in zip(bars["ddp"].parts, bars["fsdp"].parts, strict=True)]
            self.play(*shrink, run_time=MOTION.slow)
            self.play(FadeIn(numbers["fsdp"], shift=LEFT * 0.2))

    def question(self):
        with self.beat("question") as beat:
            own = np.eye(self.world)[0][:, None]
            hues = [[INK.weight if place == 0 else INK.gathered] for place in range(self.world)]
            side = min(1.15, (6.4 - 0.12 * (self.world - 1)) / self.world)
            layer: Any = ShardedTensor(hues, own, side, 1.15, 0.12).move_to((0, 0.5, 0))
            x = Rectangle(width=0.34, height=1.15).set_fill(INK.activation, 1).set_stroke(width=0)
            x.next_to(layer, LEFT, buff=1.3)
            out = x.copy().set_fill(INK.tile).set_stroke(INK.activation, 2).next_to(layer, RIGHT, buff=1.3)
            asked = Mono("?", SIZE.title, INK.activation).move_to(out)
            arrows = [
                Arrow(a.get_right(), b.get_left(), buff=0.2, color=INK.line, stroke_width=4)
                for a, b in ((x, layer), (layer, out))
            ]
            own_name = Mono("rank 0", SIZE.least, INK.ranks[0]).next_to(layer[0], UP, buff=0.2)
            shown = (layer, x, own_name)
            self.play(*self.leave(), *(FadeIn(thing) for thing in shown), *(GrowArrow(arrow) for arrow in arrows))
            beat.hold("quarter")
            self.play(FadeIn(out), FadeIn(asked), pulse(layer[0]))
            beat.hold("gather")
            sent = [Shard([INK.weight], [1], side, 1.15) for _ in range(1, self.world)]
            others = VGroup()
            for rank, shard in enumerate(sent, 1):
                shard.move_to((layer[rank].get_x(), -1.4, 0))
                others.add(
                    VGroup(shard, Mono(f"rank {rank}", SIZE.least, INK.ranks[rank]).next_to(shard, DOWN, buff=0.2))
                )
            self.play(FadeIn(others, shift=UP * 0.2), run_time=0.4)
            self.play(*(Send(shard, layer[rank], [1.0]) for rank, shard in enumerate(sent, 1)), run_time=0.8)
            self.play(FadeOut(asked), out.animate.set_fill(INK.activation, 1), run_time=0.4)
            beat.hold("free")
            self.play(layer.animate.paint(own), FadeOut(others), run_time=MOTION.usual)
