"""What every voice is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from voice.speech import Speech, Word, moments
from voice.words import estimated, spans, timed

if TYPE_CHECKING:
    import numpy as np

LANGUAGES = ("zh", "en")


class Voice(Protocol):
    """Text to sound with word times. One object may serve threads; several processes may have one each."""

    name: str  # the spec that makes this voice again

    def fingerprint(self, language: str = "", name: str = "") -> str:
        """All that affects the sound: voice, rate, library version, our own source. The same for all texts
        unless the voice speaks from files (`name`) or differs by language; empty means all of them."""
        ...

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        """Speak `text` ("zh" or "en") into `wav`; `marks` are offsets into `text`, `name` is `Scene.beat`.

        Raises VoiceError with what to do.
        """
        ...


def finish(
    samples: np.ndarray,
    text: str,
    marks: Mapping[str, int],
    wav: Path,
    starts: Mapping[int, float] | None,
) -> Speech:
    """From raw 48 kHz samples to a `Speech`: trim, write, time the words, place the marks.

    `starts`: seconds in `samples` at which word number i (of `spans(text)`) starts; None means estimate.
    """
    from voice import audio

    samples, lead = audio.trim(samples, wav.name)
    duration = audio.write(samples, wav)
    loud = audio.loud(samples)
    if starts is None:
        words = estimated(text, duration)
    else:
        words = timed(spans(text), {i: max(at - lead, 0.0) for i, at in starts.items()}, duration)
    words = tuple(replace(word, end=_heard_until(word, loud)) for word in words)
    return Speech(wav, duration, words, moments(marks, words, duration), estimated=starts is None)


def _heard_until(word: Word, loud: np.ndarray) -> float:
    """Seconds at which the sound of a word ends: not at the next word, if there is a pause before it."""
    from voice.audio import RATE

    before = loud[: int(loud.searchsorted(word.end * RATE))]
    last = float(before[-1] + 1) / RATE if before.size else word.end
    return round(min(max(last, (word.start + word.end) / 2), word.end), 6)


def source(*files: str) -> str:
    """Short hash of files of this room: a voice whose code changed speaks anew."""
    digest = hashlib.sha256()
    for file in ("audio.py", "base.py", "words.py", "speech.py", *files):
        digest.update((Path(__file__).parent / Path(file).name).read_bytes())
    return digest.hexdigest()[:16]
