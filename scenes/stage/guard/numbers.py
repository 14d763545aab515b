"""Numbers on screen, held against what the scene read from its trace.

Known is what `trace.value(key)` gave, with every number of a list or text; shapes of tensors that were read, their
least and largest entry, and all entries where there are few; what `reckon` and `derived` gave; rows, columns and full
brightness of the grids on screen. A number is known when it equals one of these to the digits shown, in its unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_capture.trace import Trace
from scenes.stage.guard.finding import Fault
from scenes.stage.guard.ink import Sight
from scripts.values import evaluate

FEW, FEW_WHOLE = 16, 64  # different entries up to which every one of a tensor's counts as read; whole numbers
NUMERAL = re.compile(
    r"(?<![A-Za-z_\d.,])(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?(?:[eE](?P<power>[-+−]?\d+))?"
    r"(?:\s?(?P<unit>%|[kKMG]i?B\b|[kMGT](?![A-Za-z])|[mµμn]s\b|s\b))?"
)
BITS = re.compile(r"(?<![\w.])[01]{4,}(?![\w.])")  # a row of bits, most significant first
SUM = re.compile(r"(\d[\d.,\s+−×÷*/-]*[+−×÷*/-]\s*\d[\d.,]*)\s*=\s*")  # reckoned on screen: 7 + 70 =
COUNTER = re.compile(r"(\d+)\s*(?:/|of)\s*(\d+)")
SCALES: dict[str, tuple[float, ...]] = {
    "": (1,),
    "%": (100,),
    "s": (1, 1e-3, 1e-6),
    "ms": (1, 1e3, 1e-3),
    "µs": (1, 1e6, 1e3),
    "ns": (1, 1e9, 1e3),
} | {letter: (1, 10.0**-power) for letter, power in (("k", 3), ("M", 6), ("G", 9), ("T", 12))}
SCALES |= {
    f"{letter}{binary}B": (1, (1024.0 if binary else 1000.0) ** -power)
    for power, letters in enumerate(("kK", "M", "G"), start=1)
    for letter in letters
    for binary in ("", "i")
}


@dataclass(frozen=True)
class Numeral:
    """A number as it is written: its value, half a step of its last digit, and the factors its unit allows."""

    written: str
    value: float
    half: float
    digits: int  # significant ones
    scales: tuple[float, ...]
    start: int
    end: int

    @classmethod
    def of(cls, match: re.Match[str]) -> Numeral:
        fraction, power = match["fraction"] or "", int((match["power"] or "0").replace("−", "-"))
        whole = match["digits"].replace(",", "")
        unit = (match["unit"] or "").replace("μ", "µ")
        half = 0.5 * 10.0 ** (power - max(len(fraction) - 1, 0))
        digits = len((whole + fraction.replace(".", "")).lstrip("0"))
        value = float(f"{whole}{fraction}e{power}")
        return cls(match[0], value, half, digits, SCALES[unit], match.start(), match.end())


class Numbers:
    """What a scene knows. `read` are single values that were asked for, `entries` came with tensors and grids."""

    def __init__(self) -> None:
        self.read: set[float] = set()
        self.entries: set[float] = set()
        self.words: set[str] = set()
        self.passed: dict[str, list[Numeral]] = {}  # texts without a fault, and which of their numbers are the trace's

    def value(self, value: Any) -> None:
        """A value that was read: a number, a text, or a list of them, with its length."""
        if isinstance(value, str):
            self.words.add(value)
            for match in NUMERAL.finditer(value):
                self.read.add(Numeral.of(match).value)
        elif isinstance(value, list | tuple):
            self.entries.add(float(len(value)))
            for each in value:
                self.value(each)
        elif isinstance(value, int | float | np.number) and math.isfinite(value):
            self.read.add(abs(float(value)))

    def tensor(self, array: np.ndarray) -> None:
        """A tensor that was read."""
        self.entries |= {float(size) for size in array.shape}
        if array.size and array.dtype.kind in "biuf":
            different = np.unique(np.abs(array.astype(float)))
            few = FEW_WHOLE if (different == different.round()).all() else FEW
            kept = different if len(different) <= few else different[[0, -1]]
            self.entries |= {float(value) for value in kept if math.isfinite(value)}

    def spells(self, numeral: Numeral) -> bool:
        """Whether it is a row of bits that is a known number: an integer, or one in bf16 or fp32."""
        if not BITS.fullmatch(numeral.written):
            return False
        whole, readings = int(numeral.written, 2), [float(int(numeral.written, 2))]
        if len(numeral.written) in (16, 32):
            word = np.array([whole << (32 - len(numeral.written))], dtype=np.uint32)
            readings.append(abs(float(word.view(np.float32)[0])))
        return any(reading in self.read or reading in self.entries for reading in readings)

    def knows(self, numeral: Numeral) -> bool:
        """Whether the number is one of these, to the digits shown."""
        rounded = numeral.digits >= 2
        near = [number for number in self.read if matches(numeral, number, rounded or numeral.half != 0.5)]
        return bool(near) or any(matches(numeral, number, rounded) for number in self.entries)


def matches(numeral: Numeral, number: float, rounded: bool) -> bool:
    """Whether the number, in the numeral's unit, is written so. One digit says too little to be a rounded number."""
    for scale in numeral.scales:
        gap = abs(number * scale - numeral.value)
        if gap <= 1e-9 * numeral.value or (rounded and gap <= numeral.half * (1 + 1e-6)):
            return True
    return False


class ReadTrace(Trace):
    """A trace that tells `numbers` what is read from it."""

    numbers: Numbers

    @classmethod
    def of(cls, trace: Trace, numbers: Numbers) -> ReadTrace:
        """The same trace, watched."""
        watched = cls(**vars(trace))
        object.__setattr__(watched, "numbers", numbers)
        return watched

    def __getitem__(self, name: str) -> np.ndarray:
        array = super().__getitem__(name)
        self.numbers.tensor(array)
        return array

    def value(self, key: str) -> Any:
        value = super().value(key)
        self.numbers.value(value)
        return value


def numerals(text: str) -> list[Numeral]:
    """The numbers in a text; digits within a name (`q4`, `bf16`) are part of it."""
    return [Numeral.of(match) for match in NUMERAL.finditer(text)]


def unknown(sight: Sight, numbers: Numbers) -> Iterator[Fault]:
    """Texts with a number that is neither known nor marked."""
    grids: Numbers | None = None
    for text in sight.texts:
        words = text.words
        if words in numbers.passed or words in numbers.words:
            continue
        spans = getattr(text.mobject, "literals", ())
        counts = [match for match in COUNTER.finditer(words) if int(match[1]) <= int(match[2])]
        clean, read = True, []
        for numeral in numerals(words):
            marked = any(start <= numeral.start < end for start, end in spans)
            if marked or any(match.start(1) == numeral.start for match in counts):
                continue
            if numbers.knows(numeral):
                read.append(numeral)
                continue
            if reckoned(words, numeral) or numbers.spells(numeral):
                continue
            grids = grids or drawn(sight)
            if grids.knows(numeral):
                continue
            clean = False
            what = f"{numeral.written!r} is no number the scene read; use trace.value, reckon, derived or literal"
            yield Fault("number", what, [text.mobject], [text.box], key=f"number {words} {numeral.written}")
        if clean:
            numbers.passed[words] = read


def no_names(name: str) -> float:
    """Arithmetic on screen has numbers alone."""
    raise KeyError(name)


def reckoned(words: str, numeral: Numeral) -> bool:
    """Whether the number is the result of arithmetic that stands before it: `7 + 70 = 77`."""
    for match in SUM.finditer(words, 0, numeral.end):
        if match.end() == numeral.start:
            plain = match[1].replace(",", "").translate(str.maketrans("−×÷", "-*/"))
            return matches(numeral, abs(float(evaluate(plain, no_names, words))), rounded=True)
    return False


def drawn(sight: Sight) -> Numbers:
    """Rows, columns and full brightness of the grids on screen, and the shapes of the tensors they are samples of."""
    known = Numbers()
    for root in {id(mark.root): mark.root for mark in sight.shapes}.values():
        for mobject in root.get_family():
            for shape in (getattr(mobject, "shape", None), getattr(mobject, "full", None)):
                if isinstance(shape, tuple):
                    known.entries |= {float(size) for size in shape}
            if isinstance(limit := getattr(mobject, "limit", None), float):
                known.entries.add(limit)
    return known
