"""Words of a language within a text: what a picture for teachers of another language leaves out, and keeps room for.

    wording("显示 8 × 8", ["showing 8 × 8"])     # marks 显示, keeps 8 × 8

What all languages write alike is no language: numbers, formulas, shapes, names of an API. So of a label those words are
marked that another language writes in another way. Like those of literals, the marks are noncharacters, travel with
their text, and are taken out by type.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

OPEN, CLOSE = "\ufdd2", "\ufdd3"
LATIN = r"A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff"
FIELD = r"\{[^{}]*\}"
PIECE = re.compile(rf"{FIELD}|[{LATIN}]+(?:[.'’\-][{LATIN}]+)*|[^\W\d_]+|\S")
OPERATORS = frozenset("=≈≠<>≤≥×÷*/+−-→←↔·^%±()[]{}|")


def wording(text: str, others: Sequence[str]) -> str:
    """`text` with the words marked that not all `others`, the same text in other languages, write alike.

    Fields in braces stay: numbers and names are filled in.
    """
    pieces = [(match[0], match.start(), match.end()) for match in PIECE.finditer(text)]
    alike = [{match[0] for match in PIECE.finditer(other)} for other in others]
    kept = [stays(word, alike) for word, *_ in pieces]
    # A sign stands with what it joins.
    beside = [any(kept[max(0, n - 1) : n + 2]) for n in range(len(pieces))]
    kept = [
        keep or (word in OPERATORS and beside[n]) for n, ((word, *_), keep) in enumerate(zip(pieces, kept, strict=True))
    ]
    marked, done = "", 0
    for (_, start, end), keep in zip(pieces, kept, strict=True):
        if not keep:
            marked += f"{text[done:start]}{OPEN}{text[start:end]}{CLOSE}"
            done = end
    return marked + text[done:]


def stays(word: str, alike: Sequence[set[str]]) -> bool:
    """Whether a word is a field, a number, or written alike by all."""
    named = word[0].isalnum() and all(word in other for other in alike)
    return word.isdecimal() or re.fullmatch(FIELD, word) is not None or named


def worded(text: str) -> str:
    """All of `text` marked: words of a language from end to end."""
    return f"{OPEN}{text}{CLOSE}"


def wordless(text: str) -> str:
    """The text without these marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def runs(text: str) -> list[tuple[str, bool]]:
    """The text in runs without marks, and whether each is words of a language."""
    found: list[tuple[str, bool]] = []
    for part in re.split(f"({OPEN}[^{CLOSE}]*{CLOSE})", text):
        if run := wordless(part):
            found.append((run, part.startswith(OPEN)))
    return found
