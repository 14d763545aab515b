"""Traces as a data set: every field has a unit and a description, and the program of each page runs."""

from __future__ import annotations

import fnmatch
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_capture.catalogue import describe, kinds
from data_capture.document import Event
from data_capture.record import Record
from data_capture.trace import load_trace, trace_names
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
        assert field.unit, f"{name}: {field.name} has no unit; name one in its capture, or in data_capture/units.py"
        assert field.what.strip(), f"{name}: {field.name} has no description; give one in its capture"
    assert entry.what


@pytest.mark.parametrize("name", NAMES)
def test_no_unit_is_named_for_nothing(name: str):
    trace, taken = load_trace(name), set()
    for key, told in (trace.specs | trace.values).items():
        if not told.unit:
            taken.add(next((names for names, _ in UNITS.get(name, ()) if fnmatch.fnmatchcase(key, names)), ""))
    assert {names for names, _ in UNITS.get(name, ())} <= taken


@pytest.mark.parametrize("name", NAMES)
def test_the_program_reads_the_trace_without_this_project(name: str):
    entry = describe(name)
    assert "data_capture." not in entry.program and "import numpy" not in entry.program
    command = [sys.executable, "-I", "-c", entry.program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout == entry.printed


def test_a_capture_names_units_itself(tmp_path: Path):
    record = Record("made/here")
    record.tensor("sizes", np.arange(3), "sizes of three things", unit="B")
    record.tensor("bare", np.arange(3), "nobody says of what")
    record.value("many", 3, "how many", "count")
    trace = load_trace(record.write(tmp_path))
    assert [unit(trace, name) for name in ("sizes", "bare", "many")] == ["B", "", "count"]


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
