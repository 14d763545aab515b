"""What a voice hands over: a WAV, when each word is spoken, and the moments of the cues."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from store import CourseError


class VoiceError(CourseError):
    """A voice that is missing, does not answer or answers garbage; says what to do about it."""


@dataclass(frozen=True)
class Word:
    """A word as spoken. `start` and `end` are seconds from the start of the WAV.

    `text` is `spoken[start_char:end_char]`. In Chinese every character is a word of its own.
    """

    text: str
    start_char: int
    end_char: int
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """Spoken text: mono 16-bit WAV at 48 kHz without silence at either end.

    `duration` and the values of `marks` (cue name -> moment) are seconds from the start of the WAV.
    `estimated` says that word times were guessed from the letters because the voice does not report them.
    """

    wav: Path
    duration: float
    words: tuple[Word, ...]
    marks: Mapping[str, float] = field(default_factory=dict)
    estimated: bool = False

    def save(self, path: Path) -> None:
        """Write as JSON beside the WAV, which is named relative to it."""
        data = asdict(self) | {"wav": self.wav.name, "marks": dict(self.marks)}
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Speech:
        """Read what `save` wrote."""
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        words = tuple(Word(**word) for word in data.pop("words"))
        return cls(wav=path.with_name(data.pop("wav")), words=words, **data)


def moments(marks: Mapping[str, int], words: Sequence[Word], duration: float) -> dict[str, float]:
    """Seconds at which the word at or after each offset starts; an offset inside a word means that word.

    The end of the speech where nothing follows. Marks come from word times rather than from SSML, so they
    mean the same with every voice, and a mark never changes how a sentence is said.
    """
    found: dict[str, float] = {}
    for name, offset in marks.items():
        found[name] = next((word.start for word in words if word.end_char > offset), duration)
    return found
