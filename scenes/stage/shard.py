"""A tensor cut in shards, and a shard on its way from one rank to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    RIGHT,
    Line,
    ManimColor,
    MoveAlongPath,
    Rectangle,
    VGroup,
    VMobject,
    interpolate_color,
    smooth,
)

from scenes.stage.theme import INK, MOTION


class Shard(VGroup):
    """One shard of a tensor: a box with one stripe for each of `colors`, lit where `filled` is above zero.

    With one colour it is a plain box that is there or not (a shard of weights, of gradients, of optimizer state). With
    the colours of the ranks its stripes say whose numbers are in the sum; the place of a stripe says it as well as its
    hue. Values between 0 and 1 light a stripe in part.
    """

    RIM = 1.5  # stroke width

    def __init__(
        self,
        colors: Sequence[str],
        filled: Sequence[float] | np.ndarray,
        width: float = 0.9,
        height: float = 0.7,
    ) -> None:
        if not colors or len(colors) != len(filled):
            raise ValueError(f"a shard has a value for each of its {len(colors)} stripes, not {len(filled)}")
        self.hues = [ManimColor(color) for color in colors]
        self.rim = Rectangle(width=width, height=height).set_fill(opacity=0).set_stroke(INK.line, self.RIM)
        self.stripes = VGroup(*(Rectangle(width=width / len(colors), height=height) for _ in colors))
        self.stripes.arrange(RIGHT, buff=0).set_stroke(width=0).set_fill(opacity=1)
        super().__init__(self.stripes, self.rim)
        self.paint(filled)

    def paint(self, filled: Sequence[float] | np.ndarray) -> Shard:
        """Light other stripes: `shard.animate.paint(...)` fades from one state to the next."""
        self.filled = np.asarray(filled, dtype=float)
        for stripe, hue, value in zip(self.stripes, self.hues, self.filled, strict=True):
            shade = interpolate_color(ManimColor(INK.tile), hue, float(value))
            stripe.set_fill(shade, stripe.get_fill_opacity())
        return self

    def recede(self, opacity: float = MOTION.dim) -> Shard:
        """Step back while others are talked about (1: forward again); what is painted meanwhile stays as dim."""
        self.stripes.set_fill(opacity=opacity)
        self.rim.set_stroke(opacity=opacity)
        return self

    def message(self) -> Shard:
        """A copy that shows only what is lit: laid over another shard it completes its stripes."""
        copy = self.copy()
        for stripe, value in zip(copy.stripes, copy.filled, strict=True):
            if not value:
                stripe.set_fill(opacity=0)
        copy.rim.set_stroke(INK.words, self.RIM * 2)
        return copy


class ShardedTensor(VGroup):
    """A tensor as a row of shards (`direction=DOWN`: a column); `filled` has shape (shards, stripes).

    `tensor[i]` is shard i. `colors` are those of the stripes, or one such list for each shard. On a rank that holds one
    shard of four, three rows of `filled` are zero.
    """

    def __init__(
        self,
        colors: Sequence[str] | Sequence[Sequence[str]],
        filled: np.ndarray,
        width: float = 0.9,
        height: float = 0.7,
        gap: float = 0.1,
        direction: Any = RIGHT,
    ) -> None:
        if np.ndim(filled) != 2:
            raise ValueError(f"a sharded tensor has rows of stripes, not shape {np.shape(filled)}")
        hues: Any = [colors] * len(filled) if isinstance(colors[0], str) else colors
        super().__init__(*(Shard(hue, row, width, height) for hue, row in zip(hues, filled, strict=True)))
        self.arrange(direction, buff=gap)

    def paint(self, filled: np.ndarray) -> ShardedTensor:
        """Light other stripes in every shard; same shape as before."""
        for shard, row in zip(self, filled, strict=True):
            shard.paint(row)
        return self


class Send(MoveAlongPath):
    """What a shard holds travels to another shard; there `filled` is shown on arrival.

    By default the stripes that travel join those that are there: a receiver that adds. A receiver that replaces, or
    whose sum is known from a trace, gets its `filled` given. The way is straight unless a path is given.
    """

    def __init__(
        self,
        shard: Shard,
        target: Shard,
        filled: Sequence[float] | np.ndarray | None = None,
        way: VMobject | None = None,
        **options: Any,
    ) -> None:
        self.source, self.target = shard, target
        self.arrival = np.maximum(shard.filled, target.filled) if filled is None else np.asarray(filled, dtype=float)
        self.traveller = shard.message()
        options.setdefault("rate_func", smooth)
        way = way or Line(shard.get_center(), target.get_center())
        super().__init__(self.traveller, way, remover=True, introducer=True, **options)

    def finish(self) -> None:
        super().finish()
        self.target.paint(self.arrival)
