"""A clip made again: in an empty folder, from what the manifest says alone, the same picture."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import numpy as np

from render.clips.pictures import frames
from tests.clips.conftest import SCENE, Clips, ssim


def run(clips: Clips, words: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run `lecture` of the toy in a folder, with nothing in its store."""
    environment = clips.course.environment(LECTURE_STORE=str(where.parent / "an empty store"))
    done = subprocess.run(
        clips.course.command(*words), cwd=where, env=environment, capture_output=True, text=True, timeout=300
    )
    return done


def same(one: Path, other: Path) -> float:
    """The least likeness of the pictures of two films, of which there must be as many."""
    pairs = [[frame.to_ndarray(format="gray") for frame in frames(path)] for path in (one, other)]
    assert len(pairs[0]) == len(pairs[1])
    return min(ssim(a, b) for a, b in zip(*pairs, strict=True))


def test_the_recorded_command_makes_the_same_picture(clips: Clips, tmp_path: Path):
    told = clips.file(f"{SCENE}/two", "mp4")
    empty = tmp_path / "somewhere else"
    empty.mkdir()
    name, *words = shlex.split(told["command"])
    assert name == "lecture"
    done = run(clips, words, empty)
    assert done.returncode == 0, done.stderr
    assert same(clips.folder / told["path"], empty / told["path"]) > 0.99


def test_from_a_manifest_alone(clips: Clips, tmp_path: Path):
    empty = tmp_path / "with a manifest"
    empty.mkdir()
    (empty / "clips.json").write_bytes((clips.folder / "clips.json").read_bytes())
    done = run(clips, ["clips", "--from", "clips.json", "--id", f"{SCENE}/one", "--format", "gif", "--out", "."], empty)
    assert done.returncode == 0, done.stderr
    path = clips.file(f"{SCENE}/one", "gif")["path"]
    made, before = (moving(folder / path) for folder in (empty, clips.folder))
    assert min(ssim(a, b) for a, b in zip(made, before, strict=True)) > 0.99


def moving(path: Path) -> list[np.ndarray]:
    """The pictures of an animated file, grey."""
    from PIL import Image, ImageSequence

    with Image.open(path) as picture:
        return [np.asarray(each.convert("L")) for each in ImageSequence.Iterator(picture)]


def test_a_trace_that_changed_is_told(clips: Clips, tmp_path: Path):
    text = (clips.folder / "clips.json").read_text(encoding="utf-8")
    (digest,) = {trace["digest"] for clip in clips.manifest["clips"] for trace in clip["traces"]}
    (tmp_path / "clips.json").write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    done = subprocess.run(
        clips.course.command("clips", "--from", "clips.json", "--id", SCENE, "--format", "gif", "--out", "made"),
        cwd=tmp_path,
        env=clips.course.environment(),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert f"warning: {SCENE}: the trace toy/count is not the one it was made from" in done.stderr


def test_a_folder_that_cannot_be_made_is_told(clips: Clips, tmp_path: Path):
    (tmp_path / "file").touch()
    asked = ("--id", SCENE, "--lang", "zh", "--quality", "l", "--out", str(tmp_path / "file/made"))
    done = clips.course.run("clips", *asked)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr
