"""Every scene, in both languages, is clean to the layout guard and ends each beat on the picture that was committed.

Both are read from one playing of the scene, which is most of what they cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFilter

from render.check import check_lectures
from scenes.look import Look, read_theme
from scenes.stage.guard.numbers import Numeral
from tests.conftest import ROOT
from tests.golden import FOLDER, IN_LOOKS, LIMIT, difference, path, scenes, stills

ALTERED = 0.25  # of numbers with a wrong last digit: how many may pass for another number of the trace


def proven(scene: Any) -> Iterator[Numeral]:
    """Numbers of two digits and more that the guard found in what the scene read."""
    for numerals in scene.guard.numbers.passed.values():
        yield from (each for each in numerals if each.digits >= 2)


def off_by_one(numeral: Numeral) -> list[Numeral]:
    """The same number with a last digit that is one too large, and one too small."""
    return [replace(numeral, value=numeral.value + step * 2 * numeral.half) for step in (1, -1)]


@pytest.mark.parametrize(("lecture", "module", "scene", "language"), scenes())
def test_scene_is_clean_and_ends_each_beat_on_its_golden_frame(lecture, module, scene, language, tmp_path):
    pictures, played = stills(module, scene, language, tmp_path)
    wrong = [f"beat {beat!r} outlasts its voice by {over:.2f} s" for beat, over in played.late.items()]
    wrong += [f"{finding} [{finding.still}]" for finding in played.guard.findings]
    for beat, picture in pictures.items():
        golden = path(lecture, scene, beat, language)
        if not golden.exists():
            wrong.append(f"no golden frame {golden}: run python -m tests.golden {scene}, look at it, commit it")
            continue
        with Image.open(golden) as expected:
            gap = difference(picture, expected.convert("RGB"))
        if gap > LIMIT:
            picture.save(tmp_path / golden.name)
            wrong.append(f"{golden.name} differs by {gap:.1f} (limit {LIMIT}); now it is {tmp_path / golden.name}")
    assert not wrong, "\n".join(wrong)
    known, altered = played.guard.numbers, [other for each in proven(played) for other in off_by_one(each)]
    missed = [each.written for each in altered if known.knows(each)]
    assert len(missed) <= ALTERED * len(altered), f"a wrong last digit would pass as a number of the trace: {missed}"


@pytest.mark.parametrize(
    ("suffix", "look"), [(".light", {"LECTURE_THEME": "light"}), (".no-text", {"LECTURE_TEXT": "none"})]
)
def test_a_look_ends_beats_on_its_golden_frames(suffix, look, tmp_path):
    command = [sys.executable, "-m", "tests.golden", "--into", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | look, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    drawn = sorted(tmp_path.rglob("*.png"))
    assert {each.name for each in drawn} == {f"{scene}.{beat}.zh{suffix}.png" for scene, beat in IN_LOOKS.items()}
    for picture in drawn:
        with Image.open(picture) as now, Image.open(FOLDER / picture.relative_to(tmp_path)) as expected:
            assert difference(now, expected) <= LIMIT, picture


@pytest.mark.parametrize(
    ("look", "language"), [(Look(read_theme("light")), "zh"), (Look(text=False), "en")], ids=["light", "no-text"]
)
def test_a_scene_of_every_lecture_is_clean_in_every_look(look, language, capfd):
    """All of them: `lecture check --all --theme light`, and `--no-text`."""
    filmed = {scene: lecture for lecture, _, scene, _ in scenes() if scene in IN_LOOKS}
    for scene, lecture in filmed.items():
        assert check_lectures([lecture], [language], scene, look) == 0, capfd.readouterr().out


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
