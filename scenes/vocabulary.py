"""The vocabulary of the stage: a small picture of every piece of `scenes.stage`, and a line that says what it is.

    for name, picture in drawn():
        picture.save(f"{name}.png")

`lecture vocabulary` writes them to docs/compose.md. Animations are shown half way.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Camera, DashedVMobject, Rectangle, Square, VGroup, VMobject, tempconfig
from PIL import Image

from data_capture.document import Event
from scenes import stage
from scenes.stage import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    INK,
    MARGIN,
    MOTION,
    SIZE,
    Bars,
    Bits,
    Code,
    CodeLine,
    Evolve,
    Formula,
    Histogram,
    Letters,
    Light,
    MemoryBar,
    MemoryChart,
    Mono,
    Playhead,
    Plot,
    Rank,
    Regroup,
    Ring,
    Send,
    Shard,
    ShardedTensor,
    Span,
    Stems,
    TensorGrid,
    TensorRows,
    Tile,
    Tokens,
    Track,
    Unroll,
    Words,
    Zoom,
    align,
    columns,
    gather,
    index,
    literal,
    megabytes,
    pulse,
    sample,
    scale_note,
    shape_note,
    spans,
)

PIXELS = (480, 270)
WIDTH = 6.4  # manim units across a picture

# What has no docstring, and what has one for who writes a lecture.
SAID = {
    "FRAME_HEIGHT": "Height of the frame in manim units.",
    "FRAME_WIDTH": "Width of the frame in manim units.",
    "MARGIN": "Kept free on every side; the lowest tenth stays free for captions.",
    "INK": "The colour of every thing, from the theme: `INK.weight`, `INK.gradient`, `INK.ranks[0]`.",
    "SIZE": "Sizes of type in pixels at 1080p: `SIZE.title`, `.statement`, `.label`, `.code`, `.least`.",
    "MOTION": "Seconds a movement takes: `MOTION.quick`, `.usual`, `.slow`; `.dim` is the opacity of what steps back.",
}


@dataclass(frozen=True)
class Piece:
    """One export: what it is, in a line, and how to draw it."""

    name: str
    what: str
    picture: Callable[[], VMobject]


def pieces() -> dict[str, Piece]:
    """Every export of the stage that has a picture, by name."""
    return {name: Piece(name, said(name), PICTURES[name]) for name in sorted(PICTURES)}


def said(name: str) -> str:
    """The first sentence of a docstring."""
    if name in SAID:
        return SAID[name]
    paragraph = " ".join((inspect.getdoc(getattr(stage, name)) or "").split("\n\n")[0].split())
    sentence, dot, _ = paragraph.partition(". ")
    return sentence + dot.strip()


def drawn() -> Iterator[tuple[str, Image.Image]]:
    """The picture of every piece by name, 480 x 270, on the ground of the theme."""
    with tempfile.TemporaryDirectory() as media, tempconfig({"media_dir": media, "verbosity": "ERROR"}):
        for name, piece in pieces().items():
            yield name, draw(piece)


def draw(piece: Piece) -> Image.Image:
    """The picture of one piece."""
    height = WIDTH * PIXELS[1] / PIXELS[0]
    camera: Any = Camera(
        pixel_width=PIXELS[0],
        pixel_height=PIXELS[1],
        frame_width=WIDTH,
        frame_height=height,
        background_color=INK.ground,
    )
    mobject = piece.picture()
    room = min((WIDTH - 0.5) / mobject.width, (height - 0.5) / mobject.height)
    camera.capture_mobjects([mobject.scale(min(room, 1.0)).center()])
    picture: Image.Image = camera.get_image().convert("RGB")
    return picture


def half(animation: Any, *beside: VMobject, at: float = 0.5) -> VGroup:
    """What an animation shows when it is half over, with what stands beside it."""
    animation = animation.build() if hasattr(animation, "build") else animation
    animation.begin()
    animation.interpolate(at)
    return VGroup(*beside, animation.mobject)


def values(rows: int, across: int) -> np.ndarray:
    """Numbers to show, shape (rows, across)."""
    return np.random.default_rng(7).normal(size=(rows, across))


def grid(rows: int = 5, across: int = 9, color: str = INK.weight) -> TensorGrid:
    return TensorGrid(values(rows, across), color, 0.4)


def frame(*inside: VMobject) -> VGroup:
    """The frame, small, with what is marked in it."""
    rim = Rectangle(width=FRAME_WIDTH, height=FRAME_HEIGHT).set_stroke(INK.words, 8)
    return VGroup(rim, *inside).scale(0.32)


def safe() -> VGroup:
    room = Rectangle(width=FRAME_WIDTH - 2 * MARGIN, height=FRAME_HEIGHT * 0.9 - MARGIN)
    return frame(DashedVMobject(room.shift(UP * (FRAME_HEIGHT * 0.05 - MARGIN / 2)), 60).set_stroke(INK.activation, 6))


def measured(direction: Any, text: str) -> VGroup:
    """A side of the frame with its length."""
    return VGroup(box := frame(), Mono(text, SIZE.statement).next_to(box, direction, buff=0.2))


def swatches() -> VGroup:
    """Every colour of the ledger."""
    inks = [getattr(INK, field.name) for field in fields(INK) if field.name not in ("ranks", "ground")]
    squares = [Square(0.42).set_fill(ink, 1).set_stroke(width=0) for ink in (*inks, *INK.ranks)]
    return VGroup(*squares).arrange_in_grid(cols=7, buff=0.14)


def sizes() -> VGroup:
    lines = [Words(field.name, getattr(SIZE, field.name)) for field in fields(SIZE)]
    return VGroup(*lines).arrange(DOWN, buff=0.2, aligned_edge=LEFT)


def paces() -> VGroup:
    rows = [
        (name, getattr(MOTION, name), INK.activation, f"{getattr(MOTION, name)} s")
        for name in ("quick", "usual", "slow")
    ]
    return Bars(rows, 2.2, size=SIZE.label)


def program(*lines: str) -> Code:
    return Code(lines, SIZE.least)


def shard(*lit: float) -> Shard:
    return Shard(INK.ranks[: len(lit)], lit, 1.6, 0.9)


def sending() -> VGroup:
    source, target = shard(1, 1, 0, 0).shift(LEFT * 1.9), shard(0, 0, 1, 0).shift(RIGHT * 1.9)
    return half(Send(source, target), source, target)


def chart(moment: float) -> MemoryChart:
    steps = np.arange(9)[:, None]
    memory = np.hstack([np.full((9, 1), 2.0), 3 * np.sin(steps / 8 * np.pi), steps / 4])
    shown = MemoryChart(memory, (INK.weight, INK.activation, INK.optimizer), 4.6, 2.2, 7.0)
    return shown.paint(moment)


MARKS = [
    Event("forward", "X", 0, 40, 0, 0, {"depth": 0}),
    Event("layer 0", "X", 2, 17, 0, 0, {"depth": 1}),
    Event("layer 1", "X", 21, 17, 0, 0, {"depth": 1}),
    Event("backward", "X", 44, 56, 0, 0, {"depth": 0}),
]


def shade(name: str) -> str:
    return INK.gradient if name == "backward" else INK.weight if name == "forward" else INK.gathered


def track(*window: float) -> Track:
    first, last = window or (0, 100)
    return Track(spans(MARKS, shade), (first, last), 5.4)


def tokens(*parts: str) -> Tokens:
    return Tokens(parts or ("the", " ", "th", "eme"), pad=0.12, gap=0.08)


def regrouping() -> VGroup:
    row = Tokens(("t", "h", "e", "m", "e"), 0.5, gap=0.1)
    return half(Regroup(row, row.joined("t", "h")), at=0.75)


def lit_tile() -> VGroup:
    tile: Tile = tokens("theme").tiles[0]
    return tile.light()


def sampled() -> VGroup:
    whole = TensorGrid(values(14, 14), INK.weight, 0.16)
    few = TensorGrid(sample(values(14, 14), 5, 5), INK.weight, 0.4, full=(14, 14))
    return VGroup(whole, few).arrange(RIGHT, buff=0.8)


def noted() -> VGroup:
    shown = TensorGrid(sample(values(64, 64), 4, 8), INK.lora_a, 0.34, full=(64, 64))
    return VGroup(shown, shape_note(shown, "A", INK.lora_a, "showing 4 × 8"))


def gathering() -> VGroup:
    left, right = grid(3, 3).shift(LEFT * 2), grid(3, 3, INK.lora_a).shift(RIGHT * 2)
    movements = gather([left, right], grid(3, 3, INK.update))
    return VGroup(left, right, *(half(each) for each in movements))


def aligned() -> VGroup:
    """Moments of one time line drawn over those of another."""
    shown = MemoryChart(np.array([[1.0], [3.0], [3.0], [2.0], [4.0]]), (INK.weight,), 4.4, 2.0, 5.0).paint(4)
    moments = align(["begin", "step", "end"], ["begin", "gather", "compute", "free", "end"])
    return VGroup(shown, shown.outline(moments, np.array([2.0, 4.0, 3.0]), INK.words))


def histogram() -> Histogram:
    edges = np.linspace(-3, 3, 41)
    return Histogram(np.exp(-((edges[1:] + edges[:-1]) ** 2) / 4), edges, 5.0, 2.2, INK.weight)


def evolving() -> VGroup:
    shots = np.stack([values(5, 9), -values(5, 9)[::-1]])
    return half(Evolve(grid(), shots, np.array([0, 1])), at=0.3)


def plot() -> VGroup:
    shown = Plot(4.2, 1.7, (0, 10), (0, 1), "step", "loss", (0, 10))
    xs = np.linspace(0, 10, 40)
    return VGroup(shown, shown.curve(xs, np.exp(-xs / 3), INK.words))


def code_line() -> VGroup:
    line = CodeLine(np.array([-1, -0.5, -0.2, 0, 0.2, 0.5, 1.0]), 5.2)
    return VGroup(line, line.dots(np.array([-0.72, 0.07, 0.4]), height=0.7))


def grown_rows() -> VGroup:
    rows = TensorRows([("attn", (4, 4, 4, 4)), ("mlp", (12, 12))], 0.14)
    return rows.hold(0, 1, 4)


def ring() -> VGroup:
    return Ring([Rank(number, 1.9, 1.2) for number in range(3)])


PICTURES: dict[str, Callable[[], VMobject]] = {
    "FRAME_HEIGHT": lambda: measured(RIGHT, f"{FRAME_HEIGHT:g}"),
    "FRAME_WIDTH": lambda: measured(DOWN, f"{FRAME_WIDTH:.2f}"),
    "INK": swatches,
    "MARGIN": safe,
    "MOTION": paces,
    "SIZE": sizes,
    "Bars": lambda: Bars([("before", 1.0, INK.weight, "32"), ("after", 0.25, INK.code, "8")], 2.6),
    "Beat": lambda: program('with self.beat("add") as beat:', '    beat.hold("sum")'),
    "Bits": lambda: Bits(0b10110010, cell=0.56),
    "Code": lambda: program("model = get_peft_model(", "    model, config", ")").light(1),
    "CodeLine": code_line,
    "Evolve": evolving,
    "Formula": lambda: Formula(
        "{{ W : W }} + {{ B : B }} {{ A : A }}", 76, dict(W=INK.weight, A=INK.lora_a, B=INK.lora_b)
    ),
    "Histogram": histogram,
    "LectureScene": lambda: program("class Merge(LectureScene):", '    lecture = "09-lora/merge"'),
    "Letters": lambda: Letters("spread", SIZE.title, np.arange(6)[:, None] * [0.7, 0, 0]),
    "Light": lambda: half(Light(track(), 0), at=1),
    "MemoryBar": lambda: MemoryBar((3, 3, 6), (INK.weight, INK.gradient, INK.optimizer), 0.42, 0.6),
    "MemoryChart": lambda: chart(8),
    "Mono": lambda: Mono("q_proj 4096 × 4096", SIZE.label),
    "Playhead": lambda: half(Playhead(track().place(20), 80)),
    "Plot": plot,
    "Rank": lambda: Rank(1).hold(ShardedTensor(INK.ranks[:1], np.ones((1, 1)), 1.6, 0.7)),
    "Regroup": regrouping,
    "Ring": ring,
    "Send": sending,
    "Shard": lambda: shard(1, 1, 0, 0.5),
    "ShardedTensor": lambda: ShardedTensor([[ink] for ink in INK.ranks[:4]], np.ones((4, 1)), 1.2, 0.8),
    "Span": lambda: Track([Span("layer 0", 10, 70, 0, INK.weight)], (0, 100), 5.4),
    "StageError": lambda: Words("scene Merge plays beat 'sum'\nwhere zh.md has 'add'", SIZE.least, INK.error),
    "StageScene": lambda: program("class Heat(StageScene):", '    title = "Heat spreads"'),
    "Stems": lambda: Stems(values(1, 16)[0], 5.2, 2.4, INK.lora_b),
    "TensorGrid": grid,
    "TensorRows": grown_rows,
    "Tile": lit_tile,
    "Tokens": tokens,
    "Track": track,
    "Unroll": lambda: half(Unroll(chart(0), 8)),
    "Words": lambda: Words("权重 W 不动 · W stays", SIZE.statement, colors={"W": INK.weight}),
    "Zoom": lambda: half(Zoom(track(), (0, 44)), at=1),
    "align": aligned,
    "columns": lambda: columns(np.exp(-np.arange(12) / 3), 5.0, 2.2, INK.update),
    "gather": gathering,
    "index": lambda: Mono(f"rank {index(2, of=4)}", SIZE.title),
    "literal": lambda: Words(f"B = {literal(0, why='by definition')}", SIZE.title),
    "megabytes": lambda: Mono(megabytes(3_360_000), SIZE.title),
    "pulse": lambda: half(pulse(grid(3, 3), 1.4), grid(3, 3, INK.quiet).set_opacity(0.4)),
    "sample": sampled,
    "scale_note": lambda: scale_note(0.25).scale(1.6),
    "shape_note": noted,
    "spans": lambda: track(0, 44),
}
