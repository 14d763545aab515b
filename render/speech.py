"""The speech of a scene: every beat spoken and kept in the store, before anything is drawn to it."""

import json
from pathlib import Path

from render.apart import Say
from scripts.reader import read_lecture
from voice import get_voice, speak


def make(folder: Path, deps: dict[str, Path], say: Say, *, lecture: str, scene: str, language: str, voice: str) -> None:
    """Speak all beats; writes their durations. Raises VoiceError naming the beat."""
    spoken = {}
    beats = read_lecture(lecture, language).scene(scene).beats
    for number, beat in enumerate(beats):
        say(beat.name, number / len(beats))
        spoken[beat.name] = speak(beat, language, get_voice(voice), scene=scene).duration
    (folder / "durations.json").write_text(json.dumps(spoken, indent=1), encoding="utf-8")
