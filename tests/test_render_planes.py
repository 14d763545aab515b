"""Converting only the rows that changed gives the picture that converting all of it gives."""

import av
import numpy as np
import pytest

from render.planes import BAND, Planes, changed, rows


def drawn(height: int = 5 * BAND + 24, width: int = 160) -> np.ndarray:
    picture = np.random.default_rng(3).integers(0, 256, (height, width, 4), np.uint8)
    picture[..., 3] = 255
    return picture


def whole(picture: np.ndarray) -> np.ndarray:
    return av.VideoFrame.from_ndarray(picture, format="rgba").reformat(format="yuv420p", threads=1).to_ndarray()


@pytest.mark.parametrize(
    ("first", "end"), [(0, 1), (0, 384), (100, 101), (BAND - 1, BAND + 1), (300, 384), (383, 384), (1, 383)]
)
def test_changed_rows_alone_are_converted(first, end):
    before = drawn()
    after = before.copy()
    after[first:end, 40:90] = 255 - after[first:end, 40:90]
    after[..., 3] = 255
    planes = Planes("rgba")
    planes.show(before, 0, len(before))
    assert np.array_equal(planes.show(after, *changed(before, after)).to_ndarray(), whole(after))
    assert np.array_equal(planes.show(after.copy(), *changed(after, after.copy())).to_ndarray(), whole(after))
    assert np.array_equal(planes.show(before, *changed(after, before)).to_ndarray(), whole(before))


def test_rows_between_which_pictures_differ():
    before = drawn()
    after = before.copy()
    assert changed(before, before) == changed(before, after) == (0, 0)
    after[BAND, 7, 1] ^= 1
    after[3 * BAND + 5, 0, 0] ^= 1
    assert changed(before, after) == (BAND, 4 * BAND)
    after[-1, 0, 0] ^= 1
    assert changed(before, after) == (BAND, len(before))


def test_planes_have_the_size_of_the_picture():
    sizes = [view.shape for view in rows(Planes("rgba").show(drawn(), 0, len(drawn())))]
    assert sizes == [(384, 160), (192, 80), (192, 80)]
