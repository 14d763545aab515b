"""Which voice speaks: one setting, `LECTURE_VOICE`.

espeak                                   espeak:RATE
edge:zh-CN-XiaoxiaoNeural                piper:/path/model.onnx
kokoro:VOICE                             openai:http://127.0.0.1:8880/v1#alloy
recorded:FOLDER                          zh=edge:zh-CN-XiaoxiaoNeural,en=espeak
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scripts.languages import table
from voice.base import Voice
from voice.speech import Speech, VoiceError

KINDS = ("espeak", "edge", "piper", "kokoro", "openai", "recorded")


def get_voice(spec: str | None = None) -> Voice:
    """The voice of a spec (default: $LECTURE_VOICE, else espeak). VoiceError for a spec nobody knows."""
    spec = (spec or os.environ.get("LECTURE_VOICE") or "espeak").strip()
    of_language = f"(?:{'|'.join(table())})="
    parts = re.split(rf",(?={of_language})", spec)
    if not re.match(of_language, spec):
        return _one(spec)
    voices: dict[str, Voice] = {}
    for part in parts:
        language, _, rest = part.partition("=")
        if language in voices:
            raise VoiceError(f"LECTURE_VOICE={spec}: two voices for {language}; keep one")
        voices[language] = _one(rest.strip())
    return ByLanguage(spec, voices)


@cache
def _one(spec: str) -> Voice:
    """One voice, its module imported only now. Kept, so that a model is loaded once."""
    kind, _, rest = spec.partition(":")
    if kind == "espeak":
        from voice.espeak import Espeak

        if rest and not rest.isdecimal():
            raise VoiceError(f"voice {spec!r}: the rate must be a whole number, as in espeak:160")
        return Espeak(int(rest) if rest else None)
    if kind == "edge":
        from voice.edge import Edge

        return Edge(rest)
    if kind == "piper":
        from voice.piper import Piper

        return Piper(rest)
    if kind == "kokoro":
        from voice.kokoro import Kokoro

        return Kokoro(rest)
    if kind == "openai":
        from voice.openai import OpenAI

        return OpenAI(rest)
    if kind == "recorded":
        from voice.recorded import Recorded

        return Recorded(rest)
    raise VoiceError(f"no voice {spec!r}; use {', '.join(KINDS)}, written as voice/choice.py shows")


class ByLanguage:
    """Another voice for each language."""

    def __init__(self, name: str, voices: Mapping[str, Voice]) -> None:
        self.name, self.voices = name, dict(voices)

    def _voice(self, language: str) -> Voice:
        if language not in self.voices:
            raise VoiceError(f"LECTURE_VOICE={self.name} has no voice for {language}; add {language}=espeak")
        return self.voices[language]

    def fingerprint(self, language: str = "", name: str = "") -> str:
        if language:
            return self._voice(language).fingerprint(language, name)
        return json.dumps({each: voice.fingerprint(each, name) for each, voice in self.voices.items()})

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        return self._voice(language).synthesize(text, language, marks, wav, name)
