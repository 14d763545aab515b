"""What the scenes of the lecture on BPE share: their trace, and how they name what it holds.

Every number comes from the trace `tokenization/bpe`: a byte-level BPE tokenizer of 1024 entries, learned by the
tokenizers library from Python's documentation.
"""

from manim import DOWN, RIGHT, UP, Line, VGroup

from scenes.stage import INK, SIZE, LectureScene, Mono, Tokens, Words
from scenes.stage.tokens import SPACE, shown


class BpeScene(LectureScene):
    lecture = "03-tokenization/bpe"
    trace_name = "tokenization/bpe"

    def pieces(self, sample: int, stop: int) -> list[str]:
        """Text `sample` after `stop` merges."""
        return self.trace.value(f"sample.{sample}.{stop}.tokens")

    @property
    def all_merges(self) -> int:
        return self.trace.value("stops")[-1]

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Left and right part of every merge as they are shown, in the order learned."""
        left, right = (map(shown, self.trace.value(f"merges.{side}")) for side in ("left", "right"))
        return list(zip(left, right, strict=True))

    def space_mark(self) -> VGroup:
        """What the mark on the tiles means."""
        mark = VGroup(Mono(f"{SPACE} =", SIZE.label, INK.quiet), self.label("space", SIZE.label, INK.quiet))
        return mark.arrange(RIGHT, buff=0.15)

    def source(self, size: float = SIZE.least, color: str = INK.quiet) -> Words:
        """What was learned from what, for the foot of a picture."""
        n = self.trace.value("vocabulary")
        return self.label("learned", size, color, fields={"n": f"{n:,}"}).move_to((0, -2.95, 0))


def extent(row: Tokens, color: str = INK.line) -> VGroup:
    """A line along the foot of a row, from its first tile to its last."""
    left, right = row.get_corner(DOWN)[1], 0.12
    line = Line((row.get_left()[0], left - 0.2, 0), (row.get_right()[0], left - 0.2, 0))
    ticks = [Line(end + UP * right, end + DOWN * right) for end in (line.get_start(), line.get_end())]
    return VGroup(line, *ticks).set_stroke(color, width=3)
