"""Tensors side by side, each as wide as its bytes: the parameters of a model by module, or a file by its tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import DOWN, LEFT, RIGHT, Rectangle, VGroup

from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono


class TensorRows(VGroup):
    """Named rows of cells: (name, bytes of each tensor) for every row; `unit` is units per byte.

    `cells[i]` is tensor i, counted through all rows, `rows[r]` the cells of row r and `names[r]` its name. A cell is
    hollow until it has storage: `rows.hold(3, 4)` fills tensors 3 and 4, `rows.free()` empties all. No cell is narrower
    than `LEAST`, so that a vector of a few hundred bytes can be seen.
    """

    LEAST = 0.06
    GAP = 0.03  # between cells
    HOLLOW = 0.08  # opacity of a cell without storage

    def __init__(
        self,
        rows: Sequence[tuple[str, Sequence[int]]],
        unit: float,
        height: float = 0.44,
        gap: float = 0.16,
        color: str = INK.weight,
        size: float = SIZE.least,
    ) -> None:
        self.ink, self.unit = color, unit
        self.rows, self.names = VGroup(), VGroup()
        labels = [Mono(name, size, INK.quiet) for name, _ in rows]
        left = max(label.width for label in labels) + 0.25
        for place, (label, (_, sizes)) in enumerate(zip(labels, rows, strict=True)):
            middle = DOWN * place * (height + gap)
            cells = VGroup(*(self._cell(size, height) for size in sizes)).arrange(RIGHT, buff=self.GAP)
            self.rows.add(cells.move_to(middle + RIGHT * left, aligned_edge=LEFT))
            self.names.add(label.level(middle + RIGHT * (left - 0.25), aligned_edge=RIGHT))
        self.cells: list[Any] = [cell for row in self.rows for cell in row]
        super().__init__(self.rows, self.names)
        self.free().center()

    def _cell(self, size: int, height: float) -> Rectangle:
        return Rectangle(width=max(size * self.unit - self.GAP, self.LEAST), height=height).set_stroke(self.ink, 1.5)

    def hold(self, *which: int, color: str | None = None) -> TensorRows:
        """These tensors have storage now (all, if none is named); `color`: another than their own."""
        for place in which or range(len(self.cells)):
            self.cells[place].set_fill(color or self.ink, 1).set_stroke(color or self.ink, 1.5)
        return self

    def free(self, *which: int) -> TensorRows:
        """These tensors are hollow again (all, if none is named): a shape, no numbers."""
        for place in which or range(len(self.cells)):
            self.cells[place].set_fill(self.ink, self.HOLLOW).set_stroke(self.ink, 1.5)
        return self
