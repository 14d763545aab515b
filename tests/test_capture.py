"""The LoRA capture at toy size: another architecture, real injection, and refusals in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from peft import LoraConfig, get_peft_model  # noqa: E402
from transformers import CTRLConfig, CTRLLMHeadModel, Qwen3Config, Qwen3ForCausalLM  # noqa: E402

from data_capture import lora, lora_settings, lora_watch, registry, tiny  # noqa: E402
from data_capture.record import Record  # noqa: E402
from data_capture.registry import CaptureError, check_capture, names, run_capture  # noqa: E402
from data_capture.trace import Trace, load_trace  # noqa: E402

PLAN = tiny.Plan(steps=6, batch=2, length=32, rate=1e-2, warmup=2)
SMALL = lora_settings.Settings(
    rank=4,
    alpha=8,
    layers=2,
    hidden=32,
    heads=2,
    vocabulary=300,
    base=PLAN,
    lora=PLAN,
    full=PLAN,
    modules=("bisect", "code"),
    held_out=("copy",),
    snapshots=4,
    sample=16,
    tokens=64,
    written=4,
    timings=2,
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Captures run at toy size; the full one runs in `lecture capture --check`."""
    texts = (["The import statement binds names.", "A class has methods."] * 20, ["The class statement."] * 20)
    monkeypatch.setattr(lora, "Settings", lambda: SMALL)
    monkeypatch.setattr(tiny, "documentation", lambda: texts)


@pytest.fixture(scope="module")
def tokenizer():
    return tiny.make_tokenizer(tiny.source(("bisect",)), 300)


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory, tokenizer) -> Path:
    """A Qwen3 with everything the small Llama has not: grouped keys, wide heads, norms on queries, 400 rows."""
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=400,
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=64,
        bos_token_id=None,
        eos_token_id=0,
        pad_token_id=0,
    )
    folder = tmp_path_factory.mktemp("models") / "toy-qwen"
    Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(CaptureError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check_algebra(trace: Trace) -> None:
    scaling, down, up = trace.value("scaling"), trace["A.steps"][-1], trace["B.steps"][-1]
    assert np.allclose(trace["delta"], scaling * up @ down, atol=1e-6)
    assert np.allclose(trace["W.merged"], trace["W"] + trace["delta"], atol=1e-6)
    assert np.allclose(trace["h.out"], trace["h.base"] + trace["h.up"], atol=1e-5)
    assert np.allclose(trace["h.up"], scaling * trace["h.down"] @ up.T, atol=1e-5)
    assert not trace["B.steps"][0].any() and not trace["A.grad.steps"][0].any() and trace["B.grad.steps"][0].any()
    assert np.array_equal(trace["logits.base"], trace["logits.init"])
    assert trace.value("gradients.frozen_count") == 0
    assert 0 < trace.value("rank_measured") <= trace.value("rank") == 4


def test_small_model(tmp_path: Path) -> None:
    lines: list[str] = []
    trace = load_trace(run_capture("lora/merge", root=tmp_path, progress=lines.append))
    check_algebra(trace)
    assert trace.value("module") == "model.layers.0.self_attn.q_proj"
    assert trace["steps"].tolist() == [0, 1, 2, 3, 6] and len(trace["loss.lora"]) == 6
    assert {"perplexity.untrained", "perplexity.docs"} <= trace.values.keys()
    assert lines[0] == "documentation model" and lines[-1] == "done"


def test_another_architecture(tmp_path: Path, qwen: Path) -> None:
    trace = load_trace(run_capture("lora/merge", model=str(qwen), root=tmp_path))
    check_algebra(trace)
    assert trace.value("module") == "model.layers.1.self_attn.q_proj"
    assert trace["W"].shape == (16, 16) and trace.value("matrix.full") == 64 * 48
    assert trace.value("matrix.lora") == 4 * (64 + 48)
    assert trace["sample.rows"][-1] == 63 and trace["sample.columns"][-1] == 47
    weights = Qwen3ForCausalLM.from_pretrained(qwen).model.layers[1].self_attn.q_proj.weight.detach().numpy()
    assert np.array_equal(trace["W"], weights[np.ix_(trace["sample.rows"], trace["sample.columns"])])
    assert len(trace["W.singular_values"]) == 48 and trace["h.down"].shape[1] == 4
    assert trace["logits.base"].shape == (4, 64) and trace["logits.tokens"].max() < 400
    assert trace.provenance.model["id"] == "toy-qwen" and str(qwen.parent) not in repr(trace.provenance)
    assert trace.provenance.command == "lecture capture lora/merge --model toy-qwen"
    assert "perplexity.untrained" not in trace.values


def test_check_finds_no_drift_and_then_a_changed_weight(tmp_path: Path, qwen: Path) -> None:
    model = str(qwen)
    run_capture("lora/merge", model=model, root=tmp_path)
    report = check_capture("lora/merge", model=model, root=tmp_path)
    assert report.ok, str(report)
    assert {drift.status for drift in report.drifts} == {"exact", "time"}
    other = check_capture("lora/merge", root=tmp_path)  # the small Llama against the trace of a Qwen
    assert not other.ok and "model was" in str(other)


def test_names() -> None:
    assert {"lora/merge", "numbers/dequantize"} <= set(names()) and "LoRA" in registry.describe("lora/merge")


# Refusals


def test_unknown_capture(tmp_path: Path) -> None:
    assert "no capture 'lora/merg'" in refused(lambda: run_capture("lora/merg", root=tmp_path))
    assert "no trace to compare" in refused(lambda: check_capture("lora/merge", root=tmp_path))


@pytest.mark.parametrize("device", ["cuda", "warp"])
def test_device_that_is_not_here(tmp_path: Path, device: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    assert f"device '{device}'" in refused(lambda: run_capture("lora/merge", device=device, root=tmp_path))
    assert not list(tmp_path.iterdir())


def test_model_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    said = refused(lambda: run_capture("lora/merge", model=str(tmp_path / "empty"), root=tmp_path / "traces"))
    assert "cannot be loaded" in said and not (tmp_path / "traces").exists()


def test_model_without_target_modules(tmp_path: Path, tokenizer) -> None:
    config = CTRLConfig(vocab_size=300, n_embd=16, dff=16, n_layer=1, n_head=2, n_positions=64)
    CTRLLMHeadModel(config).save_pretrained(tmp_path / "ctrl")
    tokenizer.save_pretrained(tmp_path / "ctrl")
    said = refused(lambda: run_capture("lora/merge", model=str(tmp_path / "ctrl"), root=tmp_path / "traces"))
    assert "CTRLLMHeadModel has none of the target modules" in said and "Wq" in said


def observe(qwen: Path) -> Callable[[], object]:
    record = Record("lora/merge")
    return lambda: lora.observe(record, str(qwen), "cpu", lambda line: None, SMALL)


def test_nothing_injected(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lora, "get_peft_model", lambda model, config: model)
    assert "was not injected" in refused(observe(qwen))


def test_injected_elsewhere(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = LoraConfig(r=4, target_modules=["down_proj"])
    monkeypatch.setattr(lora, "get_peft_model", lambda model, config: get_peft_model(model, other))
    assert "no q_proj became" in refused(observe(qwen))


def test_base_not_frozen(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def thaw(model, config):
        model = get_peft_model(model, config)
        model.get_base_model().lm_head.weight.requires_grad_(True)
        return model

    monkeypatch.setattr(lora, "get_peft_model", thaw)
    assert "only the adapter should train" in refused(observe(qwen))


def test_adapter_that_changes_the_model_at_once(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def noisy(model, config):
        config.init_lora_weights = False
        return get_peft_model(model, config)

    monkeypatch.setattr(lora, "get_peft_model", noisy)
    assert "B should start at zero" in refused(observe(qwen))


def test_layer_that_does_something_else() -> None:
    watch = SimpleNamespace(steps=[0], a=torch.nn.Linear(2, 2), b=torch.nn.Linear(2, 2))
    assert "got no gradient" in refused(lambda: lora_watch.Watch.step(watch, 0))  # type: ignore[arg-type]
    for part in (watch.a, watch.b):
        part.weight.grad = torch.ones(2, 2)
    assert "exactly no gradient" in refused(lambda: lora_watch.Watch.step(watch, 0))  # type: ignore[arg-type]


def test_threads_and_seed_are_put_back() -> None:
    threads, state = torch.get_num_threads(), torch.random.get_rng_state()
    with tiny.repeatable(7, 1):
        torch.rand(3)
    assert torch.get_num_threads() == threads and torch.equal(torch.random.get_rng_state(), state)


def test_nothing_held_out_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    texts, held_out = tiny.documentation()
    seen = {paragraph for text in texts for paragraph in text.split("\n\n")}
    assert not any(paragraph in seen for text in held_out for paragraph in text.split("\n\n"))
    assert not set(lora_settings.MODULES) & set(lora_settings.HELD_OUT)
