"""Sound in and out, in-process through PyAV: any format in, mono 16-bit 48 kHz WAV out.

numpy and av are imported where they are used: importing `voice` stays quick.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice.speech import VoiceError

if TYPE_CHECKING:
    import numpy as np

RATE = 48_000  # samples per second of every WAV in the house
SILENCE = 10 ** (-50 / 20)  # below -50 dBFS counts as silence
GUARD = 0.02  # seconds kept on both sides of the sound, so that soft consonants stay


def decode(source: Path | bytes, what: str) -> np.ndarray:
    """Mono float32 samples in -1..1 at 48 kHz from a sound file in any format FFmpeg reads.

    Raises `VoiceError` naming `what` when there is no sound in it.
    """
    import av
    import numpy as np

    pieces: list[np.ndarray] = []
    try:
        with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as container:
            resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
            for frame in container.decode(audio=0):
                pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            pieces += [part.to_ndarray()[0] for part in resampler.resample(None)]
    except (av.FFmpegError, IndexError, ValueError, OSError) as error:
        raise VoiceError(f"{what}: not a readable sound ({error}); listen to it, or make it again") from error
    if not pieces:
        raise VoiceError(f"{what}: no sound in it; make it again")
    return np.concatenate(pieces)


def resample(samples: np.ndarray, rate: int) -> np.ndarray:
    """Mono float32 samples at 48 kHz from mono samples (int16 or float) at `rate`."""
    import av
    import numpy as np

    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 32768
    samples = np.ascontiguousarray(samples, dtype=np.float32).reshape(1, -1)
    if rate == RATE:
        return samples[0]
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    pieces = []
    block = rate  # one second at a time
    for at in range(0, samples.shape[1], block):
        frame = av.AudioFrame.from_ndarray(samples[:, at : at + block], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = rate, at
        pieces += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    pieces += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(pieces) if pieces else samples[0]


def loud(samples: np.ndarray) -> np.ndarray:
    """Which samples (float) are not silence: their numbers, ascending."""
    import numpy as np

    return np.flatnonzero(np.abs(samples) > SILENCE)


def trim(samples: np.ndarray, what: str) -> tuple[np.ndarray, float]:
    """Samples without silence at either end, and the seconds taken off the front.

    Raises `VoiceError` naming `what` when all of it is silence.
    """
    heard = loud(samples)
    if not heard.size:
        raise VoiceError(f"{what}: nothing but silence came back; check the voice and the text")
    guard = int(GUARD * RATE)
    first, last = max(int(heard[0]) - guard, 0), min(int(heard[-1]) + guard + 1, samples.size)
    return samples[first:last], first / RATE


def read(path: Path) -> np.ndarray:
    """Mono int16 samples of one of our own WAVs; `VoiceError` when it has another form."""
    import numpy as np

    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if form != (1, 2, RATE):
                raise VoiceError(f"{path}: {form} is not mono 16-bit {RATE} Hz; make it again")
            return np.frombuffer(file.readframes(file.getnframes()), "<i2")
    except (wave.Error, EOFError) as error:
        raise VoiceError(f"{path}: not a WAV file ({error}); make it again") from error


def write(samples: np.ndarray, path: Path) -> float:
    """Write mono samples (float in -1..1, clipped, or int16) at 48 kHz; gives the duration in seconds."""
    import numpy as np

    if samples.dtype != np.int16:
        samples = np.round(np.clip(samples, -1, 32767 / 32768) * 32768)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_little(samples))
    return samples.size / RATE


def _little(samples: Any) -> bytes:
    return samples.astype("<i2").tobytes()
