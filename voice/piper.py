"""Piper: neural voices that run on this machine from one ONNX file, through the package piper-tts.

API checked against piper-tts 1.8.0: `PiperVoice.load(path)` reads `path` and `path.json`; `synthesize(text)` gives
chunks with `audio_float_array` in -1..1 and `sample_rate`. Models: https://huggingface.co/rhasspy/piper-voices
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice.base import by_sentence, file_hash, needs, source
from voice.speech import Speech, VoiceError

if TYPE_CHECKING:
    import numpy as np

INSTALL = "pip install piper-tts==1.8.0 (for a Chinese pinyin model: piper-tts[zh]==1.8.0)"


class Piper:
    """`model` is the path of an .onnx file with its .onnx.json beside it. Times are exact per sentence."""

    def __init__(self, model: str) -> None:
        self.model, self.name = Path(model).expanduser(), f"piper:{model}"

    def fingerprint(self, language: str = "", name: str = "") -> str:
        return json.dumps(["piper", *map(file_hash, self._files()), source("piper.py")])

    def _files(self) -> list[Path]:
        files = [self.model, Path(f"{self.model}.json")]
        for file in files:
            if not file.is_file():
                raise VoiceError(f"{self.name}: no file {file}; download a model and its .json, or fix the path")
        return files

    @cached_property
    def _loaded(self) -> Any:
        piper: Any = needs("piper", self.name, INSTALL)
        self._files()
        try:
            return piper.PiperVoice.load(self.model)
        except Exception as error:  # onnxruntime's, json's and piper's own: all mean an unusable model
            raise VoiceError(f"{self.name} does not load ({error}); download the model again") from error

    def _say(self, text: str) -> np.ndarray:
        import numpy as np

        from voice.audio import resample

        chunks = list(self._loaded.synthesize(text))
        if not chunks:
            return np.zeros(0, np.float32)
        whole = np.concatenate([chunk.audio_float_array for chunk in chunks])
        return resample(whole, chunks[0].sample_rate)

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        return by_sentence(self._say, text, marks, wav, self.name)
