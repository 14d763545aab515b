"""A person's own recordings: a folder with one WAV (or MP3, FLAC, ...) per beat.

FOLDER/zh/LoraMerge.add.wav      or FOLDER/LoraMerge.add.wav, FOLDER/zh/add.wav, FOLDER/add.wav
FOLDER/zh/LoraMerge.add.json     optional: [{"text": "把", "start": 0.12}, ...], seconds in the recording

Without the JSON word times are estimated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from scripts.languages import LANGUAGES
from voice.base import file_hash, finish, source
from voice.speech import Speech, VoiceError
from voice.words import matched

KINDS = (".wav", ".flac", ".mp3", ".m4a", ".ogg")


class Recorded:
    """Speaks from `folder`, by the name of the beat."""

    def __init__(self, folder: str) -> None:
        self.folder, self.name = Path(folder).expanduser(), f"recorded:{folder}"
        if not folder or not self.folder.is_dir():
            raise VoiceError(f"voice {self.name!r}: no such folder; write it as recorded:FOLDER")

    def fingerprint(self, language: str = "", name: str = "") -> str:
        if name:
            found = [file for file in self._files(language or LANGUAGES[0], name) if file.is_file()]
        else:
            found = sorted(file for file in self.folder.rglob("*") if file.suffix in (*KINDS, ".json"))
        return json.dumps(["recorded", *map(file_hash, found), source("recorded.py")])

    def _files(self, language: str, name: str) -> tuple[Path, Path]:
        """The recording of a beat and the JSON beside it, which need not exist."""
        names = [name, name.rpartition(".")[2]]
        for folder in (self.folder / language, self.folder):
            for stem in names:
                for kind in KINDS:
                    if (file := folder / f"{stem}{kind}").is_file():
                        return file, folder / f"{stem}.json"
        raise VoiceError(
            f"no recording of {name!r}; put one at {self.folder / language / name}.wav, or use LECTURE_VOICE=espeak"
        )

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        from voice import audio

        sound, times = self._files(language, name)
        starts = None
        if times.is_file():
            try:
                heard = [(str(word["text"]), float(word["start"])) for word in json.loads(times.read_bytes())]
            except (ValueError, KeyError, TypeError) as error:
                raise VoiceError(f'{times}: not a list of {{"text", "start"}} ({error!r}); fix it') from error
            starts = matched(text, heard)
        return finish(audio.decode(sound, str(sound)), text, marks, wav, starts or None)
