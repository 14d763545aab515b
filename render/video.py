"""Video through PyAV: encode frames as scenes are, join files packet by packet, read frames back.

av and numpy are imported where they are used: the `lecture` command must answer at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.errors import BuildError
from render.held import HeldVideo
from render.quality import Quality

if TYPE_CHECKING:
    import av
    import numpy as np
    from PIL import Image


def encode(frames: Iterable[np.ndarray], out: Path, chosen: Quality, held: bool = True) -> int:
    """Encode RGB frames as an H.264 file that joins with rendered scenes; returns how many there were."""
    video = HeldVideo(out, chosen, held, pixels="rgb24")
    try:
        for pixels in frames:
            video.write(pixels)
        video.close()
    except BaseException:
        video.abort()
        raise
    return video.frames


def look(path: Path) -> dict[str, str]:
    """What must be equal for files to be joined by copying packets."""
    import av

    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return {
            "codec": context.name,
            "size": f"{context.width}x{context.height}",
            "pixels": str(context.pix_fmt),
            "parameters": (context.extradata or b"").hex(),
        }


def packets(paths: Sequence[Path], fps: int) -> Iterator[Any]:
    """Video packets of several files in a row, times and durations counted in frames of 1/`fps` from 0.

    Every file must start with a key frame and hold no B-frames, all must be encoded alike and every picture must
    start on a whole frame; else BuildError.
    """
    import av

    first, offset = look(paths[0]), 0
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
            start = end = offset
            packet: Any
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                if end == start and not packet.is_keyframe:
                    raise BuildError(f"{label(path)} does not start with a key frame")
                if packet.pts != packet.dts:
                    raise BuildError(f"{label(path)} has B-frames and cannot be joined by copying")
                frame = frame_number(packet, fps)
                if frame.denominator != 1 or start + frame != end:
                    raise BuildError(f"{label(path)} is not on a grid of {fps} frames per second; build it again")
                duration = round(packet.duration * packet.time_base * fps)
                packet.time_base = Fraction(1, fps)
                packet.pts = packet.dts = end
                packet.duration = duration
                end += duration
                yield packet
            offset = end


def frame_number(packet: Any, fps: int) -> Fraction:
    """The frame at which a packet's picture starts."""
    return Fraction(packet.pts) * packet.time_base * fps


def length(path: Path, fps: int) -> int:
    """How many frames a video lasts."""
    import av

    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        return round(stream.duration * stream.time_base * fps)


def key_frames(path: Path, fps: int) -> list[int]:
    """Frames at which decoding can start."""
    import av

    with av.open(str(path)) as container:
        return [round(frame_number(packet, fps)) for packet in key_packets(container)]


def key_packets(container: Any) -> list[Any]:
    """Packets of an open file's pictures at which decoding can start."""
    return [packet for packet in container.demux(container.streams.video[0]) if packet.size and packet.is_keyframe]


def label(path: Path) -> str:
    """A file as an error names it: its folder is the step's key."""
    return f"{path.parent.name[:12]}/{path.name}"


def image(frame: av.VideoFrame) -> Image.Image:
    """A decoded frame as a picture of its own."""
    return frame.to_image()


def stills(
    path: Path, numbers: Sequence[int], fps: int, read: Callable[[av.VideoFrame], Any] = image
) -> dict[int, Any]:
    """What stands at frames of a video (numbers from 0), as `read` gives it; jumps over what is not looked at.

    Numbers at which the same picture stands share what was read.
    """
    import av

    found: dict[int, Any] = {}
    with av.open(str(path)) as container:
        stream: Any = container.streams.video[0]
        keys = [packet.pts for packet in key_packets(container)]
        unit = 1 / (fps * stream.time_base)  # of the file's clock per frame
        now: Any = None  # the picture that stands
        seen: tuple[Any, Any] | None = None  # the picture that was read last, and what it gave
        coming: Iterator[Any] = iter(())
        following: Any = None  # the one after it
        for number in sorted(set(numbers)):
            moment = number * unit
            key = max(each for each in keys if each <= moment)
            if now is None or key > now.pts:
                container.seek(key, stream=stream)
                coming = container.decode(stream)
                now, following = next(coming), next(coming, None)
            while following is not None and following.pts <= moment:
                now, following = following, next(coming, None)
            if seen is None or seen[0] is not now:
                seen = now, read(now)
            found[number] = seen[1]
    return found
