"""eSpeak NG, the voice that is always there: offline, deterministic, milliseconds per sentence.

The library and its data come from the pinned wheel `espeakng_loader`; `libespeak.py` speaks to them. Times
come from the library's word events. What a Chinese sentence writes in Latin letters is said in English.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scripts.languages import LANGUAGES
from scripts.languages import language as tongue
from voice.base import finish, source
from voice.speech import Speech, VoiceError
from voice.words import Span, spans

SLOWEST, FASTEST = 80, 450  # words per minute the library can do without changing its method
INSTALL = "pip install espeakng-loader==0.2.4"
LONGEST = 60  # seconds to wait for one beat; a sentence takes 0.05


@cache
def _library() -> tuple[str, str, str]:
    """Paths of library and data, and the version of the wheel that holds them."""
    try:
        import espeakng_loader

        return (
            espeakng_loader.get_library_path(),
            espeakng_loader.get_data_path(),
            version("espeakng-loader"),
        )
    except (ImportError, RuntimeError, PackageNotFoundError) as error:
        raise VoiceError(f"the espeak voice lacks its library ({error}); {INSTALL}") from error


def _spoken(text: str, voice: str, rate: int) -> tuple[int, list[tuple[int, int]], bytes]:
    """Samples per second, (character, sample) of each word event, and 16-bit samples."""
    library, data, _ = _library()
    child = Path(__file__).with_name("libespeak.py")
    command = [sys.executable, "-I", "-S", str(child), library, data, voice, str(rate)]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VoiceError(f"espeak did not answer ({error}); run again, or {INSTALL}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"status {done.returncode}"]
        raise VoiceError(f"espeak {said[-1]}; {INSTALL}")
    head, _, sound = done.stdout.partition(b"\n")
    answer = json.loads(head)
    return answer["rate"], answer["words"], sound


class Espeak:
    """`rate` in eSpeak's words per minute for every language; None takes the one chosen per language.

    Chosen are 0.28 s per Chinese character and 135 to 165 English words a minute.
    """

    def __init__(self, rate: int | None = None) -> None:
        if rate is not None and not SLOWEST <= rate <= FASTEST:
            raise VoiceError(f"espeak:{rate}: the rate must be {SLOWEST} to {FASTEST} words per minute")
        self.rate = rate
        self.name = "espeak" if rate is None else f"espeak:{rate}"

    def fingerprint(self, language: str = "", name: str = "") -> str:
        rates = {each: self._rate(each) for each in ([language] if language else LANGUAGES)}
        return json.dumps(["espeak", _library()[2], rates, source("espeak.py", "libespeak.py")])

    def _rate(self, language: str) -> int:
        return self.rate or tongue(language).rate

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        import numpy as np

        from voice import audio

        found = spans(text)
        if not found:
            raise VoiceError(f"espeak finds no words in {text[:40]!r}; write some")
        said, places = respelled(text, found, language)
        per_second, heard, sound = _spoken(said, tongue(language).voice, self._rate(language))
        starts: dict[int, float] = {}
        word = 0
        for character, sample in heard:
            while word < len(places) and places[word] <= character:
                word += 1
            if word:
                starts.setdefault(word - 1, sample / per_second)
        samples = audio.resample(np.frombuffer(sound, "<i2"), per_second)
        return finish(samples, text, marks, wav, starts)


def respelled(text: str, found: list[Span], language: str) -> tuple[str, list[int]]:
    """The text as eSpeak should get it, and at which of its characters each word starts."""
    said, places, at = "", [], 0
    for span in found:
        said += _quiet(text[at : span.start])
        places.append(len(said))
        said += respell(span.text, language)
        at = span.end
    return said + _quiet(text[at:]), places


def respell(word: str, language: str) -> str:
    """Words eSpeak says wrongly as they stand, found by listening."""
    if word[0].isdigit():
        word = word.replace(",", "")  # it pauses at the comma of 1,024
        if language == "zh" and word[-1] == "%":
            return f"百分之{word[:-1]}"
        return word
    return re.sub("LoRA", "Lora", word)  # else it spells the last two letters


def _quiet(between: str) -> str:
    """What lies between words, without brackets and quotes, at which eSpeak would hesitate; same length."""
    return re.sub(r"[“”‘’\"《》「」『』`*]", " ", between)
