"""A trace as a data set: every field with its shape, type, unit and meaning, and a program that reads it.

    entry = describe("lora/merge")
    entry.tensors[0].name, entry.program

Made from the trace itself; nothing here imports torch or runs a capture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from data_capture import registry
from data_capture.document import TENSOR_FILE, TRACE_FILE, Event
from data_capture.trace import Trace, load_trace
from data_capture.units import unit

PHASES = {"X": "complete", "B": "begin", "E": "end", "i": "instant", "C": "counter", "M": "metadata"}
SHOWN = 60  # characters of a value


@dataclass(frozen=True)
class Field:
    """A tensor or a value: `shape` is empty for a single value, `value` what a value is, shortened."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    unit: str
    what: str
    value: str = ""


@dataclass(frozen=True)
class EventKind:
    """Events whose names differ in numbers alone: how many, of which phase, and what their `args` hold."""

    name: str
    phase: str
    count: int
    clock: bool  # ts and dur were read from a clock; else they are an order
    args: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """What there is to know about a trace before one uses it."""

    trace: Trace
    what: str
    tensors: tuple[Field, ...]
    values: tuple[Field, ...]
    events: tuple[EventKind, ...]

    @property
    def files(self) -> dict[str, int]:
        """Size of its files in bytes."""
        return {name: (self.trace.path / name).stat().st_size for name in (TENSOR_FILE, TRACE_FILE)}

    @property
    def number(self) -> Field:
        """A value to begin with: the first number that has a unit of its own, else the first value."""
        single = [field for field in self.values if not field.shape and self.trace.values[field.name].unit]
        return (single or list(self.values))[0]

    @property
    def program(self) -> str:
        """Reads the trace with numpy, safetensors and json alone, from the root of the repository."""
        tensor, value = self.tensors[0].name, self.number.name
        return f"""import json
from safetensors.numpy import load_file

folder = "data_capture/traces/{self.trace.name}"
tensors = load_file(f"{{folder}}/{TENSOR_FILE}")
with open(f"{{folder}}/{TRACE_FILE}", encoding="utf-8") as file:
    trace = json.load(file)

array = tensors[{json.dumps(tensor)}]
print(array.dtype, array.shape)
print(trace["tensors"][{json.dumps(tensor)}]["what"])
value = trace["values"][{json.dumps(value)}]
print(value["value"], value["unit"])
print(len(tensors), len(trace["values"]), len(trace["events"]))
"""

    @property
    def printed(self) -> str:
        """What that program prints."""
        first, value = self.tensors[0], self.trace.values[self.number.name]
        lines = [
            f"{first.dtype} {first.shape}",
            first.what,
            f"{value.value} {value.unit}",
            f"{len(self.tensors)} {len(self.values)} {len(self.trace.events)}",
        ]
        return "".join(f"{line}\n" for line in lines)


def describe(name: str) -> Entry:
    """The entry of a trace. Raises TraceError."""
    trace = load_trace(name)
    tensors = tuple(
        Field(key, spec.dtype, spec.shape, unit(trace, key), spec.what) for key, spec in trace.specs.items()
    )
    values = tuple(
        Field(
            key,
            kind(value.value),
            shape(value.value),
            unit(trace, key),
            value.what,
            short(value.value),
        )
        for key, value in trace.values.items()
    )
    return Entry(trace, what(name), tensors, values, tuple(kinds(trace.events)))


def what(name: str) -> str:
    """What the capture of a trace shows; nothing for a trace from elsewhere."""
    return registry.describe(name) if name in registry.names() else ""


def kind(value: Any) -> str:
    """The type of a value, or of what a list holds."""
    flat = value if isinstance(value, list) else [value]
    return "/".join(dict.fromkeys(type(each).__name__ for each in flat)) or "list"


def shape(value: Any) -> tuple[int, ...]:
    return (len(value),) if isinstance(value, list) else ()


def short(value: Any) -> str:
    """A value on one line, cut where it is long."""
    flat = value if isinstance(value, list) else [value]
    text = " ".join(", ".join(f"{each:.6g}" if isinstance(each, float) else str(each) for each in flat).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def kinds(events: Iterable[Event]) -> list[EventKind]:
    """Events in groups, in the order in which the first of each stands."""
    groups: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        groups.setdefault((re.sub(r"\d+", "N", event.name), event.ph), []).append(event)
    return [
        EventKind(
            name if len({each.name for each in group}) > 1 else group[0].name,
            PHASES[phase],
            len(group),
            any(each.measured for each in group),
            tuple(dict.fromkeys(key for each in group for key in each.args)),
        )
        for (name, phase), group in groups.items()
    ]
