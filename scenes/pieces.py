"""BPE, the question: letters make long rows, words never end."""

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
    Indicate,
    LaggedStart,
    Line,
    RoundedRectangle,
    Square,
    TransformFromCopy,
    VGroup,
    linear,
)

from scenes.bpe import BpeScene, extent
from scenes.stage import INK, MOTION, SIZE, Bars, Mono, Plot, Regroup, Tokens, pulse
from scenes.stage.tokens import SPACE

SAMPLE = 1  # the sentence that is cut in three ways
SHOWN = ("ator", "able", "n", ".")  # entries of the vocabulary that are named
WHOLE = ("␣returns", "␣an", "␣object")  # words that stay whole
APART = ("␣iter", "ator", "able")  # pieces of words that do not


class BpeProblem(BpeScene):
    def construct(self):
        self.text = self.trace.value("samples")[SAMPLE]
        self.row = Tokens(list(self.text), 0.325, 40).move_to((0, 1.75, 0))
        self.question()
        self.characters()
        self.words()
        self.subwords()

    def question(self):
        with self.beat("question") as beat:
            text = self.sentence = self.row.written(self.text)
            numbers = self.trace[f"sample.{SAMPLE}.{self.all_merges}.ids"]
            pieces = self.row.cut(self.pieces(SAMPLE, self.all_merges))
            ids = pieces.below((str(number) for number in numbers), INK.activation, buff=0.9)
            model = self.panel("model", 4.4, 1.3).move_to((-3.4, -1.8, 0))
            self.play(FadeIn(text, lag_ratio=0.02), run_time=MOTION.slow)
            beat.hold("ids")
            self.play(LaggedStart(*(FadeIn(number, shift=DOWN * 0.5) for number in ids), lag_ratio=0.1))
            self.play(FadeIn(model), run_time=MOTION.quick)
            read: list[Any] = [number.copy().animate.move_to(model).set_opacity(0) for number in ids]
            self.play(LaggedStart(*read, lag_ratio=0.1))
            beat.hold("token")
            table = self.table().move_to((3.2, -1.7, 0))
            self.play(FadeIn(table))
            chosen = self.pieces(SAMPLE, self.all_merges).index(SHOWN[0])
            self.play(TransformFromCopy(ids[chosen], table[1][0][0]), Indicate(ids[chosen], 1.2, INK.words))
            beat.hold("cut")
            self.play(*self.leave(text), run_time=0.4)
            for every in (1, 0):
                cuts = self.cuts(every)
                self.play(LaggedStart(*(Create(cut) for cut in cuts), lag_ratio=0.1), run_time=0.4)
                self.play(FadeOut(cuts), run_time=0.2)

    def panel(self, name, width, height):
        """A box with a name."""
        box = RoundedRectangle(corner_radius=0.15, width=width, height=height).set_fill(INK.tile, 1)
        box.set_stroke(INK.line, width=1.5)
        return VGroup(box, self.label(name, SIZE.statement).move_to(box))

    def table(self):
        """Some entries of the vocabulary, id and token, under its name."""
        pieces = self.pieces(SAMPLE, self.all_merges)
        numbers = self.trace[f"sample.{SAMPLE}.{self.all_merges}.ids"]
        rows = VGroup()
        for line, piece in enumerate(SHOWN):
            number = Mono(str(numbers[pieces.index(piece)]), SIZE.label, INK.activation)
            middle = DOWN * 0.52 * line
            rows.add(VGroup(number.level(middle + LEFT * 0.3, RIGHT), Mono(piece, SIZE.label).level(middle, LEFT)))
        name = self.label("vocabulary", SIZE.label, INK.quiet).next_to(rows, UP, buff=0.25)
        return VGroup(name, rows)

    def cuts(self, every):
        """Marks between the letters of the sentence, after so many letters each; 0: between words."""
        ends = [k for k in range(1, len(self.text)) if (k % every == 0 if every else self.text[k] == " ")]
        return VGroup(
            *(Line(self.row.edge(k) + DOWN * 0.2, self.row.edge(k, UP) + UP * 0.2, color=INK.activation) for k in ends)
        )

    def characters(self):
        with self.beat("characters") as beat:
            row, letters = self.row, self.trace.value(f"sample.{SAMPLE}.lengths")[0]
            beat.hold("split")
            mark = self.space_mark().next_to(self.row, DOWN, buff=0.3, aligned_edge=LEFT)
            tiles = LaggedStart(*(FadeIn(tile) for tile in row), lag_ratio=0.03)
            self.play(tiles, FadeOut(self.sentence), run_time=MOTION.slow)
            self.play(FadeIn(mark), *(pulse(tile) for tile in row.tiles if tile.letters.text == SPACE))
            entries = self.trace.value("bytes.alphabet")
            side = int(np.sqrt(entries))
            grid = VGroup(*(Square(0.13).set_fill(INK.optimizer, 0.8).set_stroke(width=0) for _ in range(entries)))
            grid.arrange_in_grid(side, side, buff=0.03).move_to((-2.2, -1.35, 0))
            name = self.label("entries", SIZE.statement, fields={"n": entries}).next_to(grid, RIGHT, buff=0.5)
            beat.hold("entries")
            self.play(FadeIn(grid, lag_ratio=0.005), FadeIn(name))
            beat.hold("row")
            line = extent(row)
            count = self.label("tokens", SIZE.statement, INK.activation, fields={"n": letters})
            self.play(Create(line), FadeOut(mark), FadeIn(count.next_to(line, DOWN, buff=0.15)), run_time=MOTION.slow)
            self.fading = VGroup(grid, name, line, count)

    def words(self):
        with self.beat("words") as beat:
            words = self.trace.value(f"sample.{SAMPLE}.words")
            beat.hold("join")
            self.play(FadeOut(self.fading), Regroup(self.row, self.row.cut(words)), run_time=MOTION.slow)
            read, distinct = self.trace["growth.words"], self.trace["growth.distinct"]
            all_read, all_distinct = self.trace.value("corpus.words"), self.trace.value("corpus.distinct")
            plot = Plot(
                8.6, 2.5, (0, all_read), (0, max(6000, 1.1 * all_distinct)), self.labels.text("read"),
                self.labels.text("distinct"), [0, all_read], [],
            ).move_to((-1.4, -1.35, 0))  # fmt: skip
            plot.x_name.shift(UP * 0.38)
            beat.hold("curve")
            self.play(FadeIn(plot), run_time=MOTION.quick)
            curve = plot.curve(read, distinct, INK.activation)
            self.play(Create(curve, rate_func=linear), run_time=beat.until("end", 1.5))
            end = Dot(curve.get_end(), color=INK.activation)
            number = Mono(f"{all_distinct:,}", SIZE.statement, INK.activation).next_to(end, UP, buff=0.2)
            self.play(FadeIn(end), FadeIn(number))
            beat.hold("climb")
            slope = curve.get_end() - plot.point(float(read[-7]), float(distinct[-7]))
            on = Arrow(curve.get_end(), curve.get_end() + 1.6 * slope, buff=0.12, color=INK.activation)
            self.play(GrowArrow(on))
            beat.hold("new")
            new, unread = self.trace.value("held_out.words_new"), self.trace.value("held_out.words")
            unknown = self.label("unknown", SIZE.statement, INK.error, fields={"new": new, "all": unread})
            self.play(FadeIn(unknown.move_to((5.0, -1.3, 0)), shift=UP * 0.2))
            self.fading = VGroup(plot, curve, end, number, on, unknown)

    def subwords(self):
        with self.beat("pieces") as beat:
            pieces = self.pieces(SAMPLE, self.all_merges)
            words = self.trace.value(f"sample.{SAMPLE}.words")
            kinds = ("letter", "word", "subword")
            letters = self.trace.value(f"sample.{SAMPLE}.lengths")[0]
            lengths = [letters, len(words), len(pieces)]
            entries = [self.trace.value(key) for key in ("bytes.alphabet", "corpus.distinct", "vocabulary")]
            names = [self.labels.text(kind) for kind in kinds]
            inks = (INK.optimizer, INK.optimizer, INK.activation)
            rows = [(name, n, ink, str(n)) for name, n, ink in zip(names, lengths, inks, strict=True)]
            left = Bars(rows, 3.0 / max(lengths), height=0.5, gap=0.38).move_to((-3.3, -1.1, 0))
            right = [beside(bar, n / max(entries) * 3.6, f"{n:,}") for bar, n in zip(left.bars, entries, strict=True)]
            heads = [
                self.label(key, SIZE.label, INK.quiet).next_to(bar, UP, buff=0.35, aligned_edge=LEFT)
                for key, bar in (("row", left.bars[0]), ("table", right[0][0]))
            ]
            self.play(FadeOut(self.fading), run_time=MOTION.quick)
            self.play(FadeIn(left.names), *(FadeIn(head) for head in heads), run_time=MOTION.quick)
            for line in (0, 1):
                self.play(*left.grow(line), *grown(right[line]), run_time=0.5)
            beat.hold("middle")
            self.play(Regroup(self.row, self.row.cut(pieces)), run_time=MOTION.slow)
            for cue, chosen in (("whole", WHOLE), ("apart", APART)):
                beat.hold(cue)
                self.play(
                    *(t.animate.light() if t.letters.text in chosen else t.animate.plain() for t in self.row.tiles)
                )
            beat.hold("learned")
            self.play(*grown(right[2]), FadeIn(self.source()))
            beat.hold("row")
            plain: list[Any] = [tile.animate.plain() for tile in self.row.tiles]
            self.play(*left.grow(2), LaggedStart(*plain, lag_ratio=0.15), run_time=MOTION.slow)


def beside(bar, width, text):
    """A second bar to the right of one, in its colour, and its number."""
    other = bar.copy().stretch_to_fit_width(max(width, 0.03)).move_to((1.2, bar.get_y(), 0), aligned_edge=LEFT)
    return other, Mono(text, SIZE.statement - 2).level(other.get_right() + RIGHT * 0.2, aligned_edge=LEFT)


def grown(pair):
    """Animations by which such a bar grows and its number appears."""
    return [GrowFromEdge(pair[0], LEFT), FadeIn(pair[1])]
