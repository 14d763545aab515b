"""from_pretrained, fourth: weights come from the mapped shards to their places; one is tied, all are checked."""

from typing import Any

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    ArcBetweenPoints,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Rectangle,
    Transform,
    VGroup,
)

from scenes.pretrained import LAYER, Gauge, PretrainedScene
from scenes.stage import INK, MOTION, SIZE, Code, Mono, pulse

MAPPED = 0.3  # opacity of a weight that lies in a mapped file and was not read yet
LISTED = 3  # names that are shown


class PretrainedWeights(PretrainedScene):
    model_rows: Any
    shard_rows: Any

    def construct(self):
        self.map()
        self.order()
        self.tie()
        self.convert()
        self.check()

    def map(self):
        with self.beat("map") as beat:
            self.model_rows = self.model(4.5, 0.42, 0.16).move_to((6.5, 2.75, 0), aligned_edge=RIGHT + UP)
            self.shard_rows, self.cell_of = self.files(self.unit(4.5), 0.42, 0.16)
            self.shard_rows.move_to((-6.5, 2.75, 0), aligned_edge=LEFT + UP)
            total = int(self.trace["memory.held"][-1])
            self.gauge = Gauge(self.label("placed", SIZE.label, INK.quiet), total, 7.6)
            self.gauge.move_to((-6.5, -2.75, 0), aligned_edge=LEFT)
            for cell in self.shard_rows.cells:
                cell.set_fill(opacity=0)
            self.play(FadeIn(self.model_rows, shift=LEFT * 0.2), FadeIn(self.gauge), run_time=MOTION.quick)
            beat.hold("map")
            rows = zip(self.shard_rows.names, self.shard_rows.rows, strict=True)
            arrive = (FadeIn(VGroup(*row), shift=RIGHT * 0.4) for row in rows)
            self.play(LaggedStart(*arrive, lag_ratio=0.3), run_time=1.6)
            beat.hold("header")
            heads = VGroup(
                *(Rectangle(width=0.1, height=0.42).set_fill(INK.optimizer, 1).set_stroke(width=0)
                  .next_to(row, LEFT, buff=0.05) for row in self.shard_rows.rows)
            )  # fmt: skip
            self.play(LaggedStart(*(FadeIn(head, scale=1.5) for head in heads), lag_ratio=0.15), run_time=0.8)
            known = (cell.animate.set_fill(INK.weight, MAPPED) for cell in self.shard_rows.cells)
            self.play(LaggedStart(*known, lag_ratio=0.05), run_time=1.6)
            beat.hold("none")
            self.play(pulse(self.gauge.number, 1.5))
            self.keep(self.gauge, self.model_rows, self.shard_rows, heads)
            self.heads = heads

    def take(self, place: int) -> Any:
        """A weight travels from its shard into the model."""
        cell, target = self.shard_rows.cells[self.cell_of[place]], self.model_rows.cells[place]
        goal = target.copy().set_fill(INK.weight, 1)
        return Transform(cell.copy().set_fill(INK.weight, 1), goal)

    def fly(self, places: list[int], seconds: float, lag: float, size: int, *others: Any) -> None:
        """These weights travel, in this order; then their cells in the model are full and the memory reads `size`."""
        flights = [self.take(place) for place in places]
        lit = [self.shard_rows.cells[self.cell_of[place]].animate.set_fill(opacity=1) for place in places]
        self.play(LaggedStart(*flights, lag_ratio=lag), LaggedStart(*lit, lag_ratio=lag), *self.gauge.read(size),
                  *others, run_time=seconds)  # fmt: skip
        self.remove(*(flight.mobject for flight in flights))
        self.model_rows.hold(*places)

    def order(self):
        with self.beat("order") as beat:
            order, held = self.trace["weights.order"].tolist(), self.trace["memory.held"].tolist()
            after = dict(zip(order, held[len(order) :], strict=True))
            names = self.parameters
            listed = VGroup(*(Mono(names[place].removeprefix("model."), SIZE.least) for place in order[:LISTED]))
            for line, name in enumerate(listed):
                name.level((-6.5, -0.75 - 0.45 * line, 0), aligned_edge=LEFT)
            beat.hold("sort")
            self.play(LaggedStart(*(FadeIn(name, shift=UP * 0.2) for name in listed), lag_ratio=0.3))
            beat.hold("first")
            self.fly(order[:1], MOTION.usual, 0, after[order[0]])
            layer = [place for place in order if names[place].startswith(f"{LAYER}0.")]
            shards = dict(zip(order, self.trace["weights.shard"].tolist(), strict=True))
            for shard, cue in enumerate(("shard1", "shard2")):
                beat.hold(cue)
                cells = [self.shard_rows.cells[self.cell_of[p]] for p in layer if shards[p] == shard]
                lights = [cell.animate.set_stroke(INK.activation, 3) for cell in cells]
                mark = self.shard_rows.names[shard].animate.set_color(INK.activation)
                self.play(*lights, mark, run_time=MOTION.quick)
            self.fly(layer, 1.8, 0.3, after[layer[-1]], FadeOut(listed, run_time=0.4))
            beat.hold("not")
            plain = [cell.animate.set_stroke(INK.weight, 1.5) for cell in self.shard_rows.cells]
            self.play(*plain, *(name.animate.set_color(INK.quiet) for name in self.shard_rows.names), run_time=0.4)
            beat.hold("rest")
            rest = [place for place in order if place not in (order[0], *layer) and shards[place] >= 0]
            self.fly(rest, 1.4, 0.12, after[rest[-1]])

    def tie(self):
        with self.beat("tie") as beat:
            head, embed = self.model_rows.rows[-1][0], self.model_rows.rows[0][0]
            beat.hold("head")
            self.play(head.animate.set_stroke(INK.activation, 3), pulse(self.model_rows.names[-1], 1.3))
            beat.hold("absent")
            self.play(LaggedStart(*(pulse(row, 1.04) for row in self.shard_rows.rows), lag_ratio=0.2), run_time=1.2)
            beat.hold("tied")
            line = Code(['"tie_word_embeddings": true'], SIZE.code).move_to((-3.6, -1.3, 0))
            self.play(FadeIn(line, shift=UP * 0.2))
            beat.hold("same")
            link = ArcBetweenPoints(
                head.get_right() + RIGHT * 0.1, embed.get_right() + RIGHT * 0.1, angle=0.9, color=INK.activation
            ).set_stroke(width=4)
            self.play(Create(link), run_time=MOTION.quick)
            same = embed.copy()
            self.play(Transform(same, head.copy().set_fill(INK.weight, 1)), pulse(self.gauge.number, 1.15))
            self.remove(same)
            head.set_fill(INK.weight, 1)

    def convert(self):
        with self.beat("convert") as beat:
            self.play(*self.leave(), run_time=MOTION.quick)
            before = self.trace["convert.before"]
            parts = self.trace.value("convert.parts")
            rows, columns = before.shape[1:]
            cell = 0.1
            grids = [self.matrix(rows, columns, cell) for _ in parts]
            first, second = VGroup(*grids[::2]), VGroup(*grids[1::2])
            first.arrange(RIGHT, buff=0.45).move_to((-3.7, 0.75, 0))
            second.arrange(RIGHT, buff=0.45).move_to((-3.7, -1.7, 0))
            left = self.label("file", SIZE.label, INK.quiet).move_to((-3.7, 2.6, 0))
            right = self.label("held", SIZE.label, INK.quiet).move_to((4.2, 2.6, 0))
            beat.hold("differ")
            self.play(FadeIn(left), FadeIn(right))
            beat.hold("parts")
            old, new = parts[0].removeprefix(f"{LAYER}0.").split("experts.")[0], "mlp."
            tags, renamed = VGroup(), VGroup()
            for name, group, ink in (("w1", first, INK.weight), ("w3", second, INK.gathered)):
                group.set_fill(ink)
                place = group.get_top() + UP * 0.35 + RIGHT * 2.1
                for prefix, color, words in ((old, INK.quiet, tags), (new, INK.activation, renamed)):
                    tag = Mono(f"{prefix}experts.*.{name}", SIZE.least, INK.weight, colors={prefix: color})
                    words.add(tag.level(place, aligned_edge=RIGHT))
            pairs = zip(first, second, strict=True)
            self.play(LaggedStart(*(FadeIn(VGroup(*pair), shift=DOWN * 0.2) for pair in pairs), lag_ratio=0.3),
                      FadeIn(tags))  # fmt: skip
            beat.hold("one")
            experts, height, width = self.trace["convert.after"].shape
            slots = VGroup(*(self.matrix(height, width, cell).set_fill(opacity=0) for _ in range(experts)))
            for depth, slot in enumerate(slots):
                slot.move_to((4.5 - 0.28 * depth, 0.35 - 0.22 * depth, 0))
            name = self.trace.value("convert.name").removeprefix(f"{LAYER}0.")
            goal = Mono(name, SIZE.least, INK.weight).next_to(slots, DOWN, buff=0.2)
            self.play(LaggedStart(*(Create(slot) for slot in slots), lag_ratio=0.2), FadeIn(goal))
            beat.hold("rename")
            self.play(FadeOut(tags, shift=UP * 0.2), FadeIn(renamed, shift=UP * 0.2))
            beat.hold("stack")
            piles = [
                part.animate.move_to((-3.3 - 0.28 * depth, y - 0.14 * depth, 0))
                for group, y in ((first, 0.8), (second, -1.65))
                for depth, part in enumerate(group)
            ]
            self.play(*piles, run_time=MOTION.usual)
            beat.hold("join")
            shape: Any = Mono(" × ".join(str(size) for size in (experts, height, width)), SIZE.statement)
            shape.next_to(goal, DOWN, buff=0.2)
            moves = [
                part.animate.move_to(slot.get_center() + side * rows * cell / 2)
                for group, side in ((first, UP), (second, DOWN))
                for part, slot in zip(group, slots, strict=True)
            ]
            self.play(FadeOut(renamed), run_time=0.2)
            self.play(*moves, FadeIn(shape), run_time=0.7)

    def matrix(self, rows: int, columns: int, cell: float) -> Rectangle:
        """A matrix as a sheet, to scale."""
        sheet = Rectangle(width=columns * cell, height=rows * cell)
        return sheet.set_fill(INK.weight, 0.85).set_stroke(INK.ground if rows < columns else INK.query, 1.5)

    def check(self):
        with self.beat("check") as beat:
            self.play(*self.leave(), run_time=MOTION.quick)
            kinds = ("missing", "unexpected", "mismatched")
            heads = VGroup(
                self.label("held", SIZE.label, INK.quiet).move_to((-4.9, 2.3, 0)),
                self.label("file", SIZE.label, INK.quiet).move_to((-1.5, 2.3, 0)),
            )
            self.play(FadeIn(heads), run_time=MOTION.quick)
            rows: Any = []
            for kind, y in zip(kinds, (1.1, -0.4, -1.9), strict=True):
                beat.hold(kind)
                there = self.tensor(1.7).move_to((-4.9, y, 0))
                file = self.tensor(1.1 if kind == "mismatched" else 1.7).move_to((-1.5, y, 0))
                lost = {"missing": file, "unexpected": there, "mismatched": file}[kind]
                lost.set_stroke(INK.error, 2.5).set_fill(INK.error, 0.0 if kind != "mismatched" else 0.7)
                name = self.label(kind, SIZE.statement, INK.error).level((1.2, y, 0), aligned_edge=LEFT)
                self.play(FadeIn(there, shift=RIGHT * 0.2), FadeIn(file, shift=LEFT * 0.2), FadeIn(name))
                rows.append((there, file, name))
            beat.hold("zero")
            numbers = VGroup()
            for kind, (*_, name) in zip(kinds, rows, strict=True):
                count = self.trace.value(f"loading.{kind}_keys.count")
                numbers.add(Mono(str(count), SIZE.title, INK.activation).level((5.2, name.get_y(), 0)))
            calm = [name.animate.set_color(INK.words) for *_, name in rows]
            calm += [part.animate.fade(1 - MOTION.dim) for row in rows for part in row[:2]]
            self.play(*calm, LaggedStart(*(FadeIn(number, scale=2) for number in numbers), lag_ratio=0.3))

    def tensor(self, width: float) -> Rectangle:
        return Rectangle(width=width, height=0.7).set_fill(INK.weight, 1).set_stroke(INK.weight, 2)
