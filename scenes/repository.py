"""from_pretrained, first: an id becomes one commit of a repository, and the commit its files."""

from typing import Any

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Create,
    DashedLine,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromEdge,
    LaggedStart,
    Rectangle,
    ReplacementTransform,
    RoundedRectangle,
    VGroup,
)

from scenes.pretrained import PretrainedScene
from scenes.stage import INK, MOTION, SIZE, Code, Mono, TensorRows, Words, index, pulse

COMMIT = 8  # letters of a commit that are shown
OPENED = ("config.json", "model.safetensors.index.json", "shards", "generation_config.json")  # in the order of the load


class PretrainedFiles(PretrainedScene):
    def construct(self):
        self.question()
        self.revision()
        self.files_of_the_commit()
        self.order()

    def question(self):
        with self.beat("question") as beat:
            name = self.trace.value("repository")
            code = Code(["model = AutoModelForCausalLM.from_pretrained(", f'    "{name}"', ")"])
            code.move_to((0, 2.1, 0))
            self.play(FadeIn(code, shift=UP * 0.2))
            beat.hold("id")
            self.name = Mono(name, SIZE.statement, INK.activation).move_to((-4.0, -1.0, 0))
            self.play(code.animate.light(1), FadeIn(self.name, shift=DOWN * 1.2))
            beat.hold("model")
            model = self.model(5.0, 0.36, 0.14).hold().rows.move_to((3.7, -1.0, 0))
            self.play(LaggedStart(*(FadeIn(row, shift=RIGHT * 0.2) for row in model), lag_ratio=0.15))
            beat.hold("between")
            way = Arrow(self.name.get_right(), model.get_left(), buff=0.3, color=INK.quiet, stroke_width=4)
            asked = Mono("?", 72, INK.activation).next_to(way, UP, buff=0.2)
            self.play(GrowArrow(way), FadeIn(asked, scale=2))

    def revision(self):
        with self.beat("revision") as beat:
            home = RoundedRectangle(corner_radius=0.15, width=9.6, height=3.9).set_stroke(INK.line, 2)
            home.set_fill(INK.tile, 0.35).move_to((0, 0.2, 0))
            title = self.name.copy().level(home.get_corner(UP + LEFT) + RIGHT * 0.4 + DOWN * 0.5, aligned_edge=LEFT)
            self.play(*self.leave(self.name), run_time=MOTION.quick)
            beat.hold("repository")
            what = self.label("repository", SIZE.label, INK.quiet).next_to(home, UP, buff=0.2)
            self.play(Create(home), FadeIn(what), ReplacementTransform(self.name, title))
            beat.hold("main")
            history = VGroup(*(Dot(radius=0.12, color=INK.quiet) for _ in range(5))).arrange(RIGHT, buff=1.2)
            history.move_to(home.get_center() + DOWN * 0.35)
            line = Rectangle(width=history.width, height=0.04).set_fill(INK.line, 1).set_stroke(width=0)
            line.move_to(history)
            branch = self.flag("branch", "main", INK.quiet).next_to(history[-1], UP, buff=0.35)
            self.play(FadeIn(line), LaggedStart(*(FadeIn(dot, scale=2) for dot in history), lag_ratio=0.2))
            self.play(FadeIn(branch, shift=DOWN * 0.2), run_time=MOTION.quick)
            beat.hold("commit")
            short = self.trace.value("commit")[:COMMIT] + "…"
            self.commit = self.flag("commit", short, INK.activation).next_to(history[-1], DOWN, buff=0.35)
            self.commit.align_to(home.get_right() + LEFT * 0.4, RIGHT)
            self.play(branch.animate.recede(), FadeIn(self.commit, shift=UP * 0.2),
                      history[-1].animate.set_color(INK.activation).scale(1.5))  # fmt: skip
            beat.hold("same")
            self.play(pulse(self.commit, 1.12), FadeOut(branch))

    def flag(self, label: str, name: str, color: str) -> Words:
        """A name that stands for a state of the repository."""
        return Words(f"{self.labels.text(label)}  {name}", SIZE.label, color)

    def files_of_the_commit(self):
        with self.beat("files") as beat:
            sizes = dict(zip(self.trace.value("files"), self.trace["files.bytes"].tolist(), strict=True))
            shards = [sizes[name] for name in self.trace.value("shards")]
            names = ["config.json", "generation_config.json", "model-*.safetensors", "model.safetensors.index.json"]
            cues = ["config", "generation", "shards", "index"]
            notes = ["structure", "generating", "numbers", "which"]
            inside: list[Any] = [[sizes[names[0]]], [sizes[names[1]]], shards, [sizes[names[3]]]]
            total = sum(shards)
            rows = TensorRows(list(zip(names, inside, strict=True)), 5.4 / total, 0.56, 0.78, size=SIZE.label)
            for place, ink in enumerate((INK.optimizer, INK.optimizer, INK.weight, INK.optimizer)):
                rows.rows[place].set_stroke(ink).set_fill(ink, 1)
            rows.move_to((-6.2, -0.35, 0), aligned_edge=LEFT)
            self.listed = rows
            commit = self.commit.copy().move_to((0, 2.45, 0))
            self.play(*self.leave(self.commit), run_time=MOTION.quick)
            self.play(ReplacementTransform(self.commit, commit), run_time=MOTION.quick)
            self.keep(commit, rows)
            self.sizes_shown = VGroup()
            for place, (cue, note) in enumerate(zip(cues, notes, strict=True)):
                beat.hold(cue)
                cells = rows.rows[place]
                size = self.derived(sum(inside[place]), "size of the files of this row")
                number = Mono(f"{size:,} B", SIZE.label).next_to(cells, RIGHT, buff=0.25)
                what = self.label(note, SIZE.least, INK.quiet).next_to(rows.names[place], DOWN, buff=0.12)
                what.align_to(rows.names[place], RIGHT)
                self.sizes_shown.add(number, what)
                grown = LaggedStart(*(GrowFromEdge(cell, LEFT) for cell in cells), lag_ratio=0.3)
                self.play(FadeIn(rows.names[place]), grown, FadeIn(number), FadeIn(what))

    def order(self):
        with self.beat("order") as beat:
            rows = self.listed
            places = {"config.json": 0, "model.safetensors.index.json": 3, "shards": 2, "generation_config.json": 1}
            steps = [places[name] for name in OPENED]
            dot = Dot(radius=0.13, color=INK.activation)
            column = rows.rows.get_right()[0] + 0.7
            self.play(*(name.animate.recede() for name in rows.names), FadeOut(self.sizes_shown), run_time=MOTION.quick)
            for number, (place, cue) in enumerate(zip(steps, ("first", "second", "map", "last"), strict=True), 1):
                beat.hold(cue)
                cells = rows.rows[place]
                spot = (column, cells.get_y(), 0)
                told = self.labels.text("mapped" if cue == "map" else "read")
                mark = Words(f"{index(number, of=len(steps))}  {told}", SIZE.statement, INK.activation)
                mark.level((column + 0.45, cells.get_y(), 0), aligned_edge=LEFT)
                leader = DashedLine(cells.get_right() + RIGHT * 0.15, (column - 0.3, cells.get_y(), 0), color=INK.line)
                coming = FadeIn(dot.move_to(spot)) if number == 1 else dot.animate.move_to(spot)
                hollow = [cells.animate.set_fill(opacity=rows.HOLLOW)] if cue == "map" else []
                shown = (Create(leader), rows.names[place].animate.recede(1), FadeIn(mark, shift=LEFT * 0.2))
                self.play(coming, *shown, *hollow)
