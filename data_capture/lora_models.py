"""The models of lora/merge: made here or loaded, where LoRA goes into them, and what is told of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import Linear as LoraLinear
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D

from data_capture import tiny
from data_capture.document import one_line
from data_capture.lora_settings import Settings
from data_capture.record import Record
from data_capture.registry import CaptureError, Progress

# Attention projections under the names that common architectures give them; the first one is recorded.
TARGETS = (
    ("q_proj", "k_proj", "v_proj", "o_proj"),
    ("q_proj", "k_proj", "v_proj", "out_proj"),
    ("q_proj", "k_proj", "v_proj", "dense"),
    ("query_key_value", "dense"),
    ("qkv_proj", "o_proj"),
    ("c_attn", "c_proj"),
)
LINEAR = (torch.nn.Linear, Conv1D)  # Conv1D, of GPT-2, is a linear layer that keeps its weight as (in, out)
WIDTH = 128  # of the small Llama, for which the rates are; wider models take smaller ones


def make_base(record: Record, settings: Settings, progress: Progress) -> tuple[Any, Any]:
    """The small Llama, trained on documentation, and its tokenizer."""
    progress("documentation model")
    texts, held_out = tiny.documentation()
    with record.span("tokenizer"):
        tokenizer = tiny.make_tokenizer(texts, settings.vocabulary)
    model = tiny.make_decoder(settings.vocabulary, settings.layers, settings.hidden, settings.heads)
    data, unseen = tiny.encode(tokenizer, texts), tiny.encode(tokenizer, held_out)
    length, of_docs = settings.base.length, "perplexity per token on held-out Python documentation: "
    record.value("perplexity.untrained", tiny.perplexity(model, unseen, length), of_docs + "random weights")
    with record.span("base training", steps=settings.base.steps, tensors=("loss.base",)):
        run = tiny.train(model, data, settings.base, settings.seed + 1)
    record.tensor("loss.base", run.losses, "loss per training step of the base model, nats per token", "float32")
    record.value("perplexity.docs", tiny.perplexity(model, unseen, length), of_docs + "trained base model")
    record.corpus |= {
        "documentation": "pydoc_data.topics, each paragraph once",
        "documentation.sha256": tiny.sha256([*texts, *held_out]),
    }
    return model, tokenizer


def load_base(record: Record, source: str, settings: Settings, progress: Progress) -> tuple[Any, Any]:
    """A checkpoint in float32 and its tokenizer; CaptureError when it cannot be loaded or has no end token."""
    progress(f"loading {source}")
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
    except Exception as error:  # a foreign checkpoint can fail in any way; the reason belongs in one line
        raise CaptureError(f"model {source!r} cannot be loaded: {one_line(error)}") from None
    if tokenizer.eos_token_id is None:
        raise CaptureError(f"model {source!r}: its tokenizer has no end token; choose a causal language model")
    return model, tokenizer


def fitting(model: Any, settings: Settings) -> Settings:
    """The training plans for a foreign model: windows it can read, and rates that fall with its width."""
    config = model.config
    most = getattr(config, "max_position_embeddings", None) or settings.lora.length
    if most < settings.lora.length:
        raise CaptureError(f"{type(model).__name__} reads {most} tokens; {settings.lora.length} are needed to train it")
    scale = min(1.0, WIDTH / config.hidden_size)
    lora, full = (replace(plan, rate=plan.rate * scale) for plan in (settings.lora, settings.full))
    return replace(settings, lora=lora, full=full)


def find_targets(model: torch.nn.Module) -> tuple[str, ...]:
    """The names of the attention projections of this architecture, all of them linear layers."""
    linear = {name.rpartition(".")[2] for name, module in model.named_modules() if isinstance(module, LINEAR)}
    for targets in TARGETS:
        if set(targets) <= linear:
            return targets
    raise CaptureError(
        f"{type(model).__name__} has none of the target modules {' or '.join('/'.join(each) for each in TARGETS)}; "
        f"its linear layers are {', '.join(sorted(linear)) or 'none'}"
    )


def find_layer(model: torch.nn.Module, targets: tuple[str, ...]) -> tuple[str, Any]:
    """The recorded layer: the first target in the last block but one, where features are rich and still change."""
    found = [
        (name.removeprefix("base_model.model."), module)
        for name, module in model.named_modules()
        if name.endswith("." + targets[0]) and isinstance(module, LoraLinear)
    ]
    if not found:
        raise CaptureError(f"no {targets[0]} became a peft.tuners.lora.Linear: the adapter was not injected")
    return found[-2] if len(found) > 1 else found[0]


def check_injected(model: torch.nn.Module, layer: Any) -> None:
    """CaptureError unless peft really injected: adapters train, everything else is frozen, B starts at zero."""
    if not isinstance(model, PeftModel):
        raise CaptureError(f"get_peft_model returned a {type(model).__name__}, not a PeftModel")
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    odd = [name for name in trainable if ".lora_A." not in name and ".lora_B." not in name]
    if not trainable or odd:
        raise CaptureError(f"only the adapter should train, but this does: {', '.join(odd) or 'nothing'}")
    if layer.lora_B["default"].weight.count_nonzero():
        raise CaptureError("B should start at zero and does not; the adapter would change the model at once")


def describe(record: Record, model: Any, source: str | None, settings: Settings) -> None:
    """What the model is, its corpus and the plans of its trainings: provenance and values."""
    config = model.config
    size = sum(parameter.numel() for parameter in model.parameters())
    record.model = {
        "id": "trained on the spot" if source is None else Path(source).name if Path(source).exists() else source,
        "class": type(model).__name__,
        "config": {key: item for key, item in config.to_diff_dict().items() if _plain(item)},
    }
    texts = [*tiny.source(settings.modules), *tiny.source(settings.held_out)]
    record.corpus |= {
        "code": "Python standard library: " + ", ".join(settings.modules),
        "code.held_out": ", ".join(settings.held_out),
        "code.sha256": tiny.sha256(texts),
        "code.characters": sum(map(len, texts)),
    }
    record.value("model.name", record.model["id"], "the model")
    record.value(
        "base.steps", 0 if source else settings.base.steps, "training steps of the base model here; 0: a checkpoint"
    )
    shapes = block_shapes(model)
    record.value("block.modules", list(shapes), "linear layers of one block, in order")
    record.value("block.rows", [rows for rows, _ in shapes.values()], "rows of each: outputs")
    record.value("block.columns", [columns for _, columns in shapes.values()], "columns of each: inputs")
    record.value("parameters.base", size, "parameters of the base model")
    record.value("layers", config.num_hidden_layers, "decoder layers")
    record.value("hidden", config.hidden_size, "width of the residual stream")
    record.value("vocabulary", config.vocab_size, "token ids")
    record.value("target_modules", find_targets(model), "layers that get an adapter, in every block")
    for name in ("lora", "full"):
        plan: tiny.Plan = getattr(settings, name)
        record.value(f"learning_rate.{name}", plan.rate, f"highest learning rate, {name}; AdamW, warm-up, cosine")
    record.value("training.steps", settings.lora.steps, "optimizer steps of both fine-tunes")
    record.value("training.tokens", settings.lora.batch * settings.lora.length, "tokens per step")


def block_shapes(model: torch.nn.Module) -> dict[str, tuple[int, int]]:
    """(out, in) of every linear layer of the first block, by its last name."""
    first = re.compile(r"(?:^|.*\.)(?:layers?|h|blocks?)\.0\.(.*)")
    found: dict[str, tuple[int, int]] = {}
    for name, module in model.named_modules():
        match = first.fullmatch(name)
        if match and isinstance(module, LINEAR):
            out, into = module.weight.shape if isinstance(module, torch.nn.Linear) else module.weight.T.shape
            found[match[1]] = (out, into)
    if not found:
        raise CaptureError(f"{type(model).__name__} has no linear layers in layers.0 or h.0: where are its blocks?")
    return found


def _plain(item: Any) -> bool:
    return isinstance(item, int | float | str | bool | None)
