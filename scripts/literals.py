"""Numbers that come from no trace, marked where they are written and with the reason.

    Words(f"B = {literal(0, why='B starts at zero by definition')}")
    Mono(f"rank {index(2, of=4)}")

The marks are two noncharacters around the digits; they travel through f-strings and labels, and type takes
them out again (`unmark`) and remembers where they stood.
"""

from __future__ import annotations

import re

from scripts.wording import wordless
from store import CourseError

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # code points that Unicode keeps for internal use: no text has them
DIGITS = re.compile(r"\d[\d.,]*")


class LiteralError(CourseError):
    """A literal without a reason, or an index out of its range."""


def literal(number: object, why: str) -> str:
    """The number as text, marked as one that comes from no trace; `why` is for the reader of the source."""
    if not why.strip():
        raise LiteralError(f"literal({number!r}) gives no reason; write why it comes from no trace")
    return f"{OPEN}{number}{CLOSE}"


def index(number: int, of: int) -> str:
    """The number as text, marked as one that counts: 0 to `of`."""
    if not 0 <= number <= of:
        raise LiteralError(f"index {number} is not between 0 and {of}")
    return f"{OPEN}{number}{CLOSE}"


def mark_digits(text: str) -> str:
    """Every number in `text` marked."""
    return DIGITS.sub(lambda match: f"{OPEN}{match[0]}{CLOSE}", text)


def bare(text: str) -> str:
    """The text without marks of literals; other marks stay."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def unmark(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The text without marks, and from where to where in it those of literals reached."""
    clean, spans, start = "", [], None
    for character in wordless(text):
        if character == OPEN:
            start = len(clean) if start is None else start
        elif character == CLOSE:
            if start is not None:
                spans.append((start, len(clean)))
            start = None
        else:
            clean += character
    return clean, tuple(spans)
