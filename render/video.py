"""Video through PyAV: encode frames like manim does, join files packet by packet, read frames back.

av and numpy are imported where they are used: the `lecture` command must answer at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.errors import BuildError
from render.quality import ENCODER, Quality

if TYPE_CHECKING:
    import numpy as np


def encode(frames: Iterable[np.ndarray], out: Path, chosen: Quality) -> int:
    """Encode RGB frames as an H.264 file that joins with rendered scenes; returns how many there were."""
    import av

    count = 0
    with av.open(str(out), "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=chosen.fps, options=dict(ENCODER))
        stream.width, stream.height, stream.pix_fmt = chosen.width, chosen.height, "yuv420p"
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = count, Fraction(1, chosen.fps)
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode())
    return count


def look(path: Path) -> dict[str, Any]:
    """What must be equal for files to be joined by copying packets."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        return {
            "codec": context.name,
            "size": f"{context.width}x{context.height}",
            "pixels": context.pix_fmt,
            "rate": str(stream.average_rate),
            "parameters": (context.extradata or b"").hex(),
        }


def packets(paths: Sequence[Path]) -> Iterator[Any]:
    """Video packets of several files in a row, one per frame, numbered from 0 in time base 1/rate.

    Every file must start with a key frame and hold no B-frames, and all must be encoded alike; else
    BuildError.
    """
    import av

    first, number = look(paths[0]), 0
    for path in paths:
        here = look(path)
        for name, value in first.items():
            if here[name] != value:
                raise BuildError(
                    f"{label(path)} cannot be joined by copying: its {name} is {here[name]:.40}, "
                    f"not {value:.40}; "
                    "build all parts again at one quality"
                )
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            opening = True
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                if opening and not packet.is_keyframe:
                    raise BuildError(f"{label(path)} does not start with a key frame")
                if packet.pts != packet.dts:
                    raise BuildError(f"{label(path)} has B-frames and cannot be joined by copying")
                opening = False
                packet.time_base = 1 / Fraction(first["rate"])
                packet.pts = packet.dts = number
                packet.duration = 1
                number += 1
                yield packet


def label(path: Path) -> str:
    """A file as an error names it: its folder is the step's key."""
    return f"{path.parent.name[:12]}/{path.name}"


def remux(paths: Sequence[Path], out: Path) -> int:
    """Join video files by copying packets, at a constant frame rate; returns the number of frames."""
    import av

    count = 0
    with av.open(str(paths[0])) as model, av.open(str(out), "w", format="mp4") as container:
        stream = container.add_stream_from_template(model.streams.video[0])
        for packet in packets(paths):
            packet.stream = stream
            container.mux(packet)
            count += 1
    return count


def stills(path: Path, numbers: Sequence[int]) -> dict[int, Any]:
    """Frames of a video by number (from 0) as PIL images."""
    import av

    wanted, found = set(numbers), {}
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                found[number] = frame.to_image()
                if len(found) == len(wanted):
                    break
    return found
