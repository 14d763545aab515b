"""A bit field: a number as cells, one for each bit."""

from __future__ import annotations

from manim import RIGHT, Square, VGroup

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono


class Bits(VGroup):
    """An unsigned whole number as `count` bits, the highest on the left: a filled cell is 1, a hollow one 0.

    Cells stand in groups of four: the two nibbles of a byte. `cells[i]` and `digits[i]` belong to bit i from
    the left; `nibble(n)` is the n-th group with its digits. ValueError if the number needs more bits.
    """

    NIBBLE = 4
    GAP = 0.1  # of a cell, between neighbours; four times that between nibbles

    def __init__(self, number: int, count: int = 8, color: str = INK.code, cell: float = 0.4) -> None:
        if not 0 <= number < 2**count:
            raise ValueError(f"{number} does not fit in {count} bits")
        self.number, text = number, f"{number:0{count}b}"
        side = cell * (1 - self.GAP)
        self.cells = VGroup(*(Square(side) for _ in text))
        self.digits = Mono(text, max(SIZE.least, cell * 75))
        for index, (square, digit, bit) in enumerate(zip(self.cells, self.digits, text, strict=True)):
            square.move_to(RIGHT * cell * (index + index // self.NIBBLE * self.GAP * 4))
            square.set_fill(color, 0.85 if bit == "1" else 0.0).set_stroke(color, width=2)
            digit.move_to(square).set_color(INK.ground if bit == "1" else color)
        super().__init__(self.cells, self.digits)
        self.center()

    def nibble(self, number: int) -> VGroup:
        """Cells and digits of the four bits that start at bit 4 * number."""
        part = slice(number * self.NIBBLE, (number + 1) * self.NIBBLE)
        return VGroup(VGroup(*self.cells[part]), VGroup(*self.digits[part]))
