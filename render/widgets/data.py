"""What the widgets read, from traces: plain JSON, tensors as base64 of little-endian float32."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from data_capture.trace import Trace
from render.errors import BuildError


def lora(trace: Trace) -> dict[str, Any]:
    """W (out, in), A (steps, r, in), B (steps, out, r), loss per recorded step."""
    loss, steps = trace["loss.lora"], trace["steps"]
    return {
        "W": tensor(trace["W"]),
        "A": tensor(trace["A.steps"]),
        "B": tensor(trace["B.steps"]),
        "scaling": trace.value("scaling"),
        "steps": steps.tolist(),
        "loss": [round(float(loss[min(step, len(loss) - 1)]), 4) for step in steps],
        "module": trace.value("module"),
    }


def fsdp(trace: Trace) -> dict[str, Any]:
    """Spans of every rank in milliseconds; bytes (ranks, moments, categories) and when each moment is."""
    ranks = range(int(trace.value("ranks")))
    named = list(trace.value("moments.fsdp"))
    times = []
    for rank in ranks:
        marks = [event for event in trace.events if event.ph == "X" and event.pid == rank and event.tid == 0]
        times.append([round(time / 1000, 3) for time in _moments(marks, named, rank)])
    return {
        "spans": [
            [event.pid, event.name, round(event.ts / 1000, 3), round(event.dur / 1000, 3), event.args.get("depth", 0)]
            for event in trace.events
            if event.ph == "X" and event.tid == 0
        ],
        "moments": named,
        "times": times,
        "categories": trace.value("memory.categories"),
        "memory": trace["memory.fsdp"].tolist(),
        "groups": trace.value("groups"),
        "alive": (trace["alive"] > 0).astype(int).tolist(),
    }


def quantization(trace: Trace) -> dict[str, Any]:
    """Errors over block sizes for each scheme, and one block of 64 weights with what came back."""
    schemes = ("nf4", "fp4")
    return {
        "sizes": trace["sweep.sizes"].tolist(),
        "bytes": trace["sweep.bytes_per_weight"].tolist(),
        "mean": {scheme: trace[f"sweep.{scheme}.error_mean"].tolist() for scheme in schemes},
        "max": {scheme: trace[f"sweep.{scheme}.error_max"].tolist() for scheme in schemes},
        "block": _short(trace["block.weights"]),
        "absmax": trace.value("block.absmax"),
        "values": {scheme: _short(trace[f"block.{scheme}.values"]) for scheme in schemes},
        "levels": {scheme: _short(np.sort(trace[f"{scheme}.code"])) for scheme in schemes},
        "matrix": [trace.value("matrix.rows"), trace.value("matrix.columns")],
        "module": trace.value("module"),
    }


def bpe(trace: Trace) -> dict[str, Any]:
    """The merges in the order they were learned, how often each pair stood in the corpus, and texts to try."""
    return {
        "left": trace.value("merges.left"),
        "right": trace.value("merges.right"),
        "count": trace["merges.count"].tolist(),
        "samples": trace.value("samples"),
    }


def tensor(values: np.ndarray) -> dict[str, Any]:
    """Shape and bytes of a tensor, row-major."""
    return {"shape": list(values.shape), "data": base64.b64encode(values.astype("<f4").tobytes()).decode()}


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _moments(marks: list[Any], named: list[str], rank: int) -> list[float]:
    """When each moment is: marks of one rank begin and end in the order of `named`."""
    left = {"begin": list(marks), "end": list(marks)}
    times = []
    for moment in named:
        kind, _, name = moment.partition(" ")
        mark = next((each for each in left[kind] if each.name == name), None)
        if mark is None:
            raise BuildError(f"fsdp trace: no event for {moment!r} of rank {rank}; capture fsdp/step again")
        left[kind].remove(mark)
        times.append(mark.ts + (mark.dur if kind == "end" else 0))
    return times
