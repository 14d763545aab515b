"""Glyphs and cells are copied and mixed as manim does it, only cheaper."""

import numpy as np
import pytest
from manim import ORANGE, RIGHT, Square, VMobject

from scenes.stage import TensorGrid, Words
from scenes.stage.leaf import STYLE, Cell


def leaves() -> list[VMobject]:
    return [Cell(1.0), Words("字 a").submobjects[0]]


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: type(leaf).__name__)
def test_copy_shares_nothing_that_changes(leaf):
    twin = leaf.copy()
    assert vars(twin).keys() - vars(leaf).keys() == {"original_id"}
    for name, value in vars(leaf).items():
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, getattr(twin, name)) and not np.shares_memory(value, getattr(twin, name))
        elif isinstance(value, list):
            assert getattr(twin, name) is not value
    before = leaf.points.copy(), leaf.fill_rgbas.copy()
    twin.shift(RIGHT).set_fill(ORANGE, 0.5).add_updater(lambda each: each)
    assert np.array_equal(leaf.points, before[0]) and np.array_equal(leaf.fill_rgbas, before[1])
    assert not leaf.updaters and leaf in leaf.get_family()


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_mixes_as_manim_mixes(alpha):
    def mixed(kind: type[VMobject]) -> VMobject:
        one, other = kind(1.0).set_fill("#112233", 0.2), kind(1.0).set_fill("#445566", 0.9).set_stroke(width=1.5)
        return kind(1.0).interpolate_color(one, other, alpha)

    ours, theirs = mixed(Cell), mixed(Square)
    for name in STYLE:
        assert np.allclose(getattr(ours, name), getattr(theirs, name), atol=1e-12), name


def test_parts_and_updaters_of_a_leaf_still_count():
    cell, calls = Cell(1.0), []
    cell.add(inner := Cell(0.5))
    inner.add_updater(lambda each: calls.append(each), call_updater=False)
    assert cell.get_family() == [cell, inner]
    cell.update(0.1)
    assert calls == [inner]


def test_grid_repainted_keeps_its_opacity_of_outline():
    grid = TensorGrid(np.array([[1.0, -2.0]]), "#6CB6FF")
    grid.set_stroke(opacity=0)
    grid.paint(np.array([[-2.0, 0.0]]))
    first, second = grid.cells
    assert first.stroke_width > 0 and first.get_stroke_opacity() == 0
    assert second.stroke_width == 0 and second.get_fill_opacity() == 1
    assert first.get_fill_color() == second.get_fill_color()  # outlined, and zero: both show the tile
