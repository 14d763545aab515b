"""LLM.int8(): outlier columns in real activations, and the product in two parts against plain int8 and bf16."""

from __future__ import annotations

import re
from typing import Any

import bitsandbytes as bnb
import numpy as np
import torch

from data_capture.record import Record
from data_capture.registry import CaptureError

THRESHOLD = 6.0
LEVELS = (2.0, 3.0, 4.0, 6.0, 10.0, 20.0)  # 6.0 is what LLM.int8() uses


@torch.no_grad()
def activations(record: Record, model: Any, inputs: Any, name: str) -> tuple[torch.Tensor, float]:
    """The input of every linear layer at real tokens.

    Returns that of the recorded layer, (tokens, in) in bf16, and the threshold that some of its columns reach.
    """
    seen: dict[str, torch.Tensor] = {}

    def hook(key: str) -> Any:
        return lambda module, given: seen.__setitem__(key, given[0].detach())

    found = {key: module for key, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
    handles = [module.register_forward_pre_hook(hook(key)) for key, module in found.items()]
    model(**inputs)
    for handle in handles:
        handle.remove()
    real = inputs.attention_mask.bool()
    kept = {key: value[real] for key, value in seen.items() if value.ndim == 3}  # a pooler sees one vector a sentence
    if name not in kept:
        raise CaptureError(f"{name} saw no tokens: the forward pass went another way")
    tops = {key: value.abs().amax(0).float() for key, value in kept.items()}
    above = [[int((top >= level).sum()) for level in LEVELS] for top in tops.values()]
    record.value("activation.modules", list(tops), "linear layers, in order")
    record.value("activation.levels", LEVELS, "thresholds of activation.above")
    record.tensor("activation.above", above, "input columns with a value of at least each threshold", "int64")
    record.tensor("activation.largest", [top.max().item() for top in tops.values()], "largest |input| of each layer")
    alike = [key for key in tops if _kind(key) == _kind(name)] or [name]
    record.value("activation.alike", alike, "layers of the recorded kind, rows of activation.column_max")
    record.tensor(
        "activation.column_max", torch.stack([tops[key] for key in alike]), "largest |input| of each column, per layer"
    )
    x = kept[name]
    top = tops[name]
    real_outliers = int((top >= THRESHOLD).sum())
    # A number of bf16, so that comparing in bf16 and in float16 finds the same columns.
    used = THRESHOLD if real_outliers else float((top.max() * 0.8).bfloat16())
    record.value("outlier.threshold", used, "threshold of the decomposition: 6.0, or lower if no real value reaches it")
    record.value("outlier.real", bool(real_outliers), "whether a real activation reaches 6.0 here")
    columns = torch.where(top >= used)[0]
    record.tensor("outlier.columns", columns, "input columns of the layer that reach it")
    record.value("outlier.count", len(columns), "how many these are")
    record.tensor("x", x, "real input of the recorded layer: tokens of all sentences, bf16 (tokens, in)")
    record.tensor("x.tokens", inputs.input_ids[real], "token ids of its rows")
    return x, used


@torch.no_grad()
def decomposition(
    record: Record, layer: torch.nn.Linear, eight: Any, x: torch.Tensor, used: float, outputs: int
) -> None:
    """One layer, four ways: float32 arithmetic on its bf16 weights, bf16, plain int8, int8 with outliers apart."""
    if not isinstance(eight, bnb.nn.Linear8bitLt) or eight.weight.dtype != torch.int8:
        raise CaptureError(f"the recorded layer is {type(eight).__name__} of {eight.weight.dtype}, not int8")
    columns = np.unique(np.linspace(0, len(layer.weight) - 1, min(outputs, len(layer.weight))).round().astype(np.int64))
    bias = None if layer.bias is None else layer.bias.float()
    exact = torch.nn.functional.linear(x.float(), layer.weight.float(), bias)
    record.tensor("y.columns", columns, "outputs kept in y.*")
    record.tensor("y.exact", exact[:, columns], "product in float32 with the bf16 weights")
    before = eight.state.threshold
    levels = sorted({*LEVELS, used})
    errors = []
    for level in (0.0, *levels):
        eight.state.threshold = level
        eight.state.idx = None
        y = eight(x).float()
        if level:
            wanted = torch.where((x.abs() >= level).any(0))[0]
            if eight.state.idx is None or not torch.equal(eight.state.idx.flatten(), wanted):
                raise CaptureError(f"threshold {level}: Linear8bitLt did not set the outlier columns apart")
        errors.append(_relative(y, exact))
        if level in (0.0, used):
            kind = "mixed" if level else "int8"
            what = "int8 with the outlier columns apart in 16 bits" if level else "every column in int8"
            record.tensor(f"y.{kind}", y[:, columns], f"Linear8bitLt, {what}")
            _errors(record, kind, y, exact)
    eight.state.threshold = before
    errors_at = dict(zip((0.0, *levels), errors, strict=True))
    if not errors_at[used] < errors_at[0.0]:
        raise CaptureError(
            f"setting columns apart at {used:g} does not help this layer: the lecture needs one it helps"
        )
    record.tensor("decomposition.levels", [0.0, *levels], "thresholds; 0 is plain int8", "float32")
    record.tensor("decomposition.error", errors, "relative error of the product at each threshold", "float32")
    y = layer(x).float()
    record.tensor("y.bf16", y[:, columns], "nn.Linear in bf16")
    _errors(record, "bf16", y, exact)
    quantized, scales, _ = bnb.functional.int8_vectorwise_quant(x.half())
    rest, rest_scales, found = bnb.functional.int8_vectorwise_quant(x.half(), threshold=used)
    if not torch.equal(found, torch.from_numpy(record.tensors["outlier.columns"][0])):
        raise CaptureError("int8_vectorwise_quant found other outlier columns than the activations show")
    record.tensor("x.scales.int8", scales, "largest |x| of each token: its scale in plain int8")
    record.tensor("x.scales.mixed", rest_scales, "the same without the outliers")
    record.tensor("x.int8", quantized, "codes of x in plain int8")
    record.tensor("x.mixed", rest, "codes of x with the outlier columns apart, which are zero here")


def _errors(record: Record, kind: str, y: torch.Tensor, exact: torch.Tensor) -> None:
    record.value(f"product.error.{kind}", _relative(y, exact), "norm of the error of the product over its norm")
    record.value(f"product.error_max.{kind}", (y - exact).abs().max().item(), "largest |error| of the product")


def _relative(y: torch.Tensor, exact: torch.Tensor) -> float:
    return ((y - exact).norm() / exact.norm()).item()


def _kind(name: str) -> str:
    """What follows the number of the block: intermediate.dense."""
    return re.sub(r"^.*?\.\d+\.", "", name)
