"""A video file in which a picture that stands still is written once and held.

A movie of the course stands still most of the time. Encoding a still second at 1080p costs as much as encoding a
moving one; holding it costs nothing. The frame rate is variable, but every picture starts on the grid of the
constant one, so frame numbers mean the same in both.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.forms import FORMS, Form
from render.planes import Planes, changed
from render.quality import Quality

if TYPE_CHECKING:
    import numpy as np


class HeldVideo:
    """Frames in, one file out.

    A `form` with alpha takes frames as cairo draws them: colours multiplied by their opacity. `held=False` writes every
    frame, for editors that need a constant rate. After `abort` no file is left.

    Drawing and encoding take turns: a thread for the encoder would spend a tenth more, waiting for the interpreter, and
    the other cores have scenes of their own.
    """

    def __init__(
        self, path: Path, chosen: Quality, held: bool = True, pixels: str = "rgba", form: Form = FORMS["h264"]
    ) -> None:
        import av
        from av.video.reformatter import VideoReformatter

        self.path, self.frames, self._held, self._pixels, self._form = path, 0, held, pixels, form
        self._convert, self._planes = VideoReformatter(), Planes(pixels)
        self._unit = Fraction(1, chosen.fps)
        self._container = av.open(str(path), "w", format=form.container)
        stream: Any = self._container.add_stream(form.codec, rate=chosen.fps, options=form.options(chosen))
        stream.width, stream.height, stream.pix_fmt = chosen.width, chosen.height, form.pixels
        stream.codec_context.time_base = self._unit
        self._stream = stream
        self._last: np.ndarray | None = None  # the picture that stands
        self._rows = (0, 0)  # where it differs from the one before
        self._since, self._key = 0, True  # the frame from which on it stands; whether that is a key frame
        self._frame: Any = None  # the picture that was encoded last
        self._encoded = -1  # the frame at which it was

    def key(self) -> None:
        """The next frame starts something one may want to jump to: make it a key frame, even if it looks the same."""
        self._flush()
        self._key = True

    def write(self, pixels: np.ndarray, repeat: int = 1) -> None:
        """Show a picture (height, width, channels; uint8) for `repeat` frames. It belongs to the video from now on."""
        rows = (0, len(pixels)) if self._last is None else changed(self._last, pixels)
        if rows != (0, 0):
            self._flush()
            self._last, self._rows, self._since = pixels, rows, self.frames
        self.frames += repeat

    def close(self) -> None:
        """Finish the file. The last frame is always written: it says how long the picture before it stands."""
        self._flush()
        if self._encoded >= 0 and self._encoded != self.frames - 1:
            self._send(self.frames - 1, key=False)
        self._container.mux(self._stream.encode())
        self._container.close()

    def abort(self) -> None:
        """Stop at once and leave nothing behind."""
        with suppress(Exception):
            self._container.close()
        self.path.unlink(missing_ok=True)

    def _flush(self) -> None:
        """Encode the picture that stands."""
        if self._last is not None:
            self._encode(self._last, self.frames - self._since)
            self._last, self._key = None, False

    def _encode(self, pixels: np.ndarray, repeat: int) -> None:
        import av

        if self._form.alpha:
            frame = av.VideoFrame.from_numpy_buffer(straight(pixels), format=self._pixels)
            self._frame = self._convert.reformat(frame, format=self._form.pixels, threads=1)
        else:
            self._frame = self._planes.show(pixels, *self._rows)
        for number in range(self._since, self._since + (1 if self._held else repeat)):
            self._send(number, self._key and number == self._since)

    def _send(self, number: int, key: bool) -> None:
        import av

        self._frame.pts, self._frame.time_base = number, self._unit
        kinds = av.video.frame.PictureType
        self._frame.pict_type = kinds.I if key else kinds.NONE
        self._container.mux(self._stream.encode(self._frame))
        self._encoded = number


def straight(pixels: np.ndarray) -> np.ndarray:
    """RGBA of which the colours are multiplied by their opacity, as cairo keeps them, with colours as they are."""
    import numpy as np

    found = pixels.copy()
    rows, columns = np.nonzero((pixels[..., 3] > 0) & (pixels[..., 3] < 255))
    partly = pixels[rows, columns].astype(np.uint16)
    alpha = partly[:, 3:]
    found[rows, columns, :3] = np.minimum((partly[:, :3] * 255 + alpha // 2) // alpha, 255)
    return found
