"""Whether it is the same film: pictures against stock manim, voice against picture, seeking in a browser."""

from __future__ import annotations

import json
import shutil
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.signal import correlate

from benchmarks.measure import table
from benchmarks.setting import Setting
from benchmarks.stock import scenes
from render.planes import rows
from render.quality import quality
from render.video import length, stills

if TYPE_CHECKING:
    import av

EVERY = 15  # frames between two that are compared
AROUND = 0.25  # seconds of sound looked at before and after a beat should start
RATE = 48_000
SEEK = """
const [second, done] = arguments, video = document.querySelector("video");
video.requestVideoFrameCallback((now, frame) => done([video.currentTime, frame.mediaTime]));
video.currentTime = second;
"""


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Structural similarity of two luma pictures (height, width), as Wang et al. 2004 define it."""
    x, y = one.astype(np.float64), other.astype(np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def blur(picture: np.ndarray) -> np.ndarray:
        return gaussian_filter(picture, 1.5, truncate=3.5)

    mx, my = blur(x), blur(y)
    vx, vy, vxy = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    similar = ((2 * mx * my + c1) * (2 * vxy + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2))
    return float(similar.mean())


def luma(frame: av.VideoFrame) -> np.ndarray:
    """The brightness plane of a decoded frame as it lies in the file, (height, width) uint8."""
    return rows(frame)[0].copy()


def folders(setting: Setting) -> dict[str, Path]:
    """Folder of each rendered scene in the store that `stock.compare` left."""
    found = {}
    for path in (setting.folder / "store-1/entries").glob("*/*/timeline.json"):
        found[json.loads(path.read_text(encoding="utf-8"))["scene"]] = path.parent
    return found


def against_stock(setting: Setting) -> list[list[object]]:
    """SSIM of sampled frames of every scene, ours and stock manim's."""
    fps, ours = quality(setting.quality).fps, folders(setting)
    rows: list[list[object]] = []
    for module, name in scenes(setting):
        theirs = next((setting.folder / "stock/media/videos" / module).glob(f"*/{name}.mp4"))
        count = json.loads((ours[name] / "timeline.json").read_text(encoding="utf-8"))["frames"]
        numbers = range(0, count, EVERY)
        found = []
        for start in range(0, len(numbers), 20):
            part = numbers[start : start + 20]
            one, other = (stills(film, part, fps, luma) for film in (ours[name] / "video.mp4", theirs))
            found += [ssim(one[number], other[number]) for number in part]
        rows.append(
            [f"SSIM of {name}, {len(found)} frames: least (median)", f"{min(found):.4f} ({np.median(found):.4f})"]
        )
        rows[-1].append("at least 0.995 on every frame")
        setting.said(f"compared {name}")
    return rows


def in_step(setting: Setting) -> list[list[object]]:
    """At every beat: when its voice starts in the decoded sound, against when its picture starts."""
    stitched = next((setting.folder / "store-1/entries").glob("*/*/lecture.mp4"))
    facts = json.loads((stitched.parent / "facts.json").read_text(encoding="utf-8"))
    fps, heard, ours = facts["fps"], sound(stitched), folders(setting)
    shown, worst = facts["opening"], 0.0
    beats = 0
    for _, name in scenes(setting):
        line = json.loads((ours[name] / "timeline.json").read_text(encoding="utf-8"))
        for number, beat in enumerate(line["beats"]):
            picture = shown + beat["first_frame"] / fps
            worst = max(worst, abs(onset(heard, ours[name] / f"voice/{number}.wav", picture) - picture))
            beats += 1
        shown += line["frames"] / fps
    file = length(stitched, fps) / fps
    return [
        [f"voice against picture at {beats} beats, worst", f"{worst * 1000:.0f} ms", f"one frame, {1000 / fps:.0f} ms"],
        ["film against the sum of its scenes", f"{abs(file - shown) * 1000:.0f} ms", "0 ms"],
    ]


def sound(movie: Path) -> np.ndarray:
    """Decoded mono samples from second 0, at 48 kHz."""
    import av

    with av.open(str(movie)) as container:
        pieces = [(frame.time or 0.0, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    samples = np.zeros(round(pieces[-1][0] * RATE) + pieces[-1][1].size, np.float32)
    for start, piece in pieces:
        place = round(start * RATE)
        samples[max(place, 0) : place + piece.size] = piece[max(-place, 0) :]
    return samples


def onset(heard: np.ndarray, wav: Path, expected: float) -> float:
    """The second at which the sound of a file fits best, near `expected`."""
    with wave.open(str(wav)) as file:
        rate = file.getframerate()
        voice = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32)
    places = np.arange(0, min(voice.size / rate, 3.0), 1 / RATE)
    voice = np.interp(places, np.arange(voice.size) / rate, voice).astype(np.float32)
    first = max(0, round((expected - AROUND) * RATE))
    piece = heard[first : round((expected + AROUND) * RATE) + voice.size]
    return (first + int(np.argmax(correlate(piece, voice, mode="valid", method="fft")))) / RATE


def in_browser(setting: Setting) -> list[list[object]]:
    """Seek to each chapter in headless Chromium: the time of the picture that is shown, against the chapter's."""
    driver_path = shutil.which("chromedriver")
    if not driver_path:
        print("seeking is left out: there is no chromedriver", file=sys.stderr)
        return []
    from selenium import webdriver

    stitched = next((setting.folder / "store-1/entries").glob("*/*/lecture.mp4"))
    facts = json.loads((stitched.parent / "facts.json").read_text(encoding="utf-8"))
    page = setting.folder / "page.html"
    page.write_text(f'<video muted preload="auto" src="{stitched.as_uri()}"></video>', encoding="utf-8")
    chosen = webdriver.ChromeOptions()
    for option in ("--headless=new", "--no-sandbox", "--allow-file-access-from-files"):
        chosen.add_argument(option)
    if browser := shutil.which("chromium"):
        chosen.binary_location = browser
    driver = webdriver.Chrome(options=chosen, service=webdriver.ChromeService(driver_path))
    try:
        driver.get(page.as_uri())
        driver.set_script_timeout(30)
        worst = 0.0
        for start, _, _ in facts["chapters"][::-1]:
            _, shown = driver.execute_async_script(SEEK, start)
            worst = max(worst, abs(shown - start))
    finally:
        driver.quit()
    return [[f"seeking to {len(facts['chapters'])} chapters in Chromium, worst", f"{worst:.3f} s", "within 0.1 s"]]


def picture(setting: Setting) -> str:
    """A table of all three; after `stock.compare`."""
    rows = against_stock(setting) + in_step(setting) + in_browser(setting)
    return table(["picture", "measured", "wanted"], rows)
