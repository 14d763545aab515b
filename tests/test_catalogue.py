"""Traces as a data set: every field has a unit and a description, and the program of each page runs."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from dataclasses import replace

import pytest

from data_capture.catalogue import describe, kinds
from data_capture.trace import Event, TraceError, load_trace, trace_names
from data_capture.units import UNITS, unit
from tests.conftest import ROOT

NAMES = trace_names()


def test_there_are_traces():
    assert {"lora/merge", "fsdp/step"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_and_value_has_a_unit_and_a_description(name: str):
    entry = describe(name)
    assert [field.name for field in entry.tensors] == entry.trace.keys()
    assert [field.name for field in entry.values] == list(entry.trace.values)
    for field in (*entry.tensors, *entry.values):
        assert field.unit and field.what, (name, field)
    assert entry.what


@pytest.mark.parametrize("name", NAMES)
def test_no_unit_is_named_for_nothing(name: str):
    trace, taken = load_trace(name), set()
    for key in (*trace.specs, *trace.values):
        if key in trace.values and trace.values[key].unit:
            continue
        taken.add(next((names for names, _ in UNITS[name] if fnmatch.fnmatchcase(key, names)), ""))
    assert {names for names, _ in UNITS[name]} <= taken


@pytest.mark.parametrize("name", NAMES)
def test_the_program_reads_the_trace_without_this_project(name: str):
    entry = describe(name)
    assert "data_capture." not in entry.program and "import numpy" not in entry.program
    command = [sys.executable, "-I", "-c", entry.program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout == entry.printed


def test_what_nobody_knows_is_told():
    trace = load_trace("lora/merge")
    with pytest.raises(TraceError, match=r"lora/merge: 'nobody' has no unit; name one in data_capture/units.py"):
        unit(trace, "nobody")
    bare = replace(trace, specs={**trace.specs, "W": replace(trace.specs["W"], what=" ")})
    from data_capture.catalogue import said

    with pytest.raises(TraceError, match="'W' has no description"):
        said(bare, "W", bare.specs["W"].what)


def test_events_are_counted_by_name_and_phase():
    events = [
        Event("layer 0", "X", 0, 1, 0, 0, {"depth": 1}, (), "time"),
        Event("layer 12", "X", 1, 1, 0, 0, {"group": "a"}, (), "time"),
        Event("open", "i", 2, 0, 0, 0, {}),
    ]
    layers, opened = kinds(events)
    assert (layers.name, layers.phase, layers.count, layers.clock) == ("layer N", "complete", 2, True)
    assert layers.args == ("depth", "group")
    assert (opened.name, opened.phase, opened.count, opened.clock) == ("open", "instant", 1, False)
