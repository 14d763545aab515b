"""A time line: real order, nesting and proportion; names that fit; windows that zoom."""

from __future__ import annotations

import pytest
from manim import Scene, tempconfig

from data_capture.document import Event
from scenes.stage import INK, Light, Playhead, Span, Track, Zoom, spans

ITEMS = [
    Span("outer", 0, 100, 0, INK.line),
    Span("inner", 20, 60, 1, INK.weight),
    Span("thin", 90, 90.01, 1, INK.weight),
]


def track(window=(0.0, 100.0)) -> Track:
    return Track(ITEMS, window, 10)


def played(*animations) -> None:
    with tempconfig({"dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        Scene().play(*animations, run_time=0.2)


def test_boxes_have_the_proportions_of_time_and_lie_below_what_holds_them():
    line = track()
    outer, inner, thin = line.boxes
    assert inner.width / outer.width == pytest.approx(0.4)
    assert inner.get_left()[0] == pytest.approx(line.at(20))
    assert outer.get_bottom()[1] > inner.get_top()[1]
    assert thin.width == pytest.approx(Track.HAIR)


def test_a_window_cuts_what_it_does_not_show():
    line = track((50, 100))
    assert line.box(1).get_right()[0] == pytest.approx(line.at(60))
    assert line.box(1).get_left()[0] == pytest.approx(line.frame.get_left()[0])
    assert line.within(1) == [1, 2]
    line.view((0, 10))
    assert line.box(1).get_fill_opacity() == 0 and line.within(1) == []


def test_a_name_is_written_only_where_it_fits():
    line = track()
    assert [name.text for name in line.names] == ["outer", "inner"]
    assert line.width == pytest.approx(10), "nothing reaches beyond the frame"
    line.view((0, 10_000))
    assert not line.names


def test_zooming_ends_on_its_window_and_passes_between():
    line = track()
    animation = Zoom(line, (20, 60))
    animation.interpolate_mobject(0.5)
    start, end = line.window
    assert 0 < start < 20 and 60 < end < 100
    played(animation)
    assert line.window == pytest.approx((20, 60))


def test_the_playhead_goes_to_its_moment():
    line = track().place(0)
    played(Playhead(line, 50))
    assert line.head.get_x() == pytest.approx(line.at(50)) and line.time == 50


def test_a_span_is_found_by_name_and_time():
    line = track()
    assert line.find("inner") == 1
    with pytest.raises(ValueError, match=r"no span 'inner' after 30; there are: inner, outer, thin"):
        line.find("inner", after=30)


def test_events_become_spans_nested_by_their_depth():
    events = [
        Event("process_name", "M", 0, 0, 0, 0, {"name": "rank 0"}),
        Event("step", "X", 1.0, 9.0, 0, 0, {"depth": 0}),
        Event("gather", "X", 2.0, 3.0, 0, 0, {"depth": 1}),
        Event("gloo", "X", 2.5, 1.0, 0, 1, {"depth": 0}),
    ]
    found = spans(events, lambda name: INK.weight, {1: 5})
    assert [(span.name, span.start, span.end, span.row) for span in found] == [
        ("step", 1.0, 10.0, 0), ("gather", 2.0, 5.0, 1), ("gloo", 2.5, 3.5, 5),
    ]  # fmt: skip


def test_what_is_not_lit_dims_and_stays_dim_while_the_window_moves():
    line = track()
    played(Light(line, 1))
    line.view((10, 70))
    assert [box.get_fill_opacity() for box in line.boxes] == pytest.approx([0.35, 1, 0])
    played(Light(line))
    assert line.box(0).get_fill_opacity() == 1
