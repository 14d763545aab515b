"""Beats on one clock, at one loudness: EBU R128 through FFmpeg's filters in this process.

All files are mono 16-bit WAV at 48 kHz. No sample moves: what was aligned with the picture stays so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from voice.audio import RATE, read, write
from voice.speech import VoiceError

if TYPE_CHECKING:
    import av
    import numpy as np

TARGET = -16.0  # LUFS, integrated: what people expect of speech on the web
CEILING = -1.0  # dBTP
CLOSE = 0.1  # LU within which a further pass is not worth it
PASSES = 5
STEP = RATE // 10  # samples between two measurements, as EBU Tech 3341 asks
OVER = 4  # true peak is measured at four times the sample rate, as ITU-R BS.1770 asks


class Loudness(NamedTuple):
    """`integrated` in LUFS and `peak` in dBTP."""

    integrated: float
    peak: float


def compose(pieces: Sequence[tuple[float, Path]], duration: float, out: Path) -> None:
    """Lay WAVs at their seconds into one WAV of `duration` seconds; where they overlap they add.

    Each start is rounded once, on the common clock, so that errors never add up. What starts before 0 or ends
    more than a sample after `duration` is a VoiceError.
    """
    import numpy as np

    whole = np.zeros(round(duration * RATE), np.int32)
    for start, path in pieces:
        samples, first = read(path), round(start * RATE)
        if first < 0 or first + samples.size > whole.size + 1:
            raise VoiceError(
                f"{path}: {samples.size / RATE:.3f} s from {start:.3f} s do not fit into {duration:.3f} s; "
                "make the whole as long as its last beat"
            )
        place = whole[first : first + samples.size]
        place += samples[: place.size]
    write(np.clip(whole, -32768, 32767).astype(np.int16), out)


def measure(wav: Path) -> Loudness:
    """Integrated loudness and true peak of a WAV; -70 LUFS or less means silence."""
    return _measure(read(wav), wav)


def integrated(wavs: Sequence[Path]) -> float:
    """Integrated loudness in LUFS of WAVs heard one after the other; pauses between them would not count."""
    import numpy as np

    return _measure(np.concatenate([read(wav) for wav in wavs]), wavs[0], peak=False).integrated


def normalise(wav: Path, out: Path, target: float = TARGET) -> float:
    """Write `wav` at `target` LUFS with a true peak of at most -1 dBTP; gives the integrated loudness reached.

    What is so already stays as it is. A plain gain where the peaks allow it; where they do not, a look-ahead limiter
    holds the peaks and the gain rises until the target is met. Same number of samples, same places. VoiceError for
    silence.
    """
    samples = read(wav)
    found = _measure(samples, wav)
    if found.integrated < -69 or not math.isfinite(found.integrated):
        raise VoiceError(f"{wav}: too quiet or too short to measure its loudness; is there a voice in it?")
    if abs(found.integrated - target) < CLOSE and found.peak <= CEILING:
        write(samples, out)
        return found.integrated
    gain, reached, slope, loud = 0.0, found.integrated, 1.0, samples
    for _ in range(PASSES):
        step = (target - reached) / slope
        gain += step
        before, loud = reached, _louder(samples, gain, found.peak + gain > CEILING)
        reached = _measure(loud, wav, peak=False).integrated
        if abs(reached - target) < CLOSE:
            break
        slope = min(max((reached - before) / step, 0.3), 1.0)  # what the limiter leaves of a step
    write(loud, out)
    return reached


def _measure(samples: np.ndarray, what: Path, peak: bool = True) -> Loudness:
    """`peak` costs twice the time of the rest; without it the peak is given as infinite.

    The filter writes both on every frame it lets pass, over all that came so far.
    """
    if samples.size < STEP:
        return Loudness(-math.inf, -math.inf)
    said: dict[str, str] = {}
    for frame in _filtered(samples, [("ebur128", f"metadata=1:framelog=quiet:peak={'true' if peak else 'none'}")]):
        said = frame.metadata or said
    try:
        integrated = float(said["lavfi.r128.I"])
        highest = float(said["lavfi.r128.true_peaks_ch0"]) if peak else math.inf
    except KeyError as error:
        raise VoiceError(f"{what}: FFmpeg's ebur128 filter does not write {error}; pip install av==18.1.0") from error
    return Loudness(integrated, 20 * math.log10(max(highest, 1e-6)) if peak else highest)


def _louder(samples: np.ndarray, gain: float, limited: bool) -> np.ndarray:
    """The samples with `gain` dB, peaks held below the ceiling if `limited`."""
    import numpy as np

    if not limited:
        raised = np.round(samples * 10 ** (gain / 20))
        return np.clip(raised, -32768, 32767).astype(np.int16)
    limit = 10 ** ((CEILING - 0.3) / 20)  # going back to 48 kHz lets peaks grow by up to 0.2 dB
    parts = _filtered(
        samples,
        [
            ("aresample", f"{RATE * OVER}"),
            ("volume", f"{gain}dB:precision=float"),
            ("alimiter", f"limit={limit}:level=0:latency=1:attack=5:release=80"),
            ("aresample", f"{RATE}"),
            ("aformat", "sample_fmts=s16:channel_layouts=mono"),
        ],
    )
    raised = np.concatenate([samples[:0], *(part.to_ndarray()[0] for part in parts)])[: samples.size]
    return np.pad(raised, (0, samples.size - raised.size))


def _filtered(samples: np.ndarray, filters: Sequence[tuple[str, str]]) -> Iterator[av.AudioFrame]:
    """Mono int16 samples through a chain of FFmpeg filters, a second at a time."""
    import av
    from av.filter import Graph

    graph = Graph()
    source = graph.add_abuffer(sample_rate=RATE, format="s16", layout="mono")
    sink = graph.add("abuffersink")
    chain = [source, *(graph.add(name, arguments) for name, arguments in filters), sink]
    graph.link_nodes(*chain).configure()
    for at in range(0, samples.size + RATE, RATE):
        block = samples[at : at + RATE]
        if block.size:
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1).copy(), format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            graph.push(frame)
        else:
            graph.push(None)
        while True:
            try:
                part = graph.pull()
            except (BlockingIOError, EOFError):
                break
            assert isinstance(part, av.AudioFrame)
            yield part
        if not block.size:
            break
