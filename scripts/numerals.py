"""Numbers as words, for the ear: `{value}` with one of these in place of a format.

    cardinal   four, 四                             ordinal    third, 第三
    count      two, 两: before what is counted      fraction   three quarters, 四分之三
    all        both, all three; 两, 三
    below      a thousandth, 千分之一: the power of ten that a small number stays under
    about      five hundred and ninety thousand, 五十九万: two digits, the rest rounded

With a capital (`Cardinal`) they open a sentence. A language without words for numbers gets digits. What has no words
(an ordinal of 2.5) is a ValueError.
"""

from __future__ import annotations

import math
from fractions import Fraction

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ODD = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
       "twelve": "twelfth"}  # fmt: skip
DIGITS = "零一二三四五六七八九"
POWERS = ("", "tenth", "hundredth", "thousandth", "ten-thousandth", "hundred-thousandth", "millionth",
          "ten-millionth", "hundred-millionth", "billionth")  # fmt: skip
SHARES = ("", "十", "百", "千", "万", "十万", "百万", "千万", "亿", "十亿")
MOST = 10**9


def cardinal(number: int, language: str) -> str:
    """A whole number below a thousand million in words, above and in other languages in digits."""
    if not 0 <= number < MOST or language not in ("zh", "en"):
        return str(number)
    return _chinese(number) if language == "zh" else _english(number)


def count(number: int, language: str) -> str:
    """A cardinal that stands before what is counted: two of something are 两, not 二."""
    return "两" if language == "zh" and number == 2 else cardinal(number, language)


def every(number: int, language: str) -> str:
    """All of so many, before what is counted."""
    if language != "en":
        return count(number, language)
    return "both" if number == 2 else f"all {cardinal(number, language)}"


def ordinal(number: int, language: str) -> str:
    """Which in a row, from first."""
    word = cardinal(number, language)
    if language == "zh":
        return f"第{word}"
    if language != "en" or word.isdecimal():
        return word
    head, dash, last = word.rpartition("-")
    if not dash:
        head, dash, last = word.rpartition(" ")
    last = ODD.get(last, last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return head + dash + last


def fraction(number: float, language: str) -> str:
    """A share as a fraction of small whole numbers: a quarter, two thirds."""
    share = Fraction(number).limit_denominator(64)
    top, bottom = share.numerator, share.denominator
    if bottom == 1 or abs(share - Fraction(number)) > 1e-6 or not 0 < share < 1:
        raise ValueError(f"{number:g} is no fraction with a denominator up to 64")
    if language == "zh":
        return "一半" if bottom == 2 else f"{cardinal(bottom, language)}分之{cardinal(top, language)}"
    if language != "en":
        return f"{top}/{bottom}"
    part = {2: "half", 4: "quarter"}.get(bottom, ordinal(bottom, language))
    if top > 1:
        return f"{cardinal(top, language)} {part}s"
    return part if bottom == 2 else f"an {part}" if part[0] in "aeiou" else f"a {part}"


def below(number: float, language: str) -> str:
    """The least power of ten that a number under one does not exceed."""
    if not 0 <= number <= 0.1:
        raise ValueError(f"{number:g} is not under a tenth")
    power = len(POWERS) - 1
    while power > 1 and number > 10.0**-power * (1 + 1e-9):
        power -= 1
    if language == "zh":
        return f"{SHARES[power]}分之一"
    if language != "en":
        return f"{10.0**-power:.0e}"
    return f"{'one' if power == 5 else 'a'} {POWERS[power]}"


def about(number: float, language: str) -> str:
    """A large number rounded to two digits."""
    whole = round(number)
    digits = max(0, int(math.log10(whole)) - 1) if whole else 0
    return cardinal(round(whole, -digits), language)


def spell(value: float, spec: str, language: str) -> str:
    """A number in words by one of `SPECS`; ValueError where it has none."""
    name = spec.lower()
    if name in WHOLE and value != int(value):
        raise ValueError(f"{value:g} is no whole number")
    words = WHOLE[name](int(value), language) if name in WHOLE else PARTS[name](value, language)
    return words if spec == name else words[:1].upper() + words[1:]


WHOLE = {"cardinal": cardinal, "count": count, "all": every, "ordinal": ordinal}
PARTS = {"fraction": fraction, "below": below, "about": about}
SPECS = (*WHOLE, *PARTS, *(name.capitalize() for name in (*WHOLE, *PARTS)))


def _english(number: int) -> str:
    for size, name in ((10**6, "million"), (10**3, "thousand"), (100, "hundred")):
        if number >= size:
            head, rest = divmod(number, size)
            words = f"{_english(head)} {name}"
            link = " and " if rest < 100 else " "
            return words + (link + _english(rest) if rest else "")
    if number < len(ONES):
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens] + (f"-{ONES[ones]}" if ones else "")


def _chinese(number: int) -> str:
    for size, name in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            head, rest = divmod(number, size)
            words = ("" if size == 10 and number < 20 else _chinese(head)) + name
            gap = "零" if rest and rest * 10 < size else ""
            tail = _chinese(rest) if rest else ""
            return words + gap + ("一" + tail if tail.startswith("十") and size > 10 else tail)
    return DIGITS[number]
