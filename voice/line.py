"""The time line of a scene: which beat is spoken when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.languages import table
from store import Store, key
from voice.base import Voice
from voice.speech import Speech, VoiceError

if TYPE_CHECKING:
    from scripts.reader import Beat, SceneScript


@dataclass(frozen=True)
class Slot:
    """A beat on the ideal clock. Seconds from the start of the scene, unrounded.

    The voice speaks from `start` to `voice_end`; the beat's pause runs to `end`, where the next beat starts.
    """

    beat: Beat
    speech: Speech
    start: float
    voice_end: float
    end: float


def speak(beat: Beat, language: str, voice: Voice, store: Store | None = None, scene: str | None = None) -> Speech:
    """The speech of one beat, made once: it is kept in the store by voice, language, words and cues.

    `scene` names the beat for voices that speak from recordings. Raises VoiceError naming the beat.
    """
    name = f"{scene}.{beat.name}" if scene else beat.name
    if language not in table():
        raise VoiceError(f"beat {name}: the course speaks {', '.join(table())}, not {language!r}")
    if not beat.spoken.strip():
        raise VoiceError(f"beat {name}: has no words; write some, or use the pause of the beat before")

    def make(folder: Path) -> None:
        speech = voice.synthesize(beat.spoken, language, dict(beat.cues), folder / "voice.wav", name)
        speech.save(folder / "speech.json")

    made_of = ["speech", voice.fingerprint(language, name), language, beat.spoken, dict(beat.cues)]
    try:
        return Speech.load((store or Store()).produce(key(made_of), make) / "speech.json")
    except VoiceError as error:
        raise VoiceError(f"beat {name}: {error}") from error


def timeline(scene: SceneScript, language: str, voice: Voice, store: Store | None = None) -> tuple[Slot, ...]:
    """All beats of a scene in time. A beat starts at the sum of voices and pauses before it."""
    slots: list[Slot] = []
    start = 0.0
    for beat in scene.beats:
        speech = speak(beat, language, voice, store, scene.name)
        voice_end = start + speech.duration
        end = voice_end + beat.pause
        slots.append(Slot(beat, speech, start, voice_end, end))
        start = end
    return tuple(slots)
