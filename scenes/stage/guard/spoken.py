"""Narration that is printed: a label of several words that the voice of the same beat says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scenes.stage.guard.finding import Fault
from scenes.stage.guard.ink import Sight
from scripts.model import Beat

CHARACTERS = 8  # of Chinese
WORDS = 5  # of other languages
CJK = re.compile(r"[\u3400-\u9fff]")


def flat(text: str) -> str:
    """Letters and digits alone, words a space apart."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def long(line: str) -> bool:
    """Whether a line is a phrase rather than a name."""
    return len(CJK.findall(line)) >= CHARACTERS or (not CJK.search(line) and len(flat(line).split()) >= WORDS)


def printed(sight: Sight, beat: Beat) -> Iterator[Fault]:
    """Texts of which a line stands in what is said."""
    said = [flat(text).replace(" ", "") for text in (beat.text, beat.spoken)]
    for text in sight.texts:
        for line in (text.words, *text.words.splitlines()):
            if long(line) and any(flat(line).replace(" ", "") in each for each in said):
                yield Fault("spoken", "the voice says this; show it instead", [text.mobject], [text.box])
                break
