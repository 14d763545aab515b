"""The trace store: what is written comes back, and whatever is not a trace is one clear TraceError."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from data_capture.document import (
    DTYPES,
    PHASES,
    TENSOR_FILE,
    TRACE_FILE,
    Event,
    Provenance,
    TraceError,
    Value,
    digest_of,
)
from data_capture.publication import write_chrome, write_trace
from data_capture.record import Record
from data_capture.registry import Tolerance, compare
from data_capture.trace import TRACES, load_trace, trace_names

PROVENANCE = Provenance(
    versions={"python": "3.11", "torch": "2.13.0"},
    model={"id": "none", "layers": 4},
    corpus={},
    seed=0,
    dtype="float32",
    device="cpu",
    threads=1,
    command="lecture capture toy/small",
    source={},
    date="2026-11-24T00:00:00+00:00",
)
PROFILE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(root: Path, name: str = "toy/small", **changes) -> Path:
    parts: dict[str, Any] = {
        "tensors": {"W": (np.arange(6, dtype=np.float32).reshape(2, 3), "a matrix"), "ids": (np.arange(3), "ids")},
        "values": {
            "rank": Value(8, "", "rank"),
            "names": Value(["q", "v"], "", "names"),
            "ms": Value(1.5, "ms", "time", "time"),
        },
        "events": [Event("forward", "X", 0.0, 1.5, 0, 0, {"step": 0}, ("W",), "time")],
        "provenance": PROVENANCE,
    }
    return write_trace(root, name, **(parts | changes))


def refused(folder: Path | str) -> str:
    with pytest.raises(TraceError) as caught:
        load_trace(folder)
    line = str(caught.value)
    assert line and "\n" not in line
    return line


def edit(folder: Path, change, seal: bool = True) -> None:
    """Change trace.json as somebody who also fixes the digest would."""
    document = json.loads((folder / TRACE_FILE).read_text("utf-8"))
    change(document)
    if seal:
        document["digest"] = digest_of({key: item for key, item in document.items() if key != "digest"})
    (folder / TRACE_FILE).write_text(json.dumps(document), "utf-8")


def test_reads_what_was_written(tmp_path: Path) -> None:
    trace = load_trace(write(tmp_path))
    assert trace.name == "toy/small" and trace.keys() == ["W", "ids"] and "W" in trace and len(trace) == 2
    assert trace["W"].dtype == np.float32 and trace["W"].shape == (2, 3) and trace.specs["W"].what == "a matrix"
    assert not trace["W"].flags.writeable
    assert trace.value("rank") == 8 and trace.value("names") == ["q", "v"]
    assert trace.values["ms"] == Value(1.5, "ms", "time", "time")
    assert trace.events[0].tensors == ("W",) and trace.provenance == PROVENANCE


def test_names_what_there_is(tmp_path: Path) -> None:
    trace = load_trace(write(tmp_path))
    with pytest.raises(TraceError, match="no tensor 'V'; there is 'W', 'ids'"):
        trace["V"]
    with pytest.raises(TraceError, match="did you mean 'rank'"):
        trace.value("rnak")


def test_expect(tmp_path: Path) -> None:
    trace = load_trace(write(tmp_path))
    assert trace.expect("W", dtype="float32", ndim=2, shape=(None, 3)).shape == (2, 3)
    for wrong, said in (({"dtype": "float64"}, "float64"), ({"ndim": 1}, "1 axes"), ({"shape": (3, None)}, "3, any")):
        with pytest.raises(TraceError, match=f"'W' is float32.*{said}"):
            trace.expect("W", **wrong)
    with pytest.raises(TraceError, match="shape"):
        trace.expect("W", shape=(2,))


values = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20), st.booleans())


@PROFILE
@given(data=st.data())
def test_round_trip(tmp_path: Path, data: st.DataObject) -> None:
    names = st.text("abcWB.0_é", min_size=1, max_size=6)
    kind = st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays.arrays(
            np.dtype(dtype), arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
        )
    )
    tensors = {key: (array, "an array") for key, array in data.draw(st.dictionaries(names, kind, max_size=3)).items()}
    numbers = {
        key: Value(value, "u", "a value")
        for key, value in data.draw(st.dictionaries(names, values | st.lists(values, max_size=3), max_size=3)).items()
    }
    trace = load_trace(write(tmp_path, tensors=tensors, values=numbers, events=[]))
    assert trace.values == numbers
    assert {key: type(value.value) for key, value in trace.values.items()} == {
        key: type(value.value) for key, value in numbers.items()
    }
    assert trace.keys() == sorted(tensors)
    for key, (array, _) in tensors.items():
        assert trace[key].dtype == array.dtype and trace[key].shape == array.shape
        assert trace[key].tobytes() == array.tobytes()


@PROFILE
@given(
    file=st.sampled_from([TENSOR_FILE, TRACE_FILE]),
    start=st.floats(0, 1),
    length=st.integers(0, 40),
    patch=st.binary(max_size=40) | st.sampled_from([b"NaN", b"1e999", b"null", b"[" * 2000, b'"\\ud800"', b"9" * 5000]),
    cut=st.booleans(),
)
def test_any_damage_is_refused_or_harmless(tmp_path, file, start, length, patch, cut) -> None:
    folder = write(tmp_path)
    whole = load_trace(folder)
    path = folder / file
    content = path.read_bytes()
    at = int(start * len(content))
    path.write_bytes(content[:at] if cut else content[:at] + patch + content[at + length :])
    try:
        again = load_trace(folder)
    except TraceError as error:
        assert "\n" not in str(error)
    else:
        assert again.digest == whole.digest and again.values == whole.values and again.events == whole.events
        assert all(np.array_equal(again[key], whole[key]) for key in whole)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(format="tim-trace/9"), "tim-trace/9"),
        (lambda d: d.pop("format"), "no format"),
        (lambda d: d.update(more=1), "more"),
        (lambda d: d.pop("events"), "events"),
        (lambda d: d.update(name="../x"), "not a trace name"),
        (lambda d: d.update(name="other"), "this is the trace 'other'"),
        (lambda d: d["tensors"]["W"].update(dtype="float64"), "tensor 'W' is float32"),
        (lambda d: d["tensors"]["W"].update(shape=[3, 2]), "tensor 'W' is float32"),
        (lambda d: d["tensors"]["W"].update(shape=[True, 6]), "not known"),
        (lambda d: d["tensors"]["W"].update(dtype="object"), "not known"),
        (lambda d: d["tensors"].pop("ids"), "other tensors"),
        (lambda d: d["values"]["rank"].update(value={"a": 1}), "value 'rank'"),
        (lambda d: d["values"]["rank"].update(value=None), "value 'rank'"),
        (lambda d: d["values"]["rank"].update(measured="mood"), "mood"),
        (lambda d: d["values"].update(rank=8), "not an object"),
        (lambda d: d["events"][0].update(tensors=["V"]), "no tensor 'V'"),
        (lambda d: d["events"][0].update(ph="?"), "ph"),
        (lambda d: d["events"][0].update(ts="now"), "ts"),
        (lambda d: d["provenance"].pop("seed"), "seed"),
        (lambda d: d.update(files={"/etc/passwd": "0"}), "files"),
    ],
)
def test_foreign_documents(tmp_path: Path, monkeypatch, change, said: str) -> None:
    monkeypatch.setenv("LECTURE_TRACES", str(tmp_path))
    edit(write(tmp_path), change)
    assert said in refused("toy/small")


def test_edited_by_hand(tmp_path: Path) -> None:
    folder = write(tmp_path)
    edit(folder, lambda d: d["values"]["rank"].update(value=9), seal=False)
    assert "digest differs" in refused(folder)


def test_tensors_of_another_capture(tmp_path: Path) -> None:
    one = write(tmp_path)
    other = write(tmp_path, "toy/other", tensors={"W": (np.zeros((2, 3), np.float32), ""), "ids": (np.arange(3), "")})
    (one / TENSOR_FILE).write_bytes((other / TENSOR_FILE).read_bytes())
    assert "another capture" in refused(one)


def test_foreign_tensor_file(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / TENSOR_FILE).write_bytes(b"PK\x03\x04 a pickle in a zip")
    digest = hashlib.sha256((folder / TENSOR_FILE).read_bytes()).hexdigest()
    edit(folder, lambda d: d["files"].update({TENSOR_FILE: digest}))
    assert "not a safetensors file" in refused(folder)


@pytest.mark.parametrize("file", [TENSOR_FILE, TRACE_FILE])
def test_missing_files(tmp_path: Path, file: str) -> None:
    folder = write(tmp_path)
    (folder / file).unlink()
    assert f"{file}: missing" in refused(folder)
    (folder / file).mkdir()
    assert "cannot be read" in refused(folder)
    assert "no trace folder" in refused(tmp_path / "nothing")


def test_unknown_name() -> None:
    assert "did you mean 'lora/merge'" in refused("lora/merg")


@pytest.mark.parametrize(
    "name", ["../x", "/etc", "a/../b", "a//b", "", ".", "a/", "A", "a\\b", "a\0b", "a\n", "x" * 5000, "toy/.small"]
)
def test_names_cannot_escape(tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.setenv("LECTURE_TRACES", str(tmp_path))
    assert "not a trace name" in refused(name)
    with pytest.raises(TraceError):
        write(tmp_path / "root", name)
    assert not (tmp_path / "root").exists()


def test_links_cannot_escape(tmp_path: Path, monkeypatch) -> None:
    roots = tmp_path / "roots"
    outside = write(tmp_path / "outside")
    (roots / "toy").mkdir(parents=True)
    (roots / "toy/small").symlink_to(outside)
    monkeypatch.setenv("LECTURE_TRACES", str(roots))
    assert "leads out of" in refused("toy/small")
    with pytest.raises(TraceError, match="leads out of"):
        write(roots)
    (roots / "toy/small").unlink()
    folder = write(roots)
    (folder / TENSOR_FILE).unlink()
    (folder / TENSOR_FILE).symlink_to(outside / TENSOR_FILE)
    assert "leads out of" in refused("toy/small")


def test_own_traces_come_first(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path, "lora/merge")
    assert load_trace("lora/merge").path.is_relative_to(TRACES)
    monkeypatch.setenv("LECTURE_TRACES", str(tmp_path))
    assert load_trace("lora/merge").path == tmp_path / "lora/merge"
    monkeypatch.setenv("LECTURE_TRACES", str(tmp_path / "typo"))
    assert "no such folder" in refused("lora/merge")


def test_what_cannot_be_read_is_not_written(tmp_path: Path) -> None:
    for changes in (
        {"values": {"x": Value(float("nan"), "", "")}},
        {"values": {"x": Value([[1]], "", "")}},  # type: ignore[list-item]
        {"tensors": {"W": (np.array(["words"]), "")}},
        {"tensors": {"W": (np.array([None]), "")}},
        {"events": [Event("a", "X", 0, 0, 0, 0, {}, ("missing",))]},
        {"events": [Event("a", "X", float("inf"), 0, 0, 0, {})]},
    ):
        with pytest.raises(TraceError):
            write(tmp_path, **({"events": []} | changes))
    assert not list(tmp_path.iterdir())


def test_writing_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    first = load_trace(write(tmp_path))
    second = load_trace(write(tmp_path, values={}))
    assert first.digest != second.digest and not second.values
    assert [path.name for path in (tmp_path / "toy").iterdir()] == ["small"]
    assert trace_names(tmp_path) == ["toy/small"]


def test_a_failed_write_keeps_the_old_trace(tmp_path: Path, monkeypatch) -> None:
    folder = write(tmp_path)
    before = load_trace(folder).digest

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TraceError, match="No space left"):
        write(tmp_path, values={})
    assert load_trace(folder).digest == before
    assert [path.name for path in (tmp_path / "toy").iterdir()] == ["small"]


def test_same_content_same_digest(tmp_path: Path) -> None:
    assert load_trace(write(tmp_path / "a")).digest == load_trace(write(tmp_path / "b")).digest


def test_chrome_form(tmp_path: Path) -> None:
    trace = load_trace(write(tmp_path))
    events = json.loads(write_chrome(trace, tmp_path / "time.json").read_text("utf-8"))["traceEvents"]
    assert events[0].keys() == {"name", "ph", "ts", "dur", "pid", "tid", "args"}
    assert events[0]["args"] == {"step": 0, "tensors": ["W"]}


def test_reading_needs_no_torch() -> None:
    code = (
        "import sys; from data_capture.trace import load_trace; load_trace('lora/merge');"
        "from data_capture.registry import names, describe; assert 'lora/merge' in names(); describe('lora/merge');"
        "sys.exit(any(each in sys.modules for each in ('torch', 'transformers', 'peft')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Comparing


def test_compare(tmp_path: Path) -> None:
    weights = np.ones((2, 3), np.float32)
    kept = {"W": (weights, ""), "ids": (np.arange(3), "")}
    old = load_trace(write(tmp_path / "old", tensors=kept))
    assert compare(old, old).ok

    def against(**changes):
        return compare(old, load_trace(write(tmp_path / "new", **changes)), (Tolerance("W", "noise", 0.01),))

    slow = against(tensors=kept, values=old.values | {"ms": Value(9.0, "ms", "time", "time")})
    assert slow.ok and "time" in str(slow)
    near = against(tensors=kept | {"W": (weights * np.float32(1.005), "")})
    assert near.ok and "1 within" in str(near) and "noise" in str(near)
    for changes, said in (
        ({"tensors": kept | {"W": (weights * np.float32(1.1), "")}}, "drifted tensor W by 0.1"),
        ({"tensors": kept | {"W": (weights * np.nan, "")}}, "drifted tensor W"),
        ({"tensors": kept | {"ids": (np.arange(3) + 1, "")}}, "drifted tensor ids by 1"),
        ({"tensors": kept | {"W": (weights.astype(np.float64), "")}}, "changed tensor W"),
        ({"tensors": {"W": kept["W"]}}, "missing tensor ids"),
        ({"tensors": kept | {"new": (weights, "")}}, "new tensor new"),
        ({"tensors": kept, "values": old.values | {"rank": Value(4, "", "")}}, "value rank"),
        ({"tensors": kept, "values": old.values | {"names": Value(["q"], "", "")}}, "changed value names"),
        ({"tensors": kept, "values": old.values | {"ms": Value(9.0, "ms", "time")}}, "changed value ms"),
        ({"tensors": kept, "events": []}, "changed events"),
    ):
        report = against(**changes)
        assert not report.ok and "DRIFTED" in str(report)
        assert said in " ".join(str(report).split())


def test_record_refuses_a_name_twice() -> None:
    record = Record("toy/small")
    record.tensor("W", [1.0], "", "float32")
    record.value("rank", 8, "")
    with pytest.raises(TraceError, match="twice"):
        record.tensor("W", [1.0], "")
    with pytest.raises(TraceError, match="twice"):
        record.value("rank", 8, "")


# The committed trace, read without this project's own reader


@pytest.fixture(scope="module")
def committed() -> tuple[dict[str, np.ndarray], dict, dict]:
    from safetensors.numpy import load_file

    folder = TRACES / "lora/merge"
    document = json.loads((folder / TRACE_FILE).read_text("utf-8"))
    values = {key: item["value"] for key, item in document["values"].items()}
    return load_file(folder / TENSOR_FILE), values, document


def test_committed_is_small_and_whole() -> None:
    for name in trace_names():
        assert sum(path.stat().st_size for path in (TRACES / name).iterdir()) < 1_500_000
        load_trace(name)


def test_committed_algebra(committed) -> None:
    tensors, values, _ = committed
    scaling = values["scaling"]
    assert scaling == values["alpha"] / values["rank"]
    down, up = tensors["A.steps"][-1], tensors["B.steps"][-1]
    assert np.allclose(tensors["delta"], scaling * up @ down, atol=1e-6)
    assert np.allclose(tensors["W.merged"], tensors["W"] + scaling * up @ down, atol=1e-6)
    assert np.abs(tensors["W.unmerged"] - tensors["W"]).max() <= values["unmerge.difference"] < 1e-6
    assert values["merge.difference"] < 1e-6
    assert np.allclose(tensors["h.base"], tensors["x"] @ tensors["W"].T, atol=1e-4)
    assert np.allclose(tensors["h.down"], tensors["x"] @ down.T, atol=1e-4)
    assert np.allclose(tensors["h.up"], scaling * tensors["h.down"] @ up.T, atol=1e-4)
    assert np.allclose(tensors["h.out"], tensors["h.base"] + tensors["h.up"], atol=1e-5)


def test_committed_rank(committed) -> None:
    tensors, values, _ = committed
    assert 0 < values["rank_measured"] <= values["rank"] == 8
    falling = tensors["delta.singular_values"]
    assert falling[7] > 1e-3 * falling[0] and falling[8] < 1e-6 * falling[0]
    assert tensors["W"].shape == (128, 128) and values["matrix.full"] == 128 * 128
    assert values["matrix.lora"] == tensors["A.steps"][0].size + tensors["B.steps"][0].size == 2048


def test_committed_training(committed) -> None:
    tensors, values, _ = committed
    steps = tensors["steps"]
    assert steps[0] == 0 and steps[-1] == values["training.steps"] and np.all(np.diff(steps) > 0)
    assert len(steps) == 13 == len(tensors["A.steps"]) == len(tensors["delta.steps_norm"])
    assert not tensors["B.steps"][0].any() and tensors["A.steps"][0].any()
    assert not tensors["A.grad.steps"][0].any() and tensors["B.grad.steps"][0].any()
    assert all(gradient.any() for gradient in tensors["A.grad.steps"][1:])
    assert tensors["delta.steps_norm"][0] == 0 and np.all(np.diff(tensors["delta.steps_norm"][:6]) > 0)
    assert len(tensors["loss.lora"]) == len(tensors["loss.full"]) == values["training.steps"]
    assert tensors["loss.lora"][0] == tensors["loss.full"][0]  # same start, same data
    assert tensors["loss.lora"][-20:].mean() < tensors["loss.lora"][:20].mean()


def test_committed_effect(committed) -> None:
    _, values, _ = committed
    assert values["perplexity.docs"] < values["perplexity.untrained"] / 10
    assert values["perplexity.full"] < values["perplexity.lora"] < 0.6 * values["perplexity.base"]
    assert values["text.base"] != values["text.lora"]


def test_committed_memory(committed) -> None:
    _, values, _ = committed
    trainable = values["parameters.trainable"]
    assert values["parameters.all"] == values["parameters.base"] + trainable
    assert values["parameters.trainable_share"] == trainable / values["parameters.all"]
    assert values["bytes.gradients.lora"] == values["bytes.adapter"] == 4 * trainable
    assert values["bytes.gradients.full"] == values["bytes.parameters.full"] == 4 * values["parameters.base"]
    for name in ("lora", "full"):  # AdamW: two moments for each gradient, and a step count for each tensor
        rest = values[f"bytes.optimizer.{name}"] - 2 * values[f"bytes.gradients.{name}"]
        assert 0 < rest < 1000
    assert values["bytes.adapter_file"] < values["bytes.model_file"] / 20
    assert values["gradients.frozen_count"] == 0
    assert values["gradients.adapter_count"] == 2 * len(values["target_modules"]) * values["layers"]


def test_committed_logits(committed) -> None:
    tensors, values, _ = committed
    assert np.array_equal(tensors["logits.base"], tensors["logits.init"]) and values["logits.difference_init"] == 0
    assert values["logits.difference_disabled"] == 0
    assert values["logits.difference_merged"] < 1e-3 < np.abs(tensors["logits.trained"] - tensors["logits.base"]).max()


def test_committed_provenance(committed) -> None:
    _, _, document = committed
    provenance = document["provenance"]
    assert {"python", "torch", "transformers", "peft", "numpy"} <= provenance["versions"].keys()
    assert provenance["command"] == "lecture capture lora/merge" and provenance["device"] == "cpu"
    assert len(provenance["corpus"]["code.sha256"]) == 64
    assert "/" not in provenance["model"]["id"] and str(Path.home()) not in json.dumps(document)
    assert {event["ph"] for event in document["events"]} <= set(PHASES)
    parts = [event["name"] for event in document["events"] if event["tid"] == 1 and event["ph"] == "X"]
    assert parts == ["forward", "backward", "optimizer"]
