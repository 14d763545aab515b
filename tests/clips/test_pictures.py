"""Clips that are no films: animations, pictures one by one, vectors; posters and previews of all."""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageSequence

from render.clips.pictures import frames, seam
from scenes.look import read_theme
from tests.clips.conftest import SCENE, Clips, ssim

SVG = "{http://www.w3.org/2000/svg}"
ONE = f"{SCENE}/one"


@pytest.mark.parametrize(("format", "facts"), [("gif", {}), ("webp", {}), ("webp", {"transparent": True})])
@pytest.mark.parametrize("id", [SCENE, ONE])
def test_animations_last_as_long_as_they_say(clips: Clips, id: str, format: str, facts: dict[str, bool]):
    told = clips.file(id, format, **facts)
    with Image.open(clips.folder / told["path"]) as picture:
        assert picture.size == (told["width"], told["height"]) == (480, 270)
        assert picture.info["loop"] == 0
        shown = [(each.convert("RGBA"), each.info["duration"]) for each in ImageSequence.Iterator(picture)]
    assert abs(sum(milliseconds for _, milliseconds in shown) / 1000 - told["duration"]) < 0.011
    assert abs(told["duration"] - clips.file(id, "mp4")["duration"]) <= 0.05
    first, last = (np.asarray(each) for each, _ in (shown[0], shown[-1]))
    assert (np.abs(first.astype(int) - last) > 64).any()
    assert first[0, 0, 3] == (0 if facts.get("transparent") else 255)


def test_pictures_one_by_one_are_those_of_the_film(clips: Clips):
    told = clips.file(ONE, "png-sequence")
    with zipfile.ZipFile(clips.folder / told["path"]) as sequence:
        names = sequence.namelist()
        assert names == [f"{number:05d}.png" for number in range(told["frames"])]
        pictures = [Image.open(io.BytesIO(sequence.read(names[number]))) for number in (0, len(names) - 1)]
    film = [frame.to_ndarray(format="gray") for frame in frames(clips.path(ONE, "mp4"))]
    assert len(film) == len(names)
    for picture, other in zip(pictures, (film[0], film[-1]), strict=True):
        assert picture.size == (854, 480)
        assert ssim(np.asarray(picture.convert("L")), other) > 0.98


@pytest.mark.parametrize("transparent", [False, True])
def test_vectors_hold_paths_in_the_colours_of_the_theme(clips: Clips, transparent: bool):
    text = clips.path(ONE, "svg", transparent=transparent).read_text(encoding="utf-8")
    picture = ElementTree.fromstring(text)
    assert picture.findtext(f"{SVG}title") == "先画一个方块，一共有 3 个。"
    assert "CC BY 4.0" in picture.findtext(f"{SVG}desc", "")
    kinds = {each.tag.removeprefix(SVG) for each in picture.iter()}
    assert "path" in kinds and not kinds & {"image", "text"}
    colors = read_theme("dark").colors
    assert color(colors.weight) in text and color(colors.quiet) in text
    assert (color(colors.ground) in text) is not transparent


def color(written: str) -> str:
    """A colour as cairo writes it: percents, without zeros at their ends."""
    percents = [f"{int(written[at : at + 2], 16) / 255 * 100:.6f}".rstrip("0").rstrip(".") for at in (1, 3, 5)]
    return f"rgb({', '.join(f'{each}%' for each in percents)})".replace(", ", ",")


def test_posters_show_the_end_and_previews_move(clips: Clips):
    told = clips.file(ONE, "mp4")
    last = [frame.to_ndarray(format="gray") for frame in frames(clips.folder / told["path"])][-1]
    with Image.open(clips.folder / told["poster"]["path"]) as poster:
        assert ssim(np.asarray(poster.convert("L")), last) > 0.98
    with Image.open(clips.folder / told["preview"]["path"]) as preview:
        assert preview.size == (320, 180)
        assert preview.n_frames > 5
    transparent = clips.file(ONE, "webm", transparent=True)
    with Image.open(clips.folder / transparent["poster"]["path"]) as poster:
        assert poster.mode == "RGBA" and poster.getextrema()[3] == (0, 255)


def test_a_seam_is_what_jumps():
    ground = Image.new("RGB", (640, 360), "#101010")
    moved = ground.copy()
    moved.paste("#F0F0F0", (0, 0, 64, 36))
    assert seam(ground, ground) == 0
    assert seam(ground, Image.new("RGB", (640, 360), "#141414")) == 0  # too little to be seen
    assert abs(seam(ground, moved) - 0.01) < 0.001
