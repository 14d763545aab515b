"""The stage outside a lecture: the samples of docs/compose.md, the table of the vocabulary, and `StageScene`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from manim import RIGHT, FadeIn, Square, tempconfig
from PIL import Image

from render.vocabulary import FOLDER, PAGE, pictures, samples, table
from scenes import stage
from scenes.stage import SIZE, StageError, StageScene, TensorGrid, Words
from scenes.vocabulary import PICTURES, pieces
from tests.golden import LIMIT, difference

NAMES = [path.stem for path in samples()]


def test_there_are_three_samples_and_the_page_shows_each():
    text = PAGE.read_text(encoding="utf-8")
    assert len(NAMES) == 3
    for name in NAMES:
        assert f"](compose/{name}.png)](compose/{name}.py)" in text


@pytest.mark.parametrize("name", NAMES)
def test_sample_runs_outside_the_repository_with_plain_manim(name: str, tmp_path: Path):
    shutil.copy(FOLDER / f"{name}.py", tmp_path)
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    taken = set(re.findall(r"^(?:from|import) ([\w.]+)", source, re.MULTILINE))
    assert taken <= {"numpy", "manim", "scenes.stage"}, "a sample needs the stage alone"
    scene = re.search(r"^class (\w+)\(StageScene\)", source, re.MULTILINE)
    assert scene
    command = [sys.executable, "-m", "manim", "-ql", "-s", "-v", "WARNING", "--progress_bar", "none"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LECTURE_")}
    done = subprocess.run(
        [*command, f"{name}.py", scene[1]], cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=300
    )
    told = re.sub("Manim Community.*", "", done.stdout + done.stderr).strip()
    assert done.returncode == 0 and not told, "a sample gives no warning, the guard's included: " + told
    (drawn,) = (tmp_path / "media/images").rglob("*.png")
    with Image.open(drawn) as picture, Image.open(FOLDER / f"{name}.png") as committed:
        assert difference(picture.convert("RGB"), committed.convert("RGB")) <= LIMIT, "run `lecture vocabulary`"


def test_every_export_has_an_entry_and_every_entry_an_export():
    missing, gone = set(stage.__all__) - set(PICTURES), set(PICTURES) - set(stage.__all__)
    assert not missing, f"draw {sorted(missing)} in scenes/vocabulary.py and run `lecture vocabulary`"
    assert not gone, f"scenes.stage does not export {sorted(gone)}: take them out of scenes/vocabulary.py"
    assert all(len(piece.what) > 10 and piece.what.endswith(".") for piece in pieces().values())
    assert len({name.lower() for name in PICTURES}) == len(PICTURES), "two pictures of one name where case is ignored"


def test_the_table_is_up_to_date():
    assert table() in PAGE.read_text(encoding="utf-8"), "run `lecture vocabulary`"
    assert {path.stem for path in (FOLDER / "pieces").glob("*.png")} == set(PICTURES), "run `lecture vocabulary`"


def test_every_piece_looks_as_its_picture_says():
    wrong = {}
    for path, picture in pictures():
        with Image.open(path) as committed:
            gap = difference(picture.convert("RGB"), committed.convert("RGB"))
        if gap > LIMIT:
            wrong[path.stem] = gap
    assert not wrong, "run `lecture vocabulary` and look at what changed"


# StageScene


def played(construct, tmp_path: Path, **given) -> StageScene:
    kind = type("Mine", (StageScene,), {"construct": construct} | given)
    options = {"media_dir": str(tmp_path), "save_last_frame": True, "verbosity": "ERROR", "progress_bar": "none"}
    with tempconfig(options | {"frame_rate": 15}):
        scene = kind()
        scene.render()
    return scene


def test_a_free_scene_needs_no_lecture_and_lasts_whole_frames(tmp_path: Path):
    def construct(self):
        self.play(FadeIn(TensorGrid(stage.sample(__import__("numpy").ones((9, 9)), 4, 4), stage.INK.weight)))
        self.play(Square().animate.shift(RIGHT), run_time=0.51)
        self.wait(0.2)

    scene = played(construct, tmp_path)
    assert scene.seconds * 15 == pytest.approx(round(scene.seconds * 15))
    assert scene.seconds == pytest.approx(1.0 + 8 / 15 + 3 / 15)
    assert not scene.guard.findings


def test_the_guard_watches_a_free_scene_and_leaves_its_numbers_alone(tmp_path: Path):
    def construct(self):
        self.play(FadeIn(Words("42 of mine", SIZE.label), Words("over it", SIZE.label)))
        self.play(FadeIn(Words("too small", 12).shift(RIGHT * 3)))

    scene = played(construct, tmp_path, title="A title")
    assert [finding.kind for finding in scene.guard.findings] == ["overlap", "size"]
    told = str(scene.guard.findings[0])
    assert told.startswith("Mine, ") and "beat" not in told
    assert scene.guard.findings[0].still.is_file()


def test_leave_keeps_the_heading(tmp_path: Path):
    def construct(self):
        first, second = Square(), Square().shift(RIGHT * 3)
        self.play(FadeIn(first), FadeIn(second))
        self.play(*self.leave(second))
        assert self.mobjects == [self.heading, second]

    played(construct, tmp_path, title="A title")


def test_what_is_meant_is_named(tmp_path: Path):
    with pytest.raises(StageError, match="outside a beat needs the mobjects"):
        played(lambda self: self.allow("still", why="time to read"), tmp_path)
    with pytest.raises(StageError, match="needs one of"):
        played(lambda self: self.allow("overlap", Square(), why=" "), tmp_path)
