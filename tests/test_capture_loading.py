"""auto/from_pretrained: what the committed trace says, that a load is the same again, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from data_capture import loading  # noqa: E402
from data_capture.record import Record  # noqa: E402
from data_capture.registry import CaptureError, check_capture, run_capture  # noqa: E402
from data_capture.trace import Trace, load_trace  # noqa: E402


@pytest.fixture(scope="module")
def trace() -> Trace:
    return load_trace("auto/from_pretrained")


def test_structure_first_then_weights(trace: Trace) -> None:
    kinds = [event.name.split()[0] for event in trace.events if event.ph == "X"]
    parts = [kind for place, kind in enumerate(kinds) if place == 0 or kind != kinds[place - 1]]
    assert parts == ["open", "meta", "weight", "open"]
    assert trace.value("opened")[:3] == ["main", "config.json", loading.INDEX]
    count = len(trace.value("parameters"))
    assert kinds.count("meta") == kinds.count("weight") == count
    assert sorted(trace["weights.order"]) == list(range(count))


def test_every_weight_has_a_shard_but_the_tied_head(trace: Trace) -> None:
    names, order, shards = trace.value("parameters"), trace["weights.order"], trace["weights.shard"]
    without = [names[place] for place, shard in zip(order, shards, strict=True) if shard < 0]
    assert without == trace.value("parameters.tied") == ["lm_head.weight"]
    assert trace.value("tied.lm_head.weight") == "model.embed_tokens.weight"
    assert set(shards.tolist()) == {-1, *range(len(trace.value("shards")))} and len(trace.value("shards")) > 2


def test_class_dtype_and_devices(trace: Trace) -> None:
    assert trace.value("class") == trace.value("architectures")[0] == "LlamaForCausalLM"
    assert trace.value("heads.AutoModel") == "LlamaModel"
    assert trace.value("heads.AutoModelForSequenceClassification.missing") == ["score.weight"]
    assert trace.value("dtype.default") == "bfloat16", "the checkpoint's own dtype"
    assert trace.value("dtype.float32.bytes") == 2 * trace.value("dtype.bfloat16.bytes")
    placed = dict(zip(trace.value("devices.modules"), trace.value("devices.device"), strict=True))
    assert placed["model.embed_tokens"] == "cpu" and "disk" in placed.values()
    for name in trace.value("devices.meta"):
        assert next(device for module, device in placed.items() if name.startswith(module)) == "disk"
    assert trace.value("devices.difference") == 0 and trace.value("devices.written") == 0


def test_memory_comes_with_the_weights(trace: Trace) -> None:
    held, count = trace["memory.held"], len(trace.value("parameters"))
    assert not held[:count].any(), "nothing on the meta device has storage"
    assert (held[count:] > 0).all() and held[-1] == held[-2] == trace.value("dtype.default.bytes")
    assert trace.value("construct.meta.allocated") == 0 < trace.value("construct.cpu.weights")
    assert trace.value("construct.cpu.allocated") >= trace.value("construct.cpu.weights")
    assert trace.value("construct.cpu.dtype") == "float32", "the class alone does not follow the checkpoint"


def test_the_class_alone_starts_with_random_matrices_and_norms_of_one(trace: Trace) -> None:
    norms = np.array(["norm" in name for name in trace.value("parameters")])
    std, mean = trace["construct.cpu.std"], trace["construct.cpu.mean"]
    assert (std[norms] == 0).all() and (mean[norms] == 1).all()
    assert std[~norms] == pytest.approx(trace.value("construct.range"), rel=0.02)
    assert mean[~norms] == pytest.approx(0, abs=5e-4)
    initial, loaded = trace["corner.initial"], trace["corner.checkpoint"]
    assert initial.shape == loaded.shape and (initial != loaded).all(), "nothing of it survives the load"


def test_weights_lie_in_the_mapped_shards_unless_converted(trace: Trace) -> None:
    assert trace.value("dtype.default.mapped") == trace.value("dtype.default.bytes")
    assert trace.value("dtype.float32.mapped") == 0
    places = trace["shards.begin"].tolist()
    sizes = dict(zip(trace.value("files"), trace["files.bytes"].tolist(), strict=True))
    assert places[-1] == -1 and max(places) < max(sizes.values())


def test_one_offloaded_weight_at_a_time(trace: Trace) -> None:
    held, present = trace["devices.held"], trace.value("devices.present")
    assert {name for name in present if name} == set(trace.value("devices.meta"))
    stays = trace["devices.bytes"][np.array(trace.value("devices.device")) == "cpu"].sum()
    assert [size == stays for size in held] == [not name for name in present]
    assert held.max() < int(trace.value("devices.room").removesuffix("KB")) * 1000


def test_experts_become_one_tensor(trace: Trace) -> None:
    before, after = trace["convert.before"], trace["convert.after"]
    assert len(before) == len(trace.value("convert.parts")) == 2 * len(after)
    assert np.array_equal(before.reshape(after.shape), after)
    assert trace.value("convert.held") < trace.value("convert.stored")


def test_the_same_again() -> None:
    report = check_capture("auto/from_pretrained")
    assert report.ok and {drift.status for drift in report.drifts} == {"exact", "time"}, str(report)


# Refusals


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(CaptureError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("attribute", "said"),
    [("cpu", "did not go through the meta device"), ("meta", "did not go through the meta device")],
)
def test_another_way_of_loading_is_refused(monkeypatch: pytest.MonkeyPatch, attribute: str, said: str) -> None:
    """As if everything were registered on one device: no meta parameters first, or no weights ever."""
    monkeypatch.setattr(loading, "Seen", lambda *parts: _Seen(*parts[:4], attribute, *parts[5:]))
    assert said in refused(lambda: loading.observe(Record("auto/from_pretrained"), lambda line: None, SMALL))


def test_a_device_map_without_offload_is_refused() -> None:
    roomy = loading.Settings(vocabulary=64, hidden=32, layers=2, heads=2, shard="20KB", room="1GB")
    assert "nothing was offloaded" in refused(
        lambda: loading.observe(Record("auto/from_pretrained"), lambda line: None, roomy)
    )


def test_options_without_meaning_here(tmp_path: Path) -> None:
    name = "auto/from_pretrained"
    assert "leave out --model" in refused(lambda: run_capture(name, model="gpt2", root=tmp_path))
    assert "use --device cpu" in refused(lambda: run_capture(name, device="cuda", root=tmp_path))
    assert not list(tmp_path.iterdir())


_Seen = loading.Seen
SMALL = loading.Settings(vocabulary=64, hidden=32, layers=2, heads=2, shard="20KB", room="40KB")
