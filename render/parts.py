"""A long scene drawn in parts by several workers: each draws some beats and only plays the others, then all are joined.

What is skipped must still be played, so two halves cost a quarter more than the whole: it pays where workers would
stand idle. The frames are the same.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from render.apart import Say
from render.quality import quality
from render.video import packets


def ranges(weights: Sequence[float], parts: int) -> list[tuple[int, int]]:
    """Beats [first, end) of each part, by the weight of each beat: as even as whole beats allow, none empty."""
    whole, first, before = sum(weights), 0, 0.0
    found: list[tuple[int, int]] = []
    for number, weight in enumerate(weights):
        before += weight
        last = number + 1 == len(weights)
        if last or (before >= whole * (len(found) + 1) / parts - weight / 2 and len(found) + 1 < parts):
            found.append((first, number + 1))
            first = number + 1
    return found


def join(folder: Path, deps: dict[str, Path], say: Say, *, parts: Sequence[str], quality_name: str) -> None:
    """The scene out of `deps[part]`, as `render.scene:make` leaves it; pictures are copied, not encoded again."""
    folders = [deps[part] for part in parts]
    lines = [json.loads((each / "timeline.json").read_text(encoding="utf-8")) for each in folders]
    frames = write([each / "video.mp4" for each in folders], folder / "video.mp4", quality(quality_name).fps)
    shutil.copytree(folders[-1] / "voice", folder / "voice")  # the last part played all beats
    for name in ("voice.wav", "voice.m4a"):
        shutil.copyfile(folders[-1] / name, folder / name)
    late: dict[str, float] = {}
    findings: dict[str, None] = {}
    for line in lines:
        late |= line["late"]
        findings |= dict.fromkeys(line["findings"])
    whole = lines[-1] | {"frames": frames, "late": late, "findings": list(findings)}
    (folder / "timeline.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def write(paths: Sequence[Path], out: Path, fps: int) -> int:
    """Join video files by copying packets; returns how many frames there are."""
    import av

    frames = 0
    with av.open(str(paths[0])) as model, av.open(str(out), "w", format="mp4") as container:
        stream: Any = container.add_stream_from_template(model.streams.video[0])
        for packet in packets(paths, fps):
            frames = packet.pts + packet.duration
            packet.stream = stream
            container.mux(packet)
    return frames
