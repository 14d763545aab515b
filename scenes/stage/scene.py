"""`LectureScene`: a manim scene that knows its script, its trace and its voice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from manim import config
from manim.utils.exceptions import EndSceneEarlyException

from data_capture.trace import Trace, load_trace
from scenes.look import chosen
from scenes.stage.beat import Beat, StageError, cut
from scenes.stage.free import StageScene
from scenes.stage.guard.numbers import ReadTrace
from scenes.stage.theme import INK, SIZE
from scenes.stage.words import Words
from scripts.labels import load_labels
from scripts.reader import read_lecture
from scripts.values import evaluate
from scripts.wording import worded
from voice import Slot, get_voice, timeline

Number = TypeVar("Number")


class LectureScene(StageScene):
    """One chapter of a lecture. Set `lecture` (script folder) and `trace_name`; write `construct` as beats.

        with self.beat("add") as beat:
            self.play(..., run_time=beat.until("sum"))

    `LECTURE_LANG` (zh), `LECTURE_VOICE` (espeak), `LECTURE_THEME` (dark) and `LECTURE_TEXT` (all) choose language,
    voice and look; manim's own `-t` leaves out the ground. After a render `slots` holds the time line that was played,
    `late` the beats whose animations outlasted voice and pause, with the seconds, and `guard.findings` what is wrong
    with the pictures.
    """

    lecture: str
    trace_name: str
    tensors: Mapping[str, int] = {}  # float32 tensors the scene draws, and their number of dimensions
    voiced = True  # lay the voice into the movie; the build sets False and lays it once per lecture

    def setup(self) -> None:
        self.language = os.environ.get("LECTURE_LANG", "zh")
        self.script = read_lecture(self.lecture, self.language).scene(type(self).__name__)
        self.look = self.look or chosen()
        self.labels = load_labels(self.lecture, self.language, text=self.look.text)
        self.title = self.script.title if self.look.text else worded(self.script.title)
        super().setup()
        self.trace = self.read(self.trace_name)
        for name, dimensions in self.tensors.items():
            self.trace.expect(name, dtype="float32", ndim=dimensions)
        self.planned = timeline(self.script, self.language, get_voice())
        self.slots: list[Slot] = []
        self.late: dict[str, float] = {}
        self._written: list[tuple[int, int]] = []  # (frame in scene, frame in movie) where each written play starts
        self._movie = 0  # frames in the movie
        self._delay = 0.0  # seconds by which late beats pushed the clock

    def read(self, name: str) -> Trace:
        """A trace of which the guard knows what is read: its numbers may be shown."""
        return ReadTrace.of(load_trace(name), self.guard.numbers)

    def reckon(self, expression: str) -> float:
        """A number from values of the trace: `bytes.optimizer.full / MiB`; the arithmetic of `{value}` in the words."""
        where = f"scene {type(self).__name__}, beat {self.now.slot.beat.name if self.now else None!r}"
        number = evaluate(expression, self.trace.value, where)
        self.guard.numbers.value(number)
        return float(number)

    def derived(self, number: Number, how: str) -> Number:
        """A number the scene reckons from the trace in a way no expression tells; `how` says it to the reader."""
        if not how.strip():
            raise StageError(f"scene {type(self).__name__}: derived({number!r}) does not say how; write it")
        self.guard.numbers.value(number)
        return number

    def tear_down(self) -> None:
        super().tear_down()
        left = [slot.beat.name for slot in self.planned[len(self.slots) :]]
        if left:
            raise StageError(f"scene {type(self).__name__} never plays {left} of {self.lecture}/{self.language}.md")

    def label(self, name: str, size: float = SIZE.label, color: str = INK.words, **options: Any) -> Words:
        """Words from the lecture's `labels.yaml`; `fields` fills numbers from the trace."""
        fields = options.pop("fields", {})
        return Words(self.labels.text(name, **fields), size, color, **options)

    @contextmanager
    def beat(self, name: str) -> Iterator[Beat]:
        """Open a beat: a manim section and its voice. Leaving waits for the voice and the pause after it."""
        number = len(self.slots)
        expected = self.planned[number].beat.name if number < len(self.planned) else None
        if name != expected:
            where = f"{self.lecture}/{self.language}.md"
            raise StageError(f"scene {type(self).__name__} plays beat {name!r} where {where} has {expected!r}")
        slot = self.planned[number]
        self.next_section(name)
        beat = self.now = Beat(self, slot, self.rate, self._frame, self._frame)
        first_run = len(self._written)
        self.guard.opened(name, slot.speech.duration)
        try:
            yield beat
            self._rest(slot)
            self.guard.closed()
        except EndSceneEarlyException:  # `-n a,b` ends here: what was written still wants its voice
            self.slots.append(slot)
            self.planned = self.planned[: len(self.slots)]
            self._lay(beat, first_run)
            raise
        self._lay(beat, first_run)
        start = slot.start + self._delay - self.late.get(name, 0.0)
        self.slots.append(Slot(slot.beat, slot.speech, start, start + slot.speech.duration, slot.end + self._delay))
        self.now = None
        self.beat_ended(name)

    def beat_ended(self, name: str) -> None:
        """Called when a beat is over and its last picture still stands; for stills and checks to override."""

    def play(self, *animations: Any, run_time: float | None = None, **options: Any) -> None:
        """Play for a whole number of frames of the beat that is open (`run_time` in seconds, usually 0.6 to 1.2)."""
        if self.now is None:
            raise StageError(f"scene {type(self).__name__} plays outside a beat: open one with `with self.beat(name)`")
        super().play(*animations, run_time=run_time, **options)

    def _rest(self, slot: Slot) -> None:
        target = round((slot.end + self._delay) * self.rate)
        if target > self._frame:
            self.wait((target - self._frame) / self.rate)
        elif target < self._frame:
            over = (self._frame - target) / self.rate
            self.late[slot.beat.name] = over
            self._delay += over

    def _count(self, frames: int) -> None:
        files = self.renderer.file_writer.partial_movie_files
        written = bool(files) and files[-1] is not None
        if written:
            self._written.append((self._frame, self._movie))
            self._movie += frames
        super()._count(frames)
        if self.now:
            self.now.frame = self._frame

    def _lay(self, beat: Beat, first_run: int) -> None:
        """Put the voice under the frames of this beat that are in the movie (all of them, without `-n`)."""
        runs = self._written[first_run:]
        if not runs or not self.voiced:
            return
        frame, movie = runs[0]
        skipped = (frame - beat.first) / self.rate
        shown = (self._movie - movie) / self.rate
        slot, wav = beat.slot, beat.slot.speech.wav
        if skipped > 0 or shown < slot.speech.duration:
            wav = cut(
                wav,
                skipped,
                skipped + shown,
                Path(config.get_dir("media_dir")) / f"voice/{slot.beat.name}.wav",
            )
        self.renderer.file_writer.add_sound(str(wav), movie / self.rate)
