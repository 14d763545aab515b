"""What the scenes of the lecture on from_pretrained share: their trace, the model and its files as rows of tensors.

Every number comes from the trace `auto/from_pretrained`: a small sharded Llama, loaded by the library and watched.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, VGroup

from scenes.stage import INK, SIZE, LectureScene, MemoryBar, Mono, TensorRows, Words, index

BFLOAT16 = 2  # bytes of a number
LAYER = "model.layers."


class PretrainedScene(LectureScene):
    lecture = "02-auto/from-pretrained"
    trace_name = "auto/from_pretrained"

    @property
    def parameters(self) -> list[str]:
        return self.trace.value("parameters")

    @property
    def sizes(self) -> list[int]:
        """Bytes of every parameter as the checkpoint holds it."""
        shapes = self.trace["parameters.shape"]
        return [int(np.prod(shape[shape > 0])) * BFLOAT16 for shape in shapes]

    @property
    def modules(self) -> list[list[int]]:
        """Parameters of the embedding, of each layer, of the last norm and of the head, by their places."""
        names = self.parameters
        layers = sorted({name.removeprefix(LAYER).split(".")[0] for name in names if name.startswith(LAYER)}, key=int)
        of_layers = [[k for k, name in enumerate(names) if name.startswith(f"{LAYER}{layer}.")] for layer in layers]
        alone = [[k] for k, name in enumerate(names) if not name.startswith(LAYER)]
        return [alone[0], *of_layers, *alone[1:]]

    def model(self, width: float, height: float = 0.44, gap: float = 0.16) -> TensorRows:
        """The model, module by module, hollow; `width`: of a layer."""
        count = len(self.modules) - 3
        names = ["embed", *(f"layer {index(k, of=count)}" for k in range(count)), "norm", "head"]
        sizes, unit = self.sizes, self.unit(width)
        rows = [(name, [sizes[k] for k in places]) for name, places in zip(names, self.modules, strict=True)]
        return TensorRows(rows, unit, height, gap)

    def unit(self, width: float) -> float:
        """Units per byte when a layer is `width` wide."""
        return width / sum(self.sizes[k] for k in self.modules[1])

    def files(self, unit: float, height: float = 0.44, gap: float = 0.16) -> tuple[TensorRows, dict[int, int]]:
        """The shards, their tensors in the order of the files; and which of its cells is which parameter."""
        shards = dict(zip(self.trace["weights.order"].tolist(), self.trace["weights.shard"].tolist(), strict=True))
        begins = self.trace["shards.begin"]
        inside: list[list[int]] = [[] for _ in self.trace.value("shards")]
        for place in sorted(shards, key=lambda place: int(begins[place])):
            if shards[place] >= 0:
                inside[shards[place]].append(place)
        rows = [
            (f"shard {index(k, of=len(inside))}", [self.sizes[place] for place in places])
            for k, places in enumerate(inside, 1)
        ]
        cells = {place: cell for cell, place in enumerate(place for places in inside for place in places)}
        return TensorRows(rows, unit, height, gap), cells


class Gauge(VGroup):
    """Memory as a bar that grows from its left end, its bytes beside it; `top` bytes are `width` units long."""

    def __init__(self, name: Words, top: float, width: float, color: str = INK.activation) -> None:
        self.bar = MemoryBar([0], [color], width / top, 0.36)
        self.bar.next_to(name, RIGHT, buff=0.3)
        super().__init__(name, self.bar)
        self.number = self._number(0)
        self.add(self.number)

    def read(self, size: float) -> list[Any]:
        """Animations to another reading."""
        before, self.number = self.number, self._number(size)
        return [self.bar.animate.paint([size]), FadeOut(before), FadeIn(self.number)]

    def _number(self, size: float) -> Mono:
        end = self.bar.parts[0].get_left() + RIGHT * (size * self.bar.unit + 0.2)
        return Mono(f"{size:,.0f} B", SIZE.label).level(end, aligned_edge=LEFT)
