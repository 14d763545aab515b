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
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from data_capture.document import (
    NAME,
    TENSOR_FILE,
    TRACE_FILE,
    Document,
    TraceError,
    again,
    one_line,
    parse,
    read_document,
)

TRACES = Path(__file__).parent / "traces"
LINE = 160  # characters of another library's error, beside a path and what to do


@dataclass(frozen=True)
class Trace(Document):
    """A verified trace. `digest` is the sha256 of all that is in it, tensors included: use it as a build key."""

    path: Path
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
            check_inside(folder, root)
            return folder
    raise TraceError(f"no trace {name!r}; {_offer(name, _found(roots))}, or run `lecture capture {name}`")


def trace_names(root: Path = TRACES) -> list[str]:
    """Names of the traces under a root, sorted."""
    return sorted(
        path.parent.relative_to(root).as_posix()
        for path in root.rglob(TRACE_FILE)
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def check_name(name: str) -> None:
    """Raise TraceError unless this is a plain relative name: lower-case words joined by single slashes."""
    if len(name) > 100 or not NAME.fullmatch(name):
        raise TraceError(f"{name!r:.60} is not a trace name; they look like 'lora/merge' (pass a Path for a folder)")


def _read(folder: Path, name: str | None) -> Trace:
    text, blob = _bytes(folder, TRACE_FILE), _bytes(folder, TENSOR_FILE)
    where = folder / TRACE_FILE
    try:
        document = parse(text)
        parts = read_document(document, name)
    except TraceError as error:
        raise TraceError(f"{where}: {error}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise TraceError(f"{where}: damaged ({one_line(error, LINE)}); {again(name)}") from None
    name = parts.name

    where = folder / TENSOR_FILE
    if hashlib.sha256(blob).hexdigest() != document["files"][TENSOR_FILE]:
        raise TraceError(f"{where}: damaged or from another capture (checksum differs); {again(name)}")
    try:
        tensors = load_tensors(blob)
    except (SafetensorError, ValueError, TypeError, KeyError) as error:
        raise TraceError(f"{where}: not a safetensors file ({one_line(error, LINE)}); {again(name)}") from None
    if tensors.keys() != parts.specs.keys():
        odd = ", ".join(map(repr, sorted(tensors.keys() ^ parts.specs.keys())))
        raise TraceError(f"{where}: {TRACE_FILE} names other tensors ({odd} differ); {again(name)}")
    for key, spec in parts.specs.items():
        array = tensors[key]
        if (array.dtype.name, array.shape) != (spec.dtype, spec.shape):
            raise TraceError(
                f"{where}: tensor {key!r} is {array.dtype.name} {array.shape}, "
                f"but {TRACE_FILE} says {spec.dtype} {spec.shape}; {again(name)}"
            )
        array.flags.writeable = False
    ordered = {key: tensors[key] for key in sorted(tensors)}
    return Trace(**vars(parts), path=folder, tensors=ordered)


def _bytes(folder: Path, file: str) -> bytes:
    path = folder / file
    check_inside(path, folder)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TraceError(f"{path}: missing; run the capture again or restore the file") from None
    except OSError as error:
        raise TraceError(f"{path}: cannot be read ({error.strerror})") from None


def check_inside(path: Path, root: Path) -> None:
    """A symbolic link must not lead out of the root: what is read is what was verified there."""
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:
        raise TraceError(f"{path}: cannot be followed ({one_line(error, LINE)})") from None
    if not inside:
        raise TraceError(f"{path}: leads out of {root}; a trace must lie within its folder")


def _offer(name: str, there: Sequence[str] | Mapping[str, Any]) -> str:
    close = get_close_matches(name, there, 3)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"there is {', '.join(map(repr, there))}" if there else "there is none"


def _found(roots: Sequence[Path]) -> list[str]:
    return sorted({name for root in roots if root.is_dir() for name in trace_names(root)})
