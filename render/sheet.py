"""A contact sheet of a scene: stills in the middle and at the end of each beat, named and timed."""

from __future__ import annotations

import json
from pathlib import Path

from render.apart import Say
from render.card import typeset
from render.transcripts import clock
from render.video import stills
from scenes.look import dark

COLUMNS, WIDTH, GAP, STRIP = 4, 640, 16, 40  # pixels


def make(folder: Path, deps: dict[str, Path], say: Say) -> None:
    """`sheet.png` from `deps["scene"]`."""
    from PIL import Image

    line = json.loads((deps["scene"] / "timeline.json").read_text(encoding="utf-8"))
    moments: list[tuple[int, str]] = []
    for beat in line["beats"]:
        first, last = beat["first_frame"], beat["end_frame"] - 1
        moments += [((first + last) // 2, f"{beat['name']} …"), (last, beat["name"])]
    images = stills(deps["scene"] / "video.mp4", [frame for frame, _ in moments], line["fps"])
    height = round(WIDTH * images[moments[0][0]].height / images[moments[0][0]].width)
    rows = -(-len(moments) // COLUMNS)
    size = (COLUMNS * (WIDTH + GAP) + GAP, rows * (height + STRIP + GAP) + GAP)
    sheet = Image.new("RGB", size, "#000000")
    for place, (frame, name) in enumerate(moments):
        x = GAP + place % COLUMNS * (WIDTH + GAP)
        y = GAP + place // COLUMNS * (height + STRIP + GAP)
        sheet.paste(images[frame].resize((WIDTH, height), Image.Resampling.LANCZOS), (x, y + STRIP))
        text = f"{name}  {clock(frame / line['fps'])[3:]}"
        label = typeset(text, 24, 400, dark().colors.quiet, "en")
        sheet.paste(label, (x, y), label)
    sheet.save(folder / "sheet.png", optimize=True)
