"""Overlap, safe frame and type size, judged on outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scenes.stage.guard.finding import Fault, described
from scenes.stage.guard.ink import EM, Mark, Sight, Text, inside, outline, touches
from scenes.stage.theme import CAPTION_STRIP, FRAME_HEIGHT, FRAME_WIDTH, MARGIN, PIXEL

LEAST = 24  # pixels at 1080p
COVERS = 0.5  # opacity from which something above a text hides it
PLATE = 0.9  # opacity from which something behind a text hides what is further behind
TOLERANCE = 1.5 * PIXEL
SAFE = (
    -FRAME_WIDTH / 2 + MARGIN - TOLERANCE,
    -FRAME_HEIGHT / 2 + CAPTION_STRIP - TOLERANCE,
    FRAME_WIDTH / 2 - MARGIN + TOLERANCE,
    FRAME_HEIGHT / 2 - MARGIN + TOLERANCE,
)


def overlaps(sight: Sight) -> Iterator[Fault]:
    """Text on text, text crossed by an edge or a line, text covered by what is drawn above it."""
    for number, text in enumerate(sight.texts):
        for other in sight.texts[number + 1 :]:
            if meet(text, other):
                yield Fault("overlap", "text on text", [text.mobject, other.mobject], [text.box, other.box])
        words = spread(text)
        near = sight.near(text.box)
        paths = {id(mark): outline(mark) for mark in near}
        for mark in near:
            pieces = paths[id(mark)]
            if len(pieces) == 0 or behind_plate(mark, text, near, paths):
                continue
            over = mark.order > text.order
            if touches(pieces, words + np.array([-1, -1, 1, 1]) * (mark.width / 2 - PIXEL)):
                how = "is crossed by"
            elif over and mark.fill[3] >= COVERS and inside(text.centres, pieces).any():
                how = "is covered by"
            else:
                continue
            yield Fault(
                "overlap",
                f"the text {how} the other",
                [text.mobject, mark.mobject],
                [text.box, mark.box],
                key=f"overlap {id(text.mobject)} {id(mark.root)}",
            )


def spread(text: Text) -> np.ndarray:
    """The glyphs' boxes, each with its share of the gaps between letters."""
    gap = EM * (text.pixels or LEAST) * PIXEL / 2
    return text.boxes + np.array([-gap, 0, gap, 0])


def meet(text: Text, other: Text) -> bool:
    """Whether any glyph's box meets one of the other text."""
    a, b = text.boxes[:, None, :], other.boxes[None, :, :]
    wide = np.minimum(a[..., 2], b[..., 2]) - np.maximum(a[..., 0], b[..., 0])
    high = np.minimum(a[..., 3], b[..., 3]) - np.maximum(a[..., 1], b[..., 1])
    return bool(((wide > TOLERANCE) & (high > TOLERANCE)).any())


def behind_plate(mark: Mark, text: Text, near: Sequence[Mark], paths: dict[int, np.ndarray]) -> bool:
    """Whether something opaque lies between the mark and the text: then the mark is not seen there."""
    return any(
        mark.order < plate.order < text.order
        and plate.fill[3] >= PLATE
        and bool(inside(text.centres, paths[id(plate)]).all())
        for plate in near
    )


def outside(sight: Sight) -> Iterator[Fault]:
    """What reaches out of the safe frame."""
    texts = [(text.mobject, text.mobject, text.box) for text in sight.texts]
    for mobject, root, box in [*texts, *((mark.mobject, mark.root, mark.box) for mark in sight.shapes)]:
        over = [SAFE[0] - box[0], SAFE[1] - box[1], box[2] - SAFE[2], box[3] - SAFE[3]]
        side = int(np.argmax(over))
        if over[side] > 0:
            where = ("left margin", "caption strip", "right margin", "top margin")[side]
            what = f"{over[side] / PIXEL:.0f} px into the {where}"
            yield Fault("frame", what, [mobject], [box], key=f"frame {id(root)}")


def small(sight: Sight) -> Iterator[Fault]:
    """Type under 24 px at 1080p; type the stage did not set, because nobody knows its size."""
    for text in sight.texts:
        pixels = text.pixels
        if pixels is None:
            what = "not set by the stage, so its size is not known; use Words, Mono, Formula or Code"
            yield Fault("size", what, [text.mobject], [text.box])
        elif pixels < LEAST - 0.5:
            yield Fault("size", f"{pixels:.0f} px at 1080p, {LEAST} is the least", [text.mobject], [text.box])


def names(fault: Fault) -> tuple[str, ...]:
    """The fault's objects in words."""
    boxes = list(fault.boxes) + [None] * len(fault.objects)
    return tuple(described(mobject, box) for mobject, box in zip(fault.objects, boxes, strict=False))
