"""gpu/memory: what it adds up, on a tiny model and a stand-in for the device's counter; and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
bitsandbytes = pytest.importorskip("bitsandbytes")

from data_capture import gpu, registry  # noqa: E402
from data_capture.record import Record  # noqa: E402
from data_capture.registry import CaptureError, names, run_capture  # noqa: E402
from data_capture.trace import Trace, load_trace  # noqa: E402

SMALL = gpu.Settings(
    rank=4,
    batch=2,
    length=8,
    warmup=1,
    steps=2,
    model={
        "vocab_size": 96,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "tie_word_embeddings": True,
    },
)


class Counter:
    """Stands in for the allocator of a GPU: the peak lies a fixed number of bytes above what is held."""

    name = "stand-in"

    def __init__(self) -> None:
        self.waits = 0

    def reset(self) -> None: ...

    def held(self) -> int:
        return 1_000

    def peak(self) -> int:
        return 1_000_000

    def wait(self) -> None:
        self.waits += 1


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    record = Record("gpu/memory")
    counter = Counter()
    gpu.observe(record, None, "cpu", lambda line: None, SMALL, counter)
    assert counter.waits >= 3 * 2 * 3, "a step is timed between two waits"
    return load_trace(record.write(tmp_path_factory.mktemp("traces")))


def test_bytes_follow_from_what_is_trained(trace: Trace) -> None:
    size = trace.value("model.parameters")
    assert trace.value("parameters.trained.full") == size
    assert trace.value("bytes.parameters.full") == trace.value("bytes.gradients.full") == 2 * size
    per_tensor = 4  # AdamW counts steps in one float32 for each tensor
    tensors = 2 * 9 + 2
    assert trace.value("bytes.optimizer.full") == 4 * size + per_tensor * tensors
    adapters = 2 * 7
    trained = trace.value("parameters.trained.lora")
    assert trained == trace.value("parameters.trained.qlora") < size
    assert trace.value("bytes.gradients.lora") in (2 * trained, 4 * trained)
    assert trace.value("bytes.optimizer.lora") == 2 * trace.value("bytes.gradients.lora") + per_tensor * 2 * adapters
    assert trace.value("bytes.parameters.qlora") < trace.value("bytes.parameters.lora")
    for method in gpu.METHODS:
        held = sum(trace.value(f"bytes.{part}.{method}") for part in ("parameters", "gradients", "optimizer"))
        assert trace.value(f"bytes.rest.{method}") == trace.value(f"bytes.peak.{method}") - held
        assert trace.values[f"step_ms.{method}"].measured == "time"


def test_every_way_of_loading_is_there(trace: Trace) -> None:
    for kind in gpu.LOADED:
        assert trace.values[f"bytes.weights.{kind}"].unit == trace.values[f"bytes.forward_peak.{kind}"].unit == "B"


def test_a_base_that_was_not_quantized_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = gpu.AutoModelForCausalLM.from_pretrained

    def fallback(folder: str, **words: object) -> object:
        words.pop("quantization_config", None)
        return real(folder, **words)

    monkeypatch.setattr(gpu.AutoModelForCausalLM, "from_pretrained", fallback)
    folder = gpu._make(str(tmp_path), SMALL)
    with pytest.raises(CaptureError, match="the model was not quantized"):
        gpu._prepare(folder, "qlora", "cpu", SMALL)


def test_only_a_gpu_will_do(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"gpu/memory: runs on cuda alone, not on 'cpu'; add --device cuda"):
        run_capture("gpu/memory", root=tmp_path)
    assert "gpu/memory" in names() and "gpu/memory" in names("cuda:0") and "gpu/memory" not in names("cpu")
    assert set(names()) - set(names("cpu")) == {name for name in names() if registry.needs(name) == "cuda"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_gpu_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="device 'cuda' cannot be used here"):
        run_capture("gpu/memory", device="cuda", root=tmp_path)
    assert not list(tmp_path.iterdir())
