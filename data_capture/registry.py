"""Captures by name: found, run and compared with what is committed.

A capture is a function in any module of this package:

    @capture("lora/merge", what="LoRA from injection to merge", tolerances=(...))
    def merge(record, model, device, progress): ...

Names are read from the source text, so listing them imports neither torch nor the captures.
"""

from __future__ import annotations

import ast
import fnmatch
import importlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from data_capture.document import Event, TraceError, Value
from data_capture.record import Record
from data_capture.tolerances import DEFAULT, Tolerance
from data_capture.trace import TRACES, Trace, check_name, load_trace
from store import CourseError

Progress = Callable[[str], None]
CaptureFunction = Callable[[Record, str | None, str, Progress], None]


class CaptureError(CourseError):
    """A capture that cannot run here, or that did not show the real thing."""


@dataclass(frozen=True)
class Capture:
    """A registered capture; `tolerances` are tried in order, then DEFAULT.

    `needs`: a device it cannot do without; `ranks`: whether the number of its processes can be chosen.
    """

    name: str
    what: str
    run: CaptureFunction
    tolerances: tuple[Tolerance, ...]
    needs: str = ""
    ranks: bool = False


_CAPTURES: dict[str, Capture] = {}


def capture(
    name: str, *, what: str, tolerances: tuple[Tolerance, ...] = (), needs: str = "", ranks: bool = False
) -> Callable[[CaptureFunction], CaptureFunction]:
    """Register a capture function under a trace name. Name, `what`, `needs` ("cuda": runs on nothing else) and `ranks`
    (the function reads `record.ranks`) must be literals: they are read without importing."""

    def register(function: CaptureFunction) -> CaptureFunction:
        check_name(name)
        _CAPTURES[name] = Capture(name, what, function, tolerances, needs, ranks)
        return function

    return register


def names(device: str | None = None) -> list[str]:
    """Names of all captures, or of those that can run on a device; sorted; imports none of them."""
    return sorted(name for name in _places() if device is None or device.startswith(needs(name)))


def describe(name: str) -> str:
    """What a capture shows, in one line; imports nothing."""
    return _place(name).what


def needs(name: str) -> str:
    """The kind of device a capture cannot do without ("cuda"), "" where any will do; imports nothing."""
    return _place(name).needs


def run_capture(
    name: str,
    *,
    model: str | None = None,
    device: str = "cpu",
    ranks: int | None = None,
    root: Path = TRACES,
    progress: Progress | None = None,
) -> Path:
    """Run a capture and publish its trace as root/name; returns the folder.

    model: a checkpoint folder or hub id in place of the small model trained on the spot; device: "cpu", "cuda", ...;
    ranks: how many processes, for captures of several.
    Raises CaptureError, one line, when it cannot run or when what ran was not the real thing.
    """
    if not device.startswith(needs(name)):
        raise CaptureError(f"{name}: runs on {needs(name)} alone, not on {device!r}; add --device {needs(name)}")
    if ranks is not None and not _place(name).ranks:
        several = ", ".join(each for each, place in sorted(_places().items()) if place.ranks)
        raise CaptureError(f"{name}: runs one process and takes no --ranks; this is for {several}")
    entry = _load(name)
    record = Record(name, model, device, ranks)
    entry.run(record, model, device, progress or (lambda line: None))
    return record.write(root)


def check_capture(
    name: str,
    *,
    model: str | None = None,
    device: str = "cpu",
    ranks: int | None = None,
    progress: Progress | None = None,
    root: Path = TRACES,
) -> DriftReport:
    """Capture again and compare with the trace under root (the committed ones by default), which stays as it is."""
    entry = _load(name)
    if not (root / name).is_dir():
        raise CaptureError(f"{name}: no trace to compare with in {root}; run `lecture capture {name}` first")
    old = load_trace(root / name)
    with tempfile.TemporaryDirectory(prefix="capture-") as folder:
        fresh = run_capture(name, model=model, device=device, ranks=ranks, root=Path(folder), progress=progress)
        new = load_trace(fresh)
    return compare(old, new, entry.tolerances)


# Comparison


@dataclass(frozen=True)
class Drift:
    """One tensor, value or event compared. `drift` is the largest |new - old|, None where that has no meaning.

    status: "exact", "within", "time" (clock readings: reported, never judged), "drifted", "changed", "missing", "new".
    """

    kind: str
    name: str
    status: str
    drift: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool:
        return self.status in ("exact", "within", "time")


@dataclass(frozen=True)
class DriftReport:
    """A capture against its trace. `str()` is for people: a count, then every line that is not exact."""

    name: str
    drifts: tuple[Drift, ...]
    context: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return all(drift.ok for drift in self.drifts)

    def __str__(self) -> str:
        counts = {
            status: sum(drift.status == status for drift in self.drifts)
            for status in ("exact", "within", "time", "drifted", "changed", "missing", "new")
        }
        said = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        lines = [f"{self.name}: {'ok' if self.ok else 'DRIFTED'} ({said})"]
        lines += [f"  {line}" for line in self.context]
        for drift in sorted(self.drifts, key=lambda each: (each.ok, each.kind, each.name)):
            if drift.status != "exact":
                size = "" if drift.drift is None else f" by {drift.drift:.3g}"
                note = f" ({drift.note})" if drift.note else ""
                lines.append(f"  {drift.status:8}{drift.kind} {drift.name}{size}{note}")
        return "\n".join(lines)


def compare(old: Trace, new: Trace, tolerances: tuple[Tolerance, ...] = ()) -> DriftReport:
    """Every tensor, value and event of two traces of one capture, and what differs in where they come from."""
    drifts: list[Drift] = []
    for key, before, after in _pairs(old.tensors, new.tensors):
        if before is None or after is None:
            drifts.append(Drift("tensor", key, "new" if before is None else "missing"))
        elif (before.dtype, before.shape) != (after.dtype, after.shape):
            note = f"{before.dtype} {before.shape} became {after.dtype} {after.shape}"
            drifts.append(Drift("tensor", key, "changed", note=note))
        else:
            drifts.append(_judge("tensor", key, before, after, tolerances))
    for key, first, second in _pairs(old.values, new.values):
        if first is None or second is None:
            drifts.append(Drift("value", key, "new" if first is None else "missing"))
        else:
            drifts.append(_value(key, first, second, tolerances))
    drifts.append(_events(old.events, new.events))
    return DriftReport(old.name, tuple(drifts), tuple(_context(old, new)))


def _value(key: str, old: Value, new: Value, tolerances: tuple[Tolerance, ...]) -> Drift:
    if (old.unit, old.measured) != (new.unit, new.measured):
        note = f"{old.unit or 'no unit'} became {new.unit or 'no unit'}, {old.measured} became {new.measured}"
        return Drift("value", key, "changed", note=note)
    if old.measured == "time":
        return Drift("value", key, "time", note=f"{old.value:.4g} then {new.value:.4g} {new.unit}")
    if old.value == new.value and type(old.value) is type(new.value):
        return Drift("value", key, "exact", 0.0)
    before, after = np.asarray(old.value), np.asarray(new.value)
    if {before.dtype.kind, after.dtype.kind} - set("if") or before.shape != after.shape:
        return Drift("value", key, "changed", note=f"{old.value!r:.50} became {new.value!r:.50}")
    return _judge("value", key, before, after, tolerances)


def _judge(kind: str, key: str, old: np.ndarray, new: np.ndarray, tolerances: tuple[Tolerance, ...]) -> Drift:
    if old.tobytes() == new.tobytes():
        return Drift(kind, key, "exact", 0.0)
    before, after = old.astype(np.float64), new.astype(np.float64)
    with np.errstate(invalid="ignore"):
        gaps = np.where(before == after, 0.0, np.abs(after - before))
    drift = float(gaps.max(initial=0.0))
    rule = next((rule for rule in (*tolerances, DEFAULT) if fnmatch.fnmatchcase(key, rule.names)), DEFAULT)
    allowed = max(rule.absolute, rule.relative * float(np.abs(before).max(initial=0.0)))
    exact_kind = old.dtype.kind in "iub" and not rule.absolute  # a count has no rounding
    status = "within" if drift <= allowed and not exact_kind else "drifted"
    return Drift(kind, key, status, drift, f"{allowed:.3g} allowed: {rule.why}")


def _events(old: tuple[Event, ...], new: tuple[Event, ...]) -> Drift:
    """The order of events and what they touched is part of a trace; when they happened is a clock reading."""

    def shape(events: tuple[Event, ...]) -> list[tuple[Any, ...]]:
        return [
            (event.name, event.ph, event.pid, event.tid, event.args, event.tensors)
            + ((event.ts, event.dur) if event.measured is None else ())
            for event in events
        ]

    before, after = shape(old), shape(new)
    if before == after:
        return Drift("events", "time line", "exact", note=f"{len(old)} events")
    for place, (one, other) in enumerate(zip(before, after, strict=False)):
        if one != other:
            return Drift("events", "time line", "changed", note=f"event {place}: {one[0]} became {other[0]}")
    return Drift("events", "time line", "changed", note=f"{len(old)} events became {len(new)}")


def _context(old: Trace, new: Trace) -> Iterator[str]:
    """What differs in the provenance: the first place to look for a reason."""
    before, after = old.provenance, new.provenance
    for package, one, other in _pairs(before.versions, after.versions):
        if one != other:
            yield f"{package} {one} then, {other} now"
    for source, one, other in _pairs(before.source, after.source):
        if one != other:
            yield f"{source} changed since"
    for key in ("model", "corpus", "seed", "dtype", "device", "threads"):
        if getattr(before, key) != getattr(after, key):
            yield f"{key} was {getattr(before, key)!s:.80} then, {getattr(after, key)!s:.80} now"


def _pairs(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted(old.keys() | new.keys()):
        yield key, old.get(key), new.get(key)


# Discovery


@dataclass(frozen=True)
class Place:
    """Where a capture stands and what its decorator says, read without importing it."""

    module: str
    what: str
    needs: str
    ranks: bool


@cache
def _places() -> dict[str, Place]:
    """Capture name -> its place, from the decorators in this package's source."""
    found: dict[str, Place] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "@capture(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            for call in getattr(node, "decorator_list", ()):
                if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "capture":
                    name = ast.literal_eval(call.args[0])
                    said = {word.arg: word.value for word in call.keywords if word.arg in ("what", "needs", "ranks")}
                    words = {key: ast.literal_eval(value) for key, value in said.items()}
                    found[name] = Place(
                        f"data_capture.{path.stem}", words["what"], words.get("needs", ""), words.get("ranks", False)
                    )
    return found


def _place(name: str) -> Place:
    if name not in _places():
        raise CaptureError(f"no capture {name!r}; there is {', '.join(map(repr, names()))}")
    return _places()[name]


def _load(name: str) -> Capture:
    try:
        importlib.import_module(_place(name).module)
    except ImportError as error:
        raise CaptureError(
            f"{name}: {error.name or error} cannot be imported; captures need `pip install -e .[capture]`"
        ) from None
    return _CAPTURES[name]


__all__ = [
    "Capture",
    "CaptureError",
    "Drift",
    "DriftReport",
    "Tolerance",
    "TraceError",
    "capture",
    "check_capture",
    "compare",
    "describe",
    "names",
    "run_capture",
]
