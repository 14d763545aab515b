"""Numbers in the words: `{value}` takes them from the lecture's traces, so none is ever typed.

{value}`rank <d>`                                      8
{value}`parameters.base / parameters.trainable <.0f>`  quotients, products, sums and differences of values
{value}`bytes.optimizer.full / MiB <.1f>`              units: kB MB GB, KiB MiB GiB
{value}`bytes.ddp.peak[0]`                             an entry of a list, counted from 0
{value}`parameters.trainable_share <.2%; .0%>`         shown with two digits, spoken with none
{value}`ranks <count>`                                 in words, see `numerals`: four, 四

`holds` tells which words fit: `:when: ranks > 2` on a beat.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path

from scripts.model import ScriptError
from scripts.numerals import SPECS, spell

Value = int | float | str
Values = Callable[[str], Value]

TRACES = Path(__file__).parents[1] / "data_capture" / "traces"
UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
SPEC = re.compile(r"\+?,?(?:\.\d{1,2})?[defg%]?")
TERM = re.compile(r"\s*(?:([A-Za-z_][\w.]*)(?:\[(\d{1,4})\])?|(\d{1,15}(?:\.\d{1,15})?))\s*")
SIGNS = {"==": eq, "!=": ne, "<=": le, ">=": ge, "<": lt, ">": gt}
COMPARE = re.compile(r"(==|!=|<=|>=|<|>)")
QUOTED = re.compile(r'"([^"<>=]*)"')
LONGEST = 60  # characters of a filled number


def fill(content: str, values: Values, where: str, language: str) -> tuple[str, str]:
    """The shown and the spoken form of a `{value}` role; every fault is a ScriptError at `where`."""
    content = content.strip()
    expression, opened, rest = content.partition("<")
    spec = ""
    if opened:
        if not rest.endswith(">"):
            raise ScriptError(f"{where}: {{value}}`{content}` lacks a closing >; write {{value}}`key <spec>`")
        spec = rest[:-1]
    shown, _, spoken = (part.strip() for part in spec.partition(";"))
    value = evaluate(expression, values, where)
    return _format(value, shown, where, language), _format(value, spoken or shown, where, language)


def holds(condition: str, values: Values, where: str) -> bool:
    """Whether `left > right` and the like hold, several joined by `and`; the sides as in `{value}`, words in quotes."""
    return all(_compare(part, values, where) for part in condition.split(" and "))


def _compare(condition: str, values: Values, where: str) -> bool:
    parts = COMPARE.split(condition)
    if len(parts) != 3:
        raise ScriptError(f"{where}: bad condition {condition!r}; write one like ranks > 2")
    left, sign, right = parts
    one, other = (_side(side.strip(), values, where) for side in (left, right))
    if isinstance(one, str) != isinstance(other, str):
        raise ScriptError(f"{where}: {condition!r} compares words with a number")
    return bool(SIGNS[sign](one, other))


def _side(side: str, values: Values, where: str) -> Value:
    quoted = QUOTED.fullmatch(side)
    return quoted[1] if quoted else evaluate(side, values, where)


def evaluate(expression: str, values: Values, where: str) -> Value:
    """A key, or keys, units and numbers joined by + - * /, with the usual precedence and no brackets."""
    parts = re.split(r"([-+*/])", expression)
    terms = [_term(part, values, where, expression.strip()) for part in parts[::2]]
    if len(terms) == 1:
        return terms[0]
    numbers: list[float] = []
    for term in terms:
        if isinstance(term, str):
            raise ScriptError(f"{where}: cannot reckon with the words {term[:30]!r} in {expression.strip()!r}")
        numbers.append(term)
    try:
        return _reckon(numbers, parts[1::2])
    except (ArithmeticError, ValueError) as error:
        raise ScriptError(f"{where}: {expression.strip()!r} has no value ({error}); check its numbers") from error


def _reckon(numbers: list[float], signs: Sequence[str]) -> float:
    total: float = 0
    product, sign = numbers[0], 1
    for operator, number in zip(signs, numbers[1:], strict=True):
        if operator == "*":
            product *= number
        elif operator == "/":
            product /= number
        else:
            total += sign * product
            product, sign = number, 1 if operator == "+" else -1
    return total + sign * product


def _term(part: str, values: Values, where: str, expression: str) -> Value:
    match = TERM.fullmatch(part)
    if not match:
        raise ScriptError(f"{where}: bad value {expression!r}; write {{value}}`key <spec>` with keys of the trace")
    name, place, number = match.groups()
    if number:
        return float(number) if "." in number else int(number)
    if name in UNITS:
        return UNITS[name]
    try:
        value: object = values(name)
    except KeyError as error:
        raise ScriptError(f"{where}: {error.args[0] if error.args else name}") from error
    except ScriptError as error:
        raise ScriptError(f"{where}: {error}") from error
    if place is not None:
        if not isinstance(value, list) or int(place) >= len(value):
            there = f"has {len(value)} entries" if isinstance(value, list) else "is no list"
            raise ScriptError(f"{where}: value {name!r} {there}; no [{place}]")
        value = value[int(place)]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ScriptError(f"{where}: value {name!r} is a {type(value).__name__}; only numbers and words can be shown")
    return value


def _format(value: Value, spec: str, where: str, language: str) -> str:
    if spec in SPECS and not isinstance(value, str):
        try:
            return spell(value, spec, language)
        except (ValueError, OverflowError) as error:
            raise ScriptError(f"{where}: {error}; no {spec!r} can be said") from error
    if not SPEC.fullmatch(spec):
        raise ScriptError(f"{where}: bad format {spec!r}; use one like d, ,d, .1f, .2e, .1%, count or nothing")
    if isinstance(value, float) and spec.endswith("d") and value.is_integer():
        value = int(value)  # a quotient of whole numbers that comes out even
    if isinstance(value, float) and not math.isfinite(value):
        raise ScriptError(f"{where}: the value is {value}; capture the trace again")
    try:
        shown = format(value, spec)
    except (ValueError, OverflowError) as error:
        raise ScriptError(f"{where}: bad format {spec!r} for {value!r:.40}: {error}") from error
    if not shown.strip() or (len(shown) > LONGEST and not isinstance(value, str)):
        raise ScriptError(f"{where}: format {spec!r} gives {shown[:30]!r}; choose one that gives a short number")
    return shown


class TraceValues:
    """Looks keys up in these traces, read when the first key is asked for. KeyError says what there is."""

    def __init__(self, traces: Sequence[str]) -> None:
        self.traces = tuple(traces)
        self._values: dict[str, Value] | None = None

    def __call__(self, key: str) -> Value:
        if self._values is None:
            self._values = {}
            for name in reversed(self.traces):  # the first trace wins
                self._values |= read_values(name)
        if key not in self._values:
            raise KeyError(_unknown(key, self.traces, self._values))
        return self._values[key]


def read_values(trace: str) -> dict[str, Value]:
    """The `values` of a trace, from $LECTURE_TRACES or data_capture/traces."""
    roots = [Path(root) for root in (os.environ.get("LECTURE_TRACES"),) if root] + [TRACES]
    path = next((root / trace / "trace.json" for root in roots if (root / trace).is_dir()), None)
    again = f"run `lecture capture {trace}`"
    if path is None:
        raise ScriptError(f"no trace {trace!r} in {' or '.join(map(str, roots))}; {again}")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["values"]
        return {str(key): entry["value"] for key, entry in values.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ScriptError(f"trace {path} cannot be read ({type(error).__name__}: {error}); {again}") from error


def _unknown(key: str, traces: Sequence[str], values: dict[str, Value]) -> str:
    if not traces:
        return f"no value {key!r}: the lecture names no trace; add `traces:` to it in course.yaml"
    stem = key.split(".")[0]
    near = sorted(name for name in values if name.split(".")[0] == stem) or sorted(values)
    shown = ", ".join(near[:12]) + (", ..." if len(near) > 12 else "")
    return f"no value {key!r} in trace {', '.join(traces)}; use one of {shown or 'none'}"
