"""Chapters as the files players read, and captions as mov_text packets for the movie itself."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from render.transcripts import clock

if TYPE_CHECKING:
    from render.captions import Cue

MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

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


def chapters_vtt(chapters: Sequence[Chapter], language: str) -> str:
    """Chapters as a WebVTT track."""
    return f"WEBVTT\nKind: chapters\nLanguage: {language}\n\n" + "\n".join(
        f"{clock(chapter.start)} --> {clock(chapter.end)}\n{chapter.title.translate(MARKUP)}\n" for chapter in chapters
    )


def chapters_text(chapters: Sequence[Chapter]) -> str:
    """One `0:00 title` per line: what YouTube reads in a description (the first must be 0:00)."""
    lines = []
    for chapter in chapters:
        minutes, seconds = divmod(int(chapter.start), 60)
        lines.append(f"{minutes}:{seconds:02d} {chapter.title}\n")
    return "".join(lines)


def mov_text(cues: Sequence[Cue]) -> Iterator[tuple[int, int, bytes]]:
    """(start, duration, payload) in milliseconds; the muxer writes the silences between itself."""
    for cue in cues:
        text = "\n".join(cue.lines).encode()
        start = round(cue.start * 1000)
        yield start, max(1, round(cue.end * 1000) - start), struct.pack(">H", len(text)) + text
