"""What trace.json says: its fields, and the reading that lets nothing else pass."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from store import CourseError

FORMAT = "tim-trace/1"
TENSOR_FILE, TRACE_FILE = "tensors.safetensors", "trace.json"

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
PHASES = ("X", "B", "E", "i", "C", "M")  # complete, begin, end, instant, counter, metadata
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")

Scalar = int | float | str | bool


class TraceError(CourseError):
    """A trace that is missing, damaged, foreign or not what its reader expects."""


@dataclass(frozen=True)
class TensorSpec:
    """What a tensor is: numpy dtype name, shape, one sentence for people, and the unit of its entries where told."""

    dtype: str
    shape: tuple[int, ...]
    what: str
    unit: str = ""


@dataclass(frozen=True)
class Value:
    """A number, word or flat list with its unit; `measured="time"` marks what no second run will repeat."""

    value: Scalar | list[Scalar]
    unit: str
    what: str
    measured: str | None = None


@dataclass(frozen=True)
class Event:
    """One Chrome Trace Event: `ts` and `dur` in microseconds, `tensors` names what it touched.

    `measured="time"` says that ts and dur come from a clock; without it they are an order, not a duration.
    """

    name: str
    ph: str
    ts: float
    dur: float
    pid: int
    tid: int
    args: dict[str, Any]
    tensors: tuple[str, ...] = ()
    measured: str | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a trace comes from: enough to run it again.

    versions: package -> version, python included; model: id and config; corpus: sha256 and what it is made of;
    threads: torch threads; source: repository file -> sha256; date: ISO 8601, UTC.
    """

    versions: dict[str, str]
    model: dict[str, Any]
    corpus: dict[str, Any]
    seed: int
    dtype: str
    device: str
    threads: int
    command: str
    source: dict[str, str]
    date: str


@dataclass(frozen=True)
class Document:
    """trace.json, typed: everything of a trace but its tensors. `digest` is the sha256 of all the rest."""

    name: str
    digest: str
    specs: dict[str, TensorSpec]
    values: dict[str, Value]
    events: tuple[Event, ...]
    provenance: Provenance


def read_document(document: Any, name: str | None) -> Document:
    """The typed content of a parsed trace.json; TraceError or ValueError when it is anything else."""
    if not isinstance(document, dict) or "format" not in document:
        raise TraceError(f"not a trace: no format field; {again(name)}")
    if document["format"] != FORMAT:
        raise TraceError(
            f"format {document['format']!r:.40}, but this course reads {FORMAT!r}; {again(name)} or update it"
        )
    known = {"format", "name", "digest", "files", "provenance", "values", "tensors", "events"}
    if document.keys() != known:
        raise TraceError(f"fields {sorted(document.keys() ^ known)} are unknown or missing; {again(name)}")
    digest = document["digest"]
    if digest != digest_of({key: item for key, item in document.items() if key != "digest"}):
        raise TraceError(f"damaged or edited by hand (digest differs); {again(name)}")
    own = document["name"]
    if not isinstance(own, str) or not NAME.fullmatch(own):
        raise TraceError(f"name {own!r} is not a trace name; {again(name)}")
    if name is not None and own != name:
        raise TraceError(f"this is the trace {own!r}, not {name!r}; move the folder or {again(name)}")
    if not isinstance(document["files"], dict) or set(document["files"]) != {TENSOR_FILE}:
        raise TraceError(f"files must name exactly {TENSOR_FILE}; {again(name)}")

    specs = {}
    for key, item in _objects(document, "tensors"):
        spec = _typed(TensorSpec, item | {"shape": _list(item.get("shape"))}, f"tensor {key!r}")
        if spec.dtype not in DTYPES or not all(type(size) is int and size >= 0 for size in spec.shape):
            raise TraceError(f"tensor {key!r}: dtype {spec.dtype!r} or shape {spec.shape!r} is not known")
        specs[key] = spec
    values = {}
    for key, item in _objects(document, "values"):
        value = _typed(Value, item, f"value {key!r}")
        flat = value.value if isinstance(value.value, list) else [value.value]
        if not all(isinstance(each, int | float | str) for each in flat):
            raise TraceError(f"value {key!r}: must be a number, a word or a flat list of these")
        if value.measured not in (None, "time"):
            raise TraceError(f"value {key!r}: measured {value.measured!r} is not known (only 'time')")
        values[key] = value
    events = []
    for place, item in enumerate(_list(document["events"])):
        if not isinstance(item, dict):
            raise TraceError(f"event {place}: not an object")
        event = _typed(Event, item | {"tensors": _list(item.get("tensors"))}, f"event {place}")
        if event.ph not in PHASES or event.measured not in (None, "time"):
            raise TraceError(f"event {place}: ph {event.ph!r} or measured {event.measured!r} is not known")
        if missing := [tensor for tensor in event.tensors if tensor not in specs]:
            raise TraceError(f"event {place} {event.name!r}: no tensor {missing[0]!r} in this trace")
        events.append(event)
    if not isinstance(document["provenance"], dict):
        raise TraceError("provenance is not an object")
    provenance = _typed(Provenance, document["provenance"], "provenance")
    return Document(own, digest, specs, values, tuple(events), provenance)


_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "float": (int, float),
    "tuple[int, ...]": (tuple,),
    "tuple[str, ...]": (tuple,),
    "dict[str, Any]": (dict,),
    "dict[str, str]": (dict,),
    "Scalar | list[Scalar]": (int, float, str, bool, list),
}


def _typed(kind: type, item: Mapping[str, Any], where: str) -> Any:
    """A dataclass from a JSON object: same fields, right JSON types."""
    types = {field.name: str(field.type) for field in fields(kind)}
    needed = types.keys() - {"measured"} - ({"unit"} if kind is TensorSpec else set())
    if item.keys() - types.keys() or needed - item.keys():
        odd = sorted(item.keys() - types.keys()) + sorted(needed - item.keys())
        raise TraceError(f"{where}: fields {odd} are unknown or missing")
    for key, content in item.items():
        right = isinstance(content, _KINDS[types[key]])
        if isinstance(content, bool) and "Scalar" not in types[key]:
            right = False
        if types[key] == "dict[str, str]" and right:
            right = all(isinstance(each, str) for each in content.values())
        if types[key] == "tuple[str, ...]" and right:
            right = all(isinstance(each, str) for each in content)
        if not right:
            raise TraceError(f"{where}: {key} is {content!r:.60}, which is not {types[key]}")
    return kind(**item)


def _objects(document: Mapping[str, Any], field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(document[field], dict):
        raise TraceError(f"{field} is not an object")
    for key, item in document[field].items():
        if not isinstance(item, dict):
            raise TraceError(f"{field} {key!r}: not an object")
        yield key, item


def _list(item: Any) -> tuple[Any, ...]:
    if not isinstance(item, list):
        raise TraceError(f"{item!r:.60} is not a list")
    return tuple(item)


def parse(text: bytes) -> Any:
    """JSON in UTF-8 that holds finite numbers alone and no field twice; TraceError or ValueError else."""
    return json.loads(text.decode("utf-8"), parse_constant=_constant, object_pairs_hook=_once)


def _constant(word: str) -> float:
    raise TraceError(f"{word} is not a finite number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) != len(pairs):
        raise TraceError("a field appears twice in one object")
    return item


def digest_of(document: Mapping[str, Any]) -> str:
    """sha256 of the document in one canonical spelling, so white space and field order do not matter."""
    if not all(_finite(item) for item in document.values()):
        raise TraceError("holds a number that is not finite")
    spelling = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(spelling.encode("utf-8")).hexdigest()


def _finite(item: Any) -> bool:
    if isinstance(item, dict):
        return all(map(_finite, item.values()))
    if isinstance(item, list | tuple):
        return all(map(_finite, item))
    return not isinstance(item, float) or math.isfinite(item)


def one_line(error: BaseException, most: int = 200) -> str:
    """What an error says, without line breaks, at most so many characters."""
    return " ".join(str(error).split())[:most]


def again(name: str | None) -> str:
    """What to do about a trace that cannot be used; its name where known."""
    return f"run `lecture capture {name}`" if name else "capture it again"
