"""Pictures of clips: a poster and a small moving preview of the scene and of each beat, and what the pictures tell.

<part>.poster.webp     the picture at the end of a beat; of a scene, the fullest of these
<part>.preview.webp    the whole clip, small, in a few seconds
facts.json             of each part: its frames [first, end), how many beats it has; `seam`, the share of the picture
                       that jumps when it starts over; `loopable`, whether that is too little to be seen
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.clips.film import parts, timeline

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

PREVIEW = (320, 8, 6.0)  # width in pixels, pictures per second, seconds at most
MEASURED = 640  # pixels of width at which pictures are compared
SEAMLESS = 0.0005  # the share of the picture, as of a few letters, that may jump unseen
VISIBLE = 16  # of 255: a smaller difference is the encoder's, not the picture's


def make(folder: Path, deps: dict[str, Path], say: Say) -> None:
    """Posters, previews and facts of `deps["scene"]`."""
    scene = deps["scene"]
    line = timeline(scene)
    found = parts(line)
    sampled = {name: evenly(first, end, line["fps"]) for name, (first, end) in found.items()}
    bounds = {number for first, end in found.values() for number in (first, end - 1)}
    wanted = sorted(bounds | {number for numbers in sampled.values() for number in numbers})
    small: dict[int, Image.Image] = {}
    large: dict[int, Image.Image] = {}
    for number, picture in pictures(film(scene), wanted, line["fps"]):
        say("looking", number / line["frames"])
        small[number] = narrow(picture, PREVIEW[0])
        if number in bounds:
            large[number] = picture
    facts = {}
    for name, (first, end) in found.items():
        ends = [end - 1] if name != "scene" else [last - 1 for part, (_, last) in found.items() if part != "scene"]
        poster = max(ends, key=lambda number: ink(small[number]))
        large[poster].save(folder / f"{name}.poster.webp", quality=85, method=4)
        save([small[number] for number in sampled[name]], folder / f"{name}.preview.webp", PREVIEW[1], quality=60)
        jump = round(seam(large[first], large[end - 1]), 6)
        facts[name] = {"first": first, "end": end, "seam": jump, "loopable": jump <= SEAMLESS, "beats": len(ends)}
    (folder / "facts.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def film(scene: Path) -> Path:
    """The film in a drawn scene's folder, whatever its form."""
    return next(iter(sorted(scene.glob("video.*"))))


def evenly(first: int, end: int, fps: int) -> list[int]:
    """Frames that show all of [first, end) in a few seconds, the first and the last among them."""
    _, rate, most = PREVIEW
    count = max(2, round(min((end - first) / fps, most) * rate))
    return [first + round(step * (end - 1 - first) / (count - 1)) for step in range(count)]


def pictures(path: Path, wanted: Sequence[int], fps: int) -> Iterator[tuple[int, Image.Image]]:
    """(frame, picture) of these frames in order: RGBA where the film keeps what is transparent, else RGB."""
    from PIL import Image

    waiting = iter(sorted(set(wanted)))
    number = next(waiting, None)
    stands: Any = None

    def shown() -> Image.Image:
        pixels = "rgba" if stands.format.name.startswith("yuva") else "rgb24"
        return Image.fromarray(stands.to_ndarray(format=pixels))

    for frame in frames(path):
        start = round(frame.pts * frame.time_base * fps)
        picture = None
        while number is not None and stands is not None and number < start:
            picture = picture or shown()
            yield number, picture
            number = next(waiting, None)
        if number is None:
            return
        stands = frame
    picture = None
    while number is not None and stands is not None:
        picture = picture or shown()
        yield number, picture
        number = next(waiting, None)


def frames(path: Path) -> Iterator[Any]:
    """Decoded frames of a film. FFmpeg's own VP9 decoder leaves out the transparency, libvpx keeps it."""
    import av

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        told = {name.lower(): value for name, value in stream.metadata.items()}
        if told.get("alpha_mode") != "1":
            yield from container.decode(stream)
            return
        decoder: Any = av.CodecContext.create("libvpx-vp9", "r")
        for packet in container.demux(stream):
            for frame in decoder.decode(packet if packet.size else None):
                frame.time_base = frame.time_base or stream.time_base
                yield frame


def narrow(picture: Image.Image, width: int) -> Image.Image:
    """The picture at this width."""
    from PIL import Image

    return picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.LANCZOS)


def save(pictures: Sequence[Image.Image], out: Path, fps: float, quality: int) -> None:
    """An animated WebP that goes on for ever."""
    first, *rest = pictures
    first.save(
        out,
        save_all=True,
        append_images=rest,
        duration=round(1000 / fps),
        loop=0,
        quality=quality,
        method=2,
        minimize_size=False,
    )


def ink(picture: Image.Image) -> float:
    """How much of a picture is not its ground: where it is not transparent, or not like its corner."""
    import numpy as np

    pixels = np.asarray(picture).astype(int)
    if pixels.shape[2] == 4:
        return float((pixels[..., 3] > VISIBLE).mean())
    return float((np.abs(pixels - pixels[0, 0]).max(axis=2) > VISIBLE).mean())


def seam(one: Image.Image, other: Image.Image) -> float:
    """The share of the picture that visibly changes when the last picture is followed by the first."""
    import numpy as np

    def grey(picture: Image.Image) -> np.ndarray:
        pixels = np.asarray(narrow(picture, MEASURED)).astype(float)
        if pixels.shape[2] == 4:
            pixels = pixels[..., :3] * pixels[..., 3:] / 255
        return pixels.mean(axis=2)

    return float((np.abs(grey(one) - grey(other)) > VISIBLE).mean())
