"""Compositions the LoRA scenes share: the model as a stack of matrices, the adapter's branch beside its weight."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Arrow,
    Brace,
    Circle,
    Dot,
    Rectangle,
    RoundedRectangle,
    SurroundingRectangle,
    VGroup,
    VMobject,
)

from scenes.stage import INK, SIZE, Bars, Formula, LectureScene, Mono, TensorGrid, Words, sample, scale_note, shape_note

SHOWN = 12  # rows and columns of a large matrix that are drawn


class LoraScene(LectureScene):
    lecture = "09-lora/merge"
    trace_name = "lora/merge"
    tensors = dict.fromkeys(("W", "W.merged", "W.unmerged", "delta", "x", "h.base"), 2) | dict.fromkeys(
        ("A.steps", "B.steps", "A.grad.steps", "B.grad.steps"), 3
    )

    @property
    def into(self) -> int:
        """Inputs of the recorded layer."""
        return int(self.trace.value("hidden"))

    @property
    def out(self) -> int:
        """Its outputs."""
        return int(self.derived(self.trace.value("matrix.full") // self.into, "entries of W to an input"))

    def change(self, cell: float) -> TensorGrid:
        """The learned update, on a scale of its own."""
        return TensorGrid(sample(self.trace["delta"], SHOWN, SHOWN), INK.update, cell, full=(self.out, self.into))

    def weight(self, name: str = "W", cell: float = 0.27, color: str = INK.weight) -> TensorGrid:
        """A sampled matrix of the layer; all of them share the scale of W."""
        limit = float(np.abs(sample(self.trace["W"], SHOWN, SHOWN)).max())
        matrix = self.trace[name]
        return TensorGrid(sample(matrix, SHOWN, SHOWN), color, cell, limit, (self.out, self.into))

    def low_rank(self, step: int, cell: float = 0.2) -> tuple[TensorGrid, TensorGrid]:
        """A, shape (r, 12), and B, shape (12, r), at one recorded step, on scales that hold for all steps."""
        rank = self.trace.value("rank")
        a, b = self.trace["A.steps"], self.trace["B.steps"]
        a_grid = TensorGrid(sample(a[step], rank, SHOWN), INK.lora_a, cell, np.abs(a).max() * 0.6, (rank, self.into))
        b_grid = TensorGrid(sample(b[step], SHOWN, rank), INK.lora_b, cell, np.abs(b).max() * 0.6, (self.out, rank))
        return a_grid, b_grid

    @property
    def layer(self) -> int:
        """Index of the layer whose matrix was recorded."""
        return next(int(part) for part in self.trace.value("module").split(".") if part.isdigit())

    def gradients(self, step: int, cell: float = 0.2) -> tuple[TensorGrid, TensorGrid]:
        """Gradients of A and B at one recorded step, sampled as A and B are."""
        rank = self.trace.value("rank")
        a, b = self.trace["A.grad.steps"][step], self.trace["B.grad.steps"][step]
        return (
            TensorGrid(sample(a, rank, SHOWN), INK.gradient, cell, full=(rank, self.into)),
            TensorGrid(sample(b, SHOWN, rank), INK.gradient, cell, full=(self.out, rank)),
        )

    def named(self, grid: TensorGrid, name: str, color: str, direction=DOWN) -> VGroup:
        rows, columns = grid.shape
        showing = self.labels.text("showing", rows=rows, columns=columns)
        return shape_note(grid, name, color, showing, direction)


class ModelStack(VGroup):
    """The model of a trace as layers of matrices in their true proportions, lying down, first layer at the bottom.

    Of more than four layers the first two and the last two are drawn, and `note` says so below.
    """

    ROOM = 5.46  # for the matrices of one layer

    def __init__(self, scene: LoraScene) -> None:
        layers, hidden = scene.trace.value("layers"), scene.into
        self.shown = list(range(layers)) if layers <= 4 else [0, 1, layers - 2, layers - 1]
        shapes = zip(scene.trace.value("block.rows"), scene.trace.value("block.columns"), strict=True)
        sizes = [(min(shape) / hidden, max(shape) / hidden) for shape in shapes]
        unit = min(0.42, self.ROOM / sum(w for _, w in sizes))
        stack = []
        for _ in self.shown:
            row = VGroup(*(Rectangle(width=unit * w, height=unit * h) for h, w in sizes)).arrange(RIGHT, buff=0.12)
            row.set_fill(INK.weight, 0.75).set_stroke(width=0)
            frame = RoundedRectangle(corner_radius=0.1, width=row.width + 0.4, height=row.height + 0.36)
            frame.set_stroke(INK.line, 2).move_to(row)
            stack.append(VGroup(frame, row))
        super().__init__(*stack)
        self.arrange(UP, buff=0.22)
        self.dots, self.note = VGroup(), VGroup()
        if layers > 4:
            self[2:].shift(UP * 0.25)
            self.dots = VGroup(*(Dot(radius=0.03, color=INK.quiet) for _ in range(3))).arrange(DOWN, buff=0.07)
            said = {"n": scene.derived(len(stack), "layers that are drawn"), "all": layers}
            self.note.add(scene.label("layers_shown", SIZE.label, INK.quiet, fields=said))
            self.add(self.dots.move_to(VGroup(stack[1], stack[2])))

    def matrix(self, layer: int, index: int) -> VMobject:
        row: Any = self[self.shown.index(layer)][1]
        return row[index]


def frozen(grid: TensorGrid) -> SurroundingRectangle:
    """The rim that marks a tensor which is kept as it is."""
    return SurroundingRectangle(grid, color=INK.weight, buff=0.12, corner_radius=0.1, stroke_width=4)


def column(values: np.ndarray, color: str, cell: float, shown: int, limit: float | None = None) -> TensorGrid:
    """A vector, shape (n,), as a column of at most `shown` sampled cells."""
    return TensorGrid(sample(values[:, None], shown, 1), color, cell, limit, values.shape)


def flow(start: np.ndarray, end: np.ndarray) -> Arrow:
    """A quiet arrow along which data goes."""
    return Arrow(
        start,
        end,
        buff=0.12,
        color=INK.line,
        stroke_width=4,
        tip_length=0.18,
        max_tip_length_to_length_ratio=0.4,
    )


class Branch:
    """Where everything of a LoRA layer stands: W above, A and B below, x on the left, h on the right.

    `w`, `a`, `b` are grids, `x`, `base`, `down`, `up`, `h` columns for one token; the notes carry names and shapes.
    All values are the trace's: Wx, Ax, scaling * BAx, and their sum.
    """

    def __init__(self, scene: LoraScene, token: int = -1, step: int = 0) -> None:
        trace, cell = scene.trace, 0.185
        self.w = scene.weight(cell=cell).move_to((-0.8, 1.5, 0))
        self.a, self.b = scene.low_rank(step, cell)
        self.a.move_to((-2.3, -1.2, 0))
        self.b.move_to((1.1, -1.2, 0))
        self.w_note = scene.named(self.w, "W", INK.weight, RIGHT).shift(RIGHT * 0.15)
        self.a_note, self.b_note = scene.named(self.a, "A", INK.lora_a), scene.named(self.b, "B", INK.lora_b)
        braces = Brace(self.a, RIGHT, buff=0.1, color=INK.words), Brace(self.b, UP, buff=0.1, color=INK.words)
        width = f"r = {trace.value('rank')}"
        self.widths = VGroup(
            braces[0],
            Words(width, SIZE.label).next_to(braces[0], RIGHT, buff=0.1),
            braces[1],
            Words(width, SIZE.label).next_to(braces[1], UP, buff=0.1),
        )

        x, base = trace["x"][token], trace["h.base"][token]
        down = trace["h.down.first" if step == 0 else "h.down"][token]
        up = trace.value("scaling") * (trace["B.steps"][step] @ down)
        limit = float(np.abs(base).max()) * 0.7
        self.x = column(x, INK.activation, cell, 12).move_to((-5.7, 0, 0))
        self.base = column(base, INK.activation, cell, 12, limit).move_to((3.4, 1.5, 0))
        self.down = column(down, INK.activation, cell, 12).move_to((-0.5, -1.2, 0))
        self.up = column(up, INK.activation, cell, 12, limit).move_to((3.4, -1.2, 0))
        self.h = column(base + up, INK.activation, cell, 12, limit).move_to((5.9, 0, 0))
        self.plus = VGroup(
            Circle(0.26, color=INK.words, stroke_width=3), Words("+", SIZE.statement, INK.words)
        ).move_to((4.7, 0, 0))
        self.entries = [flow(self.x.get_right(), self.w.get_left()), flow(self.x.get_right(), self.a.get_left())]
        self.across = flow(self.w.get_right(), self.base.get_left()).shift(UP * 0.75)
        self.along = [
            flow(start.get_right(), end.get_left())
            for start, end in ((self.a, self.down), (self.down, self.b), (self.b, self.up))
        ]
        self.exits = [
            flow(self.base.get_right(), self.plus.get_corner(UP + LEFT)),
            flow(self.up.get_right(), self.plus.get_corner(DOWN + LEFT)),
            flow(self.plus.get_right(), self.h.get_left()),
        ]
        inks = {"x": INK.activation, "h": INK.activation, "W": INK.weight, "A": INK.lora_a, "B": INK.lora_b}
        names = {"x": "x", "base": "W x", "down": "A x", "up": "alpha/r B A x", "h": "h"}
        self.notes = {
            part: coloured(formula, inks).next_to(getattr(self, part), DOWN, buff=0.15)
            for part, formula in names.items()
        }


def coloured(formula: str, inks: dict[str, str]) -> Formula:
    """A formula whose single letters wear the colours of the ledger."""
    letters = [word for word in formula.split() if word in inks]
    marked = " ".join(f"{{{{ {word} : {word} }}}}" if word in inks else word for word in formula.split())
    return Formula(marked, 38, {letter: inks[letter] for letter in letters})


class Compared:
    """Logits of the last position before and after, as rows of cells, and the largest difference over all logits."""

    SHOWN = 24

    def __init__(self, scene: LoraScene, before: str, after: str, difference: str) -> None:
        rows = [scene.trace[name][-1:] for name in (before, after)]
        limit, rest = float(np.abs(rows[0]).max()) * 0.8, rows[1] - rows[0]
        grids = [TensorGrid(sample(row, 1, self.SHOWN), INK.activation, 0.38, limit, row.shape) for row in rows]
        grids.append(TensorGrid(sample(rest, 1, self.SHOWN), INK.quiet, 0.38, full=rest.shape))
        VGroup(*grids).arrange(DOWN, buff=0.75).move_to((1.4, 0.5, 0))
        names = (f"logits_{before.split('.')[1]}", f"logits_{after.split('.')[1]}", "logits_rest")
        heads = [scene.label(name).next_to(grid, LEFT, buff=0.35) for name, grid in zip(names, grids, strict=True)]
        showing = scene.labels.text("logits_showing", shown=self.SHOWN, all=scene.trace.value("vocabulary"))
        note = Words(showing, SIZE.least, INK.quiet).next_to(grids[0], UP, buff=0.25).align_to(grids[0], RIGHT)
        self.before, self.after = VGroup(heads[0], grids[0], note), VGroup(heads[1], grids[1])
        self.rest = VGroup(heads[2], grids[2])
        if rest.any():
            self.rest.add(scale_note(grids[2].limit).next_to(grids[2], DOWN, buff=0.2).align_to(grids[2], RIGHT))
        value = scene.trace.value(difference)
        number = Mono("0" if value == 0 else f"{value:.1e}", SIZE.title)
        head = scene.label("largest_difference", SIZE.label, INK.quiet)
        self.gap = VGroup(head, number).arrange(RIGHT, buff=0.4, aligned_edge=DOWN).move_to((0, -2.3, 0))


def dim_but(grid: TensorGrid, kept: VGroup) -> list[Any]:
    """Animations that light `kept` and dim the other cells of the grid."""
    return [cell.animate.set_opacity(1 if cell in kept.submobjects else 0.25) for cell in grid.cells]


def smooth(values: np.ndarray, window: int = 9) -> np.ndarray:
    """Moving mean over at most `window` values, shape unchanged."""
    ones = np.ones(window)
    return np.convolve(values, ones, "same") / np.convolve(np.ones(len(values)), ones, "same")


def perplexities(scene: LoraScene, kinds: tuple[str, ...], height: float) -> Bars:
    """Perplexity on unseen code of the original model (base), with LoRA, and after full fine-tuning."""
    inks = {"base": INK.quiet, "lora": INK.update, "full": INK.weight}
    values = {kind: scene.trace.value(f"perplexity.{kind}") for kind in kinds}
    rows = [(scene.labels.text(f"model_{k}"), value, inks[k], f"{value:.1f}") for k, value in values.items()]
    return Bars(rows, 5.6 / max(values.values()), height, gap=0.5)
