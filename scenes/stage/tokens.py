"""Tokens as tiles over the text they stand for, and tiles that fall together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Animation, RoundedRectangle, VGroup, VMobject, smooth

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono, Receding

SPACE = "␣"  # how a space is shown


def shown(piece: str) -> str:
    """A piece as it stands on a tile: a space, and the letter byte-level BPE writes for it, as `SPACE`."""
    return piece.replace("\u0120", SPACE).replace(" ", SPACE)


@cache
def glyph(letter: str, size: float) -> Mono:
    return Mono(letter, size)


class Letters(Receding, VGroup):
    """Letters, each at its own place: one text, however far apart they stand. Spaces stay empty."""

    literals = ()

    def __init__(self, text: str, size: float, places: np.ndarray) -> None:
        self.text, self.size = text, size
        standing = [(letter, place) for letter, place in zip(text, places, strict=True) if not letter.isspace()]
        glyphs: list[Any] = [glyph(letter, size).copy().level(place)[0] for letter, place in standing]
        super().__init__(*glyphs)
        self.natural = float(np.hypot(self.width, self.height))


class Tile(VGroup):
    """One token: `box` and `letters`."""

    def __init__(self, box: RoundedRectangle, letters: Letters | Mono) -> None:
        self.box, self.letters = box, letters
        super().__init__(box, letters)

    def light(self, color: str = INK.activation) -> Self:
        """Lit: rim and letters in this colour."""
        self.box.set_stroke(color, width=3)
        self.letters.set_color(color)
        return self

    def plain(self) -> Self:
        """As it was before it was lit."""
        self.box.set_stroke(INK.line, width=1.5)
        self.letters.recede(1).set_color(INK.words)
        return self


class Tokens(VGroup):
    """Pieces of a text as tiles in a row; tile i is `tokens[i]`, `tokens.spelled` the text.

    A letter takes `step` units, a tile `pad` more at both ends; `gap` lies between tiles. With neither, every letter
    stands where it stands in the text, however that is cut: rows of the same text lie letter over letter.
    """

    RIM = 0.03  # kept free around a tile

    def __init__(
        self,
        pieces: Sequence[str],
        step: float = 0.3,
        size: float = SIZE.label,
        pad: float = 0.0,
        gap: float = 0.0,
        height: float = 0.62,
        color: str = INK.tile,
    ) -> None:
        self.pieces = [shown(piece) for piece in pieces]
        self.step, self.size, self.pad, self.gap, self.tall, self.ground = step, size, pad, gap, height, color
        widths = [len(piece) * step + 2 * pad for piece in self.pieces]
        starts = accumulate(widths[:-1], lambda start, width: start + width + gap, initial=0.0)
        super().__init__(*(self._tile(piece, start) for piece, start in zip(self.pieces, starts, strict=True)))
        self.center()

    def _tile(self, piece: str, start: float) -> Tile:
        width = len(piece) * self.step + 2 * self.pad
        box = self.frame(start, start + width)
        places = np.array([(start + self.pad + (k + 0.5) * self.step, 0, 0) for k in range(len(piece))])
        return Tile(box, Letters(piece, self.size, places))

    def frame(self, left: float, right: float, middle: float = 0.0) -> RoundedRectangle:
        """A box of this row from one x to another."""
        box = RoundedRectangle(corner_radius=0.07, width=right - left - 2 * self.RIM, height=self.tall)
        box.set_fill(self.ground, 1).set_stroke(INK.line, width=1.5)
        return box.move_to(((left + right) / 2, middle, 0))

    @property
    def tiles(self) -> list[Any]:
        """The tiles, from left to right."""
        return list(self.submobjects)

    @property
    def spelled(self) -> str:
        """What the tiles spell together."""
        return "".join(self.pieces)

    @property
    def cuts(self) -> list[int]:
        """Letters before each tile, and all of them."""
        return list(accumulate(map(len, self.pieces), initial=0))

    def written(self, text: str, color: str = INK.words) -> Letters:
        """The text itself, letter for letter in the places of this row: the same length, its spaces left empty."""
        if len(text) != len(self.spelled):
            raise ValueError(f"{text!r} has {len(text)} characters, the tiles {len(self.spelled)}")
        places = [self.edge(k) * [1, 0, 0] + RIGHT * self.step / 2 for k in range(len(text))]
        return Letters(text, self.size, np.array(places)).set_color(color).shift(UP * self.get_y())

    def cut(self, pieces: Sequence[str]) -> Tokens:
        """The same text in other pieces, in the place of this row, from the same left edge."""
        return Tokens(pieces, self.step, self.size, self.pad, self.gap, self.tall, self.ground).move_to(
            self, aligned_edge=LEFT
        )

    def edge(self, letter: int, direction: Any = DOWN) -> np.ndarray:
        """Where the letter begins, on the lower (UP: upper) edge; for rows without padding. The last: where it ends."""
        corner = self.get_corner(direction + LEFT)
        return corner + RIGHT * (letter * self.step - self.RIM)

    def where(self, left: str, right: str) -> list[int]:
        """Tiles that are `left` with `right` after them, from the left, none of them twice."""
        found: list[int] = []
        for place, pair in enumerate(pairwise(self.pieces)):
            if pair == (shown(left), shown(right)) and (not found or found[-1] + 1 < place):
                found.append(place)
        return found

    def joined(self, left: str, right: str) -> Tokens:
        """The row after every `left` with `right` after it became one tile."""
        places, pieces = set(self.where(left, right)), list(self.pieces)
        kept = [
            piece + (pieces[place + 1] if place in places else "")
            for place, piece in enumerate(pieces)
            if place - 1 not in places
        ]
        return self.cut(kept)

    def below(self, texts: Iterable[str], color: str = INK.quiet, buff: float = 0.15) -> VGroup:
        """A text under every tile, such as its id."""
        return VGroup(
            *(
                Mono(text, SIZE.least, color).next_to(tile, DOWN, buff=buff)
                for text, tile in zip(texts, self, strict=True)
            )
        )

    def adopt(self, other: Tokens) -> Self:
        """Be that row: its pieces, its tiles."""
        self.pieces, self.submobjects = list(other.pieces), list(other.submobjects)
        return self


class Regroup(Animation):
    """The tiles of a row move until they are those of `target`, the same letters in other pieces.

        self.play(Regroup(row, row.joined("t", "h")))

    Letters travel to their new place, and each tile to its share of the tile it becomes part of.
    """

    def __init__(self, row: Tokens, target: Tokens, **options: Any) -> None:
        if row.spelled != target.spelled:
            raise ValueError(f"the tiles spell {row.spelled!r}, their target {target.spelled!r}")
        self.target = target
        super().__init__(row, rate_func=options.pop("rate_func", smooth), **options)

    def begin(self) -> None:
        row: Any = self.mobject
        cuts = sorted({*row.cuts, *self.target.cuts})
        self.first, self.last = shares(row, cuts), shares(self.target, cuts)
        row.submobjects = [tile.copy() for tile in self.first]
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        row: Any = self.mobject
        part = self.rate_func(alpha)
        for tile, first, last in zip(row, self.first, self.last, strict=True):
            for mobject, one, other in zip(tile.get_family(), first.get_family(), last.get_family(), strict=True):
                if isinstance(mobject, VMobject) and len(mobject.points):
                    mobject.interpolate(one, other, part)

    def finish(self) -> None:
        super().finish()
        row: Any = self.mobject
        row.adopt(self.target)


def shares(row: Tokens, cuts: Sequence[int]) -> list[Tile]:
    """The tiles of a row cut further, at these letters: each part has its share of its tile's box."""
    parts = []
    for tile, (start, end) in zip(row.tiles, pairwise(row.cuts), strict=True):
        inner = [cut for cut in cuts if start <= cut <= end]
        left, right = tile.box.get_left()[0] - row.RIM, tile.box.get_right()[0] + row.RIM
        for one, other in pairwise(inner):
            near, far = (left + (right - left) * (cut - start) / (end - start) for cut in (one, other))
            box = row.frame(near, far, tile.box.get_y()).match_style(tile.box)
            letters = tile.letters.copy()
            letters.submobjects = letters.submobjects[one - start : other - start]
            letters.text = letters.text[one - start : other - start]
            letters.natural = float(np.hypot(letters.width, letters.height))
            parts.append(Tile(box, letters))
    return parts
