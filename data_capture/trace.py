"""Traces: what real library code did, kept so that pictures can be drawn from it.

A trace is a folder with two files, readable with numpy, safetensors and json alone:

    tensors.safetensors   the arrays
    trace.json            format, name, digest, tensors (specs), values, events, provenance, files (sha256)

    trace = load_trace("lora/merge")
    trace["W"]                            # numpy array, read-only
    trace.expect("W", dtype="float32", ndim=2)
    trace.value("parameters.trainable")   # int | float | str | bool | list
    trace.values["rank"].what             # unit and description travel with the number

Everything is checked on the way in (checksums, specs, finite numbers, known fields), so a scene either gets
the trace that was captured or one `TraceError` line. There is no pickle and nothing is evaluated.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from store import CourseError

FORMAT = "tim-trace/1"
TRACES = Path(__file__).parent / "traces"
TENSOR_FILE, TRACE_FILE = "tensors.safetensors", "trace.json"

DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
PHASES = ("X", "B", "E", "i", "C", "M")  # complete, begin, end, instant, counter, metadata
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")

Scalar = int | float | str | bool
Json = Scalar | None | list["Json"] | dict[str, "Json"]


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
class Trace:
    """A verified trace. `digest` is the sha256 of all that is in it, tensors included: use it as a build key."""

    name: str
    path: Path
    digest: str
    specs: dict[str, TensorSpec]
    values: dict[str, Value]
    events: tuple[Event, ...]
    provenance: Provenance
    tensors: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.tensors:
            raise TraceError(f"{self.name}: no tensor {name!r}; {_offer(name, self.tensors)}")
        return self.tensors[name]

    def __contains__(self, name: object) -> bool:
        return name in self.tensors

    def __iter__(self) -> Iterator[str]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    def keys(self) -> list[str]:
        """Tensor names, sorted."""
        return list(self.tensors)

    def expect(
        self,
        name: str,
        dtype: str | None = None,
        ndim: int | None = None,
        shape: Sequence[int | None] | None = None,
    ) -> np.ndarray:
        """The tensor, if it has this dtype, number of axes and shape (None: any length); else TraceError."""
        array = self[name]
        has = f"is {array.dtype.name} {array.shape}"
        if dtype is not None and array.dtype.name != dtype:
            raise TraceError(f"{self.name}: tensor {name!r} {has}, but {dtype} is needed; capture it again")
        if ndim is not None and array.ndim != ndim:
            raise TraceError(f"{self.name}: tensor {name!r} {has}, but {ndim} axes are needed")
        if shape is not None and (
            len(shape) != array.ndim
            or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True))
        ):
            wanted = ", ".join("any" if want is None else str(want) for want in shape)
            raise TraceError(f"{self.name}: tensor {name!r} {has}, but shape ({wanted}) is needed")
        return array

    def value(self, key: str) -> Any:
        """The bare value (int, float, str, bool or list of these); unit and meaning are in `values[key]`."""
        if key not in self.values:
            raise TraceError(f"{self.name}: no value {key!r}; {_offer(key, self.values)}")
        return self.values[key].value

    def chrome(self) -> dict[str, Any]:
        """The events as plain Chrome trace JSON; `tensors` moves into args, where viewers show it."""
        events = []
        for event in self.events:
            plain = {key: getattr(event, key) for key in ("name", "ph", "ts", "dur", "pid", "tid")}
            plain["args"] = event.args | ({"tensors": list(event.tensors)} if event.tensors else {})
            events.append(plain)
        return {"traceEvents": events, "displayTimeUnit": "ms", "otherData": {"trace": self.name}}


def load_trace(name: str | os.PathLike[str]) -> Trace:
    """Read and verify a trace.

    name: a trace name such as "lora/merge" (a str is always a name), looked up in $LECTURE_TRACES and then
    among the committed traces; or a Path to a trace folder.
    Raises TraceError, one line, for anything else than an intact trace of this format.
    """
    if isinstance(name, str):
        folder = find_trace(name)
        return _read(folder, name)
    folder = Path(name)
    if not folder.is_dir():
        raise TraceError(f"{folder}: no trace folder here")
    return _read(folder, None)


def find_trace(name: str) -> Path:
    """The folder of a named trace, without reading it."""
    check_name(name)
    roots = [TRACES]
    if own := os.environ.get("LECTURE_TRACES"):
        if not Path(own).is_dir():
            raise TraceError(f"LECTURE_TRACES={own}: no such folder; set it to one with traces or unset it")
        roots.insert(0, Path(own))
    for root in roots:
        folder = root / name
        if folder.is_dir() or folder.is_symlink():
            _inside(folder, root)
            return folder
    raise TraceError(f"no trace {name!r}; {_offer(name, _found(roots))}, or run `lecture capture {name}`")


def trace_names(root: Path = TRACES) -> list[str]:
    """Names of the traces under a root, sorted."""
    return sorted(
        path.parent.relative_to(root).as_posix()
        for path in root.rglob(TRACE_FILE)
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def write_trace(
    root: Path,
    name: str,
    tensors: Mapping[str, tuple[np.ndarray, str]],
    values: Mapping[str, Value],
    events: Sequence[Event],
    provenance: Provenance,
    units: Mapping[str, str] | None = None,
) -> Path:
    """Publish a trace as `root/name`, replacing an older one; returns the folder.

    tensors: name -> (array, what it is); units: of their entries, where one is told. Both files are written beside,
    synced and renamed into place, so a reader never sees half a trace. What could not be read back (unknown dtype, NaN
    in a value) is refused.
    """
    check_name(name)
    arrays = {key: np.array(array, order="C") for key, (array, _) in tensors.items()}
    for key, array in arrays.items():
        if array.dtype.name not in DTYPES:
            raise TraceError(f"{name}: tensor {key!r} is {array.dtype.name}; use one of {', '.join(DTYPES)}")
    blob = save_tensors(dict(sorted(arrays.items())))
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": name,
        "files": {TENSOR_FILE: hashlib.sha256(blob).hexdigest()},
        "provenance": asdict(provenance),
        "values": {key: _spare(asdict(value)) for key, value in values.items()},
        "tensors": {
            key: {"dtype": arrays[key].dtype.name, "shape": list(arrays[key].shape), "what": what}
            | ({"unit": unit} if (unit := (units or {}).get(key)) else {})
            for key, (_, what) in sorted(tensors.items())
        },
        "events": [_spare(asdict(event) | {"tensors": list(event.tensors)}) for event in events],
    }
    try:
        document = {"format": FORMAT, "name": name, "digest": _digest(document)} | document
        text = _layout(document)
        _document(json.loads(text), name)
    except (ValueError, TypeError) as error:
        raise TraceError(f"{name}: cannot be written: {_line(error)}") from None
    folder = root / name
    try:
        _store(folder, root, {TENSOR_FILE: blob, TRACE_FILE: text.encode()})
    except OSError as error:
        raise TraceError(f"{folder}: cannot be written ({error.strerror}); check the disk and rights") from None
    return folder


def write_chrome(trace: Trace, path: Path) -> Path:
    """Write the events as a file that https://ui.perfetto.dev and chrome://tracing open; returns the path."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(trace.chrome(), ensure_ascii=False), encoding="utf-8")
    beside.replace(path)
    return path


def check_name(name: str) -> None:
    """Raise TraceError unless this is a plain relative name: lower-case words joined by single slashes."""
    if len(name) > 100 or not NAME.fullmatch(name):
        raise TraceError(f"{name!r:.60} is not a trace name; they look like 'lora/merge' (pass a Path for a folder)")


# Reading


def _read(folder: Path, name: str | None) -> Trace:
    text, blob = _bytes(folder, TRACE_FILE), _bytes(folder, TENSOR_FILE)
    where = folder / TRACE_FILE
    try:
        document = json.loads(text.decode("utf-8"), parse_constant=_constant, object_pairs_hook=_once)
        parts = _document(document, name)
    except TraceError as error:
        raise TraceError(f"{where}: {error}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise TraceError(f"{where}: damaged ({_line(error)}); {_again(name)}") from None
    name = parts.name

    where = folder / TENSOR_FILE
    if hashlib.sha256(blob).hexdigest() != document["files"][TENSOR_FILE]:
        raise TraceError(f"{where}: damaged or from another capture (checksum differs); {_again(name)}")
    try:
        tensors = load_tensors(blob)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise TraceError(f"{where}: not a safetensors file ({_line(error)}); {_again(name)}") from None
    if tensors.keys() != parts.specs.keys():
        odd = ", ".join(map(repr, sorted(tensors.keys() ^ parts.specs.keys())))
        raise TraceError(f"{where}: {TRACE_FILE} names other tensors ({odd} differ); {_again(name)}")
    for key, spec in parts.specs.items():
        array = tensors[key]
        if (array.dtype.name, array.shape) != (spec.dtype, spec.shape):
            raise TraceError(
                f"{where}: tensor {key!r} is {array.dtype.name} {array.shape}, "
                f"but {TRACE_FILE} says {spec.dtype} {spec.shape}; {_again(name)}"
            )
        array.flags.writeable = False
    ordered = {key: tensors[key] for key in sorted(tensors)}
    return Trace(name, folder, parts.digest, parts.specs, parts.values, parts.events, parts.provenance, ordered)


@dataclass(frozen=True)
class _Document:
    name: str
    digest: str
    specs: dict[str, TensorSpec]
    values: dict[str, Value]
    events: tuple[Event, ...]
    provenance: Provenance


def _document(document: Any, name: str | None) -> _Document:
    """The typed content of a parsed trace.json; TraceError or ValueError when it is anything else."""
    if not isinstance(document, dict) or "format" not in document:
        raise TraceError(f"not a trace: no format field; {_again(name)}")
    if document["format"] != FORMAT:
        raise TraceError(
            f"format {document['format']!r:.40}, but this course reads {FORMAT!r}; {_again(name)} or update it"
        )
    known = {"format", "name", "digest", "files", "provenance", "values", "tensors", "events"}
    if document.keys() != known:
        raise TraceError(f"fields {sorted(document.keys() ^ known)} are unknown or missing; {_again(name)}")
    digest = document["digest"]
    if digest != _digest({key: item for key, item in document.items() if key != "digest"}):
        raise TraceError(f"damaged or edited by hand (digest differs); {_again(name)}")
    own = document["name"]
    if not isinstance(own, str) or not NAME.fullmatch(own):
        raise TraceError(f"name {own!r} is not a trace name; {_again(name)}")
    if name is not None and own != name:
        raise TraceError(f"this is the trace {own!r}, not {name!r}; move the folder or {_again(name)}")
    if not isinstance(document["files"], dict) or set(document["files"]) != {TENSOR_FILE}:
        raise TraceError(f"files must name exactly {TENSOR_FILE}; {_again(name)}")

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
    return _Document(own, digest, specs, values, tuple(events), provenance)


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


def _bytes(folder: Path, file: str) -> bytes:
    path = folder / file
    _inside(path, folder)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TraceError(f"{path}: missing; run the capture again or restore the file") from None
    except OSError as error:
        raise TraceError(f"{path}: cannot be read ({error.strerror})") from None


def _inside(path: Path, root: Path) -> None:
    """A symbolic link must not lead out of the root: what is read is what was verified there."""
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise TraceError(f"{path}: cannot be followed ({_line(error)})") from None
    if not inside:
        raise TraceError(f"{path}: leads out of {root}; a trace must lie within its folder")


def _constant(word: str) -> float:
    raise TraceError(f"{word} is not a finite number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    item = dict(pairs)
    if len(item) != len(pairs):
        raise TraceError("a field appears twice in one object")
    return item


# Writing


def _store(folder: Path, root: Path, files: Mapping[str, bytes]) -> None:
    """Write the files beside, synced, and swap the folder in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _inside(folder, root)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder.parent) as beside:
        fresh = Path(beside) / "new"
        fresh.mkdir()
        for file, content in files.items():
            with (fresh / file).open("wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
        _publish(fresh, folder, Path(beside) / "old")


def _publish(fresh: Path, folder: Path, old: Path) -> None:
    """Swap a finished folder in. A folder with files cannot be renamed over, so the old one steps aside."""
    for attempt in range(10):
        try:
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
            return
        except OSError:
            if old.exists() and not folder.exists():
                old.rename(folder)
            if attempt == 9:
                raise
            shutil.rmtree(old, ignore_errors=True)  # another writer came first; its trace is replaced next


def _digest(document: Mapping[str, Any]) -> str:
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


def _layout(document: Mapping[str, Any]) -> str:
    """JSON with one line per tensor, value and event: easy to read, small to diff."""

    def spell(item: Any) -> str:
        return json.dumps(item, ensure_ascii=False, allow_nan=False)

    parts = []
    for key, item in document.items():
        if isinstance(item, dict) and item:
            inner = ",\n".join(f"  {spell(name)}: {spell(each)}" for name, each in item.items())
            parts.append(f" {spell(key)}: {{\n{inner}\n }}")
        elif isinstance(item, list) and item:
            inner = ",\n".join(f"  {spell(each)}" for each in item)
            parts.append(f" {spell(key)}: [\n{inner}\n ]")
        else:
            parts.append(f" {spell(key)}: {spell(item)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _spare(item: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in item.items() if key != "measured" or each is not None}


# Words


def _offer(name: str, there: Sequence[str] | Mapping[str, Any]) -> str:
    close = get_close_matches(name, there, 3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"there is {', '.join(map(repr, there))}" if there else "there is none"


def _found(roots: Sequence[Path]) -> list[str]:
    return sorted({name for root in roots if root.is_dir() for name in trace_names(root)})


def _again(name: str | None) -> str:
    return f"run `lecture capture {name}`" if name else "capture it again"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]
