"""Compositions the FSDP scenes share: the ranks with what they hold of every group, and the memory of one of them.

Every number comes from the trace `fsdp/step`: one real step of `fully_shard` on gloo processes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Animation,
    ArcBetweenPoints,
    Dot,
    FadeIn,
    FadeOut,
    Rectangle,
    Square,
    VGroup,
    VMobject,
)

from scenes.stage import (
    INK,
    SIZE,
    LectureScene,
    MemoryBar,
    Mono,
    Rank,
    Send,
    Shard,
    ShardedTensor,
    StageError,
    megabytes,
)

INKS = {
    "parameters": INK.weight,
    "unsharded": INK.gathered,
    "gradients": INK.gradient,
    "optimizer": INK.optimizer,
    "buffers": INK.buffer,
}


class FsdpScene(LectureScene):
    lecture = "14-fsdp/step"
    trace_name = "fsdp/step"
    backward = False  # of the marks that both passes set, this scene means those of the backward one

    def setup(self) -> None:
        super().setup()
        for rank in range(self.world):
            self.derived(rank, "ranks count from zero")

    @property
    def world(self) -> int:
        return int(self.trace.value("ranks"))

    @property
    def layers(self) -> int:
        return int(self.trace.value("layers"))

    @property
    def inks(self) -> list[str]:
        """Colours of the trace's categories of memory, in their order."""
        return [INKS[name] for name in self.trace.value("memory.categories")]

    def moment(self, name: str) -> int:
        """Which reading of the watched step is called so; of the forward and the backward one, that of this scene."""
        moments = self.trace.value("moments.fsdp")
        found = [place for place, each in enumerate(moments) if each == name]
        if not found:
            raise StageError(f"scene {type(self).__name__}: trace {self.trace_name} has no moment {name!r}")
        return found[-1 if self.backward else 0]

    def key(self, *names: str) -> VGroup:
        """Swatches with the names of categories of memory."""
        return swatches(self, {name: INKS[name] for name in names})


def swatches(scene: LectureScene, inks: dict[str, str]) -> VGroup:
    """What colours mean: a square and a label of the lecture for each, in a row."""
    rows = []
    for name, ink in inks.items():
        swatch = Square(0.2).set_fill(ink, 1).set_stroke(width=0)
        rows.append(VGroup(swatch, scene.label(name, SIZE.least)).arrange(RIGHT, buff=0.15))
    return VGroup(*rows).arrange(RIGHT, buff=0.5)


class Group(VGroup):
    """What one rank holds of one group of parameters: its shards of the weights, and of the gradients beside them."""

    def __init__(self, rank: int, world: int, width: float) -> None:
        self.rank, self.world = rank, world
        apart, gap = (0.22, 0.04) if world <= 4 else (0.1, 0.01)
        side = min(0.255 if world == 4 else 0.4, ((width - apart) / 2 - (world - 1) * gap) / world)
        own = np.eye(world)[rank][:, None]
        hues = [[INK.weight if place == rank else INK.gathered] for place in range(world)]
        self.weights: Any = ShardedTensor(hues, own, side, 0.44, gap)
        self.gradients: Any = ShardedTensor([INK.gradient] * world, np.zeros((world, world)), side, 0.44, gap)
        super().__init__(self.weights, self.gradients)
        self.arrange(RIGHT, buff=apart)
        for shard in self.gradients:
            shard.recede(0)

    @property
    def local(self) -> np.ndarray:
        """Lit shards of the weights after resharding, shape (ranks, 1)."""
        return np.eye(self.world)[self.rank][:, None]


class Ranks(VGroup):
    """Every rank as a panel with its groups in rows, the root at the bottom; names of the groups on the left.

    Of more than four layers the first two and the last two are drawn, and `note` says so. `shown` are the groups of the
    rows; `groups[p][r]` is row p on rank r; `activations[r]` a bar that passes up and down beside the weights.
    """

    ROOM, ROW, GAP = 12.08, 0.64, 0.25

    def __init__(self, scene: FsdpScene) -> None:
        self.world = scene.world
        every = [name.removeprefix("model.") for name in scene.trace.value("groups")]
        self.shown = list(range(len(every)))
        self.left_out = len(every) > 5
        if self.left_out:
            self.shown = [0, 1, 2, len(every) - 2, len(every) - 1]
        names = [every[group] for group in self.shown]
        row, gap = (self.ROW - 0.05, self.GAP) if self.left_out else (self.ROW, 0.0)
        between = 0.2 if self.world <= 4 else 0.1
        width = min(3.9, (self.ROOM - between * (self.world - 1)) / self.world)
        self.panels: Any = VGroup(*(Rank(rank, width, row * len(names) + 0.75 + gap) for rank in range(self.world)))
        self.panels.arrange(RIGHT, buff=between)
        self.groups = [[Group(rank, self.world, width - 0.3) for rank in range(self.world)] for _ in names]
        self.panels.move_to((6.6 - self.ROOM, 2.75, 0), aligned_edge=LEFT + UP)
        self.names = VGroup()
        for place, name in enumerate(names):
            y = self.panels.get_bottom()[1] + 0.2 + (place + 0.5) * row + gap * (place > 2)
            self.names.add(Mono(name, SIZE.least, INK.quiet).level((-6.6, y, 0), aligned_edge=LEFT))
            for panel, group in zip(self.panels, self.groups[place], strict=True):
                group.move_to((panel.get_x(), y, 0))
        wide = min(1.1, 0.97 * self.groups[0][0].gradients.width)
        self.activations = VGroup(
            *(Rectangle(width=wide, height=0.14).set_fill(INK.activation, 1).set_stroke(width=0) for _ in self.panels)
        )
        self.note = VGroup()
        if self.left_out:
            y = (self.names[2].get_y() + self.names[3].get_y()) / 2
            dots = VGroup(*(Dot(radius=0.025, color=INK.quiet) for _ in range(3))).arrange(DOWN, buff=0.06)
            said = {"n": len(names) - 1, "all": scene.layers}
            words = scene.label("showing", SIZE.least, INK.quiet, fields=said)
            scene.derived(said["n"], "layers that are drawn")
            self.note.add(dots.move_to((-6.0, y, 0)), words.level((6.6, 3.2, 0), aligned_edge=RIGHT))
        super().__init__(self.panels, self.names, self.note, *(group for row in self.groups for group in row))

    def lane(self, rank: int, group: int) -> np.ndarray:
        """Where the activations of a rank are while a group computes: beside its weights."""
        place: np.ndarray = self.groups[group][rank].gradients.get_center()
        return place

    def gather(self, group: int, arrive: bool = True) -> list[Animation]:
        """All-gather: every rank sends its shard to all others. Not `arrive`: what comes waits in a buffer."""
        row = self.groups[group]
        sends: list[Animation] = []
        for sender in range(self.world):
            for receiver in range(self.world):
                if sender != receiver:
                    source, target = row[sender].weights[sender], row[receiver].weights[sender]
                    sends.append(Send(source, target, [1.0 if arrive else 0.0], way=self.way(source, target)))
        return sends

    def buffered(self, group: int) -> list[Any]:
        """What was gathered lies in a buffer: grey, not yet parameters."""
        return [
            shard.stripes.animate.set_fill(INK.buffer, 1)
            for holder in self.groups[group]
            for place, shard in enumerate(holder.weights)
            if place != holder.rank
        ]

    def whole(self, group: int) -> list[Any]:
        """Full parameters, without a movement between ranks: out of the buffer."""
        return [holder.weights.animate.paint(np.ones((self.world, 1))) for holder in self.groups[group]]

    def free(self, group: int) -> list[Any]:
        """Reshard: the shards of the others go, and with the gradient those of the gradient are gone already."""
        return [holder.weights.animate.paint(holder.local) for holder in self.groups[group]]

    def gradient(self, group: int) -> list[Any]:
        """Every rank's own full gradient: in each shard only its stripe is lit."""
        for holder in self.groups[group]:
            holder.gradients.paint(np.tile(np.eye(self.world)[holder.rank], (self.world, 1)))
        return [shard.animate.recede(1) for holder in self.groups[group] for shard in holder.gradients]

    def scatter(self, group: int) -> list[Animation]:
        """Reduce-scatter: all versions of shard i go to rank i and are averaged there."""
        row = self.groups[group]
        sends: list[Animation] = []
        for sender in range(self.world):
            for receiver in range(self.world):
                if sender != receiver:
                    source, target = row[sender].gradients[receiver], row[receiver].gradients[receiver]
                    sends.append(Send(source, target, np.ones(self.world), way=self.way(source, target)))
        return sends

    def drop(self, group: int) -> list[Any]:
        """After reduce-scatter: of the gradient only the own shard stays."""
        return [
            shard.animate.recede(0)
            for holder in self.groups[group]
            for place, shard in enumerate(holder.gradients)
            if place != holder.rank
        ]

    def way(self, source: Shard, target: Shard) -> VMobject:
        """A way that bends, so that what travels passes beside the shards between: downwards in the upper rows."""
        turn = PI / 9 if target.get_x() < source.get_x() else -PI / 9
        below = source.get_y() > self.panels.get_y()
        return ArcBetweenPoints(source.get_center(), target.get_center(), angle=-turn if below else turn)


class Footprint:
    """What one rank holds at a moment of the watched step: a stacked bar, its bytes, and the mark that was passed.

    All ranks hold the same bytes at every moment; the capture refuses a trace in which they do not.
    """

    WIDTH, Y = 8.2, -2.15

    def __init__(self, scene: FsdpScene, moment: str) -> None:
        self.scene = scene
        place = scene.moment(moment)
        unit = self.WIDTH / scene.trace.value("bytes.fsdp.peak")[0]
        self.head = scene.label("each", SIZE.least, INK.quiet).level((-6.6, self.Y, 0), aligned_edge=LEFT)
        self.bar = MemoryBar(scene.trace["memory.fsdp"][0, place], scene.inks, unit, 0.34)
        self.bar.shift(np.array([self.head.get_right()[0] + 0.3, self.Y, 0]) - self.bar.parts[0].get_left())
        self.words = self._words(place)
        self.key = scene.key(*scene.trace.value("memory.categories"))
        self.key.move_to((self.bar.get_left()[0], self.Y + 0.55, 0), aligned_edge=LEFT)

    def _words(self, place: int) -> VGroup:
        scene = self.scene
        total = scene.derived(int(scene.trace["memory.fsdp"][0, place].sum()), "sum over the categories at this moment")
        number = Mono(megabytes(total), SIZE.label)
        number.level((self.bar.get_left()[0] + total * self.bar.unit + 0.25, self.Y, 0), aligned_edge=LEFT)
        name = scene.trace.value("moments.fsdp")[place].split(" ", 1)[1]
        mark = Mono(name, SIZE.least, INK.quiet).level((self.bar.get_left()[0], self.Y - 0.5, 0), aligned_edge=LEFT)
        return VGroup(number, mark)

    def appear(self) -> list[Animation]:
        self.scene.keep(self.head, self.bar, self.words, self.key)
        return [FadeIn(thing) for thing in (self.head, self.bar, self.words, self.key)]

    def to(self, moment: str) -> list[Any]:
        """Animations to another moment: the bar grows or shrinks, number and mark are exchanged."""
        place = self.scene.moment(moment)
        old, self.words = self.words, self._words(place)
        self.scene.keep(self.words)
        return [
            self.bar.animate.paint(self.scene.trace["memory.fsdp"][0, place]),
            FadeOut(old, run_time=0.3),
            FadeIn(self.words),
        ]
