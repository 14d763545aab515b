"""Captures with several processes: what the committed traces say, real small runs, and refusals in one line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch.nn.parallel import DistributedDataParallel  # noqa: E402

from data_capture import fsdp, ring  # noqa: E402
from data_capture.ranks import run_ranks  # noqa: E402
from data_capture.record import Record  # noqa: E402
from data_capture.registry import CaptureError, check_capture, names  # noqa: E402
from data_capture.trace import Trace, load_trace  # noqa: E402

SMALL = fsdp.Settings(ranks=2, layers=2, hidden=32, vocabulary=64, rows=2, length=4)


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(CaptureError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def captured(module: Any, name: str, settings: Any, root: Path) -> Trace:
    record = Record(name)
    module.observe(record, None, "cpu", lambda line: None, settings)
    return load_trace(record.write(root))


def test_both_are_captures() -> None:
    assert {"collectives/ring", "fsdp/step"} <= set(names())


# Ring


def test_committed_ring() -> None:
    trace = load_trace("collectives/ring")
    own = np.arange(1, 9, dtype=np.float32) * 10 ** np.arange(4, dtype=np.float32)[:, None]
    assert np.array_equal(trace["all_reduce.before"], own)
    assert np.array_equal(trace["all_reduce.after"], np.tile(own.sum(0), (4, 1)))
    assert np.array_equal(trace["reduce_scatter.after"].ravel(), own.sum(0))
    assert np.array_equal(trace["all_gather.after"][3], trace["all_gather.before"].ravel())
    assert np.array_equal(trace["broadcast.after"], np.tile(own[0], (4, 1)))
    for operation, steps, sent in (("reduce_scatter", 3, 24), ("all_gather", 3, 24), ("all_reduce", 6, 48)):
        history = trace.expect(f"ring.{operation}.history", "float32", shape=(steps + 1, 4, 8))
        assert trace.value(f"bytes.sent.{operation}") == [sent] * 4
        assert trace.value(f"bytes.formula.{operation}") == sent
        if operation != "reduce_scatter":
            assert np.array_equal(history[-1], trace[f"{operation}.after"])
    assert trace["ring.all_reduce.contributors"][3].sum(axis=-1).max(axis=-1).tolist() == [4, 4, 4, 4]
    assert trace.value("bytes.sent.broadcast") == [32, 32, 32, 0]


def test_messages_explain_the_history() -> None:
    """Replaying the recorded messages, and nothing else, gives the recorded history."""
    trace = load_trace("collectives/ring")
    for operation in ring.OPERATIONS:
        history = trace[f"ring.{operation}.history"]
        held = history[0].copy().reshape(4, 4, 2)
        rows = trace[f"ring.{operation}.messages"]
        for step in range(len(history) - 1):
            for row, payload in zip(rows, trace[f"ring.{operation}.payload"], strict=True):
                if row[0] == step:
                    _, sender, receiver, chunk, size, added = row.tolist()
                    assert receiver == (sender + 1) % 4 and size == payload.nbytes
                    held[receiver, chunk] = payload + held[receiver, chunk] * added
            assert np.array_equal(held.reshape(4, 8), history[step + 1])


def test_ring_again() -> None:
    report = check_capture("collectives/ring")
    assert report.ok and {drift.status for drift in report.drifts} == {"exact"}, str(report)


def test_digits_that_would_carry() -> None:
    record = Record("collectives/ring")
    assert "carry" in refused(lambda: ring.observe(record, None, "cpu", print, ring.Settings(elements=3)))
    assert "no model" in refused(lambda: ring.observe(record, "gpt2", "cpu", print, ring.Settings()))


# FSDP


def test_committed_step() -> None:
    trace = load_trace("fsdp/step")
    full, local = trace["shapes.full"], trace["shapes.local"]
    assert np.array_equal(4 * local[0, :, 0], full[:, 0]) and (local == local[0]).all()
    for category in ("parameters", "gradients", "optimizer"):
        assert trace["memory.ddp"].shape[2] == len(trace.value("memory.categories"))
        place = trace.value("memory.categories").index(category)
        one, other = trace["memory.fsdp"][0, -1, place], trace["memory.ddp"][0, -1, place]
        assert 0.24 < one / other < 0.26
    moments, alive = trace.value("moments.fsdp"), trace["alive"][0] > 0
    assert alive.shape == (len(moments), 5) and not alive[0].any() and not alive[-1].any()
    assert alive[:, 1:].sum(axis=1).max() == 1  # never two layers at once: a prefetch holds a buffer, not parameters
    for place, moment in enumerate(moments):
        if moment.startswith(("begin forward", "end forward", "begin backward", "end backward")):
            assert alive[place, 1 + int(moment.rsplit(".", 1)[1])] and alive[place, 0]
    assert trace.value("difference.alone") < 1e-5 and trace.value("overlap") == 0
    assert len(trace.value("prefetch.implicit")) == 4 and len(trace.value("prefetch.forward_prefetch")) == 7
    backward = [name for name in trace.value("moments.ddp") if "backward" in name]
    assert backward == [f"{side} backward model.layers.{place}" for place in (3, 2, 1, 0) for side in ("begin", "end")]


def test_events_nest() -> None:
    trace = load_trace("fsdp/step")
    for rank in range(4):
        spans = [event for event in trace.events if (event.pid, event.tid, event.ph) == (rank, 0, "X")]
        assert spans[0].name == "step" and all(event.measured == "time" for event in spans)
        assert [event.ts for event in spans] == sorted(event.ts for event in spans)
        assert {"model.layers.3", "root"} <= {event.args["group"] for event in spans}


def test_small_step(tmp_path: Path) -> None:
    trace = captured(fsdp, "fsdp/step", SMALL, tmp_path)
    assert trace.value("groups") == ["root", "model.layers.0", "model.layers.1"]
    assert trace["alive"].shape[0] == 2 and trace.value("difference.alone") < 1e-4


def fall_back(model: Any, ranks: int) -> Any:
    """What launchers do on a CPU when FSDP cannot be had, without a word."""
    return DistributedDataParallel(model)


def test_step_that_fell_back() -> None:
    settings = replace(SMALL, wrap=fall_back)
    said = refused(lambda: fsdp.observe(Record("fsdp/step"), None, "cpu", print, settings))
    assert "DistributedDataParallel, not an FSDPModule: FSDP fell back" in said


# Processes


def sleep(rank: int) -> None:
    time.sleep(60)


def fail(rank: int) -> int:
    if rank:
        raise ValueError("of rank one")
    time.sleep(60)
    return os.getpid()


def vanish(rank: int) -> None:
    os._exit(3)


def test_ranks_end() -> None:
    start = time.monotonic()
    assert "within 2 s" in refused(lambda: run_ranks(sleep, 1, limit=2))
    assert "rank 1: ValueError: of rank one" in refused(lambda: run_ranks(fail, 2))
    assert "without a word" in refused(lambda: run_ranks(vanish, 1))
    assert time.monotonic() - start < 50
