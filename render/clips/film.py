"""Films of clips: a scene at a constant frame rate, and its beats cut out of it without encoding anything again.

    video.<ending>       `make`: the scene as it was drawn, every frame written, a key frame where a beat starts
    <part>.<ending>      `cut`: the scene and each of its beats, pictures copied packet by packet, with voice or without

A scene that was drawn for the lecture is not drawn again: its pictures are decoded and encoded once, at a higher
quality than they came with. What is transparent was drawn in its own form and is only cut.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.errors import BuildError
from render.forms import FORMS
from render.quality import Quality, quality
from render.sound import BITS, CODER, FRAME, encoded
from voice.audio import RATE, read

if TYPE_CHECKING:
    import numpy as np

FORM = {  # what each format is encoded as where nothing is transparent
    "mp4": FORMS["h264"],
    "webm": replace(FORMS["vp9-alpha"], pixels="yuv420p", alpha=False),
    "prores": replace(FORMS["prores-4444"], pixels="yuv444p10le", alpha=False),
}
FINER = {"mp4": {"crf": "18"}}  # what is encoded a second time is encoded finer
SOUND = {  # codec, sample format, samples a packet, options
    "mp4": ("aac", "fltp", FRAME, CODER),
    "webm": ("libopus", "s16", 960, {}),
    "prores": ("pcm_s16le", "s16", 1024, {}),
}


def make(folder: Path, deps: dict[str, Path], say: Say, *, format_name: str, quality_name: str) -> None:
    """`video.<ending>` from `deps["scene"]`."""
    chosen, line = quality(quality_name), timeline(deps["scene"])
    keys = {beat["first_frame"] for beat in line["beats"]}
    source = deps["scene"] / "video.mp4"
    encode(source, folder / f"video{FORM[format_name].ending}", format_name, chosen, keys, line["frames"])


def encode(source: Path, out: Path, format_name: str, chosen: Quality, keys: set[int], frames: int) -> None:
    """Every frame of a held film, encoded; `keys` are the frames where a key frame must stand."""
    import av

    form, kinds = FORM[format_name], av.video.frame.PictureType
    options = form.options(chosen) | FINER.get(format_name, {})
    with av.open(str(out), "w", format=form.container) as container:
        stream: Any = container.add_stream(form.codec, rate=chosen.fps, options=options)
        stream.width, stream.height, stream.pix_fmt = chosen.width, chosen.height, form.pixels
        stream.codec_context.time_base = Fraction(1, chosen.fps)
        for frame, first, end in held(source, chosen.fps, frames):
            shown = frame.reformat(format=form.pixels)
            for number in range(first, end):
                shown.pts, shown.time_base = number, Fraction(1, chosen.fps)
                shown.pict_type = kinds.I if number in keys else kinds.NONE
                container.mux(stream.encode(shown))
        container.mux(stream.encode())


def held(source: Path, fps: int, frames: int) -> Iterator[tuple[Any, int, int]]:
    """(picture, first frame, frame after its last) of a film of `frames` frames."""
    import av

    with av.open(str(source)) as container:
        stands: Any = None
        frame: Any
        first = 0
        for frame in container.decode(video=0):
            start = round(frame.pts * frame.time_base * fps)
            if stands is not None:
                yield stands, first, start
            stands, first = frame, start
        if stands is not None:
            yield stands, first, frames


def cut(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    format_name: str,
    quality_name: str,
    voiced: bool,
    metadata: Mapping[str, str],
) -> None:
    """The scene and its beats from `deps["film"]`, with the voice of `deps["scene"]`."""
    fps, line = quality(quality_name).fps, timeline(deps["scene"])
    ending = FORM[format_name].ending
    film = deps["film"] / f"video{ending}"
    sound = voice(line, deps["scene"]) if voiced else None
    for name, (first, end) in parts(line).items():
        say(name, first / line["frames"])
        heard = None if sound is None else sound[round(first / fps * RATE) : round(end / fps * RATE)]
        written = mux(folder / f"{name}{ending}", film, fps, first, end, heard, format_name, metadata)
        if written != end - first:
            raise BuildError(f"{name}: {written} frames were cut where the time line has {end - first}")


def timeline(scene: Path) -> dict[str, Any]:
    """What a drawn scene played."""
    found: dict[str, Any] = json.loads((scene / "timeline.json").read_text(encoding="utf-8"))
    return found


def parts(line: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """The scene and each beat by the name of its files, as frames [first, end)."""
    beats = {f"beat-{beat['name']}": (beat["first_frame"], beat["end_frame"]) for beat in line["beats"]}
    return {"scene": (0, line["frames"]), **beats}


def voice(line: Mapping[str, Any], scene: Path) -> np.ndarray:
    """The samples heard in a scene."""
    import numpy as np

    samples, length = read(scene / "voice.wav"), round(line["frames"] / line["fps"] * RATE)
    return np.pad(samples, (0, max(0, length - samples.size)))[:length]


def mux(
    out: Path,
    film: Path,
    fps: int,
    first: int,
    end: int,
    samples: np.ndarray | None,
    format_name: str,
    metadata: Mapping[str, str],
) -> int:
    """Copy the frames [first, end) of a film, with sound where there are samples; returns how many there were."""
    import av

    count = 0
    options = {"movflags": "+faststart"} if format_name != "webm" else {}
    with av.open(str(film)) as model, av.open(str(out), "w", options=options) as container:
        container.metadata.update(metadata)
        source = model.streams.video[0]
        picture: Any = container.add_stream_from_template(source)
        if mode := source.metadata.get("alpha_mode"):
            picture.metadata["alpha_mode"] = mode
        streams = [pictures(film, picture, fps, first, end)]
        if samples is not None:
            codec, _, _, chosen = SOUND[format_name]
            sound: Any = container.add_stream(codec, rate=RATE, layout="mono", options=chosen)
            if codec != "pcm_s16le":
                sound.bit_rate = BITS
            sound.metadata["language"] = metadata["language"]
            streams.append(heard(samples, sound, format_name))
        for _, _, packet in heapq.merge(*streams, key=lambda item: item[0]):
            count += packet.stream is picture
            container.mux(packet)
    return count


def pictures(film: Path, stream: Any, fps: int, first: int, end: int) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 0, packet) of the frames [first, end) of a film at a constant frame rate."""
    import av

    with av.open(str(film)) as container:
        packet: Any
        for packet in container.demux(video=0):
            if packet.size == 0:
                continue
            number = round(packet.pts * packet.time_base * fps)
            if number >= end:
                return
            if number < first:
                continue
            if number == first and not packet.is_keyframe:
                raise BuildError(f"{film.name}: no key frame at {first}; nothing can be cut there")
            packet.time_base, packet.duration = Fraction(1, fps), 1
            packet.pts = packet.dts = number - first
            packet.stream = stream
            yield packet.pts / fps, 0, packet


def heard(samples: np.ndarray, stream: Any, format_name: str) -> Iterator[tuple[float, int, Any]]:
    """(seconds, 1, packet) of mono samples, encoded here."""
    _, kind, size, _ = SOUND[format_name]
    for packet in encoded(samples, stream, kind, size):
        yield float((packet.dts or 0) * packet.time_base), 1, packet
