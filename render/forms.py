"""The forms a scene can be encoded in: H.264 to watch and to join, and two that keep what is transparent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from render.errors import BuildError
from render.quality import KEY_SECONDS, Quality, options

QUANTUM = 118  # FFmpeg's FF_QP2LAMBDA: `global_quality` counts quantizers in it


@dataclass(frozen=True)
class Form:
    """Codec, pixel format, container and file ending; `alpha` says whether it keeps what is transparent."""

    name: str
    codec: str
    pixels: str
    container: str
    ending: str
    alpha: bool

    def options(self, chosen: Quality) -> dict[str, str]:
        """The encoder's options. One thread: the same frames give the same bytes, and scenes render side by side.

        VP9 without alternate reference frames: a packet that is not shown would break the grid, and alpha needs none.
        At its speed for real time it takes a quarter of the time, and the file is a tenth larger.
        ProRes 4444 with 8 bits of alpha: the frames have no more. A fixed quantizer takes a fifth of the time that a
        search for the best takes, and moves no colour by more than 3 of 255.
        """
        if self.name == "vp9-alpha":
            speed = {"deadline": "realtime", "cpu-used": "8" if chosen.preset == "ultrafast" else "5"}
            keys = str(KEY_SECONDS * chosen.fps)
            return {"crf": "20", "b": "0", "auto-alt-ref": "0", "lag-in-frames": "0", "g": keys, "threads": "1"} | speed
        if self.name == "prores-4444":
            fixed = {"flags": "+qscale", "global_quality": str(2 * QUANTUM)}
            return {"profile": "4444", "alpha_bits": "8", "vendor": "apl0", "threads": "1"} | fixed
        return options(chosen)


FORMS = {
    "h264": Form("h264", "libx264", "yuv420p", "mp4", ".mp4", alpha=False),
    "vp9-alpha": Form("vp9-alpha", "libvpx-vp9", "yuva420p", "webm", ".webm", alpha=True),
    "prores-4444": Form("prores-4444", "prores_ks", "yuva444p10le", "mov", ".mov", alpha=True),
}


def form(name: str) -> Form:
    """A form by name."""
    if name not in FORMS:
        raise BuildError(f"no form {name!r}; there is {', '.join(FORMS)}")
    return FORMS[name]


def encoder(chosen: Quality, held: bool, form_name: str = "h264") -> dict[str, Any]:
    """What a step's key must know about encoding."""
    size = {"size": [chosen.width, chosen.height], "fps": chosen.fps}
    return size | {"form": form_name, "options": form(form_name).options(chosen), "held": held}
