"""collectives/ring: what all-reduce, all-gather, reduce-scatter and broadcast do to the tensors of several ranks.

Real processes over gloo, four or as many as are asked for. Each collective runs twice: by the library, profiled,
tensors kept before and after; and as a ring of `isend` and `irecv` on the same group, every message kept. Both must
agree bit for bit.

Rank r holds digits times 10**r, so a sum shows who is in it: 330 is 3 from ranks 1 and 2. All sums are exact, in
any order: up to four ranks in float32 with two elements to a chunk, from five in float64 with one, so that digits do
not carry and a message has eight bytes in both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.profiler import ProfilerActivity, profile

from data_capture.document import Event
from data_capture.ranks import check_group, run_ranks
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import COLLECTIVES_RING

OPERATIONS = ("reduce_scatter", "all_gather", "all_reduce", "broadcast")
LIBRARY = {
    "reduce_scatter": "reduce_scatter_single",
    "all_gather": "all_gather_single",
    "all_reduce": "all_reduce",
    "broadcast": "broadcast",
}
MESSAGE = ("step", "sender", "receiver", "chunk", "bytes", "added")


@dataclass(frozen=True)
class Settings:
    """Ranks, and elements per chunk; a tensor has one chunk per rank. Digits must not carry: ranks * elements < 10."""

    ranks: int = 4
    elements: int = 2
    dtype: torch.dtype = torch.float32
    limit: float = 120.0

    def of(self, ranks: int) -> Settings:
        """The same for another number of ranks; its numbers stay exact."""
        if ranks <= 4:
            return replace(self, ranks=ranks)
        return replace(self, ranks=ranks, elements=1, dtype=torch.float64)

    @property
    def bytes(self) -> int:
        """Of a full tensor."""
        return self.dtype.itemsize * self.ranks * self.elements


@capture(
    "collectives/ring",
    what="collectives over gloo, and as rings of real messages",
    tolerances=COLLECTIVES_RING,
    ranks=True,
)
def ring(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings().of(record.ranks or Settings.ranks))


def observe(record: Record, model: str | None, device: str, progress: Progress, settings: Settings) -> None:
    """The capture with any number of ranks."""
    if model is not None or device != "cpu":
        raise CaptureError(
            f"{record.name}: gloo moves plain vectors between CPU processes; it takes no model or device"
        )
    if settings.ranks < 2 or settings.ranks * settings.elements > 9:
        raise CaptureError(f"{record.name}: {settings.ranks} ranks of {settings.elements} elements: digits would carry")
    record.uses(Path(__file__), Path(__file__).with_name("ranks.py"))
    record.dtype = str(settings.dtype).removeprefix("torch.")
    record.model = {"id": "none", "backend": "gloo", "ranks": settings.ranks}
    progress(f"{settings.ranks} processes over gloo")
    seen = run_ranks(work, settings.ranks, settings, limit=settings.limit)
    for operation in OPERATIONS:
        _keep(record, operation, [each[operation] for each in seen], settings)
    _events(record, seen)
    record.value("ranks", settings.ranks, "processes in the group, and chunks of a tensor")
    record.value("elements", settings.elements, "elements of one chunk")
    record.value("bytes.tensor", settings.bytes, "a full tensor", "B")
    record.value("backend", "gloo", "backend of torch.distributed, asked of the running group")
    record.value("messages.columns", MESSAGE, "columns of ring.*.messages; added: 1 when the receiver adds")
    progress("done")


# In every rank


def work(rank: int, settings: Settings) -> dict[str, Any]:
    """What one rank sees: per operation its tensors, its messages, the profiler's names and times."""
    check_group(settings.ranks)
    digits = torch.arange(1, settings.ranks * settings.elements + 1, dtype=settings.dtype)
    own = digits * 10**rank
    seen: dict[str, Any] = {}
    for operation in OPERATIONS:
        result, names = _library(operation, own, rank, settings)
        dist.barrier()
        start = time.perf_counter()
        held = start_of(operation, own, rank, settings)
        history, messages = [held.numpy().copy()], []
        for step, message in enumerate(_ring(operation, held, rank, settings)):
            history.append(held.numpy().copy())
            messages += [part | {"step": step, "start": start} for part in message]
        after = final_of(operation, held, rank, settings)
        if not torch.equal(result, after):
            raise CaptureError(f"{operation}: the ring gave {after.tolist()}, the library {result.tolist()}")
        before = start_of(operation, own, rank, settings)
        if operation == "all_gather":
            before = before.view(settings.ranks, -1)[rank]
        seen[operation] = {
            "before": before.numpy().copy(),
            "after": result.numpy().copy(),
            "history": np.stack(history),
            "messages": messages,
            "names": names,
        }
    return seen


def start_of(operation: str, own: torch.Tensor, rank: int, settings: Settings) -> torch.Tensor:
    """The full-size buffer of a ring before its first message; zero where this rank knows nothing yet."""
    if operation in ("all_reduce", "reduce_scatter"):
        return own.clone()
    held = torch.zeros_like(own)
    if operation == "all_gather":
        held.view(settings.ranks, -1)[rank] = own.view(settings.ranks, -1)[rank]
    elif rank == 0:
        held.copy_(own)
    return held


def final_of(operation: str, held: torch.Tensor, rank: int, settings: Settings) -> torch.Tensor:
    return held.view(settings.ranks, -1)[rank] if operation == "reduce_scatter" else held


def _library(operation: str, own: torch.Tensor, rank: int, settings: Settings) -> tuple[torch.Tensor, list[str]]:
    """The library's result, and the names the profiler saw, in order of their start."""
    dist.barrier()
    with profile(activities=[ProfilerActivity.CPU]) as watch:
        result = start_of(operation, own, rank, settings)
        if operation == "all_reduce":
            dist.all_reduce(result)
        elif operation == "reduce_scatter":
            result = torch.empty(settings.elements, dtype=settings.dtype)
            dist.reduce_scatter_single(result, own)
        elif operation == "all_gather":
            dist.all_gather_single(result, own.view(settings.ranks, -1)[rank].clone())
        else:
            dist.broadcast(result, src=0)
    found = sorted(watch.events() or (), key=lambda event: event.time_range.start)
    return result, [event.name for event in found if event.name.startswith(("c10d::", "gloo:"))]


def _ring(operation: str, held: torch.Tensor, rank: int, settings: Settings) -> Iterator[list[dict[str, Any]]]:
    """Run the ring in place; after each step yields the messages of this rank, sent and received."""
    world = settings.ranks
    chunks = held.view(world, -1)
    if operation in ("reduce_scatter", "all_reduce"):
        for step in range(world - 1):  # partial sums travel; after the last step rank r holds all of chunk r
            yield _exchange(chunks, rank, (rank - 1 - step) % world, (rank - 2 - step) % world, add=True)
    if operation in ("all_gather", "all_reduce"):
        for step in range(world - 1):  # finished chunks travel
            yield _exchange(chunks, rank, (rank - step) % world, (rank - 1 - step) % world)
    if operation == "broadcast":
        for step in range(2 * world - 2):  # a pipeline: chunk c leaves rank r at step r + c
            out, into = step - rank, step - rank + 1
            yield _exchange(
                chunks,
                rank,
                out if rank < world - 1 and 0 <= out < world else None,
                into if rank > 0 and 0 <= into < world else None,
            )


def _exchange(
    chunks: torch.Tensor, rank: int, out: int | None, into: int | None, add: bool = False
) -> list[dict[str, Any]]:
    """One step: send chunk `out` to the right, take chunk `into` from the left, at once."""
    world, messages, waiting = len(chunks), [], []
    right, left = (rank + 1) % world, (rank - 1) % world
    begin = time.perf_counter()
    if out is not None:
        sent = chunks[out].clone()
        waiting.append(dist.isend(sent, right))
        messages.append({"kind": "send", "peer": right, "chunk": out, "payload": sent.numpy().copy(), "added": add})
    if into is not None:
        got = torch.empty_like(chunks[into])
        waiting.append(dist.irecv(got, left))
    for each in waiting:
        if each is not None:
            each.wait()
    if into is not None:
        messages.append({"kind": "recv", "peer": left, "chunk": into, "payload": got.numpy().copy(), "added": add})
        chunks[into] = chunks[into] + got if add else got
    return [message | {"begin": begin, "end": time.perf_counter()} for message in messages]


# Together


def _keep(record: Record, operation: str, seen: list[dict[str, Any]], settings: Settings) -> None:
    world, full = settings.ranks, settings.bytes
    for key in ("before", "after"):
        what = f"{key} dist.{LIBRARY[operation]} on every rank (ranks, elements)"
        record.tensor(f"{operation}.{key}", np.stack([each[key] for each in seen]), what)
    history = np.stack([each["history"] for each in seen], axis=1)
    what = f"ring {operation}: what each rank holds before and after each step (steps + 1, ranks, elements)"
    record.tensor(f"ring.{operation}.history", history, what)
    what = "who is in each chunk: 1 for each rank whose digits history shows (steps + 1, ranks, chunks, ranks)"
    record.tensor(f"ring.{operation}.contributors", contributors(history, settings), what)
    rows, payloads = [], []
    for step in range(len(history) - 1):
        for sender, each in enumerate(seen):
            for message in each["messages"]:
                if message["kind"] == "send" and message["step"] == step:
                    arrived = _arrival(seen[message["peer"]]["messages"], step, sender, message["chunk"])
                    if not np.array_equal(arrived, message["payload"]):
                        raise CaptureError(f"{operation}, step {step}: what rank {sender} sent did not arrive")
                    size = message["payload"].nbytes
                    rows.append((step, sender, message["peer"], message["chunk"], size, int(message["added"])))
                    payloads.append(message["payload"])
    table = np.array(rows, dtype=np.int64)
    record.tensor(f"ring.{operation}.messages", table, f"each message of the ring: {', '.join(MESSAGE)}")
    record.tensor(f"ring.{operation}.payload", np.stack(payloads), "what each of these messages carried, as it arrived")
    sent = [int(table[table[:, 1] == rank, 4].sum()) for rank in range(world)]
    record.value(f"bytes.sent.{operation}", sent, "bytes each rank sent in the ring, added up over its messages", "B")
    share = {"all_reduce": 2 * (world - 1) / world, "broadcast": 1.0}.get(operation, (world - 1) / world)
    formula = {"all_reduce": "2(N-1)/N", "broadcast": "1, nothing from the last rank"}.get(operation, "(N-1)/N")
    record.value(f"bytes.formula.{operation}", share * full, f"{formula} of the tensor's bytes", "B")
    expected = [share * full] * (world - (operation == "broadcast")) + [0.0] * (operation == "broadcast")
    if sent != expected:
        raise CaptureError(f"{operation}: ranks sent {sent} bytes, the formula says {expected}")
    record.value(f"steps.{operation}", len(history) - 1, "steps of the ring")
    names = seen[0]["names"]
    if any(each["names"] != names for each in seen) or not any(name.startswith("c10d::") for name in names):
        raise CaptureError(f"{operation}: the profiler saw {[each['names'] for each in seen]}")
    what = f"what the profiler shows for dist.{LIBRARY[operation]}; gloo's own algorithm need not be this ring"
    record.value(f"profiler.{operation}", names, what)


def _arrival(messages: list[dict[str, Any]], step: int, sender: int, chunk: int) -> np.ndarray:
    for message in messages:
        if (message["kind"], message["step"], message["peer"], message["chunk"]) == ("recv", step, sender, chunk):
            return message["payload"]
    return np.empty(0)


def contributors(history: np.ndarray, settings: Settings) -> np.ndarray:
    """Which ranks' numbers are in each chunk: decimal place r is set where rank r is in the sum."""
    first = history.reshape(*history.shape[:2], settings.ranks, settings.elements)[..., 0].astype(np.int64)
    places = 10 ** np.arange(settings.ranks)
    return (first[..., None] // places % 10 > 0).astype(np.uint8)


def _events(record: Record, seen: list[dict[str, Any]]) -> None:
    """One row per rank, one complete event per message; all operations one after another."""
    for rank, each in enumerate(seen):
        record.events.append(Event("process_name", "M", 0, 0, rank, 0, {"name": f"rank {rank}"}))
        zero = next(message["start"] for operation in OPERATIONS for message in each[operation]["messages"])
        for operation in OPERATIONS:
            for message in each[operation]["messages"]:
                ts, dur = (message["begin"] - zero) * 1e6, (message["end"] - message["begin"]) * 1e6
                args = {"operation": operation} | {key: message[key] for key in ("step", "peer", "chunk")}
                args |= {"bytes": message["payload"].nbytes}
                touched = (f"ring.{operation}.payload",)
                tid = int(message["kind"] == "recv")
                record.events.append(
                    Event(message["kind"], "X", round(ts, 1), round(dur, 1), rank, tid, args, touched, "time")
                )
