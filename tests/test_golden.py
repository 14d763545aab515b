"""Every beat of every scene, in both languages, ends on the picture that was looked at and committed."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageFilter

from tests.golden import LIMIT, difference, path, scenes, stills


@pytest.mark.parametrize(("lecture", "module", "scene", "language"), scenes())
def test_scene_ends_each_beat_on_its_golden_frame(lecture, module, scene, language, tmp_path):
    pictures, late = stills(module, scene, language)
    assert not late, f"movements outlast the voice, by seconds: {late}"
    wrong = []
    for beat, picture in pictures.items():
        golden = path(lecture, scene, beat, language)
        assert golden.exists(), f"no golden frame {golden}: run python -m tests.golden {scene}, look at it, commit it"
        with Image.open(golden) as expected:
            gap = difference(picture, expected.convert("RGB"))
        if gap > LIMIT:
            picture.save(tmp_path / golden.name)
            wrong.append(f"{golden.name} differs by {gap:.1f} (limit {LIMIT}); now it is {tmp_path / golden.name}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def golden() -> Image.Image:
    """A frame with small words and fine cells."""
    with Image.open(path("09-lora/merge", "LoraInject", "forward", "zh")) as image:
        return image.convert("RGB")


def test_a_moved_label_is_caught(golden):
    box = (345, 115, 420, 145)  # the name and shape of W
    label = golden.crop(box)
    assert label.convert("L").getextrema()[1] > 100, "the box no longer holds a label"
    moved = golden.copy()
    moved.paste((14, 17, 22), box)
    moved.paste(label, (box[0] + 3, box[1]))
    assert difference(golden, moved) > LIMIT


def test_another_smoothing_of_edges_is_not(golden):
    soft = Image.blend(golden, golden.filter(ImageFilter.GaussianBlur(0.6)), 0.3)
    assert 0 < difference(golden, soft) < LIMIT
    assert difference(golden, ImageChops.offset(golden, 0, 0)) == 0
