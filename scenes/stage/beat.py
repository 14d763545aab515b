"""A beat in time: frames counted against the voice, and the voice laid under the frames that are really written."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

from manim import Scene

from store import CourseError
from voice import Slot


class StageError(CourseError):
    """A scene and its script disagree; names scene, beat and what to change."""


@dataclass
class Beat:
    """One narrated step while it plays. Times are seconds; frames count from the start of the scene.

    The slot's start and end are rounded to frames on the scene's own clock, so roundings never add up.
    """

    scene: Scene
    slot: Slot
    rate: float  # frames per second
    first: int  # frame at which the beat starts
    frame: int  # frame now

    @property
    def now(self) -> float:
        """Seconds since the voice of this beat started."""
        return (self.frame - self.first) / self.rate

    @property
    def remaining(self) -> float:
        """Seconds until the voice of this beat ends, at least one frame."""
        return max(self.slot.speech.duration - self.now, 1 / self.rate)

    def until(self, cue: str, least: float = 0.4) -> float:
        """Seconds from now to the moment the cue is spoken, never under `least`: a movement needs time to be seen."""
        return max(self.moment(cue) - self.now, least)

    def hold(self, cue: str) -> None:
        """Keep the picture until the cue is spoken; nothing when that moment is past."""
        frames = round(self.moment(cue) * self.rate) - (self.frame - self.first)
        if frames > 0:
            self.scene.wait(frames / self.rate)

    def moment(self, cue: str) -> float:
        """Seconds from the start of the beat to the moment the cue is spoken."""
        marks = self.slot.speech.marks
        if cue not in marks:
            raise StageError(
                f"scene {type(self.scene).__name__}, beat {self.slot.beat.name!r}: no cue {cue!r} in the script; "
                f"mark it as {{cue}}`words <{cue}>`, or use one of {sorted(marks)}"
            )
        return marks[cue]


def cut(wav: Path, start: float, end: float, out: Path) -> Path:
    """Copy the seconds from `start` to `end` of a WAV file: a beat of which only some plays are rendered."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(wav), "rb") as source, wave.open(str(out), "wb") as target:
        target.setparams(source.getparams())
        rate = source.getframerate()
        first, last = (min(round(second * rate), source.getnframes()) for second in (start, max(start, end)))
        source.setpos(first)
        target.writeframes(source.readframes(last - first))
    return out
