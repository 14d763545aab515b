"""Golden frames: the last picture of every beat, 640 x 360, and how two pictures are compared.

`python -m tests.golden` draws all of them anew; look at them before committing. In a look that the environment chooses
(`LECTURE_THEME=light`, `LECTURE_TEXT=none`) it draws one beat of each lecture, `--into FOLDER` somewhere else.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from scenes.look import chosen
from scenes.stage.guard.check import played
from scripts.agreement import scene_modules
from scripts.course import load_course
from scripts.reader import read_lecture

FOLDER = Path(__file__).parent / "golden"
SIZE = (640, 360)
BLOCK = 8  # pixels
IN_LOOKS = {  # scene -> the beat that is kept in every look
    "BpeEncode": "offsets",
    "LoraTrain": "backward",
    "CodeBook": "bits",
    "AllReduceRing": "map",
    "FsdpMemory": "curve",
}
LIMIT = 14.0  # mean difference of 255 within the block that differs most


def scenes() -> list[tuple[str, str, str, str]]:
    """(lecture, module, scene, language) of every scene of every lecture that has a video."""
    found = []
    for plan in (p for chapter in load_course().chapters for p in chapter.lectures if p.status == "video"):
        modules = scene_modules(plan)
        for language in ("zh", "en"):
            for scene in read_lecture(plan.id, language).scenes:
                found.append((plan.id, modules[scene.name].stem, scene.name, language))
    return found


def stills(module: str, name: str, language: str, marked: Path | None = None) -> tuple[dict[str, Image.Image], Any]:
    """The last picture of every beat of a scene, and the scene as it was played; findings are drawn to `marked`."""
    pictures: dict[str, Image.Image] = {}
    scene_class = getattr(importlib.import_module(f"scenes.{module}"), name)

    def keep(self, beat: str) -> None:
        self.renderer.static_image = None
        self.renderer.update_frame(self)
        pictures[beat] = self.camera.get_image().convert("RGB")

    still_class = type(name, (scene_class,), {"beat_ended": keep})
    with played(still_class, language, marked, SIZE[0]) as scene:
        return pictures, scene


def path(lecture: str, scene: str, beat: str, language: str) -> Path:
    return FOLDER / lecture / f"{scene}.{beat}.{language}{chosen().suffix}.png"


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference (of 255) in the 8 x 8 block that differs most: a shift is large, smoothing is small."""
    one, other = (np.asarray(image.convert("L"), dtype=float) for image in (first, second))
    if one.shape != other.shape:
        return 255.0
    rows, columns = (size // BLOCK for size in one.shape)
    gap = np.abs(one - other)[: rows * BLOCK, : columns * BLOCK]
    return float(gap.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3)).max())


def main() -> None:
    wanted, look, folder = sys.argv[1:], chosen(), FOLDER
    if wanted[:1] == ["--into"]:
        folder, wanted = Path(wanted[1]), wanted[2:]
    for lecture, module, scene, language in scenes():
        if (wanted and scene not in wanted) or (look.suffix and (scene not in IN_LOOKS or language != "zh")):
            continue
        for beat, picture in stills(module, scene, language)[0].items():
            if look.suffix and beat != IN_LOOKS[scene]:
                continue
            target = folder / path(lecture, scene, beat, language).relative_to(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            picture.save(target, optimize=True)
            print(target.relative_to(folder))


if __name__ == "__main__":
    main()
