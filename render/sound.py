"""The voice in AAC: encoded once for each scene, then laid into films packet by packet, as pictures are.

Each packet stands for FRAME samples and is heard together with the second half of the one before it. Where a voice
ends both are silent, so packets of different scenes may follow each other, with silent ones between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice.audio import RATE

if TYPE_CHECKING:
    import numpy as np

FRAME = 1024  # samples a packet
BITS = 96_000
CODER = {"aac_coder": "fast"}  # closer to the original than the default on speech at this rate, in half the time
FADED = 3  # silent packets after a voice: the last is like any other silence


def encode(samples: np.ndarray, out: Path) -> None:
    """Mono int16 samples at 48 kHz as AAC in MP4, with silence after them."""
    import av
    import numpy as np

    padded = np.pad(samples, (0, FADED * FRAME + -samples.size % FRAME))
    with av.open(str(out), "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=RATE, layout="mono", options=CODER)
        stream.bit_rate = BITS
        for packet in encoded(padded, stream, "fltp", FRAME):
            container.mux(packet)


def encoded(samples: np.ndarray, stream: Any, kind: str, size: int) -> Iterator[Any]:
    """Packets of mono int16 samples at 48 kHz, for an encoder that takes `size` samples at a time as `kind`."""
    import av

    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
    resampler = av.AudioResampler(format=kind, layout="mono", rate=RATE, frame_size=size)
    for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
        yield from stream.encode(piece)


def place(second: float) -> int:
    """How many packets of a track lie before the one that starts closest to this second."""
    return round(second * RATE / FRAME)


def nearest(second: float) -> float:
    """The second closest to this one at which a packet may start."""
    return place(second) * FRAME / RATE


def packets(pieces: Sequence[tuple[float, Path]], duration: float) -> Iterator[Any]:
    """Packets of one track that is silent but for what `encode` wrote, each at the `nearest` to its second.

    `duration` in seconds is where the track ends, or up to a packet before. Times are in samples; the first packet
    stands before 0, for it only fills the decoder.
    """
    import av

    voices = [load(path) for _, path in pieces]
    silence = voices[0][-1]
    starts = [*(place(second) for second, _ in pieces), int(duration * RATE) // FRAME + 1]
    track = [silence] * starts[0]
    for voice, (start, end) in zip(voices, pairwise(starts), strict=True):
        track += (voice + [silence] * (end - start))[: end - start]
    for number, data in enumerate(track):
        packet = av.Packet(data)
        packet.pts = packet.dts = (number - 1) * FRAME
        packet.duration, packet.time_base = FRAME, Fraction(1, RATE)
        yield packet


def load(path: Path) -> list[bytes]:
    """The packets of a file, what fills the decoder first."""
    import av

    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]
