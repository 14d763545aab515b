"""Cues and chapters as the files players read: SubRip, WebVTT, YouTube's list, and mov_text packets."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from render.captions import Cue

# What FFmpeg wants of a mov_text encoder: the style sheet of its ASS header. Players choose font and place themselves.
ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Chapter:
    """`title` from `start` to `end`, in seconds of the video."""

    start: float
    end: float
    title: str


def clock(seconds: float, decimal: str = ".") -> str:
    """`00:01:02.345`, rounded to milliseconds."""
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{decimal}{milliseconds:03d}"


def srt(cues: Sequence[Cue]) -> str:
    """SubRip."""
    blocks = (
        f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n" + "\n".join(cue.lines) + "\n"
        for number, cue in enumerate(cues, 1)
    )
    return "\n".join(blocks)


def vtt(cues: Sequence[Cue], language: str) -> str:
    """WebVTT."""
    return f"WEBVTT\nKind: captions\nLanguage: {language}\n\n" + "\n".join(
        f"{clock(cue.start)} --> {clock(cue.end)}\n" + "\n".join(escaped(line) for line in cue.lines) + "\n"
        for cue in cues
    )


def chapters_vtt(chapters: Sequence[Chapter], language: str) -> str:
    """Chapters as a WebVTT track."""
    return f"WEBVTT\nKind: chapters\nLanguage: {language}\n\n" + "\n".join(
        f"{clock(chapter.start)} --> {clock(chapter.end)}\n{escaped(chapter.title)}\n" for chapter in chapters
    )


def chapters_text(chapters: Sequence[Chapter]) -> str:
    """One `0:00 title` per line: what YouTube reads in a description (the first must be 0:00)."""
    lines = []
    for chapter in chapters:
        minutes, seconds = divmod(int(chapter.start), 60)
        lines.append(f"{minutes}:{seconds:02d} {chapter.title}\n")
    return "".join(lines)


def escaped(line: str) -> str:
    """What WebVTT reads as markup."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mov_text(cues: Sequence[Cue]) -> Iterator[tuple[int, int, bytes]]:
    """(start, duration, payload) in milliseconds; the muxer writes the silences between itself."""
    for cue in cues:
        text = "\n".join(cue.lines).encode()
        start = round(cue.start * 1000)
        yield start, max(1, round(cue.end * 1000) - start), struct.pack(">H", len(text)) + text
