"""From what cairo draws to what video encoders take, converting no more rows than changed.

In most movements a third of the picture moves; converting the rest again would give the same again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

BAND = 72  # rows compared at a time: pictures that differ mostly differ early
MARGIN = 8  # rows converted beyond what is kept: chroma is filtered over its neighbours


class Planes:
    """Pictures (height, width, channels; uint8) one after the other in one frame of yuv420p, overwritten each time."""

    def __init__(self, pixels: str) -> None:
        from av.video.reformatter import VideoReformatter

        self._pixels, self._convert = pixels, VideoReformatter()
        self._frame: Any = None

    def show(self, picture: np.ndarray, top: int, bottom: int) -> Any:
        """The frame with this picture, which differs from the one before in rows [top, bottom).

        An encoder must be done with it before the next one is shown.
        """
        if bottom - top == len(picture):
            self._frame = self._converted(picture)
        elif top < bottom:
            self._renew(picture, top, bottom)
        return self._frame

    def _renew(self, picture: np.ndarray, top: int, bottom: int) -> None:
        first, end = max(0, top - MARGIN), min(len(picture), bottom + MARGIN)
        part = self._converted(picture[first:end])
        for new, old, factor in zip(rows(part), rows(self._frame), (1, 2, 2), strict=True):
            start, stop, skip = top // factor, -(-bottom // factor), first // factor
            old[start:stop] = new[start - skip : stop - skip]

    def _converted(self, picture: np.ndarray) -> Any:
        import av

        frame = av.VideoFrame.from_numpy_buffer(picture, format=self._pixels)
        return self._convert.reformat(frame, format="yuv420p", threads=1)


def rows(frame: Any) -> list[np.ndarray]:
    """The planes of a frame, (rows, width) each, as views."""
    import numpy as np

    found = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
    return [view[: plane.height, : plane.width] for view, plane in zip(found, frame.planes, strict=True)]


def changed(one: np.ndarray, other: np.ndarray) -> tuple[int, int]:
    """Rows [top, bottom) between which two pictures differ, in whole bands; (0, 0) where they are equal."""
    import numpy as np

    if one is other:
        return 0, 0
    starts = range(0, len(one), BAND)

    def differs(start: int) -> bool:
        return not np.array_equal(one[start : start + BAND], other[start : start + BAND])

    top = next((start for start in starts if differs(start)), None)
    if top is None:
        return 0, 0
    last = next(start for start in reversed(starts) if differs(start))
    return top, min(last + BAND, len(one))
