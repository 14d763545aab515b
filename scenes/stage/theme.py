"""The look of the course: one ledger of colours, sizes and margins.

The colours are those of the theme this process wears (`scenes/look.py`). Every ledger colour keeps at least 4.5:1
against the ground, and no two things are told apart by hue alone: position, label or texture always says it too. Sizes
are pixels at 1080p, lengths are manim units (the frame is 14.22 x 8). Sizes and movements are no theme's to change:
scenes are laid out by them.
"""

from dataclasses import dataclass

from scenes.look import worn

FRAME_HEIGHT = 8.0
FRAME_WIDTH = FRAME_HEIGHT * 16 / 9
PIXEL = FRAME_HEIGHT / 1080  # one pixel at 1080p in manim units

MARGIN = 0.5  # kept free on every side
CAPTION_STRIP = FRAME_HEIGHT / 10  # kept free at the bottom


@dataclass(frozen=True)
class Sizes:
    """Type sizes in pixels at 1080p; nothing is set smaller than `least`."""

    title: int = 44
    statement: int = 36
    label: int = 30
    code: int = 28
    least: int = 26


@dataclass(frozen=True)
class Motion:
    """Seconds. A movement lasts between `quick` and `slow`; what is not talked about dims to `dim`."""

    quick: float = 0.6
    usual: float = 0.9
    slow: float = 1.2
    dim: float = 0.35


THEME = worn()
INK = THEME.colors
SIZE = Sizes()
MOTION = Motion()

WORDS_FONT = THEME.words.family
CODE_FONT = THEME.code.family
