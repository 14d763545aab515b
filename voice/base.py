"""What every voice is."""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Protocol

from voice.speech import Speech, VoiceError, Word, moments
from voice.words import estimated, spans, timed

if TYPE_CHECKING:
    import numpy as np

SENTENCES = re.compile(r".+?(?:[。！？!?…]+[”’」』）)\"']*|\.(?=\s|$)|$)", re.S)


class Voice(Protocol):
    """Text to sound with word times. One object may serve threads; several processes may have one each."""

    name: str  # the spec that makes this voice again

    def fingerprint(self, language: str = "", name: str = "") -> str:
        """All that affects the sound: voice, rate, library version, our own source. The same for all texts
        unless the voice speaks from files (`name`) or differs by language; empty means all of them."""
        ...

    def synthesize(self, text: str, language: str, marks: Mapping[str, int], wav: Path, name: str = "") -> Speech:
        """Speak `text`, in a language such as "zh", into `wav`; `marks` are offsets into it, `name` is `Scene.beat`.

        Raises VoiceError with what to do.
        """
        ...


def finish(
    samples: np.ndarray,
    text: str,
    marks: Mapping[str, int],
    wav: Path,
    starts: Mapping[int, float] | None,
    guessed: bool = False,
) -> Speech:
    """From raw 48 kHz samples to a `Speech`: trim, write, time the words, place the marks.

    `starts`: seconds in `samples` at which word number i (of `spans(text)`) starts; None means estimate.
    `guessed`: these are estimates themselves.
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
    return Speech(wav, duration, words, moments(marks, words, duration), estimated=guessed or starts is None)


def _heard_until(word: Word, loud: np.ndarray) -> float:
    """Seconds at which the sound of a word ends: not at the next word, if there is a pause before it."""
    from voice.audio import RATE

    before = loud[: int(loud.searchsorted(word.end * RATE))]
    last = float(before[-1] + 1) / RATE if before.size else word.end
    return round(min(max(last, (word.start + word.end) / 2), word.end), 6)


def by_sentence(say: Callable[[str], np.ndarray], text: str, marks: Mapping[str, int], wav: Path, who: str) -> Speech:
    """For voices without word times: speak sentence by sentence, so that at least these are known exactly.

    `say` gives 48 kHz samples of one sentence. Word times within a sentence are estimated.
    """
    import numpy as np

    from voice.audio import RATE

    parts: list[np.ndarray] = []
    starts: dict[int, float] = {}
    at, number = 0.0, 0
    for sentence in SENTENCES.findall(text):
        words = len(spans(sentence))
        if not words:
            continue
        try:
            parts.append(say(sentence.strip()))
        except VoiceError:
            raise
        except Exception as error:  # whatever a model's runtime raises
            raise VoiceError(f"{who} cannot say {sentence.strip()[:40]!r} ({error}); reword it") from error
        length = parts[-1].size / RATE
        for place, word in enumerate(estimated(sentence, length)):
            starts[number + place] = at + word.start
        at, number = at + length, number + words
    if not parts:
        raise VoiceError(f"{who}: no words in {text[:40]!r}; write some")
    return finish(np.concatenate(parts), text, marks, wav, starts, guessed=True)


def needs(module: str, who: str, install: str) -> ModuleType:
    """Import an optional package, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise VoiceError(f"the voice {who} needs a package ({error}); {install}") from error


def file_hash(path: Path) -> str:
    """sha256 of a file; read again only when it changed."""
    stat = path.stat()
    return _file_hash(path, stat.st_mtime_ns, stat.st_size)


@cache
def _file_hash(path: Path, time: int, size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source(*files: str) -> str:
    """Short hash of files of this room: a voice whose code changed speaks anew."""
    digest = hashlib.sha256()
    for file in ("audio.py", "base.py", "words.py", "speech.py", *files):
        digest.update((Path(__file__).parent / Path(file).name).read_bytes())
    return digest.hexdigest()[:16]
