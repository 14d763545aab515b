"""gpu/memory: memory and time of a model of real size on a GPU, in full fine-tuning, LoRA and QLoRA.

The architecture is a Llama of about 1.2 billion parameters with random weights: memory and time do not depend on what
the weights are. Bytes of parameters, gradients and optimizer state are added up over real tensors after real steps;
the peak is torch's own count, and what it holds beyond them is mostly activations.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from data_capture import dequantize_models as quantized
from data_capture import tiny
from data_capture.document import Event
from data_capture.lora import check_device
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress, capture
from data_capture.tolerances import GPU_MEMORY
from data_capture.watch import storages

METHODS = ("full", "lora", "qlora")
LOADED = ("bf16", "int8", "nf4")


class Meter(Protocol):
    """Counts the bytes of one device."""

    name: str

    def reset(self) -> None: ...

    def held(self) -> int: ...

    def peak(self) -> int: ...

    def wait(self) -> None: ...


class Cuda:
    """torch's own allocator: bytes held now, most held since `reset`, and a wait for all kernels."""

    def __init__(self, device: str) -> None:
        check_device(device)
        self.device = torch.device(device)
        self.name = torch.cuda.get_device_name(self.device)

    def reset(self) -> None:
        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(self.device)

    def held(self) -> int:
        return torch.cuda.memory_allocated(self.device)

    def peak(self) -> int:
        return torch.cuda.max_memory_allocated(self.device)

    def wait(self) -> None:
        torch.cuda.synchronize(self.device)


@dataclass(frozen=True)
class Settings:
    """The size of the capture; tests make it small. `model` are arguments of LlamaConfig."""

    seed: int = 0
    rank: int = 16
    batch: int = 4
    length: int = 512
    warmup: int = 3
    steps: int = 10
    rate: float = 1e-5
    model: dict[str, Any] = field(
        default_factory=lambda: {
            "vocab_size": 128_256,
            "hidden_size": 2048,
            "intermediate_size": 8192,
            "num_hidden_layers": 16,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
            "tie_word_embeddings": True,
        }
    )


@capture(
    "gpu/memory",
    what="memory and step time of full fine-tuning, LoRA and QLoRA at real size; peak in bf16, int8 and NF4",
    tolerances=GPU_MEMORY,
    needs="cuda",
)
def memory(record: Record, model: str | None, device: str, progress: Progress) -> None:
    observe(record, model, device, progress, Settings(), Cuda(device))


def observe(
    record: Record, source: str | None, device: str, progress: Progress, settings: Settings, meter: Meter
) -> None:
    """The capture at any size. source: a checkpoint for AutoModelForCausalLM, or None for random weights."""
    here = Path(__file__)
    record.uses(
        here, *(here.with_name(f"{part}.py") for part in ("tiny", "watch", "dequantize_models", "dequantize_blocks"))
    )
    record.seed, record.dtype = settings.seed, "bfloat16"
    record.events.append(Event("thread_name", "M", 0, 0, 0, 0, {"name": "capture"}))
    record.value("device.name", meter.name, "where it was measured")
    with tiny.repeatable(settings.seed), tempfile.TemporaryDirectory() as made:
        folder = source or _make(made, settings)
        for kind in LOADED:
            progress(f"load {kind}")
            with record.span(f"load {kind}"):
                _loaded(record, folder, kind, device, settings, meter)
        for method in METHODS:
            progress(method)
            with record.span(method):
                _trained(record, folder, method, device, settings, meter)
    progress("done")


def _make(folder: str, settings: Settings) -> str:
    model: Any = LlamaForCausalLM(LlamaConfig(**settings.model))
    model.to(torch.bfloat16)
    model.save_pretrained(folder)
    return folder


def _load(folder: str, kind: str, device: str) -> Any:
    if kind == "bf16":
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, device_map=device)
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16, quantization_config=quantized.config(kind), device_map=device
    )
    quantized.check_layers(model, kind)
    return model


def _rows(model: Any, device: str, settings: Settings) -> torch.Tensor:
    shape = (settings.batch, settings.length)
    return torch.randint(0, model.config.vocab_size, shape, device=device)


def _loaded(record: Record, folder: str, kind: str, device: str, settings: Settings, meter: Meter) -> None:
    meter.reset()
    before = meter.held()
    model = _load(folder, kind, device).eval()
    if kind == "bf16":
        record.value("model.parameters", sum(each.numel() for each in model.parameters()), "parameters of the model")
        record.value("model.layers", model.config.num_hidden_layers, "layers of the model")
        record.value("model.hidden", model.config.hidden_size, "width of the model")
    meter.reset()
    record.value(f"bytes.weights.{kind}", meter.held() - before, f"held by the model loaded in {kind}", "B")
    with torch.no_grad():
        model(input_ids=_rows(model, device, settings), logits_to_keep=1)
    meter.wait()
    what = f"most held during one forward pass of {settings.batch} x {settings.length} tokens in {kind}"
    record.value(f"bytes.forward_peak.{kind}", meter.peak() - before, what, "B")


def _prepare(folder: str, method: str, device: str, settings: Settings) -> Any:
    """The model as each method trains it; CaptureError unless adapters and packed weights are really there."""
    model = _load(folder, "nf4" if method == "qlora" else "bf16", device)
    if method == "full":
        return model
    if method == "qlora":
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    config = LoraConfig(
        r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    model = get_peft_model(model, config)
    adapters = sum(isinstance(module, LoraLayer) for module in model.modules())
    if not adapters:
        raise CaptureError(f"{method}: no layer carries an adapter")
    if method == "qlora":
        quantized.check_layers(model.get_base_model(), "nf4", beside=("lora_A", "lora_B"))
    return model


def _trained(record: Record, folder: str, method: str, device: str, settings: Settings, meter: Meter) -> None:
    meter.reset()
    before = meter.held()
    model = _prepare(folder, method, device, settings)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=settings.rate)
    rows = _rows(model, device, settings)
    model.train()
    seconds = []
    meter.reset()
    for _ in range(settings.warmup + settings.steps):
        meter.wait()
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(input_ids=rows, labels=rows).loss
        loss.backward()
        optimizer.step()
        meter.wait()
        seconds.append(time.perf_counter() - start)
    if not torch.isfinite(loss):
        raise CaptureError(f"{method}: the loss is {loss.item()} after {len(seconds)} steps")
    state = [item for each in optimizer.state.values() for item in each.values() if torch.is_tensor(item)]
    held = {
        "parameters": storages(model.parameters(), set()),
        "gradients": storages((each.grad for each in trainable if each.grad is not None), set()),
        "optimizer": storages(state, set()),
    }
    for category, size in held.items():
        record.value(f"bytes.{category}.{method}", size, f"{category} in {method}, added up over tensors", "B")
    peak = meter.peak() - before
    record.value(f"bytes.peak.{method}", peak, f"most held during the training steps of {method}", "B")
    what = "peak without parameters, gradients and optimizer state: activations, scales of blocks, workspaces"
    record.value(f"bytes.rest.{method}", peak - sum(held.values()), what, "B")
    record.value(f"parameters.trained.{method}", sum(each.numel() for each in trainable), f"trained in {method}")
    timed = seconds[settings.warmup :]
    what = f"median of {len(timed)} steps of {settings.batch} x {settings.length} tokens in {method}"
    record.value(f"step_ms.{method}", statistics.median(timed) * 1e3, what, "ms", measured="time")
