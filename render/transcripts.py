"""What a lecture says, as files: captions (.srt, .vtt) and a transcript to read (.md), per language.

No file tells which voice spoke or when the file was made: the same words and times give the same bytes. Each is
written aside and renamed, so that nobody ever reads half of one.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from render.captions import Cue, captions
from voice import Slot

if TYPE_CHECKING:
    from scripts.reader import Lecture


def transcribe(
    lecture: Lecture, timelines: Sequence[Sequence[Slot]], folder: Path, card: float = 0.0, stem: str = ""
) -> tuple[Path, Path, Path]:
    """Write `<stem or language>.md`, `.srt` and `.vtt` into `folder`; gives their paths.

    `timelines`: the slots of each scene of `lecture`, in order, for captions in another language than the voice
    those of `dubbed`. `card`: seconds of the opening card before the first scene.
    """
    starts = scene_starts(timelines, card)
    cues = captions(list(zip(starts, timelines, strict=True)), lecture.language)
    paths = [folder / f"{stem or lecture.language}{kind}" for kind in (".md", ".srt", ".vtt")]
    for path, text in zip(paths, (markdown(lecture, timelines, starts), srt(cues), vtt(cues)), strict=True):
        write(path, text)
    return paths[0], paths[1], paths[2]


def scene_starts(timelines: Sequence[Sequence[Slot]], card: float = 0.0) -> list[float]:
    """Seconds at which each scene starts on the ideal clock, after a card of `card` seconds."""
    lengths = [slots[-1].end if slots else 0.0 for slots in timelines]
    return list(accumulate(lengths[:-1], initial=card)) if lengths else []


def srt(cues: Sequence[Cue]) -> str:
    """SubRip text. It knows no escapes; players take `<` and `{` that open no known tag as they are."""
    blocks = []
    for number, cue in enumerate(cues, 1):
        lines = "\n".join(cue.lines)
        blocks.append(f"{number}\n{clock(cue.start, ',')} --> {clock(cue.end, ',')}\n{lines}\n")
    return "\n".join(blocks)


def vtt(cues: Sequence[Cue]) -> str:
    """WebVTT text, escaped as https://www.w3.org/TR/webvtt1/ asks."""
    blocks = ["WEBVTT\n"]
    for number, cue in enumerate(cues, 1):
        lines = "\n".join(_escaped(line) for line in cue.lines)
        blocks.append(f"{number}\n{clock(cue.start)} --> {clock(cue.end)}\n{lines}\n")
    return "\n".join(blocks)


def markdown(lecture: Lecture, timelines: Sequence[Sequence[Slot]], starts: Sequence[float]) -> str:
    """Title, a chapter per scene with its time, a paragraph per beat with its time."""
    parts = [f"# {_plain(lecture.title)}"]
    for scene, slots, start in zip(lecture.scenes, timelines, starts, strict=True):
        parts.append(f"## {minutes(start)} {_plain(scene.title)}")
        parts += [f"**{minutes(start + slot.start)}** {_plain(slot.beat.text)}" for slot in slots]
    return "\n\n".join(parts) + "\n"


def clock(seconds: float, point: str = ".") -> str:
    """`HH:MM:SS.mmm`, with a comma for SubRip."""
    total = round(seconds * 1000)
    rest, thousandths = divmod(total, 1000)
    return f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}{point}{thousandths:03}"


def minutes(seconds: float) -> str:
    """`MM:SS`, or `H:MM:SS` from an hour on; rounded down, so that a jump there never misses the first word."""
    whole = int(seconds)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{whole // 60 % 60:02}:{whole % 60:02}"


def write(path: Path, text: str) -> None:
    """Put `text` at `path` in one step; nothing is left behind when it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_\[\]<>$#|])", r"\\\1", " ".join(text.split()))
