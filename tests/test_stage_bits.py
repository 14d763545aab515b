"""Bit fields: cells say the number."""

import pytest
from manim import tempconfig

from data_capture.trace import load_trace
from scenes.stage import Bits


@pytest.fixture(autouse=True)
def media(tmp_path):
    with tempconfig({"media_dir": str(tmp_path)}):
        yield


def filled(cells) -> str:
    return "".join("1" if cell.get_fill_opacity() > 0.5 else "0" for cell in cells)


def test_filled_cells_are_the_ones_of_the_number():
    bits = Bits(0b10100011)
    assert filled(bits.cells) == bits.digits.text == "10100011"
    xs = [cell.get_x() for cell in bits.cells]
    assert xs == sorted(xs)
    for cell, digit in zip(bits.cells, bits.digits, strict=True):
        assert digit.get_center() == pytest.approx(cell.get_center())


def test_nibbles_of_a_packed_byte_are_two_indices_the_earlier_one_high():
    trace = load_trace("numbers/dequantize")
    first, second = (filled(Bits(int(trace["block.nf4.packed"][0])).nibble(n)[0]) for n in (0, 1))
    assert (int(first, 2), int(second, 2)) == tuple(trace["block.nf4.index"][:2])


def test_nibbles_stand_apart():
    cells = Bits(0).cells
    within, between = cells[1].get_x() - cells[0].get_x(), cells[4].get_x() - cells[3].get_x()
    assert between > 1.2 * within


@pytest.mark.parametrize("number", [-1, 256])
def test_a_number_that_does_not_fit_is_refused(number):
    with pytest.raises(ValueError, match="does not fit in 8 bits"):
        Bits(number)
