"""Rows of tensors: as wide as their bytes, hollow until they have storage."""

import pytest
from manim import tempconfig

from data_capture.trace import load_trace
from scenes.stage import TensorRows


@pytest.fixture(autouse=True)
def media(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        yield


def solid(rows: TensorRows) -> list[bool]:
    return [cell.get_fill_opacity() == 1 for cell in rows.cells]


def test_widths_are_bytes_and_small_ones_can_still_be_seen():
    trace = load_trace("auto/from_pretrained")
    sizes = trace["devices.bytes"].tolist()
    unit = 1e-5
    rows = TensorRows([("one", sizes[:3]), ("other", sizes[3:])], unit)
    for cell, size in zip(rows.cells, sizes, strict=True):
        assert cell.width == pytest.approx(max(size * unit - rows.GAP, rows.LEAST))
    assert rows.rows[0].get_left()[0] == pytest.approx(rows.rows[1].get_left()[0])
    assert all(name.get_right()[0] < row.get_left()[0] for name, row in zip(rows.names, rows.rows, strict=True))


def test_tensors_are_hollow_until_they_are_held():
    rows = TensorRows([("a", [1, 2]), ("b", [3])], 0.5)
    assert solid(rows) == [False] * 3
    assert solid(rows.hold(1)) == [False, True, False]
    assert solid(rows.hold()) == [True] * 3
    assert solid(rows.free(0, 2)) == [False, True, False]


def test_rows_follow_each_other_without_touching():
    rows = TensorRows([(name, [4, 4]) for name in "abc"], 0.2)
    for upper, lower in zip(rows.rows, rows.rows[1:], strict=False):
        assert upper.get_bottom()[1] > lower.get_top()[1]
