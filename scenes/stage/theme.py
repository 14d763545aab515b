"""The look of the course: one ledger of colours, sizes and margins.

Colours are sRGB hex. Every ledger colour keeps at least 4.5:1 against the ground, and no two things are told apart by
hue alone: position, label or texture always says it too. Sizes are pixels at 1080p, lengths are manim units (the frame
is 14.22 x 8).
Free of manim, so that the opening card and the page can read it.
"""

from dataclasses import dataclass, field

FRAME_HEIGHT = 8.0
FRAME_WIDTH = FRAME_HEIGHT * 16 / 9
PIXEL = FRAME_HEIGHT / 1080  # one pixel at 1080p in manim units

MARGIN = 0.5  # kept free on every side
CAPTION_STRIP = FRAME_HEIGHT / 10  # kept free at the bottom


@dataclass(frozen=True)
class Ledger:
    """One colour per thing, in the whole course."""

    ground: str = "#0E1116"
    tile: str = "#222B37"  # an empty cell: visible on the ground, darker than any value
    line: str = "#3A4654"  # quiet rules and axes
    words: str = "#E8EDF2"
    quiet: str = "#9AA7B4"
    weight: str = "#6CB6FF"  # W, frozen
    lora_a: str = "#F2A33A"
    lora_b: str = "#3FC79A"
    update: str = "#D79AC9"  # BA, delta W
    activation: str = "#F3E36B"  # x, h
    gradient: str = "#F2754B"
    optimizer: str = "#9FB0C3"
    gathered: str = "#4583C4"  # whole parameters put together from shards, for as long as they are needed
    buffer: str = "#7C8896"  # what collectives read and write
    query: str = "#8FD3FF"
    key: str = "#FFB59E"
    value: str = "#B8E986"
    code: str = "#A99BFF"  # quantized: code book, indices, packed bits
    scale: str = "#5CD6E0"  # scales of blocks: absmax
    error: str = "#FF7A90"  # what rounding loses
    ranks: tuple[str, ...] = field(
        default=("#6CB6FF", "#F2A33A", "#3FC79A", "#D79AC9", "#F3E36B", "#F2754B", "#9FB0C3", "#A99BFF")
    )


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


INK = Ledger()
SIZE = Sizes()
MOTION = Motion()

WORDS_FONT = "Noto Sans SC"
CODE_FONT = "DejaVu Sans Mono"
