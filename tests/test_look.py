"""Looks: theme files and what is wrong with them, contrast, what a key knows, words left out, a ground left out."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import av
import numpy as np
import pytest
from manim import UP, ManimColor, Square, Transform
from PIL import Image

from render.errors import BuildError
from render.forms import FORMS
from render.plan import drawn, plan
from render.quality import quality
from render.scene import make, render
from scenes.look import THEMES, Look, LookError, Theme, chosen, dark, read_theme, shipped, wear
from scenes.stage import StageScene
from scenes.stage.guard.contrast import ratio
from scenes.stage.words import Words
from scripts.course import load_course
from scripts.labels import load_labels
from scripts.reader import read_lecture
from scripts.wording import runs, wording
from tests.conftest import ROOT, Course

LECTURE_ID = "13-collectives/ring"


def theme(folder: Path, text: str, name: str = "mine") -> Theme:
    """The theme of a file with this text."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return read_theme(str(path))


# Theme files


def test_what_a_theme_does_not_say_comes_from_its_base(tmp_path):
    mine = theme(tmp_path, 'base: light\ncolors: {weight: "#7a1fa2"}\nfonts: {words: {family: Noto Sans JP}}')
    light = read_theme("light")
    assert mine.name == "mine" and mine.colors == replace(light.colors, weight="#7A1FA2")
    assert (mine.words.family, mine.code) == ("Noto Sans JP", light.code)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- a list", "the file must be a mapping of base, colors, fonts"),
        ("base: night", "base 'night' is no theme of the course; use dark or light"),
        ("base: dark\nsizes: {title: 60}", "the file: 'sizes' is unknown; there is base, colors, fonts"),
        ("base: dark\ncolors: {wieght: '#112233'}", "colors: 'wieght' is unknown; there is ground, tile,"),
        ("base: dark\ncolors: {weight: blue}", "colors.weight is 'blue', no colour; write \"#RRGGBB\""),
        ("base: dark\ncolors: {weight: #112233\n}", "colors.weight is None, no colour"),
        ("base: dark\ncolors: {ranks: ['#112233']}", "colors.ranks must be a list of 8 colours"),
        ("base: dark\nfonts: {words: {family: Nowhere Sans}}", "fonts.words.family 'Nowhere Sans' is not installed"),
        ("base: dark\nfonts: {code: {file: a.ttf}}", "fonts.code.family must be the name of a font's family"),
        ("base: dark\nfonts: {code: {family: A, file: a.ttf}}", "fonts.code.file 'a.ttf' is no font file beside"),
        ("colors: {ground: '#000000'}", "colors.tile is missing; add it, or name a `base`"),
        ("colors: {", "not readable as YAML"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_remedy(tmp_path, text, wrong):
    with pytest.raises(LookError) as caught:
        theme(tmp_path, text)
    line = str(caught.value).splitlines()[0]
    assert line.startswith(f"{tmp_path / 'mine.yaml'}: ") and wrong in line


def test_every_mistake_has_its_line(tmp_path):
    with pytest.raises(LookError) as caught:
        theme(tmp_path, "base: dark\ncolors: {weight: 1, ground: 2}\nsizes: 3")
    assert len(str(caught.value).splitlines()) == 3


def test_a_look_nobody_knows_is_one_line(monkeypatch):
    with pytest.raises(LookError, match=r"no theme 'night': name a YAML file, or one of dark, light"):
        chosen("night")
    monkeypatch.setenv("LECTURE_TEXT", "some")
    with pytest.raises(LookError, match="LECTURE_TEXT is 'some'; set it to all or none"):
        chosen()


def test_the_environment_chooses_what_nobody_asked_for(monkeypatch):
    assert chosen() == Look() and Look().suffix == ""
    monkeypatch.setenv("LECTURE_THEME", "light")
    monkeypatch.setenv("LECTURE_TEXT", "none")
    assert chosen() == Look(read_theme("light"), text=False) and chosen().suffix == ".light.no-text"
    assert chosen("dark", text=True) == Look()


# Colours


def rgb(color: str) -> np.ndarray:
    return np.array(ManimColor(color).to_rgb())


@pytest.mark.parametrize("name", shipped())
def test_every_colour_of_the_ledger_can_be_read_on_its_ground(name):
    colors = asdict(read_theme(name).colors)
    ground = rgb(colors.pop("ground"))
    tile, _ = rgb(colors.pop("tile")), colors.pop("line")
    ranks = colors.pop("ranks")
    inks = {key: rgb(color) for key, color in [*colors.items(), *enumerate(ranks)]}
    assert {key: round(float(ratio(ink, ground)), 2) for key, ink in inks.items() if ratio(ink, ground) < 4.5} == {}
    # an empty cell lies between the ground and every value, so that a stronger value is further from the ground
    assert all(ratio(ink, ground) > 2 * ratio(tile, ground) for ink in inks.values())
    # bits and matrices are filled to 85 % and carry type in the colour of the ground
    for key in ("weight", "code", "scale"):
        assert ratio(0.85 * inks[key] + 0.15 * ground, ground) >= 4.5, key


# Keys


def scene_key(look: Look) -> str:
    lecture = read_lecture(LECTURE_ID, "zh")
    return drawn(lecture, lecture.scenes[0], load_course().lecture(LECTURE_ID), "l", "espeak", look=look).key


def test_a_key_knows_what_a_theme_says_and_not_where_it_lies(tmp_path):
    text = 'base: dark\ncolors: {weight: "#88C0FF"}'
    (tmp_path / "there").mkdir()
    here, there = theme(tmp_path, text), theme(tmp_path / "there", text, "other")
    assert scene_key(Look(here)) == scene_key(Look(there)) != scene_key(Look())
    assert scene_key(Look(theme(tmp_path, (THEMES / "dark.yaml").read_text(encoding="utf-8"), "copy"))) == scene_key(
        Look()
    )
    assert len({scene_key(Look(text=text, ground=ground)) for text in (True, False) for ground in (True, False)}) == 4


def test_a_font_file_counts_by_its_bytes(tmp_path, monkeypatch):
    from scenes.look import wheel

    found = wheel("Noto Sans KR")
    assert found is not None
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "font.ttf").write_bytes(found.read_bytes())
    text = "base: dark\nfonts: {words: {family: Noto Sans KR, file: font.ttf}}"
    one, two = theme(tmp_path / "one", text), theme(tmp_path / "two", text)
    assert one == two and one.words.file != two.words.file
    step = drawn(
        read_lecture(LECTURE_ID, "zh"),
        read_lecture(LECTURE_ID, "zh").scenes[0],
        load_course().lecture(LECTURE_ID),
        "l",
        "espeak",
        look=Look(one),
    )
    from store import Store

    laid = Store().get(step.deps["face words"].key)
    assert laid is not None and (laid / "font.ttf").read_bytes() == found.read_bytes()


def test_a_lecture_has_a_ground():
    with pytest.raises(BuildError, match="joined on a ground"):
        plan(LECTURE_ID, "zh", "l", "espeak", look=Look(ground=False))


# Words


@pytest.mark.parametrize(
    ("text", "other", "left"),
    [
        ("显示 8 × 8", "showing 8 × 8", "8 × 8"),
        ("showing {rows} × {columns}", "显示 {rows} × {columns}", "{rows} × {columns}"),
        ("logits：显示 {shown} / {all}", "logits: showing {shown} of {all}", "logits {shown} / {all}"),
        ("合并后 W = W + BA", "after merging W = W + BA", "W = W + BA"),
        ("LoRA 微调", "LoRA", "LoRA"),
        ("q_proj.weight", "q_proj.weight", "q_proj.weight"),
        ("A 随机，B 为零", "A is random, B is zero", "A B"),
        ("冻结", "frozen", ""),
        ("4 位", "4 bits", "4"),
    ],
)
def test_what_all_languages_write_alike_stays(text, other, left):
    parts = runs(wording(text, [other]))
    assert "".join(part for part, _ in parts) == text
    assert " ".join("".join(" " if hidden else part for part, hidden in parts).split()) == left


def test_words_left_out_keep_their_room():
    said = "合并后 W = W + BA"
    whole, rest = Words(said), Words(wording(said, ["after merging W = W + BA"]))
    assert rest.text == said and len(whole) == len(rest)
    for one, other in zip(whole, rest, strict=True):
        assert np.allclose(one.points, other.points)
    shown = [glyph.get_fill_opacity() > 0 for glyph in rest]
    assert shown == [False] * 3 + [True] * (len(whole) - 3)


def test_what_is_left_out_stays_out_of_sight():
    words = Words(wording("冻结 W", ["frozen W"]))
    words.set_opacity(1).set_color("#FF0000").set_stroke("#FF0000", 3)
    words.recede().recede(1)
    moved = Transform(words, Words("显示 W").shift(UP))
    moved.begin()
    moved.finish()
    assert [glyph.get_fill_opacity() for glyph in words[:2]] == [0, 0]
    assert all(glyph.get_stroke_opacity() == 0 or glyph.get_stroke_width() == 0 for glyph in words[:2])
    assert words[-1].get_fill_opacity() == 1


def test_labels_are_marked_for_a_look_without_words(tmp_path):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy/labels.yaml").write_text(
        "bits: {zh: '4 位，{n} 个', en: '4 bits, {n}', literal: a name}", encoding="utf-8"
    )
    plain, marked = (load_labels("toy", "zh", tmp_path, text=text).text("bits", n=12) for text in (True, False))
    one, other = Words(plain), Words(marked)
    assert (one.text, one.literals) == (other.text, other.literals) == ("4 位，12 个", ((0, 1),))
    assert [glyph.get_fill_opacity() for glyph in other] == [1, 0, 0, 1, 1, 0]


# Ground


class Alone(StageScene):
    """A square in the middle."""

    def construct(self) -> None:
        self.play(Square(1.0).set_fill("#FF8800", 0.5).set_stroke(width=0).animate.shift(UP * 0.01))


@pytest.mark.parametrize(("form", "decoder"), [("vp9-alpha", "libvpx-vp9"), ("prores-4444", "prores")])
def test_a_scene_without_ground_keeps_what_is_transparent(form, decoder, tmp_path):
    scene = render(Alone, tmp_path, quality("l"), False, lambda *_: None, look=Look(ground=False), form=FORMS[form])
    path = tmp_path / f"video{FORMS[form].ending}"
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        assert (stream.codec_context.width, stream.codec_context.height) == (854, 480)
        context = av.CodecContext.create(decoder, "r")
        context.extradata = stream.codec_context.extradata
        packets = [packet for packet in movie.demux(stream) if packet.size]
        moments = [float(packet.pts * packet.time_base) for packet in packets]
        assert len(moments) == scene.renderer.file_writer.video.frames
        # a WebM file counts milliseconds
        assert np.abs(np.array(moments) - np.arange(len(moments)) / 15).max() <= 0.0005 + 1e-9
        first = next(frame for packet in packets for frame in context.decode(packet))
        picture = first.to_ndarray(format="rgba")
    assert picture[[0, 0, -1, -1], [0, -1, 0, -1], 3].max() <= 1
    # half transparent, in its own colour: not darkened by what is not there
    assert np.abs(picture[240, 427].astype(int) - (255, 136, 0, 128)).max() <= 8


def test_what_cannot_be_transparent_says_so(tmp_path):
    wanted = {"module": "ring", "scene": "X", "language": "zh", "voice": "espeak", "quality_name": "l", "held": True}
    with pytest.raises(BuildError, match="h264 cannot be transparent; use vp9-alpha or prores-4444"):
        make(tmp_path, {}, lambda *_: None, **wanted, look=Look(ground=False).told())


# Building


def test_a_process_draws_with_one_theme():
    assert wear(dark()) and not wear(read_theme("light"))


def test_a_lecture_in_a_look_stands_beside_the_usual_one(built: Course, tmp_path):
    before = built.movie.read_bytes()
    (tmp_path / "paper.yaml").write_text('base: light\ncolors: {ground: "#FFF4D6"}', encoding="utf-8")
    done = built.build("--theme", str(tmp_path / "paper.yaml"), "--no-text")
    assert done.returncode == 0, done.stderr
    movie = built.movie.with_name("first.zh.paper.no-text.mp4")
    with av.open(str(movie)) as opened:
        frames = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]
    ground = np.array((0xFF, 0xF4, 0xD6))
    assert all(np.abs(frame[5, 5].astype(int) - ground).max() <= 6 for frame in frames)
    heading = frames[-1][20:60, 20:300]
    assert np.abs(heading.astype(int) - ground).max() <= 12, "the heading was left out"
    assert built.movie.read_bytes() == before
    again = built.build("--theme", str(tmp_path / "paper.yaml"), "--no-text", "--dry-run")
    assert "0 of " in again.stdout, again.stdout

    bad = built.build("--theme", "night")
    assert bad.returncode == 2 and bad.stderr == "error: no theme 'night': name a YAML file, or one of dark, light\n"


def test_plain_manim_takes_the_look_from_the_environment(built: Course, tmp_path):
    command = [sys.executable, "-m", "manim", "render", "-ql", "-s", "--media_dir", str(tmp_path / "media")]
    looks = {"LECTURE_THEME": "light", "LECTURE_TEXT": "none"}
    for flags, corner in ([], (0xFA, 0xFB, 0xFC, 255)), (["-t"], (0, 0, 0, 0)):
        done = subprocess.run(
            [*command, *flags, "scenes/toy.py", "First"],
            cwd=built.root,
            env=built.environment(**looks),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        (picture,) = (tmp_path / "media").rglob("*.png")
        with Image.open(picture) as image:
            pixels = np.asarray(image.convert("RGBA"))
        picture.unlink()
        assert tuple(pixels[0, 0]) == corner
        assert (pixels[30:60, 20:300] == corner).all(), "the heading was left out"


def test_the_page_on_looks_shows_a_theme_that_works(tmp_path):
    page = (ROOT / "docs/look.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```yaml\n")[1:]]
    assert blocks
    for number, block in enumerate(blocks):
        theme(tmp_path, block, f"shown{number}")
