"""The number line: ticks stand at their values, points go to the nearest code."""

import numpy as np
import pytest
from manim import Scene, tempconfig

from data_capture.trace import load_trace
from scenes.stage import CodeLine


@pytest.fixture(scope="module")
def trace():
    return load_trace("numbers/dequantize")


def test_ticks_stand_at_the_values_of_the_code_book_wherever_the_line_is(trace):
    line = CodeLine(trace["nf4.code"], length=10).shift([1, 2, 0])
    for tick, value in zip(line.ticks, trace["nf4.code"], strict=True):
        assert tick.get_center() == pytest.approx([1 + 5 * value, 2, 0], abs=1e-5)
    line.set_code(trace["fp4.code"])
    assert line.ticks[3].get_x() == pytest.approx(6.0)  # the fourth code of FP4 is 1
    assert line.ticks[0].get_x() == pytest.approx(line.ticks[8].get_x())  # zero twice


def test_nearest_is_what_the_library_chose(trace):
    line = CodeLine(trace["nf4.code"])
    assert [line.nearest(float(x)) for x in trace["block.scaled"]] == trace["block.nf4.index"].tolist()


def test_snapped_dots_end_on_codes(trace, tmp_path):
    with tempconfig({"media_dir": str(tmp_path), "dry_run": True, "verbosity": "ERROR", "progress_bar": "none"}):
        line, scene = CodeLine(trace["nf4.code"]), Scene()
        values = trace["block.scaled"][:8]
        dots = line.dots(values, height=1.0)
        scene.play(*line.snap(dots, values), run_time=0.1)
    ends = [line.point(value) for value in trace["block.nf4.code"][:8]]
    assert np.allclose([dot.get_center() for dot in dots], ends, atol=1e-5)
