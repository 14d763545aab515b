"""Writing traces: whole or not at all, and for viewers of events."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as save_tensors

from data_capture.document import (
    DTYPES,
    FORMAT,
    TENSOR_FILE,
    TRACE_FILE,
    Event,
    Provenance,
    TraceError,
    Value,
    digest_of,
    one_line,
    read_document,
)
from data_capture.trace import LINE, Trace, check_inside, check_name


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
        document = {"format": FORMAT, "name": name, "digest": digest_of(document)} | document
        text = _layout(document)
        read_document(json.loads(text), name)
    except (ValueError, TypeError) as error:
        raise TraceError(f"{name}: cannot be written: {one_line(error, LINE)}") from None
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


def _store(folder: Path, root: Path, files: Mapping[str, bytes]) -> None:
    """Write the files beside, synced, and swap the folder in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    check_inside(folder, root)
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
