"""BPE at work: rules in the order learned, and the characters every token stands for."""

from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Create,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    RoundedRectangle,
    VGroup,
)

from scenes.bpe import BpeScene
from scenes.stage import INK, MOTION, SIZE, Mono, Regroup, Tile, Tokens, index
from scenes.stage.tokens import shown

SAMPLE = 1  # the sentence that is encoded
WORD = 6  # the word of `words` that is followed rule by rule
TOKEN = 8  # the token that gets a label
CHARACTER = 14  # the character that asks for its token


class BpeEncode(BpeScene):
    def construct(self):
        self.text = self.trace.value("samples")[SAMPLE]
        self.words = self.trace.value(f"sample.{SAMPLE}.words")
        self.row = Tokens(list(self.text), 0.325, 40).move_to((0, 0.3, 0))
        self.cut()
        self.order()
        self.offsets()
        self.use()

    def cut(self):
        with self.beat("cut") as beat:
            written = self.row.written(self.text)
            self.play(FadeIn(written, lag_ratio=0.02))
            beat.hold("text")
            self.play(FadeOut(written), FadeIn(self.row, lag_ratio=0.005), run_time=MOTION.quick)
            beat.hold("words")
            self.play(Regroup(self.row, self.row.cut(self.words)), run_time=MOTION.slow)
            beat.hold("border")
            inner = self.row.cuts[1:-1]
            borders = VGroup(*(Line(self.row.edge(k) + DOWN * 0.4, self.row.edge(k, UP) + UP * 0.4) for k in inner))
            borders.set_stroke(INK.activation, width=4)
            self.play(LaggedStart(*(Create(border) for border in borders), lag_ratio=0.2), run_time=MOTION.slow)
            self.borders = borders

    def order(self):
        with self.beat("order") as beat:
            forms = [form.split(" ") for form in self.trace.value(f"word.{WORD}.forms")]
            steps = self.trace.value(f"word.{WORD}.steps")
            chosen = self.row.tiles[self.words.index("".join(forms[0]))]
            base = Tokens(forms[0], 0.8, 46, height=0.52).move_to((0.9, -2.5, 0))
            whole = base.cut(forms[-1])
            beat.hold("word")
            others = [FadeOut(tile) for tile in self.row.tiles if tile is not chosen]
            self.play(*others, FadeOut(self.borders), chosen.animate.light(), run_time=MOTION.quick)
            self.play(FadeOut(chosen, shift=DOWN), FadeIn(whole, shift=DOWN), run_time=MOTION.quick)
            self.play(Regroup(whole, base), run_time=MOTION.quick)
            beat.hold("earliest")
            ranks = self.ranks(base)
            self.play(LaggedStart(*(FadeIn(rank, shift=UP * 0.2) for rank in ranks), lag_ratio=0.2))
            levels = [list(whole.tiles)]
            cues = ("s1", "s2", "s3", "s4", "s5", "s6", "s7")
            for level, (step, form, cue) in enumerate(zip(steps[1:], forms[1:], cues, strict=True), 1):
                beat.hold(cue)
                joined = base.cut(form)
                before = [shown(piece) for piece in forms[level - 1]]
                place = next(k for k, piece in enumerate(joined.pieces) if piece not in before)
                new = joined.tiles[place].shift(UP * 0.64 * level).light()
                rule = self.label("rule", SIZE.label, INK.quiet, fields={"n": step})
                rule.level((-4.2, new.get_y(), 0), aligned_edge=LEFT)
                parts = self.children(levels, new)
                plain = [tile.animate.plain() for tile in dict.fromkeys((*parts, *levels[-1]))]
                ups = [part.copy().animate.set_y(new.get_y()).set_opacity(0) for part in parts]
                gone = [FadeOut(ranks)] if level == 1 else []
                self.play(*ups, FadeIn(new), FadeIn(rule), *plain, *gone)
                levels.append([new])

    def children(self, levels, new):
        """The highest tiles that lie under a new one."""
        left, right = new.get_left()[0] - 0.01, new.get_right()[0] + 0.01
        found: list[Tile] = []
        for level in reversed(levels):
            for tile in level:
                inside = left <= tile.get_left()[0] and tile.get_right()[0] <= right
                above = [t for t in found if t.get_left()[0] <= tile.get_x() <= t.get_right()[0]]
                if inside and not above:
                    found.append(tile)
        return found

    def ranks(self, row):
        """Under every pair of neighbours the number of the rule that joins it; a dash where there is none."""
        rules = self.rules
        marks = VGroup()
        for k, pair in enumerate(zip(row.pieces, row.pieces[1:], strict=False)):
            known = pair in rules
            said = index(rules.index(pair) + 1, of=len(rules)) if known else "–"
            mark = Mono(said, SIZE.label, INK.activation if known else INK.quiet)
            marks.add(mark.next_to(row.edge(k + 1, UP), UP, buff=0.3))
        return marks

    def offsets(self):
        with self.beat("offsets") as beat:
            pieces = self.pieces(SAMPLE, self.all_merges)
            numbers = self.trace[f"sample.{SAMPLE}.{self.all_merges}.ids"]
            spans = self.trace[f"sample.{SAMPLE}.{self.all_merges}.offsets"]
            self.row = Tokens(pieces, 0.325, 40).move_to((0, 1.5, 0))
            self.play(*self.leave(), FadeIn(self.row), run_time=MOTION.quick)
            beat.hold("ids")
            ids = self.row.below((str(number) for number in numbers), INK.activation)
            ids.next_to(self.row, UP, buff=0.2)
            self.play(LaggedStart(*(FadeIn(number, shift=UP * 0.2) for number in ids), lag_ratio=0.1))
            beat.hold("offsets")
            self.written = self.row.written(self.text).shift(DOWN * 1.9)
            ends = [0, *(int(end) for _, end in spans)]
            self.marks = VGroup(*(self.mark(end) for end in ends))
            self.play(FadeIn(self.written, shift=DOWN * 0.3), run_time=MOTION.quick)
            self.play(LaggedStart(*(FadeIn(mark) for mark in self.marks), lag_ratio=0.1), run_time=MOTION.slow)
            beat.hold("name")
            pair = self.pair(2, spans)
            self.play(self.row.tiles[2].animate.light(), FadeIn(pair, shift=UP * 0.2))
            beat.hold("all")
            links = VGroup(*(self.link(end) for end in ends))
            self.play(
                self.row.tiles[2].animate.plain(), FadeOut(pair),
                LaggedStart(*(Create(link) for link in links), lag_ratio=0.15), run_time=1.5,
            )  # fmt: skip
            self.keep(self.row, ids, self.written, self.marks)
            self.links, self.spans = links, spans

    def mark(self, end):
        """The number of a character under its left edge."""
        x = self.row.edge(end)[0]
        return Mono(index(end, of=len(self.text)), SIZE.least, INK.quiet).move_to((x, -1.0, 0))

    def link(self, end):
        """From the edge of a tile down to its place in the text."""
        x = self.row.edge(end)[0]
        return Line((x, self.row.get_bottom()[1] - 0.05, 0), (x, -0.75, 0)).set_stroke(INK.line, width=2)

    def pair(self, token, spans):
        """Offsets of a token as the library gives them."""
        start, end = (index(int(at), of=len(self.text)) for at in spans[token])
        name = self.label("offsets", SIZE.label, INK.quiet)
        said = VGroup(Mono(f"({start}, {end})", SIZE.statement, INK.activation), name).arrange(RIGHT, buff=0.3)
        return said.move_to((self.row.tiles[token].get_x() + 0.6, -2.1, 0))

    def use(self):
        with self.beat("use") as beat:
            tile = self.row.tiles[TOKEN]
            beat.hold("token")
            tag = self.label("tag", SIZE.label, INK.activation).next_to(tile, DOWN, buff=0.15)
            self.play(tile.animate.light(), FadeOut(self.links), FadeIn(tag, shift=DOWN * 0.2))
            beat.hold("back")
            start, end = (int(at) for at in self.spans[TOKEN])
            span = self.span(start, end)
            fallen = tile.copy().animate.move_to(span).set_opacity(0)
            pair = self.pair(TOKEN, self.spans)
            moved = tag.animate.next_to(span, UP, buff=0.15)
            self.play(fallen, moved, FadeIn(span), FadeIn(pair, shift=DOWN * 0.3), run_time=MOTION.slow)
            beat.hold("char")
            one = self.span(CHARACTER, CHARACTER + 1)
            self.play(FadeOut(span), FadeOut(pair), FadeOut(tag), tile.animate.plain(), FadeIn(one, scale=1.5))
            beat.hold("tile")
            found = next(k for k, (start, end) in enumerate(self.spans) if start <= CHARACTER < end)
            home = self.row.tiles[found]
            rise = one.copy().animate.move_to(home).set_opacity(0)
            self.play(rise, home.animate.light(), FadeIn(self.pair(found, self.spans), shift=UP * 0.3))

    def span(self, start, end):
        """A frame around characters of the text."""
        left, right = self.row.edge(start)[0], self.row.edge(end)[0]
        box = RoundedRectangle(corner_radius=0.07, width=right - left, height=0.62).set_fill(opacity=0)
        return box.set_stroke(INK.activation, width=3).move_to(((left + right) / 2, self.written.get_y(), 0))
