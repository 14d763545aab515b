"""What the ranks of fsdp/step saw, put together and checked: shapes, memory, time line, results."""

from __future__ import annotations

from typing import Any

import numpy as np

from data_capture.document import Event
from data_capture.record import Record
from data_capture.registry import CaptureError
from data_capture.watch import CATEGORIES, LAYER


def keep(record: Record, seen: list[dict[str, Any]], ranks: int, rate: float) -> None:
    """Record what each rank returned; CaptureError where ranks disagree or FSDP and one process do."""
    _shards(record, seen, ranks)
    _moments(record, seen)
    _events(record, seen)
    _results(record, seen, rate)


def _shards(record: Record, seen: list[dict[str, Any]], ranks: int) -> None:
    names = list(seen[0]["shapes"])
    full = [seen[0]["shapes"][name][0] for name in names]
    local = [[each["shapes"][name][1] for name in names] for each in seen]
    record.value("parameters.names", names, "parameters in the order of named_parameters()")
    padded = [[*shape, *[0] * (2 - len(shape))] for shape in full]
    record.tensor("shapes.full", np.array(padded, np.int64), "full shape of each parameter (parameters, 2); 0: no axis")
    grid = [[[*shape, *[0] * (2 - len(shape))] for shape in rank] for rank in local]
    record.tensor("shapes.local", np.array(grid, np.int64), "local shard on each rank (ranks, parameters, 2)")
    record.value("ranks", ranks, "processes in the group")
    record.value("layers", len(seen[0]["groups"]) - 1, "layers of the model")
    record.tensor("rows", seen[0]["rows"], "the batch, token ids; rank r takes the r-th equal part of its rows")


def _moments(record: Record, seen: list[dict[str, Any]]) -> None:
    """Memory and living parameters at every mark, under FSDP and under DDP."""
    for way, key in (("fsdp", ""), ("ddp", "ddp.")):
        marks = seen[0][f"{key}marks"]
        if any(each[f"{key}marks"] != marks for each in seen):
            raise CaptureError(f"{way}: the ranks passed different marks")
        memory = np.array([each[f"{key}memory"] for each in seen], np.int64)
        if (memory != memory[0]).any():
            place = int((memory != memory[0]).any(axis=(0, 2)).argmax())
            raise CaptureError(f"{way}: ranks hold different bytes at {marks[place]!r}; capture on a less busy machine")
        record.value(f"moments.{way}", marks, f"each begin and end of a mark in one {way} step, in order")
        what = "bytes held at each moment (ranks, moments, categories), storages counted once; no activations"
        record.tensor(f"memory.{way}", memory, what)
        for place, category in enumerate(CATEGORIES):
            most = memory[..., place].max(axis=1).tolist()
            record.value(f"bytes.{way}.{category}", most, f"{category} on each rank, most at any moment", "B")
        total = memory.sum(axis=2).max(axis=1).tolist()
        record.value(f"bytes.{way}.peak", total, "all categories together on each rank, most at any moment", "B")
        end = memory[:, -1].sum(axis=1).tolist()
        record.value(f"bytes.{way}.end", end, "all categories together on each rank after the step", "B")
    record.value("memory.categories", CATEGORIES, "last axis of memory.fsdp and memory.ddp")
    record.value("groups", seen[0]["groups"], "what is gathered together: last axis of alive")
    alive = np.array([each["alive"] for each in seen], np.int64)
    record.tensor("alive", alive, "bytes of unsharded parameters alive at each moment (ranks, moments.fsdp, groups)")
    if not alive.any() or (alive[:, :, 1:] > 0).all(axis=1).any():
        raise CaptureError("a layer was never unsharded, or never resharded")


def _events(record: Record, seen: list[dict[str, Any]]) -> None:
    """The profiled time line: pid is the rank, tid 0 its main thread, 1 gloo's. Each rank's zero is its own start."""
    for rank, each in enumerate(seen):
        record.events.append(Event("process_name", "M", 0, 0, rank, 0, {"name": f"rank {rank}"}))
        for tid, name in enumerate(("training step", "gloo")):
            record.events.append(Event("thread_name", "M", 0, 0, rank, tid, {"name": name}))
        marked = [name.removeprefix("begin ") for name in each["marks"] if name.startswith("begin ")]
        order = [item["name"] for item in each["events"] if item["tid"] == 0]
        if order != marked:
            raise CaptureError(f"rank {rank}: the profiled and the watched step passed different marks")
        around: list[tuple[float, str]] = []  # end and group of the marks that are open; a collective is its mark's
        called: list[str] = []
        for item in each["events"]:
            around = [mark for mark in around if item["tid"] == 0 and mark[0] > item["ts"]]
            group = group_of(item["name"]) or (around[-1][1] if around else "")
            if item["name"].startswith("c10d::"):
                called.append(group)
            elif item["tid"]:  # gloo serves the calls one by one, in their order
                group = called.pop(0) if called else ""
            args: dict[str, Any] = {"group": group, "depth": len(around)}
            if item["shapes"]:
                args["shapes"] = item["shapes"]
            around.append((item["ts"] + item["dur"], group))
            ts, dur = round(item["ts"], 1), round(item["dur"], 1)
            record.events.append(Event(item["name"], "X", ts, dur, rank, item["tid"], args, (), "time"))
    for key, what in (("c10d", "collectives as torch calls them"), ("gloo", "what gloo really runs for them")):
        called = [item["name"] for item in seen[0]["events"] if item["name"].startswith(key)]
        record.value(f"collectives.{key}", called, f"{what}, in order, rank 0")
    layers = [item for item in seen[0]["events"] if item["name"].startswith(("forward ", "backward "))]
    beside = [item for item in seen[0]["events"] if item["tid"] and any(_overlap(item, layer) for layer in layers)]
    what = "collectives of rank 0 that run while a layer computes: gloo on a CPU is waited for, so a prefetch moves a"
    record.value("overlap", len(beside), f"{what} gather forward in order and hides no time")
    for way, key in (("implicit", "events"), ("forward_prefetch", "prefetch")):
        names = [item["name"] for item in seen[0][key] if item["tid"] == 0]
        what = {"implicit": "as it is", "forward_prefetch": "after set_modules_to_forward_prefetch on every layer"}[way]
        record.value(f"order.{way}", names, f"marks of one step of rank 0 in order of their start, {what}")
        found = [name for name in names if "_prefetch for " in name]
        record.value(f"prefetch.{way}", found, f"prefetches the profiler shows, {what}")


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return one["ts"] < other["ts"] + other["dur"] and other["ts"] < one["ts"] + one["dur"]


def group_of(name: str) -> str:
    """The layer a mark is about; the root's marks carry no name."""
    layer = LAYER.search(f"{name.rstrip(')')}.")
    if layer:
        return layer.group(1)
    return "root" if name.startswith("FSDP::") and "root" not in name else ""


def _results(record: Record, seen: list[dict[str, Any]], rate: float) -> None:
    first = seen[0]
    record.value("loss.ranks", [each["loss"] for each in seen], "loss of each rank on its rows", "nats per token")
    record.value("loss.fsdp", first["loss.mean"], "mean over the ranks", "nats per token")
    record.value("loss.alone", first["alone.loss"], "one process on all rows", "nats per token")
    record.value("difference.loss", abs(first["loss.mean"] - first["alone.loss"]), "|loss.fsdp - loss.alone|")
    what = "largest |difference| of a parameter after the step: FSDP on all ranks against "
    record.value("difference.alone", first["alone.difference"], what + "one process on all rows")
    record.value("difference.ddp", max(each["ddp.difference"] for each in seen), what + "DDP")
    record.value("difference.gradient_norm", first["alone.gradient"], "largest |difference| of a gradient's norm")
    record.value("learning_rate", rate, "of AdamW: about how far each entry moves in this first step")
    if first["alone.difference"] > rate / 10:
        gap = f"FSDP and one process differ by {first['alone.difference']:.2g} after one step"
        raise CaptureError(
            f"{gap}, over a tenth of the step: AdamW makes that of gradients near zero; take other weights"
        )
