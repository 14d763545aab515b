"""Weights that are renamed and joined on their way from the file into the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, MixtralConfig, MixtralForCausalLM

from data_capture.record import Record
from data_capture.registry import CaptureError


def observe(record: Record, folder: Path) -> None:
    """A small Mixtral: the file keeps every expert's matrices apart, the model keeps them in one tensor."""
    settings: dict[str, Any] = {
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "num_local_experts": 4,
    }
    config = MixtralConfig(vocab_size=16, hidden_size=8, intermediate_size=12, **settings)
    MixtralForCausalLM(config).save_pretrained(folder / "mixtral")
    stored = load_file(folder / "mixtral/model.safetensors")
    held = AutoModelForCausalLM.from_pretrained(folder / "mixtral").state_dict()
    name = next(name for name in held if name.endswith("gate_up_proj"))
    parts = [key for key in stored if key.endswith((".w1.weight", ".w3.weight"))]
    pairs = [torch.cat([stored[one], stored[two]]) for one, two in zip(parts[::2], parts[1::2], strict=True)]
    if not parts or not torch.equal(torch.stack(pairs), held[name]):
        raise CaptureError(f"{name} is not the experts' w1 and w3, joined: the conversion is another one")
    record.value("convert.class", MixtralForCausalLM.__name__, "the model whose weights are converted")
    record.value("convert.parts", parts, "weights in the file that become one parameter, in order")
    record.value("convert.name", name, "that parameter")
    record.tensor(
        "convert.before", torch.stack([stored[key] for key in parts]), "those weights, (parts, rows, columns)"
    )
    record.tensor("convert.after", held[name], "that parameter, (experts, rows, columns)")
    record.value("convert.stored", len(stored), "tensors in the file")
    record.value("convert.held", len(held), "tensors of the model")
