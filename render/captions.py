"""Captions from word times: two lines at most, broken where the sentence breathes.

A Chinese line is 18 full-width characters wide, that is 36 columns of which a Latin letter takes one; an English
line has 42 characters. A cue shows for 0.8 to 7 seconds and never overlaps the next. The breaks are the cheapest
ones over the whole lecture (dynamic programming), so a cue only crosses beats if one would be too short otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from render.phrases import Unit, bonds, units
from scripts.languages import language as tongue
from store import CourseError
from voice import Slot

if TYPE_CHECKING:
    from scripts.reader import Beat

SHORTEST, LONGEST = 0.8, 7.0  # seconds a cue shows
LINGER = 0.3  # seconds a cue stays after its last word, if nothing follows
EACH_CUE, SECOND_LINE, UNEVEN, MIDST, STRADDLE, ORPHAN = 2.0, 0.5, 0.02, 1.5, 2.5, 2.0  # costs; see `_cost`
HURRY, UNHURRIED = 3.0, 1.5  # cost for each second a cue is shown less than so many
ACROSS_BEATS, TOO_SHORT = 50.0, 1000.0


class CaptionError(CourseError):
    """Scripts of two languages that do not fit together."""


@dataclass(frozen=True)
class Cue:
    """One caption: `start` and `end` in seconds of the video, one or two `lines`."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Timed:
    """A unit that is spoken from `start` to `end`, in seconds of the video; `last` of its beat or not."""

    unit: Unit
    start: float
    end: float
    last: bool


def captions(scenes: Sequence[tuple[float, Sequence[Slot]]], language: str) -> list[Cue]:
    """Cues for scenes given as (second of the video at which it starts, its slots).

    All text of all beats, in order. For captions in another language than the voice put its slots through
    `dubbed` first.
    """
    width = tongue(language).columns
    together = bonds(slot.beat.text for _, slots in scenes for slot in slots)
    stream: list[Timed] = []
    for offset, slots in scenes:
        for slot in slots:
            found = units(slot.beat.text, width, together)
            if found and tongue(language).spaced:  # where a cue crosses beats, words of two beats must not touch
                found[0] = replace(found[0], space=True)
            stream += _timed(slot, offset + slot.start, found)
    return _cues(stream, width)


def dubbed(heard: Sequence[Slot], read: Sequence[Slot]) -> tuple[Slot, ...]:
    """Slots of the language that is read, on the clock of the one that is heard.

    Per beat the words keep their own rhythm, stretched to the voice that is heard. CaptionError if the beats differ.
    """
    names = [slot.beat.name for slot in heard], [slot.beat.name for slot in read]
    if names[0] != names[1]:
        raise CaptionError(f"the two languages differ in beats: {names[0]} and {names[1]}; align the scripts")
    return tuple(_stretched(voice, words) for voice, words in zip(heard, read, strict=True))


def _stretched(voice: Slot, words: Slot) -> Slot:
    factor = voice.speech.duration / words.speech.duration
    speech = replace(
        words.speech,
        duration=voice.speech.duration,
        words=tuple(replace(word, start=word.start * factor, end=word.end * factor) for word in words.speech.words),
        marks={name: moment * factor for name, moment in words.speech.marks.items()},
    )
    return replace(voice, beat=words.beat, speech=speech)


def _timed(slot: Slot, offset: float, found: Sequence[Unit]) -> list[Timed]:
    """Units with their times: those of the words spoken in their place, in parts where a word covers several."""
    beat, speech = slot.beat, slot.speech
    knots: list[tuple[float, float, float, float]] = []
    for word in speech.words:
        begin, end = _written(beat, word.start_char), _written(beat, word.end_char)
        knots.append((begin, end, word.start, word.end))
    knots = knots or [(0, len(beat.text), 0.0, speech.duration)]
    timed: list[Timed] = []
    latest, first = 0.0, 0
    for number, unit in enumerate(found):
        while first < len(knots) and knots[first][1] <= unit.start:
            first += 1
        inside = [knot for knot in knots[first : first + unit.end - unit.start + 9] if knot[0] < unit.end]
        start = end = latest
        if inside:
            start = max(_moment(inside[0], unit.start), latest)
            end = max(_moment(inside[-1], unit.end), start)
        latest = end
        timed.append(Timed(unit, offset + start, offset + end, number == len(found) - 1))
    return timed


def _written(beat: Beat, spoken: int) -> float:
    """The place in the written text of a place in the spoken one."""
    for spoken_start, spoken_end, start, end in beat.spans:
        if spoken_start <= spoken < spoken_end:
            return start + (spoken - spoken_start) * (end - start) / (spoken_end - spoken_start)
    return len(beat.text)


def _moment(knot: tuple[float, float, float, float], place: float) -> float:
    begin, end, start, finish = knot
    share = (place - begin) / (end - begin) if end > begin else 0.0
    return start + (finish - start) * min(max(share, 0.0), 1.0)


def _cues(stream: Sequence[Timed], width: int) -> list[Cue]:
    """Split a stream of units into the cheapest sequence of cues."""
    if not stream:
        return []
    sums = [0, *accumulate(timed.unit.width + timed.unit.space for timed in stream)]
    best = [0.0] + [float("inf")] * len(stream)
    came: list[tuple[int, int]] = [(0, 0)] * (len(stream) + 1)
    for end in range(1, len(stream) + 1):
        for start in range(end - 1, -1, -1):
            alone = start == end - 1
            if not alone and (
                stream[end - 1].end - stream[start].start > LONGEST or sums[end] - sums[start] > 2 * width + 2
            ):
                break
            split, cost = _lines(stream, sums, start, end, width)
            if split < 0:
                continue
            cost += best[start] + _cost(stream, sums, start, end, split)
            if cost < best[end]:
                best[end], came[end] = cost, (start, split)
    pieces, end = [], len(stream)
    while end:
        start, split = came[end]
        pieces.append((start, split, end))
        end = start
    return [_cue(stream, *piece) for piece in reversed(pieces)]


def _lines(stream: Sequence[Timed], sums: Sequence[int], start: int, end: int, width: int) -> tuple[int, float]:
    """Where the second line starts (`end` if there is none, -1 if it does not fit) and what the break costs."""

    def wide(a: int, b: int) -> int:
        return sums[b] - sums[a] - stream[a].unit.space

    if wide(start, end) <= width:
        return end, 0.0
    best, cheapest = -1, float("inf")
    for split in range(start + 1, end):
        first, second = wide(start, split), wide(split, end)
        if first <= width and second <= width:
            cost = SECOND_LINE * (1 + stream[split - 1].unit.penalty) + UNEVEN * abs(first - second)
            if cost < cheapest:
                best, cheapest = split, cost
    return best, cheapest


def _cost(stream: Sequence[Timed], sums: Sequence[int], start: int, end: int, split: int) -> float:
    """What a cue of stream[start:end] costs beside its inner line break."""
    cost = EACH_CUE + stream[end - 1].unit.penalty
    sentences = 0
    for number in range(start, end - 1):
        here = stream[number]
        if here.last:
            cost += ACROSS_BEATS
        elif here.unit.penalty == 0:
            sentences += 1
            cost += MIDST * (number + 1 != split)  # a sentence that ends within a line
    if sentences and stream[end - 1].unit.penalty > 0:
        cost += STRADDLE  # it ends one sentence and leaves the next unfinished
    whole = (start == 0 or stream[start - 1].last) and stream[end - 1].last
    if sums[end] - sums[start] < 10 and not whole:
        cost += ORPHAN
    if end < len(stream):
        shown = stream[end].start - stream[start].start
        cost += HURRY * max(UNHURRIED - shown, 0) + TOO_SHORT * (shown < SHORTEST)
    return cost


def _cue(stream: Sequence[Timed], start: int, split: int, end: int) -> Cue:
    begin = stream[start].start
    stop = max(stream[end - 1].end + LINGER, begin + SHORTEST)
    if end < len(stream):
        stop = min(stop, stream[end].start)
    lines = (_text(stream[start:split]), _text(stream[split:end]))
    return Cue(begin, min(stop, begin + LONGEST), tuple(line for line in lines if line))


def _text(stream: Sequence[Timed]) -> str:
    return "".join(" " * timed.unit.space + timed.unit.text for timed in stream).strip()
