"""from_pretrained, last: where the weights lie, what a device map does with too little memory, and how it runs."""

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    DashedVMobject,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Rectangle,
    VGroup,
)

from scenes.pretrained import Gauge, PretrainedScene
from scenes.stage import INK, MOTION, SIZE, Code, MemoryBar, MemoryChart, Mono, Unroll, megabytes, pulse

TALL = 0.8  # of a module's block


class PretrainedDevices(PretrainedScene):
    blocks: Any

    def construct(self):
        self.mapped()
        self.auto()
        self.run()
        self.close()

    def mapped(self):
        with self.beat("mapped") as beat:
            asked = ("default", "float32")
            sizes = {name: self.trace.value(f"dtype.{name}.bytes") for name in asked}
            inside = {name: self.trace.value(f"dtype.{name}.mapped") for name in asked}
            unit = 7.6 / sizes["float32"]
            inks = (INK.weight, INK.activation)
            key = VGroup()
            for ink, label in zip(inks, ("mappedfile", "fresh"), strict=True):
                chip = Rectangle(width=0.34, height=0.34).set_fill(ink, 1).set_stroke(width=0)
                key.add(VGroup(chip, self.label(label, SIZE.label, INK.quiet).next_to(chip, RIGHT, buff=0.2)))
            key.arrange(RIGHT, buff=1.0).move_to((0, -2.3, 0))
            names, numbers = VGroup(), VGroup()
            bars: Any = VGroup()
            for name, y in zip(asked, (1.2, -0.5), strict=True):
                dtype = self.trace.value(f"dtype.{name}")
                names.add(Mono(dtype, SIZE.statement).level((-6.3, y, 0), aligned_edge=LEFT))
                fresh = self.derived(sizes[name] - inside[name], "bytes of parameters outside of the mapped shards")
                bar = MemoryBar([inside[name], fresh], inks, unit, TALL)
                bars.add(bar.shift(np.array([-3.9, y, 0]) - bar.get_left()))
                numbers.add(Mono(megabytes(sizes[name]), SIZE.label).next_to(bar, RIGHT, buff=0.25))
            model: Any = self.model(5.0, 0.42, 0.14).hold().rows.move_to((0, 0.2, 0))
            self.play(LaggedStart(*(FadeIn(row, shift=RIGHT * 0.2) for row in model), lag_ratio=0.15))
            beat.hold("same")
            empty = bars[0].copy().set_fill(opacity=0).set_stroke(INK.weight, 2)
            into = [row.animate.move_to(bars[0]).scale(0.4).set_opacity(0) for row in model]
            self.play(*into, FadeIn(empty), FadeIn(names[0], shift=RIGHT * 0.2))
            self.remove(model)
            grown = [[GrowFromEdge(part, LEFT) for part in bar.parts if part.width > 0] for bar in bars]
            beat.hold("mapped")
            self.play(*grown[0], FadeIn(key[0], shift=UP * 0.2), FadeIn(numbers[0]))
            beat.hold("none")
            copied = self.derived(sizes["default"] - inside["default"], "bytes outside of the mapped shards")
            zero = Mono(f"{copied} B", SIZE.label, INK.activation).next_to(key[1], DOWN, buff=0.2)
            self.play(FadeIn(key[1], shift=UP * 0.2), FadeIn(zero, scale=2))
            beat.hold("asked")
            self.play(FadeIn(names[1], shift=RIGHT * 0.2), FadeOut(zero), FadeOut(empty), run_time=MOTION.quick)
            beat.hold("converted")
            self.play(*grown[1], FadeIn(numbers[1]), pulse(key[1]))

    def strip(self, unit: float) -> Any:
        """The modules with parameters of their own side by side, each as wide as its bytes; and their names."""
        found = zip(self.trace.value("devices.modules"), self.trace["devices.bytes"].tolist(), strict=True)
        blocks = VGroup()
        for name, size in found:
            if size:
                box = Rectangle(width=max(size * unit - 0.05, 0.08), height=TALL)
                block = VGroup(box.set_fill(INK.weight, 1).set_stroke(INK.weight, 1.5))
                if size * unit > 1:
                    block.add(Mono(name.removeprefix("model.").removesuffix("_tokens"), SIZE.least, INK.ground))
                    block[1].move_to(box)
                blocks.add(block)
        return blocks.arrange(RIGHT, buff=0.05)

    def auto(self):
        with self.beat("auto") as beat:
            unit = 6.0e-6  # units per byte
            room = self.trace.value("devices.room")
            limit = int(room.removesuffix("KB")) * 1000
            self.play(*self.leave(), run_time=MOTION.quick)
            blocks = self.blocks = self.strip(unit).move_to((0, -0.65, 0))
            self.play(LaggedStart(*(FadeIn(block, shift=DOWN * 0.2) for block in blocks), lag_ratio=0.15))
            beat.hold("auto")
            lines = ['device_map="auto",', f'max_memory={{"cpu": "{room}"}}']
            code = Code([" ".join(lines)], SIZE.code).move_to((0, 2.5, 0))
            self.play(FadeIn(code, shift=DOWN * 0.2))
            beat.hold("room")
            frame = Rectangle(width=limit * unit, height=TALL + 0.3).set_stroke(INK.optimizer, 3)
            frame.move_to((-4.9, 1.05, 0), aligned_edge=LEFT)
            cpu = Mono("cpu", SIZE.label, INK.optimizer).next_to(frame, LEFT, buff=0.3)
            top = Mono(room, SIZE.label, INK.optimizer).next_to(frame, RIGHT, buff=0.3)
            self.play(Create(frame), FadeIn(cpu), FadeIn(top))
            beat.hold("fill")
            devices = [
                device
                for device, size in zip(self.trace.value("devices.device"), self.trace["devices.bytes"], strict=True)
                if size
            ]
            here = [block for block, device in zip(blocks, devices, strict=True) if device == "cpu"]
            there = [block for block, device in zip(blocks, devices, strict=True) if device == "disk"]
            x = frame.get_left()[0] + 0.05
            moves = []
            for block in here:
                moves.append(block.animate.move_to((x, frame.get_y(), 0), aligned_edge=LEFT))
                x += block.width + 0.05
            self.play(LaggedStart(*moves, lag_ratio=0.5), run_time=MOTION.slow)
            beat.hold("reserve")
            gap = Rectangle(width=self.trace.value("devices.layer") * unit, height=TALL).set_stroke(INK.activation, 2.5)
            gap.move_to((x, frame.get_y(), 0), aligned_edge=LEFT)
            dashed = DashedVMobject(gap, num_dashes=40)
            word = self.label("reserve", SIZE.label, INK.activation).move_to(gap)
            self.play(Create(dashed), FadeIn(word), there[0].animate.shift(UP * 0.35))
            beat.hold("disk")
            disk = Mono("disk", SIZE.label, INK.optimizer).level((cpu.get_right()[0], -2.2, 0), aligned_edge=RIGHT)
            x, moves = frame.get_left()[0] + 0.05, []
            for block in there:
                moves.append(block.animate.move_to((x, -2.2, 0), aligned_edge=LEFT))
                x += block.width + 0.05
            self.play(FadeIn(disk), LaggedStart(*moves, lag_ratio=0.2), run_time=MOTION.slow)
            self.there, self.limit, self.room = there, limit, room

    def run(self):
        with self.beat("run") as beat:
            held, stays = self.trace["devices.held"], self.trace.value("devices.stays")
            hollow = [block[0].animate.set_fill(opacity=0.08) for block in self.there]
            names = [block[1].animate.set_color(INK.weight) for block in self.there if len(block) > 1]
            beat.hold("empty")
            self.play(*hollow, *names)
            memory = np.stack([np.full_like(held, stays), held - stays], axis=1)
            memory = np.concatenate([memory, memory[-1:]])
            chart = MemoryChart(memory, (INK.weight, INK.activation), 10.2, 4.1, self.limit * 1.12)
            chart.move_to((0.8, 0.4, 0))
            base = Mono(f"{stays / 1000:.0f}KB", SIZE.least, INK.quiet).next_to(chart.point(0, stays), LEFT, buff=0.15)
            name = self.label("time", SIZE.label, INK.quiet).next_to(chart, DOWN, buff=0.2).align_to(chart, RIGHT)
            self.play(*self.leave(), FadeIn(chart), FadeIn(base), FadeIn(name), run_time=MOTION.quick)
            present = self.trace.value("devices.present")
            beat.hold("one")
            first = next(moment for moment, name in enumerate(present) if name.endswith("gate_proj.weight"))
            self.play(Unroll(chart, first + 1), run_time=1.0)
            now = Mono(present[first].removeprefix("model."), SIZE.least, INK.activation)
            now.next_to(chart.point(first, held[first]), UP, buff=0.2)
            self.play(FadeIn(now, shift=DOWN * 0.2), run_time=0.4)
            beat.hold("drop")
            self.play(Unroll(chart, first + 2), FadeOut(now), run_time=MOTION.quick)
            self.play(Unroll(chart, len(held)), run_time=max(beat.moment("below") - beat.now, 0.8))
            line = DashedLine(chart.point(0, self.limit), chart.point(len(held), self.limit), color=INK.optimizer)
            top = Mono(self.room, SIZE.least, INK.optimizer).next_to(line, LEFT, buff=0.15)
            self.play(Create(line), FadeIn(top), run_time=MOTION.quick)
            beat.hold("same")
            gap = VGroup(
                self.label("gap", SIZE.label, INK.quiet),
                Mono(f"{self.trace.value('devices.difference'):g}", SIZE.statement, INK.activation),
            ).arrange(RIGHT, buff=0.3)
            gap.next_to(chart, DOWN, buff=0.2).align_to(chart, LEFT)
            self.play(FadeIn(gap, shift=UP * 0.2), run_time=MOTION.quick)

    def close(self):
        with self.beat("close") as beat:
            model = self.model(8.4, 0.42, 0.14).move_to((0, 0.15, 0))
            total = self.trace.value("dtype.default.bytes")
            gauge = Gauge(self.label("placed", SIZE.label, INK.quiet), total, 7.4)
            gauge.move_to((-6.2, -2.7, 0), aligned_edge=LEFT)
            line = Code([f'from_pretrained("{self.trace.value("repository")}")'], SIZE.code).move_to((0, 2.65, 0))
            read = Mono("generation_config.json", SIZE.statement, INK.optimizer).move_to((0, 0.5, 0))
            self.play(*self.leave(), FadeIn(read, shift=UP * 0.2), run_time=MOTION.quick)
            beat.hold("eval")
            done = Mono("model.eval()", SIZE.statement, INK.activation).move_to((0, -0.5, 0))
            self.play(FadeIn(done, shift=UP * 0.2))
            beat.hold("from")
            self.play(FadeOut(read), FadeOut(done), FadeIn(line, shift=DOWN * 0.2))
            beat.hold("shell")
            shells = LaggedStart(*(FadeIn(row, shift=DOWN * 0.2) for row in model.rows), lag_ratio=0.15)
            self.play(FadeIn(gauge), FadeIn(model.names), shells)
            beat.hold("fill")
            full = (cell.animate.set_fill(INK.weight, 1) for cell in model.cells)
            self.play(LaggedStart(*full, lag_ratio=0.05), *gauge.read(total), run_time=1.2)
            self.play(pulse(gauge.number, 1.1), run_time=0.5)
