"""What was never seen: unknown in a vocabulary of characters, spelled in bytes, and never unknown again."""

from itertools import pairwise

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    LaggedStart,
    Line,
    RoundedRectangle,
    Square,
    TransformFromCopy,
    VGroup,
)

from scenes.bpe import BpeScene
from scenes.stage import INK, MOTION, SIZE, Bars, Code, Mono, Regroup, Tile, Tokens, literal, pulse
from scenes.stage.tokens import shown

STEP = 0.82  # a byte of the text on screen
SIDE = 16  # bytes in a row of the table of all of them
HEX = "a byte of the trace in hexadecimal"


class BpeBytes(BpeScene):
    def construct(self):
        self.text = self.trace.value("samples")[-1]
        self.raw = [int(byte) for byte in self.trace["bytes.text"]]
        self.sizes = [len(character.encode()) for character in self.text]
        self.starts = [sum(self.sizes[:k]) for k in range(len(self.sizes) + 1)]
        self.unseen()
        self.fallback()
        self.level()
        self.close()

    def tile(self, said, start, end, y, size=SIZE.label, color=INK.words, height=0.66):
        """A tile from one byte of the text to another."""
        left = -STEP * len(self.raw) / 2
        box = RoundedRectangle(corner_radius=0.07, width=STEP * (end - start) - 0.06, height=height)
        box.set_fill(INK.tile, 1).set_stroke(INK.line, width=1.5).move_to((left + STEP * (start + end) / 2, y, 0))
        return Tile(box, Mono(shown(said), size, color).level(box.get_center()))

    def over(self, pieces, y, **options):
        """One tile to a character, each as wide as its bytes."""
        bounds = zip(pieces, pairwise(self.starts), strict=True)
        return VGroup(*(self.tile(piece, start, end, y, **options) for piece, (start, end) in bounds))

    def unseen(self):
        with self.beat("unseen") as beat:
            self.row = self.over(self.text, 2.1, size=44)
            beat.hold("text")
            self.keep(self.row)
            self.play(LaggedStart(*(FadeIn(tile, shift=DOWN * 0.2) for tile in self.row), lag_ratio=0.08))
            known = sorted({character for text in self.trace.value("samples")[:-1] for character in text})
            table = Tokens(known, 0.3, SIZE.label, pad=0.06, gap=0.04, height=0.6).move_to((0, -1.9, 0))
            name = self.label("known", SIZE.label, INK.quiet).next_to(table, UP, buff=0.25)
            beat.hold("table")
            tiles = LaggedStart(*(FadeIn(tile) for tile in table.tiles), lag_ratio=0.05)
            self.play(FadeIn(name), tiles, run_time=MOTION.usual)
            beat.hold("unk")
            unknown = self.trace.value("bytes.unknown")
            self.under = self.over(unknown, 0.7, size=SIZE.least)
            lost = [k for k, piece in enumerate(unknown) if piece == "<unk>"]
            for k in lost:
                self.under[k].light(INK.error)
            self.play(
                LaggedStart(*(FadeIn(tile, shift=DOWN * 0.4) for tile in self.under), lag_ratio=0.1),
                run_time=MOTION.usual,
            )
            beat.hold("lost")
            gone = [self.row[k] for k in lost]
            faded = [tile.letters.animate.recede() for tile in gone]
            self.play(
                *(tile.box.animate.set_stroke(INK.error, width=3) for tile in gone), *faded, run_time=MOTION.quick
            )
            self.fading, self.lost = VGroup(table, name), lost

    def fallback(self):
        with self.beat("fallback") as beat:
            pieces = self.trace.value("bytes.fallback")
            tiles = [
                self.tile(piece, k, k + 1, 0.7, SIZE.least, INK.code if piece.startswith("<") else INK.words)
                for k, piece in enumerate(pieces)
            ]
            spelled = [k for k, piece in enumerate(pieces) if piece.startswith("<")]
            self.play(*(pulse(self.under[k], 1.06) for k in self.lost))
            beat.hold("bytes")
            back = [self.row[k].animate.plain() for k in self.lost]
            self.play(FadeOut(self.fading), FadeOut(self.under), *(FadeIn(tile, scale=0.9) for tile in tiles), *back)
            beat.hold("three")
            first = tiles[: self.sizes[0]]
            self.play(
                self.row[0].animate.light(INK.code),
                *(tile.animate.light(INK.code) for tile in first),
            )
            table = VGroup(
                *(Square(0.13).set_fill(INK.optimizer, 0.35).set_stroke(width=0) for _ in range(SIDE * SIDE))
            )
            table.arrange_in_grid(SIDE, SIDE, buff=0.025).move_to((-1.2, -1.75, 0))
            count = self.trace.value("bytes.alphabet")
            name = self.label("bytes", SIZE.statement, fields={"n": count}).next_to(table, RIGHT, buff=0.5)
            beat.hold("table")
            self.play(FadeIn(table, lag_ratio=0.003), FadeIn(name))
            lit = [table[self.raw[k]] for k in spelled]
            flown = [
                tiles[k].box.copy().animate.move_to(cell).set_width(0.13).set_opacity(0)
                for k, cell in zip(spelled, lit, strict=True)
            ]
            self.play(*flown, *(cell.animate.set_fill(INK.code, 1) for cell in lit), run_time=MOTION.slow)
            self.tiles, self.table, self.name = tiles, table, name

    def level(self):
        with self.beat("level") as beat:
            split = self.pieces(2, 0)
            first = self.starts[self.sizes.index(1)]  # bytes of the characters before the first of one byte
            low, high = -0.3, 1.6
            chinese = VGroup(
                *(
                    self.tile(literal(f"{byte:02X}", HEX), k, k + 1, low, color=INK.code)
                    for k, byte in enumerate(self.raw[:first])
                )
            )
            english = Tokens(split[first:], STEP, SIZE.statement, height=0.66)
            english.move_to((self.tiles[first].box.get_left()[0] - english.RIM, low, 0), aligned_edge=LEFT)
            self.play(
                FadeOut(self.table),
                FadeOut(self.name),
                *(FadeOut(tile, shift=DOWN) for tile in self.tiles),
                self.row.animate.set_y(high),
            )
            beat.hold("start")
            self.play(self.row[0].animate.plain(), FadeIn(chinese, shift=DOWN * 0.4), FadeIn(english, shift=DOWN * 0.4))
            beat.hold("merged")
            for stop in self.trace.value("stops")[1:]:
                now = english.cut(self.pieces(2, stop)[first:])
                if now.pieces != english.pieces:
                    self.play(Regroup(english, now), run_time=0.45)
            words = self.marked(english, len(english), INK.activation)
            self.play(FadeIn(words, shift=UP * 0.2), run_time=MOTION.quick)
            beat.hold("three")
            marks = [
                self.marked(VGroup(*chinese[start:end]), end - start, INK.code)
                for start, end in pairwise(self.starts[: self.sizes.index(1) + 1])
            ]
            self.play(
                LaggedStart(*(FadeIn(mark, shift=UP * 0.2) for mark in marks), lag_ratio=0.4),
                *(tile.animate.light(INK.code) for tile in self.row[: len(marks)]),
                run_time=MOTION.quick,
            )

    def marked(self, tiles, count, color):
        """A line under tiles, and how many tokens they are."""
        count = self.derived(count, "tiles over the line")
        line = Line(tiles.get_corner(DOWN + LEFT), tiles.get_corner(DOWN + RIGHT)).shift(DOWN * 0.2)
        said = self.label("tokens", SIZE.statement, color, fields={"n": count}).next_to(line, DOWN, buff=0.2)
        return VGroup(line.set_stroke(color, width=3), said)

    def close(self):
        with self.beat("close") as beat:
            characters, tokens = (self.trace.value(f"held_out.{key}") for key in ("characters", "tokens"))
            rows = [
                (self.labels.text("chars"), characters, INK.optimizer, f"{characters:,}"),
                (self.labels.text("token"), tokens, INK.activation, f"{tokens:,}"),
            ]
            bars = Bars(rows, 6.4 / characters, height=0.6, gap=0.45).move_to((-0.2, 1.0, 0))
            head = self.label("held_out", SIZE.label, INK.quiet).next_to(bars.bars, UP, buff=0.4, aligned_edge=LEFT)
            self.play(*self.leave(), FadeIn(head), FadeIn(bars.names), run_time=MOTION.quick)
            beat.hold("chars")
            self.play(GrowFromEdge(bars.bars[0], LEFT), FadeIn(bars.numbers[0]))
            beat.hold("tokens")
            self.play(TransformFromCopy(bars.bars[0], bars.bars[1]), FadeIn(bars.numbers[1]))
            beat.hold("same")
            code = Code(["tokenizer.decode(tokenizer(text).input_ids) == text"]).move_to((0, -1.2, 0))
            self.play(FadeIn(code, shift=UP * 0.3))
            beat.hold("any")
            source = self.source(SIZE.statement, INK.activation).shift(UP * 0.35)
            self.play(FadeIn(source, shift=UP * 0.2), pulse(code, 1.04))
