"""BPE, one merge at a time: count the pairs, join the most frequent, count again."""

from collections.abc import Sequence

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Animation,
    FadeIn,
    FadeOut,
    GrowFromEdge,
    Indicate,
    LaggedStart,
    Rectangle,
    Transform,
    VGroup,
)

from scenes.bpe import BpeScene
from scenes.stage import INK, MOTION, SIZE, Mono, Regroup, Tokens, index, pulse

FOLLOWED = 6  # words on the left
TOP, STEP = 2.05, 0.74  # where the ranking begins, and how far apart its rows lie
EDGE = 1.1  # where its bars begin


class Rival(VGroup):
    """A pair in the ranking: its tiles, a bar as long as it is frequent, its count."""

    def __init__(self, name: str, count: int, place: int, unit: float) -> None:
        self.said, self.count = name, count
        middle = (TOP - STEP * place) * UP
        self.pair = Tokens(name.split(" "), 0.24, SIZE.label, pad=0.09, gap=0.06, height=0.52)
        self.pair.move_to(middle + RIGHT * (EDGE - 0.25), aligned_edge=RIGHT)
        self.bar = Rectangle(width=count * unit, height=0.34).set_fill(INK.optimizer, 0.9).set_stroke(width=0)
        self.bar.move_to(middle + RIGHT * EDGE, aligned_edge=LEFT)
        self.number = Mono(f"{count:,}", SIZE.label).level(self.bar.get_right() + RIGHT * 0.15, aligned_edge=LEFT)
        super().__init__(self.pair, self.bar, self.number)

    def light(self) -> "Rival":
        for tile in self.pair.tiles:
            tile.light()
        self.bar.set_fill(INK.activation)
        self.number.set_color(INK.activation)
        return self


class BpeMerge(BpeScene):
    def construct(self):
        words = [self.trace.value(f"word.{place}.forms")[0].split(" ") for place in range(FOLLOWED)]
        self.rows = [
            Tokens(word, 0.26, 36, pad=0.1, gap=0.08).move_to((-6.4, 2.2 - 0.85 * place, 0), aligned_edge=LEFT)
            for place, word in enumerate(words)
        ]
        self.unit = 2.1 / self.trace.value("merges.most")
        self.ranking: list[Rival] = []
        self.letters()
        self.count()
        self.join()
        self.recount()
        self.again()

    def letters(self):
        with self.beat("letters") as beat:
            bytes_of = [row.copy() for row in self.rows]
            for row in self.rows:
                row.adopt(row.cut([row.spelled]))
            self.play(LaggedStart(*(FadeIn(row, shift=RIGHT * 0.3) for row in self.rows), lag_ratio=0.2), run_time=1.2)
            beat.hold("start")
            apart = [Regroup(row, target) for row, target in zip(self.rows, bytes_of, strict=True)]
            self.play(LaggedStart(*apart, lag_ratio=0.15), run_time=2.0)
            beat.hold("space")
            spaces = [row.tiles[0] for row in self.rows]
            self.mark = self.space_mark().move_to((-6.4, -2.8, 0), aligned_edge=LEFT)
            self.play(FadeIn(self.mark), *(pulse(tile, 1.25) for tile in spaces))

    def count(self):
        with self.beat("count") as beat:
            head = self.label("counted", SIZE.least, INK.quiet).move_to((EDGE, 2.7, 0), aligned_edge=LEFT)
            self.ranking = self.rivals(0)
            beat.hold("pairs")
            pairs = [(row.tiles[k], row.tiles[k + 1]) for row in self.rows for k in range(len(row) - 1)]
            seen = LaggedStart(*(pulse(VGroup(*pair), 1.1) for pair in pairs), lag_ratio=0.12)
            grown = [
                LaggedStart(FadeIn(rival.pair), GrowFromEdge(rival.bar, LEFT), FadeIn(rival.number), lag_ratio=0.3)
                for rival in self.ranking
            ]
            self.keep(head)
            self.play(FadeIn(head), seen, LaggedStart(*grown, lag_ratio=0.25), run_time=beat.until("top", 2.0))
            self.play(self.ranking[0].animate.light(), *self.lit(0))

    def join(self):
        with self.beat("join") as beat:
            beat.hold("join")
            self.play(*self.merge(0), run_time=MOTION.slow)
            beat.hold("rule")
            head = self.label("rules", SIZE.least, INK.quiet).move_to((5.35, 2.7, 0), aligned_edge=LEFT)
            self.keep(self.mark, head)
            self.play(FadeIn(head), *self.rule(0), run_time=MOTION.slow)
            before = self.trace.value("tokens.stops")[0]
            most = self.trace.value("merges.most")
            beat.hold("total")
            name = self.label("corpus", SIZE.label, INK.quiet)
            said = Mono(f"{before:,} − {most:,} = {before - most:,}", SIZE.label)
            self.total = VGroup(name, said).arrange(RIGHT, buff=0.35).move_to((2.6, -2.8, 0))
            self.play(FadeIn(self.total, shift=UP * 0.2), pulse(self.ranking[0].number))

    def recount(self):
        with self.beat("recount") as beat:
            first, second = self.ranking[:2]
            gone, new = self.trace.value("rivals.0.count")[1], self.rivals(1)[4]
            self.play(FadeOut(first, shift=UP * 0.3), FadeOut(self.total), *self.unlit(), run_time=MOTION.quick)
            beat.hold("fall")
            self.play(second.animate.light(), run_time=MOTION.quick)
            beat.hold("swallowed")
            less = Rival(second.said, self.derived(gone - new.count, "t h without those after a space"), 1, self.unit)
            inside = [tile for row in self.rows for k in row.where("\u0120t", "h") for tile in row.tiles[k : k + 2]]
            target = [less.bar.set_fill(INK.activation), less.number.set_color(INK.activation)]
            said = Mono(f"{gone:,} − {new.count:,} = {gone - new.count:,}", SIZE.label).move_to((2.6, -2.8, 0))
            self.play(
                Transform(second.bar, target[0]),
                Transform(second.number, target[1]),
                *(pulse(tile) for tile in inside),
                run_time=MOTION.slow,
            )
            beat.hold("rest")
            self.play(FadeIn(said, shift=UP * 0.2))
            beat.hold("rise")
            self.ranking = self.ranking[1:]
            moves = self.rerank(1)
            self.ranking[4].light()
            self.play(*moves, FadeOut(said), run_time=MOTION.slow)

    def again(self):
        with self.beat("again") as beat:
            beat.hold("again")
            for merge, cue in ((1, ""), (2, ""), (3, "he"), (4, ""), (5, "re"), (6, "the")):
                if cue:
                    beat.hold(cue)
                quick = 0.35 if not cue else 0.5
                self.play(self.ranking[0].animate.light(), *self.lit(merge), run_time=quick)
                self.play(*self.merge(merge), *self.rule(merge), run_time=2 * quick)
                if merge < 6:
                    self.play(*self.rerank(merge + 1), *self.unlit(), run_time=2 * quick)
            beat.hold("most")
            whole = self.rows[0].tiles[0]
            self.play(Indicate(whole, 1.25, INK.activation), Indicate(self.ranking[0].number, 1.15, INK.activation))

    # ---- what a merge does to the picture

    def rivals(self, merge: int) -> list[Rival]:
        """The most frequent pairs before a merge."""
        names, counts = self.trace.value(f"rivals.{merge}"), self.trace.value(f"rivals.{merge}.count")
        return [Rival(name, count, k, self.unit) for k, (name, count) in enumerate(zip(names, counts, strict=True))]

    def parts(self, merge: int) -> Sequence[str]:
        return [self.trace.value(f"merges.{side}")[merge] for side in ("left", "right")]

    def lit(self, merge: int) -> list[Animation]:
        """The tiles of the pair light up in the words."""
        left, right = self.parts(merge)
        return [row.tiles[k + d].animate.light() for row in self.rows for k in row.where(left, right) for d in (0, 1)]

    def unlit(self) -> list[Animation]:
        """The joined tiles become plain again."""
        lit = INK.activation.lower()
        return [
            tile.animate.plain() for row in self.rows for tile in row.tiles
            if tile.box.get_stroke_color().to_hex().lower() == lit
        ]  # fmt: skip

    def merge(self, merge: int) -> list[Animation]:
        """The pair falls together wherever it stands in the words."""
        left, right = self.parts(merge)
        moves: list[Animation] = []
        for row in self.rows:
            if places := row.where(left, right):
                target = row.joined(left, right)
                for done, place in enumerate(places):
                    target.tiles[place - done].light()
                moves.append(Regroup(row, target))
        return moves

    def rule(self, merge: int) -> list[Animation]:
        """The pair of the ranking goes to the list of rules, as one tile."""
        copy = self.ranking[0].pair.copy()
        target = copy.joined(*copy.pieces).move_to((5.35, TOP - 0.66 * merge, 0), aligned_edge=LEFT)
        number = Mono(index(merge + 1, of=len(self.trace["merges.count"])), SIZE.least, INK.quiet)
        number.next_to(target, LEFT, buff=0.2)
        self.add(copy)
        self.keep(copy, number)
        return [Regroup(copy, target), FadeIn(number)]

    def rerank(self, merge: int) -> list[Animation]:
        """The ranking as it is before this merge: who stays moves, who falls out goes, who is new comes."""
        old = {rival.said: rival for rival in self.ranking}
        moves: list[Animation] = []
        ranking = []
        for new in self.rivals(merge):
            rival = old.pop(new.said, None)
            if rival is None:
                moves.append(FadeIn(new, shift=UP * 0.3))
                ranking.append(new)
                continue
            moves += [Transform(one, other) for one, other in zip(rival, new, strict=True)]
            if new.bar.get_y() < rival.bar.get_y():
                self.allow("overlap", rival, why="a rival that falls back lets others pass")
            rival.count = new.count
            ranking.append(rival)
        self.ranking = ranking
        return moves + [FadeOut(rival, shift=DOWN * 0.3) for rival in old.values()]
