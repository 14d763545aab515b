"""Clips that play where a film cannot: an animated GIF or WebP, and the pictures of a clip one by one.

Pillow writes them. moviepy writes no WebP, and its GIF of a beat took ten times as long, was half as large again and
ended a picture early. A sequence of PNG files lies in a ZIP, so that a clip is one file with one checksum.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from render.apart import Say
from render.clips.film import parts, timeline
from render.clips.pictures import film, narrow, pictures, save

if TYPE_CHECKING:
    from PIL import Image

MOVING = (480, 10)  # width in pixels, pictures per second: what a page or a chat takes
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same pictures give the same bytes


def gif(folder: Path, deps: dict[str, Path], say: Say, *, part: str) -> None:
    """`<part>.gif` from `deps["scene"]`."""
    from PIL import Image

    first, *rest = (
        picture.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        for picture in moving(deps["scene"], part)
    )
    milliseconds = round(1000 / MOVING[1])
    first.save(folder / f"{part}.gif", save_all=True, append_images=rest, duration=milliseconds, loop=0)


def webp(folder: Path, deps: dict[str, Path], say: Say, *, part: str) -> None:
    """`<part>.webp` from `deps["scene"]`; keeps what is transparent."""
    save(moving(deps["scene"], part), folder / f"{part}.webp", MOVING[1], quality=75)


def moving(scene: Path, part: str) -> list[Image.Image]:
    """The pictures of a part of a drawn scene, fewer and smaller, in their own time."""
    line = timeline(scene)
    first, end = parts(line)[part]
    width, fps = MOVING
    count = max(1, round((end - first) / line["fps"] * fps))
    wanted = [min(end - 1, first + round(step * line["fps"] / fps)) for step in range(count)]
    small: dict[int, Image.Image] = {}
    shown: Image.Image | None = None
    for number, picture in pictures(film(scene), wanted, line["fps"]):
        if picture is not shown:
            shown, made = picture, narrow(picture, width)
        small[number] = made
    return [small[number] for number in wanted]


def sequence(folder: Path, deps: dict[str, Path], say: Say, *, part: str) -> None:
    """`<part>.zip` from `deps["scene"]`: a PNG for every frame, numbered from 0."""
    scene = deps["scene"]
    line = timeline(scene)
    first, end = parts(line)[part]
    with zipfile.ZipFile(folder / f"{part}.zip", "w", zipfile.ZIP_STORED) as out:
        for number, data in written(scene, first, end, line["fps"]):
            say("writing pictures", (number - first) / (end - first))
            out.writestr(zipfile.ZipInfo(f"{number - first:05d}.png", EPOCH), data)


def written(scene: Path, first: int, end: int, fps: int) -> Iterator[tuple[int, bytes]]:
    """(frame, PNG file) of [first, end); a picture that stands is written once."""
    last: Image.Image | None = None
    data = b""
    for number, picture in pictures(film(scene), range(first, end), fps):
        if picture is not last:
            file = io.BytesIO()
            picture.save(file, "PNG", compress_level=6)
            last, data = picture, file.getvalue()
        yield number, data
