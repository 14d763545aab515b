"""Where a line of words may break, and how good a place that is.

A unit is what is never broken: a Latin word, a number, an identifier, a Chinese character, each with the
punctuation that clings to it. Chinese words are not in a dictionary here; what a lecture says together again and
again is taken for a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

CLOSING = set("，。！？；：、）】》〉」』”’…—～·,.!?;:)]}%‰°") | {"％"}
OPENING = set("（【《〈「『“‘([{¿¡")
SENTENCE = "。！？!?…"
CLAUSE = {"；": 0.3, ";": 0.3, "：": 0.6, ":": 0.6, "，": 0.6, ",": 0.6, "—": 0.8, "、": 1.2}
SUFFIX = set("的了着过地得吗呢吧们")  # a Chinese line does not start with these
JOINT = set("和与或但而把被将在从对让给则若")  # it may well start with these
_JOINTS = "因此 所以 因为 但是 如果 那么 然后 其中 于是 而且 并且 不过 只是 就是 它们 我们 这些 这样 也就"
JOINTS = frozenset(_JOINTS.split())  # or with these
_LEADS = "and or but nor so that which who when where while because if than as into with without for from"
LEADS = frozenset(_LEADS.split())  # an English line may well start with these
_LEANS = "a an the of to in on at by is are was be its it we you they this these each every no not"
LEANS = frozenset(_LEANS.split())  # and does not end with these
NEAR = 2.5  # what a break costs more so close to a better one
PLAIN = 4.0  # a break with nothing for it; 0 is the end of a sentence


@dataclass(frozen=True)
class Unit:
    """`text[start:end]` without the space before it; `width` in columns; `penalty` of a break after it."""

    text: str
    start: int
    end: int
    width: int
    space: bool
    penalty: float


def columns(text: str) -> int:
    """Display width: Chinese characters and full-width signs take two columns, others one."""
    return sum(2 if _wide(sign) else 1 for sign in text if not unicodedata.combining(sign))


def bonds(texts: Iterable[str]) -> Counter[str]:
    """How often two Chinese characters stand together."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(a + b for a, b in pairwise(text) if _han(a) and _han(b))
    return found


def units(text: str, limit: int, together: Counter[str]) -> list[Unit]:
    """The units of a text, in order; nothing but white space lies between them. None is wider than `limit`."""
    places: list[tuple[int, int]] = []
    for match in re.finditer(r"\S+", text):
        start = match.start()
        if places and (text[places[-1][1] - 1] in OPENING or text[start] in CLOSING):
            start = places.pop()[0]  # a space after a bracket is no place to break
        for at in range(match.start() + 1, match.end()):
            if _breakable(text[at - 1], text[at]):
                places.append((start, at))
                start = at
        places.append((start, match.end()))
    places = [piece for place in places for piece in _short(text, *place, limit)]
    found = []
    for number, (begin, end) in enumerate(places):
        space = number > 0 and places[number - 1][1] < begin
        following = text[slice(*places[number + 1])] if number + 1 < len(places) else ""
        apart = bool(following) and places[number + 1][0] > end
        joint = text[places[number + 1][0] :][:2] in JOINTS if following else False
        cost = penalty(text[begin:end], following, apart, together) - 3.0 * joint
        shown = " ".join(text[begin:end].split())
        found.append(Unit(shown, begin, end, columns(shown), space, cost))
    return _wary(found)


def _wary(found: list[Unit]) -> list[Unit]:
    """Make breaks dearer that leave a word or two between them and a good place to break."""
    good = [unit.penalty <= max(CLAUSE.values()) for unit in found]
    wary = []
    for number, unit in enumerate(found):
        after, before = any(good[max(number - 3, 0) : number]), any(good[number + 1 : number + 3])
        wary.append(unit if good[number] else replace(unit, penalty=unit.penalty + NEAR * (after + before)))
    return wary


def penalty(before: str, after: str, space: bool, together: Counter[str]) -> float:
    """How bad a break between two units is: 0 after a sentence, 4 in the middle of a phrase, more within a word."""
    if not after:
        return 0.0
    ending = before.rstrip("”’」』）)\"'")[-1:] or before[-1]
    if ending in SENTENCE or (ending == "." and space):
        return 0.0
    if ending in CLAUSE and (space or _wide(ending)):
        return CLAUSE[ending]
    last, first = before[-1], after[0]
    if _han(last) and _han(first):
        cost = PLAIN + 2 + 2 * min(max(together[last + first] - 1, 0), 3)  # it may be within a word
        cost -= 2.0 * (last in SUFFIX) + 3.0 * (first in JOINT)
        return max(cost + 4.0 * (first in SUFFIX), 1.5)
    if _han(first) and before[-1].isdigit():
        return PLAIN + 2
    if _han(last) or _han(first):
        return PLAIN - 1 + 4.0 * (first in SUFFIX)
    if not space:
        return PLAIN + 6  # a piece of a word too long for a line
    if before.lower() in LEANS or not any(sign.isalnum() for sign in before + after):
        return PLAIN + 2
    return PLAIN - 1.5 if after.lower().strip("“‘(\"'") in LEADS else PLAIN - 0.5


def _breakable(a: str, b: str) -> bool:
    """Whether a line may break between two signs with no space between them: only beside a Chinese one."""
    return (_wide(a) or _wide(b)) and b not in CLOSING and a not in OPENING and not unicodedata.combining(b)


def _short(text: str, start: int, end: int, limit: int) -> list[tuple[int, int]]:
    """A unit wider than a line, cut so that it fits, after `/`, `.`, `_` or `-` if there is one."""
    pieces = []
    while columns(text[start:end]) > limit:
        cut = start + 1
        while columns(text[start : cut + 1]) <= limit:
            cut += 1
        signs = [match.end() for match in re.finditer(r"[/._-](?=\w)", text[start:cut])]
        cut = start + signs[-1] if signs else cut
        pieces.append((start, cut))
        start = cut
    return [*pieces, (start, end)]


def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF" or sign in "“”‘’…—"


def _han(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) == "W" and sign.isalpha()
