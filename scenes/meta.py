"""from_pretrained, third: what calling the class would cost, and the same model on the meta device."""

from typing import Any

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
    LaggedStart,
    Line,
    Rectangle,
    RoundedRectangle,
    TransformFromCopy,
    VGroup,
)

from scenes.pretrained import BFLOAT16, Gauge, PretrainedScene
from scenes.stage import INK, MOTION, SIZE, Mono, TensorGrid, TensorRows, literal, pulse, scale_note, shape_note


def cross(thing: Any) -> VGroup:
    """Both diagonals of a thing: it is thrown away."""
    ends = ((UP + LEFT, DOWN + RIGHT), (UP + RIGHT, DOWN + LEFT))
    return VGroup(*(Line(thing.get_corner(one), thing.get_corner(other)) for one, other in ends)).set_stroke(
        INK.error, 5
    )


class PretrainedMeta(PretrainedScene):
    def construct(self):
        self.plain()
        self.meta()
        self.shape()

    def stage(self, call: str) -> tuple[Mono, TensorRows, Gauge]:
        """What is called, the hollow model, and the memory that torch has given."""
        most = self.trace.value("construct.cpu.allocated")
        model = self.model(8.4, 0.42, 0.14).move_to((0, 0.15, 0))
        gauge = Gauge(self.label("memory", SIZE.label, INK.quiet), most, 7.4)
        gauge.move_to((-6.2, -2.7, 0), aligned_edge=LEFT)
        return Mono(call, SIZE.label, INK.quiet).move_to((0, 2.65, 0)), model, gauge

    def plain(self):
        with self.beat("plain") as beat:
            call, model, gauge = self.stage(f"{self.trace.value('class')}(config)")
            model.to_edge(LEFT)
            self.play(FadeIn(gauge, shift=RIGHT * 0.2), run_time=MOTION.quick)
            beat.hold("call")
            self.play(FadeIn(call, shift=DOWN * 0.2), FadeIn(model.names, shift=RIGHT * 0.2))
            beat.hold("allocate")
            frames = LaggedStart(*(Create(cell) for cell in model.cells), lag_ratio=0.06, run_time=2.4)
            self.play(frames, *gauge.read(self.trace.value("construct.cpu.allocated")))
            kind = Mono(self.trace.value("construct.cpu.dtype"), SIZE.label, INK.quiet)
            self.play(FadeIn(kind.next_to(call, RIGHT, buff=0.6)), run_time=MOTION.quick)
            note, scale, initial, checkpoint = self.corners()
            spread, mean = self.trace["construct.cpu.std"], self.trace["construct.cpu.mean"]
            norms = np.flatnonzero(spread == 0)
            beat.hold("random")
            source = model.cells[self.parameters.index(self.trace.value("corner.parameter"))]
            self.play(
                self.filled(model, np.flatnonzero(spread)),
                TransformFromCopy(VGroup(source), initial),
                FadeIn(note, scale),
                run_time=MOTION.slow,
            )
            beat.hold("ones")
            last = norms[-1]
            equal = Mono(f"= {mean[last]:.0f}", SIZE.least).next_to(model.cells[last], RIGHT, buff=0.2)
            self.play(self.filled(model, norms), FadeIn(equal), run_time=MOTION.quick)
            beat.hold("arrive")
            self.play(FadeIn(checkpoint, shift=UP * 0.3), run_time=MOTION.quick)
            beat.hold("waste")
            strokes = (Create(line) for thing in (model.rows, initial[0]) for line in cross(thing))
            void = (cell.animate.set_fill(INK.buffer, 0.15) for cell in model.cells)
            self.play(*strokes, *void, run_time=MOTION.quick)

    def filled(self, model: TensorRows, places: np.ndarray) -> LaggedStart:
        """These parameters get their initial values."""
        return LaggedStart(*(model.cells[k].animate.set_fill(INK.buffer, 1) for k in places), lag_ratio=0.04)

    def corners(self) -> tuple[VGroup, ...]:
        """The first numbers of one matrix, as the class put them there and as the checkpoint holds them, on one scale.

        What they are, how to read them, and the two grids, each with its name.
        """
        kinds, colors = ("initial", "checkpoint"), (INK.buffer, INK.weight)
        values = [self.trace[f"corner.{kind}"] for kind in kinds]
        name = self.trace.value("corner.parameter")
        full = tuple(self.trace["parameters.shape"][self.parameters.index(name)].tolist())
        limit = float(np.abs(values).max())
        above, below = (TensorGrid(each, color, 0.2, limit, full) for each, color in zip(values, colors, strict=True))
        above.move_to((3.7, 0.75, 0), aligned_edge=LEFT)
        below.move_to((3.7, -1.05, 0), aligned_edge=LEFT)
        named = (
            VGroup(grid, self.label(kind, SIZE.least, INK.quiet).next_to(grid, RIGHT, buff=0.25))
            for grid, kind in zip((above, below), kinds, strict=True)
        )
        rows, columns = above.shape
        showing = self.labels.text("showing", rows=rows, columns=columns)
        note = shape_note(above, name.split(".")[-2], INK.words, showing, UP).align_to(above, LEFT)
        return note, scale_note(limit).next_to(below, DOWN, buff=0.2).align_to(below, LEFT), *named

    def meta(self):
        with self.beat("meta") as beat:
            call, model, gauge = self.stage('torch.device("meta")')
            self.play(*self.leave(), run_time=MOTION.quick)
            self.play(FadeIn(gauge), run_time=MOTION.quick)
            beat.hold("meta")
            call.set_color(INK.weight)
            self.play(FadeIn(call, shift=DOWN * 0.2), FadeIn(model.names), run_time=MOTION.quick)
            beat.hold("appear")
            frames = LaggedStart(*(FadeIn(cell, shift=DOWN * 0.3) for cell in model.cells), lag_ratio=0.08)
            self.play(frames, run_time=max(beat.moment("empty") - beat.now - 0.2, 1.0))
            self.remove(*model.cells, model.names)
            self.add(model)  # one thing again
            self.keep(model)
            beat.hold("empty")
            wave = (cell.animate.set_fill(INK.weight, 0.0) for cell in model.cells)
            self.play(LaggedStart(*wave, lag_ratio=0.03), run_time=MOTION.slow)
            beat.hold("zero")
            gauge.number.text = f"{self.trace.value('construct.meta.allocated')} B"
            self.play(pulse(gauge.number, 1.5), gauge.number.animate.set_color(INK.activation))
            self.shell = model

    def shape(self):
        with self.beat("shape") as beat:
            name = self.trace.value("corner.parameter")
            place = self.parameters.index(name)
            rows, columns = (int(size) for size in self.trace["parameters.shape"][place])
            cell = self.shell.cells[place]
            square = Rectangle(width=3.2, height=3.2).set_stroke(INK.weight, 2.5).set_fill(INK.weight, 0.08)
            square.move_to((-4.2, 0.2, 0))
            self.add(self.shell)  # whole, not in the pieces that moved
            self.play(*self.leave(self.shell), run_time=MOTION.quick)
            beat.hold("one")
            others = [other for other in (*self.shell.cells, *self.shell.names) if other is not cell]
            self.play(TransformFromCopy(cell, square), FadeOut(VGroup(*others, cell)))
            title = Mono(name, SIZE.least, INK.weight).next_to(square, UP, buff=0.25).align_to(square, LEFT)
            facts = [
                ("shape", f"{rows} × {columns}", INK.words),
                ("dtype", self.trace.value("parameters.dtype"), INK.words),
                ("data", self.labels.text("nothing"), INK.quiet),
            ]
            table = VGroup()
            for line, (label, value, color) in enumerate(facts):
                y = 1.3 - 0.75 * line
                key = self.label(label, SIZE.label, INK.quiet).level((-0.6, y, 0), aligned_edge=LEFT)
                table.add(VGroup(key, Mono(value, SIZE.label, color).level((1.6, y, 0), aligned_edge=LEFT)))
            self.play(FadeIn(title), LaggedStart(*(FadeIn(row, shift=LEFT * 0.2) for row in table), lag_ratio=0.3))
            beat.hold("size")
            size = self.sizes[place]
            each = literal(str(BFLOAT16), why="bytes of a bfloat16")
            total = Mono(f"{rows} × {columns} × {each} = {size:,} B", SIZE.statement, INK.activation)
            total.level((-0.6, -1.25, 0), aligned_edge=LEFT)
            self.play(FadeIn(total, shift=UP * 0.2))
            beat.hold("all")
            model = self.model(4.6, 0.42, 0.14).move_to((-3.1, 0.0, 0))
            sizes = self.trace["devices.bytes"][self.trace["devices.bytes"] > 0].tolist()
            shown = [row for row in range(len(model.rows) - 1)]  # the head's bytes are the embedding's
            numbers = VGroup(
                *(Mono(f"{sizes[row]:,} B", SIZE.least).next_to(model.rows[row], RIGHT, buff=0.2) for row in shown)
            )
            self.play(*self.leave(), run_time=0.4)
            self.play(FadeIn(model), LaggedStart(*(FadeIn(each, shift=LEFT * 0.2) for each in numbers), lag_ratio=0.2))
            beat.hold("where")
            homes: Any = VGroup()
            ways: list[Arrow] = []
            devices = self.trace.value("devices.device")
            for device, y in (("cpu", 1.3), ("disk", -1.3)):
                box = RoundedRectangle(corner_radius=0.12, width=2.6, height=1.3).set_stroke(INK.optimizer, 2.5)
                homes.add(VGroup(box, Mono(device, SIZE.statement, INK.optimizer)).move_to((4.9, y, 0)))
            groups = {each: [row for row in shown if self.home(row, devices) == each] for each in ("cpu", "disk")}
            for home, rows_there in zip(homes, groups.values(), strict=True):
                for row in rows_there:
                    start = numbers[row].get_right() + RIGHT * 0.15
                    ways.append(
                        Arrow(start, home.get_left(), buff=0.12, color=INK.line, stroke_width=3, tip_length=0.15)
                    )
            arrows = LaggedStart(*(GrowArrow(each) for each in ways), lag_ratio=0.1)
            self.play(FadeIn(homes, shift=LEFT * 0.3), arrows, run_time=MOTION.slow)

    def home(self, row: int, devices: list[str]) -> str:
        """Where the device map of the trace put the module of this row."""
        name = "model.embed_tokens" if row == 0 else f"model.layers.{row - 1}"
        modules = self.trace.value("devices.modules")
        return devices[modules.index(name if name in modules else "model.norm")]
