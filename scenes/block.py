"""One block of 64 weights to four bits and back: absmax, scale, nearest code, pack, unpack, multiply.

Every number comes from the trace `numbers/dequantize`: bitsandbytes on all-MiniLM-L6-v2.
"""

from collections.abc import Sequence

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Rectangle,
    ReplacementTransform,
    TransformFromCopy,
    VGroup,
)

from scenes.quantize import QuantizeScene
from scenes.stage import INK, MOTION, SIZE, Bits, CodeLine, Mono, Stems, TensorGrid, Words, pulse

WIDTH = 11.6
HEIGHT = 4.4


class BlockSteps(QuantizeScene):
    def construct(self):
        self.block()
        self.absmax()
        self.nearest()
        self.pack()
        self.unpack()
        self.error()

    def block(self):
        with self.beat("block") as beat:
            weights = self.trace["block.weights"]
            self.top = float(self.trace.value("block.absmax"))
            start, columns = self.trace.value("block.column"), self.trace.value("matrix.columns")
            size = len(weights)
            strip = VGroup(*(Rectangle(width=WIDTH * size / columns, height=0.5) for _ in range(columns // size)))
            strip.arrange(RIGHT, buff=min(0.06, 0.36 * size / columns * 6)).set_fill(INK.weight, 0.75).set_stroke(
                width=0
            ).move_to((0, 1.2, 0))
            where = self.label("row", SIZE.label, INK.quiet, fields={"row": self.trace.value("block.row")})
            where.next_to(strip, UP, buff=0.3)
            origin = self.origin()
            self.play(LaggedStart(*(FadeIn(part) for part in strip), lag_ratio=0.2), FadeIn(where), FadeIn(origin))
            beat.hold("block")
            index = start // size
            chosen = strip[index]
            others = VGroup(*(part for part in strip if part is not chosen))
            self.play(others.animate.set_opacity(MOTION.dim), pulse(chosen, 1.15))
            self.stems = Stems(weights, WIDTH, HEIGHT, INK.weight, self.top / 0.55).move_to((0, -0.2, 0))
            last = self.derived(start + size - 1, "last column of the block")
            span = self.label("columns", SIZE.label, INK.quiet, fields={"first": start, "last": last})
            span.move_to((0, -2.85, 0))
            opened = chosen.animate.stretch_to_fit_width(WIDTH).stretch_to_fit_height(HEIGHT * 0.55).move_to(self.stems)
            self.play(FadeOut(others), FadeOut(where), opened.set_opacity(0), FadeIn(self.stems.zero), FadeIn(span))
            self.play(LaggedStart(*(FadeIn(bar) for bar in self.stems.bars), lag_ratio=0.02), run_time=1.2)
            self.add(self.stems)
            self.play(pulse(self.stems.bars, 1.04))
            self.around = VGroup(span, origin)

    def absmax(self):
        with self.beat("absmax") as beat:
            weights = self.trace["block.weights"]
            largest = int(np.abs(weights).argmax())
            beat.hold("largest")
            bar = self.stems.bars[largest]
            name = Mono(f"absmax = {self.top:.4f}", SIZE.statement, INK.scale)
            name.next_to(self.stems.tip(largest), DOWN, buff=0.2)
            dim = [each.animate.set_opacity(MOTION.dim) for each in self.stems.bars if each is not bar]
            self.play(*dim, bar.animate.set_color(INK.scale), FadeIn(name), FadeOut(self.around))
            beat.hold("divide")
            ends = VGroup(*(self._level(value) for value in (1, -1)))
            marks = VGroup(*(Mono(f"{v:+d}".replace("-", "−"), SIZE.label, INK.quiet) for v in (1, -1)))
            for mark, end in zip(marks, ends, strict=True):
                mark.next_to(end, LEFT, buff=0.15)
            divide = Mono(f"÷ {self.top:.4f}", SIZE.statement, INK.scale).move_to(name)
            lit = [each.animate.set_opacity(1) for each in self.stems.bars if each is not bar]
            self.play(ReplacementTransform(name, divide), FadeIn(ends), FadeIn(marks), *lit)
            scaled = self.trace["block.scaled"]
            self.play(
                self.stems.animate.set_values(scaled * self.stems.limit), FadeOut(divide, shift=UP * 0.4), run_time=1.4
            )
            beat.hold("one")
            self.play(pulse(self.stems.bars[largest], 1.06), pulse(marks[1], 1.4), run_time=MOTION.quick)
            self.ends, self.marks = ends, marks

    def _level(self, value: float) -> Line:
        """A line across the block at a value of the scaled axis."""
        ends = (self.stems.point(place, value * self.stems.limit) for place in (-0.5, len(self.stems.bars) - 0.5))
        return DashedLine(*ends, color=INK.line, stroke_width=2)

    def nearest(self):
        with self.beat("nearest") as beat:
            code = self.trace["nf4.code"]
            levels = VGroup(*(self._level(float(value)) for value in code)).set_color(INK.code).set_opacity(0.5)
            self.play(FadeOut(self.ends), LaggedStart(*(Create(level) for level in levels), lag_ratio=0.05))
            beat.hold("snap")
            snapped = self.trace["block.nf4.code"] * self.stems.limit
            self.play(self.stems.animate.set_values(snapped, INK.code), run_time=1.4)
            beat.hold("index")
            index = self.trace["block.nf4.index"]
            strip = TensorGrid(index[None, :], INK.code, WIDTH / len(index), len(code) - 1).move_to((0, -2.8, 0))
            strip.stretch_to_fit_height(0.4)
            self.play(
                *(TransformFromCopy(bar, cell) for bar, cell in zip(self.stems.bars, strip.cells, strict=True)),
                levels.animate.set_opacity(0.15), FadeOut(self.marks), run_time=1.4,
            )  # fmt: skip
            self.remove(*strip.cells)
            self.add(strip)
            self.strip = strip

    def pack(self):
        with self.beat("pack") as beat:
            index, packed = self.trace["block.nf4.index"], self.trace["block.nf4.packed"]
            strip = self.strip
            size = Mono(f"{len(index)} × 4 bit", SIZE.label, INK.code).move_to((0, 2.5, 0))
            moved = strip.animate.move_to((0, 1.9, 0))
            self.play(*self.leave(strip), moved, FadeIn(size), run_time=MOTION.quick)
            pair = [Bits(int(number), 4, INK.code, 0.62) for number in index[:2]]
            VGroup(*pair).arrange(RIGHT, buff=2.2).move_to((0, 0.2, 0))
            names = VGroup(*(Mono(str(int(n)), SIZE.statement, INK.code) for n in index[:2]))
            for name, bits in zip(names, pair, strict=True):
                name.next_to(bits, UP, buff=0.35)
            self.play(
                *(
                    TransformFromCopy(cell, bits)
                    for cell, bits in zip((VGroup(strip.cells[i]) for i in range(2)), pair, strict=True)
                ),
                FadeIn(names),
            )
            beat.hold("byte")
            byte = Bits(int(packed[0]), 8, INK.code, 0.62).move_to((0, 0.2, 0))
            self.play(
                *(bits.animate.move_to(byte.nibble(n)) for n, bits in enumerate(pair)),
                *(name.animate.match_x(byte.nibble(n)) for n, name in enumerate(names)),
            )
            frame = Rectangle(width=byte.width + 0.3, height=byte.height + 0.3, color=INK.words, stroke_width=3)
            number = Mono(str(int(packed[0])), SIZE.statement).next_to(frame, RIGHT, buff=0.4).match_y(frame)
            self.play(Create(frame.move_to(byte)), FadeIn(number))
            beat.hold("bytes")
            cells = VGroup(*(Rectangle(width=WIDTH / len(index) * 1.88, height=0.4) for _ in packed))
            cells.arrange(RIGHT, buff=WIDTH / len(index) * 0.12).set_fill(INK.code, 0.8).set_stroke(width=0)
            cells.move_to((-0.4, -2.0, 0))
            scale = Rectangle(width=cells[0].width * 4 + 0.1, height=0.4).set_fill(INK.scale, 0.9).set_stroke(width=0)
            self.play(
                LaggedStart(
                    *(
                        TransformFromCopy(VGroup(*strip.cells[2 * i : 2 * i + 2]), VGroup(cell))
                        for i, cell in enumerate(cells)
                    ),
                    lag_ratio=0.02,
                ),
                run_time=1.4,
            )
            row = VGroup(cells.copy(), scale.copy()).arrange(RIGHT, buff=0.15)
            row.scale(WIDTH / row.width).move_to((0, -2.0, 0))
            notes = VGroup(
                Mono(f"{packed.nbytes} B", SIZE.label, INK.code).next_to(row[0], DOWN, buff=0.2),
                Mono(f"{self.trace['absmax'].itemsize} B", SIZE.label, INK.scale).next_to(row[1], DOWN, buff=0.2),
            )
            self.play(cells.animate.become(row[0]), FadeIn(row[1], shift=LEFT * 0.3), FadeIn(notes))
            self.byte = VGroup(*pair)

    def unpack(self):
        with self.beat("unpack") as beat:
            code, index = self.trace["nf4.code"], [int(i) for i in self.trace["block.nf4.index"][:2]]
            line = CodeLine(code, 10.6).move_to((0.4, 2.0, 0))
            name = Words("NF4", SIZE.label, INK.code, weight=500).next_to(line.line, LEFT, buff=0.25)
            rows = (0.1, -1.5)
            byte = self.byte.animate.scale(0.75).move_to((-4.6, -0.7, 0))
            self.play(*self.leave(*self.byte), byte, FadeIn(line), FadeIn(name), run_time=MOTION.quick)
            beat.hold("split")
            places = [np.array((-5.3, y, 0)) for y in rows]
            self.play(*(bits.animate.move_to(place) for bits, place in zip(self.byte, places, strict=True)))
            beat.hold("lookup")
            values = self._column([float(code[i]) for i in index], rows, -2.6, INK.code)
            found = [line.ticks[i].copy().set_color(INK.words).scale(1.5) for i in index]
            pairs = zip(self.byte, found, strict=True)
            self.play(*(TransformFromCopy(bits, tick) for bits, tick in pairs), run_time=MOTION.quick)
            pairs = zip(found, values, strict=True)
            self.play(*(TransformFromCopy(tick, value) for tick, value in pairs), run_time=MOTION.quick)
            beat.hold("multiply")
            top = Mono(f"× {self.top:.4f}", SIZE.statement, INK.scale)
            factors = VGroup(*(top.copy().move_to((-0.1, y, 0)) for y in rows))
            self.play(FadeIn(factors, shift=LEFT * 0.3), run_time=MOTION.quick)
            results = self._column(self.trace["block.nf4.product"][:2], rows, 2.4, INK.words, "= ")
            self.play(*(TransformFromCopy(*pair) for pair in zip(values, results, strict=True)), run_time=MOTION.quick)
            kept = self._column(self.trace["block.nf4.values"][:2], rows, 5.3, INK.weight)
            head = Mono("bf16", SIZE.label, INK.quiet).next_to(kept, UP, buff=0.3)
            self.play(
                FadeIn(head), *(TransformFromCopy(*pair) for pair in zip(results, kept, strict=True)),
                run_time=MOTION.quick,
            )  # fmt: skip

    def _column(
        self, values: Sequence[float] | np.ndarray, rows: Sequence[float], x: float, color: str, sign: str = ""
    ) -> VGroup:
        """Numbers below one another, one for each row."""
        texts = (f"{sign}{float(value):.4f}".replace("-", "−") for value in values)
        return VGroup(
            *(Mono(text, SIZE.statement, color).move_to((x, y, 0)) for text, y in zip(texts, rows, strict=True))
        )

    def error(self):
        with self.beat("error") as beat:
            weights, values, errors = (self.trace[f"block.{name}"] for name in ("weights", "nf4.values", "nf4.error"))
            before = Stems(weights, WIDTH - 0.8, 2.2, INK.weight, self.top).move_to((0.8, 1.5, 0))
            after = Stems(values, WIDTH - 0.8, 2.2, INK.code, self.top).move_to(before)
            after.bars.set_fill(opacity=0).set_stroke(INK.code, 2.5)
            names = VGroup(
                *(
                    self.label(key, SIZE.least, color).level((-6.5, y, 0), aligned_edge=LEFT)
                    for key, color, y in (
                        ("original", INK.weight, 1.7), ("restored", INK.code, 1.3), ("lost", INK.error, -0.75)
                    )
                )
            )  # fmt: skip
            self.play(*self.leave(), FadeIn(before), FadeIn(names[0]), run_time=MOTION.quick)
            beat.hold("compare")
            outlines = LaggedStart(*(FadeIn(bar, shift=DOWN * 0.2) for bar in after.bars), lag_ratio=0.01)
            self.play(outlines, FadeIn(names[1]))
            beat.hold("error")
            worst = int(np.abs(errors).argmax())
            rest = Stems(errors, WIDTH - 0.8, 1.5, INK.error, float(np.abs(errors).max())).move_to((0.8, -0.75, 0))
            apart = (TransformFromCopy(source, bar) for source, bar in zip(after.bars, rest.bars, strict=True))
            self.play(FadeIn(rest.zero), FadeIn(names[2]), *apart, run_time=1.2)
            self.add(rest)
            name = Mono(f"{abs(float(errors[worst])):.4f}", SIZE.label, INK.error)
            name.next_to(rest.tip(worst), DOWN if errors[worst] < 0 else UP, buff=0.12)
            self.play(FadeIn(name))
            beat.hold("worst")
            line = CodeLine(self.trace["nf4.code"], WIDTH - 0.8, tick=0.4).move_to((0.8, -2.5, 0))
            dot = line.dots(self.trace["block.scaled"][worst : worst + 1], INK.error, 0.11)
            self.play(FadeIn(line), TransformFromCopy(rest.bars[worst], dot[0]))
            self.play(*line.snap(dot, self.trace["block.scaled"][worst : worst + 1]))
