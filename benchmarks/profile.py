"""Where the CPU of a scene goes, and how far that is from x264 alone on the distinct frames."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.measure import table
from benchmarks.setting import Setting
from benchmarks.stock import scenes
from render.apart import Say
from render.quality import options, quality

CHUNK = 60  # frames decoded at a time, so that decoding stays out of the measurement
# The first of these found from the innermost call outwards, as file:function, says what a moment was spent on.
PARTS = [
    ("guard", "scenes/stage/guard/"),
    ("words and formulas", "typeset.py"),
    ("words and formulas", "svg_mobject.py"),
    ("drawing", "render/camera.py"),
    ("drawing", "camera/camera.py"),
    ("x264", "render/held.py:HeldVideo._send"),
    ("x264", "render/held.py:HeldVideo.close"),
    ("comparing frames", "render/planes.py:changed"),
    ("RGBA to yuv420p", "render/planes.py"),
    ("copying mobjects", "copy.py"),
    ("interpolation and updaters", "animation/"),
    ("interpolation and updaters", "mobject/"),
    ("manim's play and the scene's own code", "scenes/"),
    ("manim's play and the scene's own code", "manim/"),
]


def part_of(frame: FrameType | None) -> str:
    """What the main thread is at."""
    while frame:
        here = f"{frame.f_code.co_filename}:{frame.f_code.co_qualname}"
        for name, place in PARTS:
            if place in here:
                return name
        frame = frame.f_back
    return "the rest"


class Sampler:
    """CPU time of one thread by what it is at, looked at 200 times a second."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._thread, self._over = threading.main_thread().ident, threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        assert self._thread is not None
        clock = time.pthread_getcpuclockid(self._thread)
        last = time.clock_gettime(clock)
        while not self._over.wait(0.005):
            now = time.clock_gettime(clock)
            self.spent[part_of(sys._current_frames().get(self._thread))] += now - last  # type: ignore[assignment]
            last = now

    def stop(self) -> None:
        self._over.set()


def profile(setting: Setting) -> str:
    """Renders every scene once in this process; a table of where its CPU went, and the floor."""
    from render.scene import make

    os.environ["LECTURE_STORE"] = str(setting.folder / "store-profile")
    spent: Counter[str] = Counter()
    floor = whole = 0.0
    distinct = frames = 0
    for module, name in scenes(setting):
        folder = setting.folder / "profile" / name
        folder.mkdir(parents=True)
        began, sampler = time.process_time(), Sampler()
        make(
            folder,
            {},
            Say(lambda message: None),
            module=module,
            scene=name,
            language=setting.language,
            voice="espeak",
            quality_name=setting.quality,
            held=True,
        )
        sampler.stop()
        whole += time.process_time() - began
        spent += sampler.spent
        seconds, count = encode_alone(folder / "video.mp4", setting.quality, folder / "floor.mp4")
        floor += seconds
        distinct += count
        frames += json.loads((folder / "timeline.json").read_text())["frames"]
        setting.said(f"profiled {name}")
    spent["imports, speech, files, sampling"] = whole - sum(spent.values())  # type: ignore[assignment]
    rows = [[name, seconds, f"{100 * seconds / whole:.0f} %"] for name, seconds in spent.most_common()]
    head = (
        f"{frames} frames, {distinct} distinct ones. x264 alone on those: {floor:.1f} CPU s; rendering takes "
        f"{whole:.1f} CPU s, **{whole / floor:.1f} times the floor**.\n\n"
    )
    return head + table(["part", "CPU s", "share"], rows)


def encode_alone(video: Path, quality_name: str, out: Path) -> tuple[float, int]:
    """CPU seconds of x264 with our settings on the pictures of a file, one packet each; and their number."""
    import av

    chosen, used, count = quality(quality_name), 0.0, 0
    with av.open(str(video)) as source, av.open(str(out), "w") as target:
        stream: Any = target.add_stream("libx264", rate=chosen.fps, options=options(chosen))
        stream.width, stream.height, stream.pix_fmt = chosen.width, chosen.height, "yuv420p"
        for chunk in chunks(source.decode(video=0)):
            began = time.process_time()
            for frame in chunk:
                frame.pts, frame.time_base, frame.pict_type = count, Fraction(1, chosen.fps), 0
                target.mux(stream.encode(frame))
                count += 1
            used += time.process_time() - began
        began = time.process_time()
        target.mux(stream.encode())
        used += time.process_time() - began
    return used, count


def chunks(frames: Iterator[Any]) -> Iterator[list[Any]]:
    """Frames, decoded a few at a time."""
    while chunk := list(islice(frames, CHUNK)):
        yield chunk
