"""Kokoro: an 82M-parameter voice that runs on this machine, through the package kokoro-onnx.

API checked against kokoro-onnx 0.6.1: `Kokoro(model, voices).create(text, voice, speed, lang)` gives float samples
and their rate. The two files lie in $LECTURE_KOKORO (default: the current folder); they come from
https://github.com/thewh1teagle/kokoro-onnx/releases
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.languages import language as tongue
from voice.base import by_sentence, file_hash, needs, source
from voice.speech import Speech, VoiceError

if TYPE_CHECKING:
    import numpy as np

INSTALL = "pip install kokoro-onnx==0.6.1"


class Kokoro:
    """`voice` such as zf_xiaobei or af_heart. Times are exact per sentence."""

    def __init__(self, voice: str) -> None:
        if not voice:
            raise VoiceError("voice 'kokoro' wants a name, as in kokoro:zf_xiaobei")
        self.voice, self.name = voice, f"kokoro:{voice}"
        folder = Path(os.environ.get("LECTURE_KOKORO", ".")).expanduser()
        self.files = folder / "kokoro-v1.0.onnx", folder / "voices-v1.0.bin"

    def fingerprint(self, language: str = "", name: str = "") -> str:
        return json.dumps(["kokoro", self.voice, *map(file_hash, self._there()), source("kokoro.py")])

    def _there(self) -> tuple[Path, Path]:
        for file in self.files:
            if not file.is_file():
                raise VoiceError(
                    f"{self.name}: no file {file}; download it from "
                    "https://github.com/thewh1teagle/kokoro-onnx/releases and set LECTURE_KOKORO to its folder"
                )
        return self.files

    @cached_property
    def _loaded(self) -> Any:
        kokoro: Any = needs("kokoro_onnx", self.name, INSTALL)
        model, voices = self._there()
        try:
            loaded = kokoro.Kokoro(str(model), str(voices))
        except Exception as error:  # onnxruntime's and numpy's own: all mean an unusable model
            raise VoiceError(f"{self.name} does not load ({error}); download its files again") from error
        if self.voice not in loaded.get_voices():
            raise VoiceError(f"{self.name}: no such voice; use one of {', '.join(loaded.get_voices())}")
        return loaded

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        from voice.audio import resample

        phonemes = tongue(language).voice  # its phonemizer is eSpeak

        def say(sentence: str) -> np.ndarray:
            samples, rate = self._loaded.create(sentence, self.voice, speed=1.0, lang=phonemes)
            return resample(samples, rate)

        return by_sentence(say, text, marks, wav, self.name)
