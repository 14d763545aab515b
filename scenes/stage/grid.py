"""A tensor as a grid of cells that carry real values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    Animation,
    FadeIn,
    ManimColor,
    Square,
    VGroup,
    VMobject,
    linear,
    there_and_back,
)

from scenes.stage.leaf import Cell
from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Mono, Words


class TensorGrid(VGroup):
    """A matrix, shape (rows, columns), as squares: brightness is magnitude, filled is positive, outlined is negative.

    `full` is the shape of the tensor that was sampled; `scale` the magnitude drawn at full brightness (default: the
    largest shown). Cells are in row-major order in `cells`.
    """

    GAP = 0.12  # of a cell

    def __init__(
        self,
        values: np.ndarray,
        color: str,
        cell: float = 0.25,
        scale: float | None = None,
        full: tuple[int, ...] | None = None,
    ) -> None:
        if values.ndim != 2:
            raise ValueError(f"a grid shows a matrix, not shape {values.shape}")
        self.hue, self.full = ManimColor(color), full or values.shape
        self.limit = float(scale if scale is not None else np.abs(values).max()) or 1.0
        self.shape = values.shape
        self.values = values.astype(float)
        side = cell * (1 - self.GAP)
        self.cells = VGroup(*(Cell(side, fill_opacity=1) for _ in range(values.size)))
        self.cells.arrange_in_grid(rows=values.shape[0], cols=values.shape[1], buff=cell * self.GAP)
        super().__init__(self.cells)
        self.paint(self.values)

    def paint(self, values: np.ndarray) -> TensorGrid:
        """Show other values of the same shape on the same scale."""
        self.values = np.asarray(values, dtype=float).reshape(self.shape)
        bright = np.minimum(np.abs(self.values.ravel()) / self.limit, 1.0) ** 0.8
        tile, hue = (color.to_rgba() for color in (ManimColor(INK.tile), self.hue))
        shades = (1 - bright[:, None]) * tile + bright[:, None] * hue
        positive = self.values.ravel() >= 0
        fills = np.where(positive[:, None], shades, tile)
        widths = np.where(positive, 0.0, 1.2 + 1.4 * bright).tolist()
        for square, fill, shade, width in zip(self.cells, fills, shades, widths, strict=True):
            square.fill_rgbas, square.stroke_width = fill[None], width
            square.stroke_rgbas[:, :3] = shade[:3]
        return self

    def row(self, index: int) -> VGroup:
        return VGroup(*self.cells[index * self.shape[1] : (index + 1) * self.shape[1]])

    def column(self, index: int) -> VGroup:
        return VGroup(*self.cells[index :: self.shape[1]])


class Evolve(Animation):
    """A grid passes through snapshots, shape (snapshots, rows, columns), taken at `steps`, interpolated in between."""

    def __init__(self, grid: TensorGrid, snapshots: np.ndarray, steps: np.ndarray, **options: Any) -> None:
        self.snapshots, self.steps = np.asarray(snapshots, dtype=float), np.asarray(steps, dtype=float)
        super().__init__(grid, rate_func=options.pop("rate_func", linear), **options)

    def interpolate_mobject(self, alpha: float) -> None:
        step = self.steps[0] + self.rate_func(alpha) * (self.steps[-1] - self.steps[0])
        after = int(np.clip(np.searchsorted(self.steps, step), 1, len(self.steps) - 1))
        mix = (step - self.steps[after - 1]) / (self.steps[after] - self.steps[after - 1])
        grid: Any = self.mobject
        grid.paint((1 - mix) * self.snapshots[after - 1] + mix * self.snapshots[after])


def pulse(grid: Any, scale: float = 1.12) -> Any:
    """The mobject swells and settles: look here. Its values keep their colours."""
    return grid.animate(rate_func=there_and_back).scale(scale)


def gather(sources: Sequence[VMobject], target: VMobject) -> list[Any]:
    """Copies of the sources travel to the target and dissolve while it appears: it is made of all of them.

    Unlike a Transform of groups with different structure this draws no more than the sources and the target.
    """
    return [source.copy().animate.move_to(target).set_opacity(0) for source in sources] + [FadeIn(target)]


def sample(tensor: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Evenly spaced rows and columns of a matrix; all of them where there are no more than asked for."""
    pick = [
        np.unique(np.linspace(0, size - 1, min(size, wanted)).round().astype(int))
        for size, wanted in zip(tensor.shape, (rows, columns), strict=True)
    ]
    return tensor[np.ix_(*pick)]


def shape_note(grid: TensorGrid, name: str, color: str, showing: str = "", direction: Any = DOWN) -> VGroup:
    """Name and shape of a tensor beside its grid; says what is shown when the grid is a sample."""
    shape = " × ".join(str(size) for size in grid.full)
    note = VGroup(Words(name, SIZE.statement, color, weight=500), Mono(shape, SIZE.least, INK.quiet))
    note.arrange(RIGHT, buff=0.2, aligned_edge=DOWN)
    if tuple(grid.full) != tuple(grid.shape) and showing:
        note = VGroup(note, Words(showing, SIZE.least, INK.quiet)).arrange(DOWN, buff=0.1)
    return note.next_to(grid, direction, buff=0.2)


def scale_note(limit: float) -> VGroup:
    """How to read the cells: filled is positive, outlined negative, full brightness is `limit`."""
    positive = Square(0.2).set_fill(INK.quiet, 1).set_stroke(width=0)
    negative = Square(0.2).set_fill(INK.tile, 1).set_stroke(INK.quiet, width=2.4)
    words = [Mono(f"+{limit:.2g}", SIZE.least, INK.quiet), Mono(f"−{limit:.2g}", SIZE.least, INK.quiet)]
    note = VGroup(positive, words[0], negative, words[1])
    return note.arrange(RIGHT, buff=0.14)
