"""Qualities, and the one way video is encoded: scenes and cards must join without being encoded again."""

from dataclasses import dataclass

from render.errors import BuildError


@dataclass(frozen=True)
class Quality:
    """Frame size in pixels, frames per second, and x264's preset: a draft is encoded as fast as can be."""

    name: str
    width: int
    height: int
    fps: int
    preset: str = "veryfast"


QUALITIES = {
    "l": Quality("l", 854, 480, 15, preset="ultrafast"),
    "m": Quality("m", 1280, 720, 30),
    "h": Quality("h", 1920, 1080, 30),
}

KEY_SECONDS = 10  # of motion between two key frames, at most: a player decodes no more than that to seek


def quality(name: str) -> Quality:
    """A quality by letter."""
    if name not in QUALITIES:
        known = ", ".join(f"{each.name} ({each.width}x{each.height} at {each.fps})" for each in QUALITIES.values())
        raise BuildError(f"no quality {name!r}; there is {known}")
    return QUALITIES[name]


def options(chosen: Quality) -> dict[str, str]:
    """x264's options.

    No B-frames: a held picture ends when the next one starts, and pieces join on any key frame. One thread: the
    same frames give the same bytes, and two scenes render side by side anyway. The colour tags say what FFmpeg's
    conversion from RGB really does.
    """
    return {
        "crf": "20",
        "preset": chosen.preset,
        "bf": "0",
        "g": str(KEY_SECONDS * chosen.fps),
        "threads": "1",
        "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=smpte170m:range=tv",
    }
