"""The class called by itself, without a checkpoint: what torch's allocator gives, and what is put there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, LlamaForCausalLM

from data_capture.record import Record

CORNER, SIDE = "model.layers.0.self_attn.q_proj.weight", 8  # a parameter of which the first rows and columns are kept


def observe(record: Record, snapshot: Path, loaded: Any) -> None:
    """Construct on the CPU and on the meta device; `loaded`: the model `from_pretrained` made of the same files."""
    config: Any = AutoConfig.from_pretrained(snapshot)
    record.value("construct.range", config.initializer_range, "initializer_range of the configuration", "1")
    for device in ("cpu", "meta"):
        watched_memory = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True)
        with watched_memory as profiled, torch.device(device):
            model = LlamaForCausalLM(config)
        weights = {weight.untyped_storage()._cdata: weight.nbytes for weight in model.parameters()}
        asked = [event.nbytes() for event in profiled.profiler.kineto_results.events() if event.name() == "[memory]"]
        record.value(f"construct.{device}.weights", sum(weights.values()), "bytes its shapes and dtype stand for", "B")
        record.value(f"construct.{device}.allocated", sum(asked), "bytes allocated and kept", "B")
        record.value(f"construct.{device}.dtype", str(model.dtype).removeprefix("torch."), "dtype, asked for nothing")
        if device == "cpu":
            _initial(record, model, loaded)
        del model, weights  # what is freed later would count against the next


@torch.no_grad()
def _initial(record: Record, model: Any, loaded: Any) -> None:
    """What the constructor put where the weights of the checkpoint belong."""
    names: Any = record.values["parameters"].value
    fresh, held = (dict(each.named_parameters(remove_duplicate=False)) for each in (model, loaded))
    moments = (torch.std_mean(fresh[name].double(), correction=0) for name in names)
    std, mean = map(torch.stack, zip(*moments, strict=True))
    record.tensor("construct.cpu.std", std, "standard deviation of each parameter's initial values", "float32", "1")
    record.tensor("construct.cpu.mean", mean, "their mean", "float32", "1")
    record.value("corner.parameter", CORNER, "the parameter whose first rows and columns are kept")
    record.tensor("corner.initial", fresh[CORNER][:SIDE, :SIDE], "those of the class called by itself", unit="1")
    record.tensor("corner.checkpoint", held[CORNER][:SIDE, :SIDE], "the same places as loaded", unit="1")
