"""The camera of the build draws, pixel for pixel, what manim's own draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import (
    DOWN,
    RIGHT,
    UP,
    Annulus,
    Arrow,
    Camera,
    Circle,
    Dot,
    Line,
    Square,
    Star,
    VGroup,
    VMobject,
    tempconfig,
)

from render.camera import KeptCamera
from scenes.stage import INK, TensorGrid
from scenes.stage.words import Words

SIZE = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 15}


def pictures(camera: Camera, frames: list[list[VMobject]]) -> list[np.ndarray]:
    """What a camera makes of frames, each a list of what is to be seen."""
    found = []
    for mobjects in frames:
        camera.reset()
        camera.capture_mobjects(mobjects)
        found.append(camera.take() if isinstance(camera, KeptCamera) else camera.pixel_array.copy())
    return found


def same(frames: list[list[VMobject]]) -> bool:
    with tempconfig(SIZE):
        stock, ours = pictures(Camera(), frames), pictures(KeptCamera(), frames)
    assert any(len(np.unique(picture)) > 2 for picture in stock), "nothing was drawn"
    return all(np.array_equal(one, other) for one, other in zip(stock, ours, strict=True))


def things() -> list[VMobject]:
    """One of each kind of path and paint."""
    return [
        Square(color=INK.lora_a, fill_opacity=0.5).shift(RIGHT),
        Circle(stroke_width=0, fill_opacity=1, fill_color=[INK.lora_a, INK.lora_b]).shift(UP),
        Annulus(color=INK.weight),
        Star(stroke_opacity=0),
        Arrow(DOWN, 2 * UP + RIGHT),
        Line(3 * RIGHT, DOWN).set_stroke([INK.lora_a, INK.weight], width=6),
        Dot(fill_opacity=0),
        Words("秩 r = 8", 48, INK.words).shift(2 * DOWN),
        TensorGrid(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4), INK.weight, 1.0, scale=1.0).shift(3 * RIGHT),
        Square(background_stroke_width=8, background_stroke_color=INK.lora_b).shift(3 * DOWN),
    ]


def test_what_stands_and_what_moves():
    still = things()
    moving = [VGroup(*things()).shift(step * 0.1 * RIGHT).rotate(step * 0.2) for step in range(3)]
    assert same([[*still], [*still], [*still, moving[0]], [moving[1], *still], [*still[:3], moving[2]]])


def test_points_changed_in_place_are_seen():
    with tempconfig(SIZE):
        stock, ours = Camera(), KeptCamera()
        square = Square(fill_opacity=1)
        for _ in range(4):
            for _ in range(3):
                assert np.array_equal(pictures(stock, [[square]])[0], pictures(ours, [[square]])[0])
            square.points += 0.25


def test_a_picture_taken_is_not_drawn_over():
    with tempconfig(SIZE):
        camera = KeptCamera()
        first, second = pictures(camera, [[Square(fill_opacity=1)], [Circle()]])
        again = pictures(KeptCamera(), [[Square(fill_opacity=1)]])[0]
    assert np.array_equal(first, again) and not np.array_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-3, 3), st.floats(-2, 2)), min_size=0, max_size=23),
    st.lists(st.integers(0, 22), max_size=8),
)
def test_any_points(points: list[tuple[float, float]], joined: list[int]):
    """Unfinished curves, subpaths that close and that do not, points all in one place."""
    array = np.array([[*point, 0.0] for point in points]).reshape(-1, 3)
    for place in joined:
        if place + 1 < len(array):
            array[place + 1] = array[place]
    odd = VMobject(fill_color=INK.lora_b, fill_opacity=0.7, stroke_color=INK.words)
    odd.points = array
    assert same([[Square(), odd], [Square(), odd], [odd, Square()]])


def test_points_that_are_no_numbers_draw_nothing():
    broken = Square(fill_opacity=1)
    broken.points[2, 0] = np.nan
    assert same([[Circle(fill_opacity=1), broken]])


@pytest.mark.parametrize("rgba", [(1, 1, 1, 0), (1, 1, 1, 0.004)])
def test_almost_transparent_is_painted(rgba):
    square = Square(stroke_width=0).set_fill(INK.words, opacity=rgba[3])
    assert same([[Circle(fill_opacity=1), square]])
