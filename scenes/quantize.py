"""What the quantization scenes share: the real layer, its name on screen, the bits of a float."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, VGroup

from scenes.stage import FRAME_HEIGHT, FRAME_WIDTH, INK, MARGIN, SIZE, LectureScene, Mono, TensorGrid, Words, sample


class QuantizeScene(LectureScene):
    lecture = "11-numbers/dequantize"
    trace_name = "numbers/dequantize"
    tensors = dict.fromkeys(("W", "x", "absmax", "y.mixed"), 2) | dict.fromkeys(
        ("nf4.code", "fp4.code", "block.weights", "block.scaled", "block.nf4.code", "block.nf4.values", "made.weights"),
        1,
    )

    def origin(self) -> VGroup:
        """Which model and which layer the numbers come from, at the top right."""
        model = self.trace.value("model.name").rpartition("/")[2]
        lines = (Mono(model, SIZE.least, INK.weight), Mono(self.trace.value("module"), SIZE.least, INK.quiet))
        note = VGroup(*lines).arrange(DOWN, buff=0.08, aligned_edge=RIGHT)
        corner = (FRAME_WIDTH / 2 - MARGIN, FRAME_HEIGHT / 2 - MARGIN, 0)
        return note.move_to(corner, aligned_edge=UP + RIGHT)

    def weights(self, rows: int, columns: int, cell: float) -> TensorGrid:
        """A sample of the recorded matrix; its full shape is that of the layer."""
        shape = self.trace.value("matrix.rows"), self.trace.value("matrix.columns")
        return TensorGrid(sample(self.trace["W"], rows, columns), INK.weight, cell, full=shape)

    def showing(self, grid: TensorGrid) -> str:
        rows, columns = grid.shape
        return self.labels.text("showing", rows=rows, columns=columns)


def pattern(value: float, bits: int) -> int:
    """The bit pattern of a float32, or of the bf16 in its upper half, as a whole number."""
    return int(np.float32(value).view(np.uint32)) >> (32 - bits)


def signed(value: float, digits: int = 4) -> Mono:
    """A number with a true minus sign, as it stands beside what it measures."""
    return Mono(f"{value:.{digits}f}".replace("-", "−"), SIZE.label)


def chip(text: str, color: str) -> Words:
    """A short remark that says what kind of thing is shown."""
    return Words(text, SIZE.least, color, weight=500)
