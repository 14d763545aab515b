"""Whole models through BitsAndBytesConfig: what was really quantized, embeddings and perplexity before and after."""

from __future__ import annotations

import re
from typing import Any

import bitsandbytes as bnb
import torch
from transformers import AutoModel, BitsAndBytesConfig

from data_capture import tiny
from data_capture.dequantize_blocks import check_packed
from data_capture.record import Record
from data_capture.registry import CaptureError

BLOCK = re.compile(r"(?:^|\.)(?:layers?|h|blocks?)\.\d+\.")  # within a name: in one of the model's blocks
FORMATS = ("nf4", "nf4_double", "fp4", "int8")
LINEAR = "weights of all linear layers with their scales; code books and biases not counted"
FOOTPRINT = "get_memory_footprint of the whole model; it counts packed weights and not their absmax"


def kernel() -> str:
    """Which path Linear4bit takes on this processor; they round differently."""
    if bnb.functional.has_avx512bf16():
        return "AVX-512 bf16, fused with dequantization"
    return "dequantized, then multiplied"


def config(kind: str) -> BitsAndBytesConfig:
    if kind == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=kind.partition("_")[0],
        bnb_4bit_use_double_quant=kind == "nf4_double",
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def load(auto: Any, folder: str, kind: str) -> Any:
    """A model in this format (fp32 and bf16: plain), checked to be what it should be."""
    plain = {"fp32": torch.float32, "bf16": torch.bfloat16}
    if kind in plain:
        return auto.from_pretrained(folder, dtype=plain[kind], local_files_only=True).eval()
    model = auto.from_pretrained(
        folder, dtype=torch.bfloat16, quantization_config=config(kind), device_map="cpu", local_files_only=True
    ).eval()
    check_layers(model, kind)
    return model


def check_layers(model: torch.nn.Module, kind: str, beside: tuple[str, ...] = ()) -> tuple[list[str], list[str]]:
    """(quantized, left alone) linear layers; CaptureError unless the blocks of the model are really in this format.

    beside: parts of names of layers that stand beside the quantized ones, such as adapters.
    """
    wanted = bnb.nn.Linear8bitLt if kind == "int8" else bnb.nn.Linear4bit
    done, left = [], []
    for name, module in model.named_modules():
        if not isinstance(module, torch.nn.Linear) or set(beside) & set(name.split(".")):
            continue
        if not isinstance(module, wanted):
            left.append(name)
            continue
        done.append(name)
        weight: Any = module.weight
        if kind == "int8":
            if weight.dtype != torch.int8:
                raise CaptureError(f"{name}: weight of {wanted.__name__} is {weight.dtype}, not int8")
            continue
        state = getattr(weight, "quant_state", None)
        if state is None:
            raise CaptureError(f"{name}: {wanted.__name__} without a quant_state: its weight was not quantized")
        check_packed(weight.data, module.in_features * module.out_features)
        if state.quant_type != kind.partition("_")[0] or state.nested != (kind == "nf4_double"):
            raise CaptureError(f"{name}: quantized as {state.quant_type}, nested {state.nested}, not as {kind}")
    inside = [name for name in left if BLOCK.search(name)]
    if not done or inside:
        raise CaptureError(
            f"{kind}: {', '.join(inside) or 'every linear layer'} stayed {torch.nn.Linear.__name__}, "
            f"not {wanted.__name__}: the model was not quantized"
        )
    return done, left


def stored(layer: Any) -> int:
    """Bytes of one quantized weight and of all scales that go with it."""
    weight = layer.weight
    if isinstance(layer, bnb.nn.Linear8bitLt):
        return weight.nbytes + weight.SCB.nbytes
    state = weight.quant_state
    parts = [weight, state.absmax]
    if state.nested:
        parts += [state.state2.absmax, state.offset]
    return sum(part.nbytes for part in parts)


def find_layer(model: torch.nn.Module) -> tuple[str, torch.nn.Linear]:
    """The recorded layer: of the largest linear layers inside the blocks, the middle one."""
    found = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and BLOCK.search(name)
    ]
    if not found:
        raise CaptureError(
            f"{type(model).__name__} has no linear layers in layer.N, layers.N or h.N: where are its blocks?"
        )
    most = max(module.weight.numel() for _, module in found)
    largest = [pair for pair in found if pair[1].weight.numel() == most]
    return largest[len(largest) // 2]


@torch.no_grad()
def embed(model: Any, inputs: Any) -> torch.Tensor:
    """Sentence embeddings as this encoder defines them: mean over real tokens, length 1."""
    hidden = model(**inputs).last_hidden_state.float()
    mask = inputs.attention_mask[..., None].float()
    return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1)


def embeddings(record: Record, folder: str, plain: Any, inputs: Any, name: str) -> Any:
    """Embeddings in every format against bf16; returns the int8 model."""
    weight = plain.get_submodule(name).weight.detach()
    base = embed(plain, inputs)
    exact = embed(load(AutoModel, folder, "fp32"), inputs)
    record.tensor("embedding.bf16", base, "sentence embeddings, bf16 model")
    record.tensor("embedding.fp32", exact, "sentence embeddings, float32 model")
    record.tensor("similarity.bf16", base @ base.T, "cosine similarity of the sentences with each other, bf16")
    linear = [module for module in plain.modules() if isinstance(module, torch.nn.Linear)]
    record.value("bytes.linear.bf16", sum(module.weight.nbytes for module in linear), LINEAR, "B")
    record.value("bytes.model.bf16", plain.get_memory_footprint(), FOOTPRINT, "B")
    _cosine(record, "fp32", exact, base)
    for kind in FORMATS:
        model = load(AutoModel, folder, kind)
        done, left = check_layers(model, kind)
        if name not in done:
            raise CaptureError(f"{name} was not quantized to {kind}")
        _same_weight(model.get_submodule(name), weight, kind)
        record.value(f"layers.{kind}", len(done), "linear layers in this format")
        record.value(f"layers_left.{kind}", left, "linear layers left in bf16 by from_pretrained")
        record.value(f"bytes.linear.{kind}", sum(stored(model.get_submodule(each)) for each in done), LINEAR, "B")
        record.value(f"bytes.model.{kind}", model.get_memory_footprint(), FOOTPRINT, "B")
        got = embed(model, inputs)
        record.tensor(f"embedding.{kind}", got, f"sentence embeddings, {kind} model")
        record.tensor(f"similarity.{kind}", got @ got.T, f"cosine similarity of the sentences, {kind}")
        _cosine(record, kind, got, base)
    return model


def _same_weight(layer: Any, weight: torch.Tensor, kind: str) -> None:
    """CaptureError unless from_pretrained stored what the public functions give for the same weight."""
    if kind == "int8":
        codes, _, _ = bnb.functional.int8_vectorwise_quant(weight.half())
    else:
        quant, nested = kind.partition("_")[0], kind == "nf4_double"
        codes, _ = bnb.functional.quantize_4bit(weight, blocksize=64, quant_type=quant, compress_statistics=nested)
    if not torch.equal(layer.weight.data, codes):
        raise CaptureError(f"{kind}: the model holds other codes than bitsandbytes.functional gives for its weight")


def _cosine(record: Record, kind: str, got: torch.Tensor, base: torch.Tensor) -> None:
    cosine = (got.double() * base.double()).sum(-1)
    record.tensor(f"cosine.{kind}", cosine, f"cosine of each sentence's embedding, {kind} against bf16")
    record.value(f"cosine.mean.{kind}", cosine.mean().item(), "mean over the sentences")
    record.value(f"cosine.least.{kind}", cosine.min().item(), "the sentence that changed most")


def perplexities(record: Record, auto: Any, folder: str, data: torch.Tensor, length: int, windows: int) -> None:
    """Perplexity of the small decoder in every format, on the same held-out text."""
    for kind in ("fp32", "bf16", *FORMATS):
        model = load(auto, folder, kind)
        what = f"per token on held-out documentation, small decoder in {kind}"
        record.value(f"perplexity.{kind}", tiny.perplexity(model, data, length, windows), what)
        record.value(f"decoder.bytes.{kind}", model.get_memory_footprint(), FOOTPRINT, "B")
