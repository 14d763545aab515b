"""Text as spoken words: one per Chinese character, one per Latin word or number; and times for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from voice.speech import Word

HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][-+]?\d+)?[%‰]?"
# A letter other than Han, or _, starts a word; it goes on over - ' . inside (`d_model`, `GPT-4`, `torch.nn`).
LETTERS = rf"(?:(?!{HAN})[^\W\d_]|_)(?:(?!{HAN})\w|[-'’.](?=(?!{HAN})\w))*"
TOKEN = re.compile(rf"{HAN}|{NUMBER}|{LETTERS}")


@dataclass(frozen=True)
class Span:
    """A word by place: `text[start:end]`."""

    text: str
    start: int
    end: int


def spans(text: str) -> list[Span]:
    """Words of a text in order; punctuation, symbols and spaces lie between them."""
    return [Span(match.group(), *match.span()) for match in TOKEN.finditer(text)]


def timed(found: Sequence[Span], starts: Mapping[int, float], duration: float) -> tuple[Word, ...]:
    """Words with times in order. `starts` gives the seconds at which word number i was heard.

    A word that was not heard on its own shares the time of its neighbours by weight. A word ends where the
    next begins. Times never run backwards and stay within 0..duration.
    """
    if not found:
        return ()
    known = dict(starts)
    known[0] = min(known.get(0, 0.0), duration)
    known[len(found)] = duration
    times: list[float] = []
    anchors = sorted(known)
    latest = 0.0
    for here, there in pairwise(anchors):
        begin = min(max(known[here], latest), duration)
        finish = min(max(known[there], begin), duration)
        total = sum(weight(span.text) for span in found[here:there])
        done = 0.0
        for span in found[here:there]:
            times.append(begin + (finish - begin) * done / total)
            done += weight(span.text)
        latest = times[-1]
    times.append(duration)
    return tuple(
        Word(span.text, span.start, span.end, round(start, 6), round(end, 6))
        for span, start, end in zip(found, times[:-1], times[1:], strict=True)
    )


def weight(text: str) -> float:
    """How long a word takes to say, in Chinese characters: letters count a third, digits one each."""
    if re.fullmatch(HAN, text):
        return 1.0
    return 0.3 + sum(1.0 if letter.isdigit() else 0.3 for letter in text if letter.isalnum())


def estimated(text: str, duration: float) -> tuple[Word, ...]:
    """Words with times by their weight, pauses at punctuation included. Good to about 0.25 s."""
    found = spans(text)
    if not found:
        return ()
    at = 0.0
    starts: dict[int, float] = {}
    for number, span in enumerate(found):
        before = text[found[number - 1].end : span.start] if number else ""
        at += pause(before)
        starts[number] = at
        at += weight(span.text)
    return timed(found, {number: start * duration / at for number, start in starts.items()}, duration)


def pause(between: str) -> float:
    """How long the silence between two words is, in Chinese characters."""
    if any(sign in between for sign in "。！？!?…"):
        return 2.0
    if re.search(r"\.(\s|$)", between):
        return 2.0
    return 1.2 if any(sign in between for sign in "，、；：,;:—") else 0.0


def matched(text: str, heard: Iterable[tuple[str, float]]) -> dict[int, float]:
    """Starts of words from what a voice says it spoke: (piece of text, seconds), in order.

    A piece may hold several words (then the first gets the time) or be written otherwise than in `text` (then
    it is skipped and its neighbours tell).
    """
    found, place = spans(text), 0
    starts: dict[int, float] = {}
    for piece, second in heard:
        piece = piece.strip()
        at = text.find(piece, place) if piece else -1
        if at < 0 or at - place > 40:  # far away: another word with the same letters
            continue
        place = at + len(piece)
        for number, span in enumerate(found):
            if span.end > at:
                if span.start < place:
                    starts.setdefault(number, second)
                break
    return starts
