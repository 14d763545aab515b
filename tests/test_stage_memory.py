"""Memory as stacked bars and stairs, and the moments of two time lines laid on each other."""

from __future__ import annotations

import numpy as np
import pytest
from manim import RIGHT, UP, Scene, tempconfig

from scenes.stage import INK, MemoryBar, MemoryChart, Unroll, align, megabytes

COLORS = (INK.weight, INK.gradient)


def test_parts_lie_behind_one_another_and_are_as_long_as_their_bytes():
    bar = MemoryBar([2e6, 1e6], COLORS, 1e-6)
    assert [part.width for part in bar.parts] == pytest.approx([2, 1])
    assert bar.parts[1].get_left() == pytest.approx(bar.parts[0].get_right())
    upright = MemoryBar([2e6, 1e6], COLORS, 1e-6, direction=UP)
    assert upright.height == pytest.approx(3) and upright.width == pytest.approx(0.4)
    with pytest.raises(ValueError, match="2 categories needs as many sizes, not 1"):
        MemoryBar([1], COLORS, 1)


def test_a_bar_that_changes_keeps_its_start_and_grows_from_nothing():
    bar = MemoryBar([0, 0], COLORS, 1e-6).shift(RIGHT)
    start = bar.get_left()
    bar.paint([1e6, 3e6])
    assert bar.get_left() == pytest.approx(start) and bar.width == pytest.approx(4)


def test_a_chart_shows_stairs_up_to_its_moment():
    memory = np.array([[1, 0], [1, 2], [3, 1]]) * 1e6
    chart = MemoryChart(memory, COLORS, 4, 2, top=4e6, ticks=(2e6,))
    assert [mark.text for mark in chart.ticks] == ["2 MB"]
    chart.paint(1)
    high = chart.areas[1].get_corner(UP + RIGHT)
    assert high == pytest.approx(chart.point(1, 3e6)), "at moment 1 both lie on each other"
    with tempconfig({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        scene = Scene()
        scene.add(chart)
        scene.play(Unroll(chart, 2), run_time=0.2)
    assert chart.moment == 2 and chart.areas[1].get_right()[0] == pytest.approx(chart.point(2, 0)[0])
    with pytest.raises(ValueError, match=r"shape \(moments, 2\), not \(3, 1\)"):
        MemoryChart(memory[:, :1], COLORS, 4, 2, 1)


def test_an_outline_follows_its_own_moments():
    chart = MemoryChart(np.ones((5, 2)), COLORS, 4, 2, top=4)
    line = chart.outline(np.array([0.0, 4.0]), np.array([1, 4]), INK.words)
    assert line.get_start() == pytest.approx(chart.point(0, 1)) and line.get_end() == pytest.approx(chart.point(4, 4))


def test_moments_of_the_same_name_lie_on_each_other():
    others = ["begin step", "gather", "begin a", "end a", "reduce", "begin a", "end step"]
    assert align(["begin step", "begin a", "end a", "bucket", "end step"], others) == pytest.approx([0, 2, 3, 4.5, 6])
    with pytest.raises(ValueError, match="no moment in common"):
        align(["x"], others)


def test_bytes_are_shown_in_millions():
    assert megabytes(3_616_156) == "3.62 MB"
