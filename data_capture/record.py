"""Collects what a capture observes, and writes it as a trace."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from data_capture.document import Event, Provenance, Scalar, TraceError, Value
from data_capture.publication import write_trace

PACKAGES = ("torch", "transformers", "peft", "accelerate", "tokenizers", "safetensors", "numpy")
REPOSITORY = Path(__file__).parents[1]


class Record:
    """A trace in the making. Tensors may be numpy arrays or torch tensors; bfloat16 is kept as float32.

    A capture also sets `model`, `corpus`, `seed`, `dtype`, `threads`, and names its files with `uses`.
    """

    def __init__(self, name: str, model: str | None = None, device: str = "cpu", ranks: int | None = None) -> None:
        self.name, self.device, self.ranks = name, device, ranks
        self.command = f"lecture capture {name}"
        if model is not None:  # a local folder is known by its last part: other machines have other paths
            self.command += f" --model {shlex.quote(Path(model).name if Path(model).exists() else model)}"
        if device != "cpu":
            self.command += f" --device {shlex.quote(device)}"
        if ranks is not None:
            self.command += f" --ranks {ranks}"
        self.model: dict[str, Any] = {}
        self.corpus: dict[str, Any] = {}
        self.seed, self.dtype, self.threads = 0, "float32", 1
        self.source: dict[str, str] = {}
        self.uses(Path(__file__))
        self.tensors: dict[str, tuple[np.ndarray, str]] = {}
        self.units: dict[str, str] = {}
        self.values: dict[str, Value] = {}
        self.events: list[Event] = []
        self.start = time.perf_counter()

    def uses(self, *paths: Path) -> None:
        """Source files this capture depends on; read now, because this is the code that runs."""
        for path in paths:
            self.source[path.relative_to(REPOSITORY).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()

    def tensor(self, name: str, array: Any, what: str, dtype: str | None = None, unit: str = "") -> np.ndarray:
        """Keep a copy of an array (dtype: converted to this numpy dtype), say what it is and the unit of its entries.

        Units: "1" for plain numbers, "count" for how many, "index" for which one, "B", "nats per token", ...
        """
        if hasattr(array, "detach"):
            array = array.detach().cpu()
            array = (array.float() if str(array.dtype) == "torch.bfloat16" else array).numpy()
        if name in self.tensors:
            raise TraceError(f"{self.name}: tensor {name!r} recorded twice")
        kept = np.array(array, dtype=dtype)
        self.tensors[name] = (kept, what)
        self.units[name] = unit
        return kept

    def value(
        self,
        name: str,
        value: Scalar | Sequence[Scalar],
        what: str,
        unit: str = "",
        measured: str | None = None,
    ) -> None:
        """Keep a number, word or flat list; measured="time" for what a second run will not repeat."""
        if name in self.values:
            raise TraceError(f"{self.name}: value {name!r} recorded twice")
        if not isinstance(value, int | float | str):
            value = list(value)
        self.values[name] = Value(value, unit, what, measured)

    @contextmanager
    def span(self, name: str, *, tid: int = 0, tensors: Sequence[str] = (), **args: Scalar) -> Iterator[None]:
        """Time a phase as one complete event; spans of one tid nest."""
        place = len(self.events)
        begin = time.perf_counter()
        yield
        end = time.perf_counter()
        ts, dur = round((begin - self.start) * 1e6, 1), round((end - begin) * 1e6, 1)
        self.events.insert(place, Event(name, "X", ts, dur, 0, tid, dict(args), tuple(tensors), "time"))

    def write(self, root: Path) -> Path:
        """Publish as root/name; returns the folder."""
        versions = {"python": platform.python_version()}
        for package in PACKAGES:
            try:
                versions[package] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                continue
        provenance = Provenance(
            versions=versions,
            model=self.model,
            corpus=self.corpus,
            seed=self.seed,
            dtype=self.dtype,
            device=self.device,
            threads=self.threads,
            command=self.command,
            source=self.source,
            date=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        return write_trace(root, self.name, self.tensors, self.values, self.events, provenance, self.units)
