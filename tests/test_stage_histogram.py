"""Histograms and signed bars: lengths are the numbers they stand for."""

import numpy as np
import pytest

from scenes.stage import INK, Histogram, Stems


def test_a_bin_is_as_high_as_its_count_and_cut_at_the_limit():
    edges = np.array([0.0, 1.0, 2.0, 3.0])
    histogram = Histogram(np.array([5, 10, 40]), edges, 6, 4, INK.weight, limit=20)
    bottom = histogram.base.get_start()[1]
    assert histogram.point(0.5, 5)[1] - bottom == pytest.approx(1.0)
    assert histogram.point(2.5, 40)[1] - bottom == pytest.approx(4.0)
    assert histogram.area.height == pytest.approx(4.0)
    assert histogram.point(3.0)[0] - histogram.point(0.0)[0] == pytest.approx(6.0)


def test_a_moved_histogram_shows_other_counts_where_it_stands():
    histogram = Histogram(np.array([4, 2]), np.array([-1.0, 0.0, 1.0]), 4, 2, INK.weight).shift([3, 1, 0])
    points = len(histogram.area.points)
    histogram.set_counts(np.array([0, 1]))
    assert len(histogram.area.points) == points  # so that a change of counts is a movement, not a cut
    assert histogram.area.height == pytest.approx(0.5)
    assert histogram.area.get_bottom()[1] == pytest.approx(histogram.base.get_start()[1])


def test_edges_that_do_not_fit_are_told():
    with pytest.raises(ValueError, match="3 bins need 4 edges, not 3"):
        Histogram(np.ones(3), np.arange(3), 4, 2, INK.weight)


def test_stems_go_up_and_down_by_their_value():
    stems = Stems(np.array([1.0, -0.5, 0.0]), 3, 4, INK.weight).shift([0, 2, 0])
    zero = stems.zero.get_center()[1]
    up, down, none = stems.bars
    assert up.get_top()[1] - zero == pytest.approx(2.0) and up.get_bottom()[1] == pytest.approx(zero)
    assert zero - down.get_bottom()[1] == pytest.approx(1.0) and down.get_top()[1] == pytest.approx(zero)
    assert none.height < 0.05
    stems.set_values(np.array([-1.0, 0.5, 0.25]))
    assert stems.tip(0) == pytest.approx(up.get_bottom())
    assert up.get_x() < down.get_x() < none.get_x()
