"""The opening card: course, chapter and lecture title, set by Typst and moved by moviepy; and the preview
GIF.

    card.mp4     three seconds, encoded like the scenes so that it joins them by copying
    poster.png   its fullest frame
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.apart import Say
from render.face import dressed, look_of
from render.quality import Quality, quality
from render.video import encode, key_frames, length, stills

if TYPE_CHECKING:
    import av
    import numpy as np
    from PIL import Image

SECONDS = 3.0
STILL = (1.6, 2.5)  # seconds into the card between which everything is there and nothing leaves yet
POSTER = 2.0
LEFT = 160  # pixels at 1080p, as are all below
WIDTH = 1500
LINE = (420, 5)
PREVIEW = (480, 10, 1.6)  # width in pixels, frames per second, seconds of each scene


@dressed
def make(
    folder: Path,
    deps: dict[str, Path],
    say: Say,
    *,
    course: str,
    chapter: str,
    title: str,
    language: str,
    quality_name: str,
    held: bool,
    look: Mapping[str, Any],
) -> None:
    """The card of a lecture in one language; without words where the look has none. `look`: see `render.scene`."""
    from PIL import Image

    worn, chosen = look_of(look, deps), quality(quality_name)
    say("setting the title")
    frames = pictures(*compose(course, chapter, title, language, chosen, worn.text), chosen)
    encode(frames, folder / "card.mp4", chosen, held)
    Image.fromarray(frames[round(POSTER * chosen.fps)]).save(folder / "poster.png", optimize=True)


def pictures(strip: Any, top: int, chosen: Quality) -> list[np.ndarray]:
    """Frames (height, width, 3) uint8 of a strip that starts `top` pixels down; what stands still is drawn once."""
    import numpy as np

    from scenes.stage.theme import INK

    ground = np.full((chosen.height, chosen.width, 3), rgb(INK.ground), np.uint8)
    moments = [number / chosen.fps for number in range(round(SECONDS * chosen.fps))]
    drawn: dict[float, np.ndarray] = {}
    for moment in {still(moment): None for moment in moments}:
        drawn[moment] = frame = ground.copy()
        frame[top : top + strip.h] = strip.get_frame(moment)
    return [drawn[still(moment)] for moment in moments]


def still(moment: float) -> float:
    """The first moment at which the card looks as it does now."""
    return STILL[0] if STILL[0] <= moment <= STILL[1] else moment


def compose(
    course: str, chapter: str, title: str, language: str, chosen: Quality, text: bool = True
) -> tuple[Any, int]:
    """The card's strip of words as a moviepy clip, and the pixels above it.

    Words fade in one after the other, a thin line grows, all fades out. The rest of the card is ground: compositing
    it, too, would take most of the time.
    """
    from moviepy import ColorClip, CompositeVideoClip, vfx

    from scenes.stage.theme import INK

    scale = chosen.height / 1080
    heading = layer(title, 76, 600, INK.words, language, chosen)
    above = layer(chapter, 36, 400, INK.quiet, language, chosen)
    below = layer(course, 30, 400, INK.quiet, language, chosen)
    middle = chosen.height / 2
    top = middle - heading.h / 2
    first = round(top - above.h - 12 * scale)
    line_y = top + heading.h + 22 * scale

    def at(y: float) -> tuple[int, int]:
        return round(LEFT * scale), round(y) - first

    def placed(clip: Any, y: float, start: float) -> Any:
        moved = clip.with_position(at(y)).with_start(start).with_duration(SECONDS - start)
        return moved.with_effects([vfx.CrossFadeIn(0.6)])

    last = round(line_y + 34 * scale)
    ground = ColorClip((chosen.width, last + below.h - first), color=rgb(INK.ground), duration=SECONDS)
    line = rule(rgb(INK.weight), scale, start=0.6).with_position(at(line_y))
    words = [placed(above, top - above.h - 12 * scale, 0.15), placed(heading, top, 0.35)]
    words.append(placed(below, last, 0.95))
    parts = [ground, *(words if text else ()), line]
    clip = CompositeVideoClip(parts).with_duration(SECONDS)
    return clip.with_effects([vfx.FadeOut(SECONDS - STILL[1], list(rgb(INK.ground)))]), first


def layer(text: str, size: int, weight: int, color: str, language: str, chosen: Quality) -> Any:
    """Words as a clip with transparency; see `typeset`."""
    import numpy as np
    from moviepy import ImageClip

    return ImageClip(np.array(typeset(text, size, weight, color, language, chosen.height / 1080)))


def typeset(text: str, size: int, weight: int, color: str, language: str, scale: float = 1.0) -> Image.Image:
    """Words as a picture with transparency, `size` in pixels at scale 1; what is wider than WIDTH breaks evenly."""
    import io

    from PIL import Image

    from scenes.stage.typeset import check_characters, compile_typst, page, quote

    check_characters(text)
    body = (
        f'#set text(fill: rgb("{color}"), lang: {quote(language)}, top-edge: 0.95em, bottom-edge: -0.3em)\n'
        f"#context {{ let words = [#{quote(text)}]\n  let all = measure(words).width\n"
        f"  if all > {WIDTH}pt {{ block(width: calc.min({WIDTH}pt, all * 0.58), words) }} else {{ words }} }}"
    )
    source = page(body, size=size, weight=weight, leading=0)
    return Image.open(io.BytesIO(compile_typst(source, "png", ppi=72 * scale))).convert("RGBA")


def rule(color: tuple[int, int, int], scale: float, start: float) -> Any:
    """A thin line that grows from left to right, easing out."""
    import numpy as np
    from moviepy import ColorClip, VideoClip

    width, height = round(LINE[0] * scale), max(2, round(LINE[1] * scale))

    def shape(t: float) -> np.ndarray:
        grown = 1 - (1 - min(t / 0.9, 1.0)) ** 3
        return np.tile(np.clip(grown * width - np.arange(width), 0, 1), (height, 1))

    mask = VideoClip(is_mask=True, frame_function=shape, duration=SECONDS - start)
    return ColorClip((width, height), color=color, duration=SECONDS - start).with_mask(mask).with_start(start)


def rgb(color: str) -> tuple[int, int, int]:
    """`#RRGGBB` as three numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def preview(folder: Path, deps: dict[str, Path], say: Say, *, scenes: Sequence[str], quality_name: str) -> None:
    """`preview.gif`: a moment of each scene, small and silent."""
    from PIL import Image

    rate = quality(quality_name).fps
    # An octree takes a sixth of the time that a palette made to measure takes; flat colours fit in both.
    first, *others = (
        picture.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        for name in scenes
        for picture in moment(deps[name] / "video.mp4", rate, *PREVIEW)
    )
    duration = round(1000 / PREVIEW[1])
    first.save(folder / "preview.gif", save_all=True, append_images=others, duration=duration, loop=0)


def moment(video: Path, rate: int, width: int, fps: int, seconds: float) -> list[Image.Image]:
    """Small pictures about the middle of a scene of `rate` frames per second, from a key frame on, for speed."""
    count = length(video, rate)
    first = min(key_frames(video, rate), key=lambda frame: abs(frame - count / 2))
    wanted = [min(count - 1, first + round(step * rate / fps)) for step in range(round(seconds * fps))]

    def small(frame: av.VideoFrame) -> Image.Image:
        height = round(width * frame.height / frame.width)
        return frame.to_image(width=width, height=height, interpolation="AREA")

    images = stills(video, wanted, rate, small)
    return [images[number] for number in wanted]
