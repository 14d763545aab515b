"""BPE, the whole training: fewer tokens with every merge, and less gained by each."""

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    DashedLine,
    Dot,
    FadeIn,
    FadeOut,
    Indicate,
    LaggedStart,
    Rectangle,
    TransformFromCopy,
    VGroup,
    linear,
)

from scenes.bpe import BpeScene
from scenes.stage import INK, MOTION, SIZE, Bars, Mono, Plot, Regroup, Tokens, index, pulse
from scenes.stage.tokens import SPACE

SAMPLE = 0  # the sentence on top
RARE = 1  # the word of it that is looked at


class BpeTraining(BpeScene):
    def construct(self):
        self.stops = self.trace.value("stops")
        self.totals = self.trace.value("tokens.stops")
        self.lengths = self.trace.value(f"sample.{SAMPLE}.lengths")
        self.start()
        self.run()
        self.gain()
        self.rare()

    def said(self, stop):
        """How many merges, and how many tokens the sentence then has."""
        fields = {"k": self.stops[stop], "n": self.lengths[stop]}
        return self.label("merged", SIZE.statement, fields=fields).next_to(self.row, DOWN, buff=0.3)

    def start(self):
        with self.beat("start") as beat:
            self.row = Tokens(self.pieces(SAMPLE, 0), 0.272, 36).move_to((0, 2.15, 0))
            self.plot = Plot(
                7.0, 2.5, (0, self.stops[-1]), (0, 1.08 * self.totals[0]),
                self.labels.text("merges"), self.labels.text("corpus"), self.stops[0:1] + self.stops[3:], [],
            ).move_to((-2.7, -1.1, 0))  # fmt: skip
            wall = self.wall()
            self.play(LaggedStart(*(FadeIn(tile, scale=0.8) for tile in wall), lag_ratio=0.1), run_time=2.0)
            beat.hold("row")
            self.play(FadeOut(wall), run_time=0.4)
            tiles = LaggedStart(*(FadeIn(tile, shift=DOWN * 0.2) for tile in self.row.tiles), lag_ratio=0.03)
            self.count = self.said(0)
            self.play(tiles, FadeIn(self.count), run_time=MOTION.slow)
            beat.hold("plot")
            self.dot = Dot(self.plot.point(0, self.totals[0]), color=INK.activation)
            self.first = Mono(f"{self.totals[0]:,}", SIZE.label, INK.activation).next_to(self.dot, RIGHT, buff=0.2)
            self.keep(self.plot, self.first)
            self.play(FadeIn(self.plot), FadeIn(self.dot, scale=3), FadeIn(self.first))

    def wall(self):
        """Some of what the merges made, in the order learned."""
        learned = [left + right for left, right in self.rules if (left + right).strip(SPACE).isalpha()]
        chosen = [learned[k] for k in np.linspace(0, len(learned) - 1, 42).round().astype(int)]
        tiles = VGroup(*(Tokens([piece], 0.2, SIZE.label, pad=0.1, height=0.55) for piece in chosen))
        rows = VGroup(*(VGroup(*tiles[k::6]).arrange(RIGHT, buff=0.2) for k in range(6)))
        note = self.label(
            "showing", SIZE.label, INK.quiet, fields={"n": self.stops[-1], "k": index(len(chosen), of=self.stops[-1])}
        )
        return VGroup(*rows.arrange(DOWN, buff=0.22).move_to((0, 0.3, 0)), note.move_to((0, -2.7, 0)))

    def run(self):
        with self.beat("run") as beat:
            tokens = self.trace["tokens.count"]
            self.curve = VGroup()
            self.keep(self.curve)
            self.add(self.curve)
            for stop, cue in enumerate(("s1", "s2", "s3", "s4", "s5", "s6"), 1):
                beat.hold(cue)
                steps = np.arange(self.stops[stop - 1], self.stops[stop] + 1)
                part = self.plot.curve(steps, tokens[steps], INK.activation)
                count = self.said(stop)
                self.play(
                    Create(part, rate_func=linear),
                    self.dot.animate.move_to(part.get_end()),
                    Regroup(self.row, self.row.cut(self.pieces(SAMPLE, self.stops[stop]))),
                    FadeOut(self.count), FadeIn(count), run_time=MOTION.slow,
                )  # fmt: skip
                self.remove(part)
                self.curve.add(part)
                self.count = count
            self.last = Mono(f"{self.totals[-1]:,}", SIZE.label, INK.activation)
            self.last.next_to(self.dot, UP, buff=0.2).align_to(self.plot.frame, RIGHT)
            self.keep(self.last, self.row)
            beat.hold("end")
            self.play(Indicate(self.count, 1.1, INK.activation), FadeIn(self.last))
            beat.hold("third")
            share = self.derived(self.totals[-1] / self.totals[0], "the corpus after all merges against before")
            heights = [self.plot.point(0, total)[1] for total in (self.totals[0], self.totals[-1])]
            bars = VGroup()
            for height, ink, place in zip(heights, (INK.optimizer, INK.activation), (2.3, 3.4), strict=True):
                bar = Rectangle(width=0.7, height=height - self.plot.point(0, 0)[1]).set_fill(ink, 0.9)
                bars.add(bar.set_stroke(width=0).move_to((place, self.plot.point(0, 0)[1], 0), aligned_edge=DOWN))
            number = Mono(f"{share:.0%}", SIZE.statement, INK.activation).next_to(bars[1], RIGHT, buff=0.25)
            after = VGroup(
                *(Mono(str(k), SIZE.least, INK.quiet).next_to(bar, DOWN, buff=0.15)
                  for k, bar in zip((self.stops[0], self.stops[-1]), bars, strict=True))
            )  # fmt: skip
            level = DashedLine(self.dot.get_center(), bars[1].get_corner(UP + LEFT), color=INK.line)
            self.play(Create(level), FadeIn(bars), FadeIn(after), FadeIn(number), run_time=0.8)
            self.shares = VGroup(level, bars, after, number)

    def gain(self):
        with self.beat("gain") as beat:
            most, least = self.trace.value("merges.most"), self.trace.value("merges.least")
            names = [self.labels.text("nth", n=n) for n in (index(1, of=self.stops[-1]), self.stops[-1])]
            rows = [
                (name, saved, INK.activation, self.labels.text("saved", n=f"{saved:,}"))
                for name, saved in zip(names, (most, least), strict=True)
            ]
            bars = Bars(rows, 1.6 / most, height=0.45, gap=0.35, size=SIZE.label).move_to((4.2, 0.1, 0))
            self.play(FadeOut(self.shares), FadeIn(bars.names), run_time=MOTION.quick)
            beat.hold("most")
            self.play(*bars.grow(0), self.dot.animate.move_to(self.plot.point(0, self.totals[0])))
            beat.hold("least")
            self.play(*bars.grow(1), self.dot.animate.move_to(self.plot.point(self.stops[-1], self.totals[-1])))
            beat.hold("cost")
            matrix = VGroup(*(Rectangle(width=3.0, height=0.11) for _ in range(12))).arrange(DOWN, buff=0.045)
            matrix.set_fill(INK.weight, 0.9).set_stroke(width=0).move_to((4.3, -1.75, 0))
            name = self.label("embedding", SIZE.label, INK.weight).next_to(matrix, DOWN, buff=0.2)
            grown = LaggedStart(*(FadeIn(line, shift=UP * 0.15) for line in matrix), lag_ratio=0.25)
            self.play(FadeIn(name), grown, run_time=2.0)
            beat.hold("balance")
            self.play(pulse(bars, 1.06), pulse(matrix, 1.06))
            self.fading = VGroup(bars, matrix, name)

    def rare(self):
        with self.beat("rare") as beat:
            words = self.trace.value(f"sample.{SAMPLE}.words")
            seen = self.trace.value(f"sample.{SAMPLE}.seen")
            whole = self.row.cut(words)
            counts = whole.below((f"{n:,}" for n in seen), INK.quiet, buff=0.3)
            counts[-1].align_to(self.row, RIGHT)
            head = self.label("counted", SIZE.label, INK.quiet).next_to(counts, DOWN, buff=0.3)
            counts[RARE].set_color(INK.activation)
            start, end = whole.cuts[RARE], whole.cuts[RARE + 1]
            own = [t for t, cut in zip(self.row.tiles, self.row.cuts, strict=False) if start <= cut < end]
            chart = [FadeOut(part) for part in (self.plot, self.curve, self.dot, self.first, self.last)]
            self.play(FadeOut(self.fading), FadeOut(self.count), *chart, FadeIn(counts), FadeIn(head))
            beat.hold("rare")
            self.play(*(tile.animate.light() for tile in own), pulse(counts[RARE], 1.3))
            beat.hold("five")
            pieces = [tile.letters.text for tile in own]
            large = Tokens(pieces, 0.62, 60, gap=0.35, height=1.0).move_to((0, -1.0, 0))
            self.play(*(TransformFromCopy(tile, big) for tile, big in zip(own, large.tiles, strict=True)))
            beat.hold("other")
            parts = large.below((self.learned(piece) for piece in pieces), INK.quiet, buff=0.25)
            self.play(LaggedStart(*(FadeIn(part, shift=UP * 0.2) for part in parts), lag_ratio=0.3), run_time=1.2)

    def learned(self, piece):
        """What was joined into a piece, and by which rule; a byte is a byte."""
        for number, (left, right) in enumerate(self.rules, 1):
            if left + right == piece:
                rule = self.labels.text("rule", n=index(number, of=self.stops[-1]))
                return f"{left} + {right}\n{rule}"
        return self.labels.text("byte")
