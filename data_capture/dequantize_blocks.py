"""Weights in blocks: code books, one block step by step, double quantization, block sizes and a made outlier.

Everything goes through bitsandbytes.functional; what is computed here only checks what the library returned.
"""

from __future__ import annotations

from typing import Any

import bitsandbytes.functional as bnb
import numpy as np
import torch

from data_capture.record import Record
from data_capture.registry import CaptureError

BLOCK = 64
FORMATS = ("nf4", "fp4")
NESTED = 256  # absmax that share a scale under double quantization
SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
FACTORS = (1, 2, 4, 8, 16)
PLACE = 20  # where in the block the made outlier stands
BINS = 400


class Packed:
    """One tensor in 4 bits: what quantize_4bit and dequantize_4bit returned, unpacked and checked."""

    def __init__(self, weight: torch.Tensor, kind: str, blocksize: int = BLOCK, nested: bool = False) -> None:
        self.packed, self.state = bnb.quantize_4bit(
            weight, blocksize=blocksize, quant_type=kind, compress_statistics=nested
        )
        self.values = bnb.dequantize_4bit(self.packed, self.state)
        check_packed(self.packed, weight.numel())
        self.absmax = nested_absmax(self.state) if nested else self.state.absmax
        self.index = unpack(self.packed)
        self.product = products(self.state.code, self.index, self.absmax)
        check_values(self.values, self.product, f"{kind}, blocks of {blocksize}")
        self.error = (self.values.float() - weight.float()).abs().flatten()


def unpack(packed: torch.Tensor) -> torch.Tensor:
    """The two indices of every byte: the first weight is in the high four bits."""
    flat = packed.flatten()
    return torch.stack([flat >> 4, flat & 15], dim=1).flatten()


def products(code: torch.Tensor, index: torch.Tensor, absmax: torch.Tensor) -> torch.Tensor:
    """codebook[index] * absmax of each block, float32, flat."""
    return (code[index.long()].view(len(absmax), -1) * absmax[:, None]).flatten()


def check_packed(packed: torch.Tensor, weights: int) -> None:
    """CaptureError unless these are bytes with two weights in each."""
    if packed.dtype != torch.uint8 or packed.numel() * 2 != weights:
        raise CaptureError(
            f"{packed.numel()} x {packed.dtype} for {weights} weights: this is not two weights to a byte"
        )


def check_values(values: torch.Tensor, product: torch.Tensor, what: str) -> None:
    """CaptureError unless every dequantized value is codebook[index] * absmax, rounded once to its dtype."""
    odd = int((values.flatten() != product.to(values.dtype)).sum())
    if odd:
        raise CaptureError(f"{what}: {odd} of {values.numel()} dequantized values are not codebook[index] * absmax")


def nested_absmax(state: Any) -> torch.Tensor:
    """absmax after its own trip through 8 bits, checked against code, nested absmax and offset."""
    if not state.nested or state.absmax.dtype != torch.uint8:
        raise CaptureError(f"absmax is {state.absmax.dtype}: double quantization did not happen")
    inner = state.state2
    restored = bnb.dequantize_blockwise(state.absmax, inner)
    scale = inner.absmax.repeat_interleave(inner.blocksize)[: state.absmax.numel()]
    check_values(restored, inner.code[state.absmax.long()] * scale, "absmax in 8 bits")
    return restored + state.offset


def code_books(record: Record) -> None:
    for kind in FORMATS:
        code = bnb.get_4bit_type(kind, device="cpu")
        if code.shape != (16,):
            raise CaptureError(f"{kind}: {tuple(code.shape)} code values, not 16")
        record.tensor(f"{kind}.code", code, f"the 16 values of {kind.upper()}, at the place of their index")
        record.value(f"{kind}.distinct", len(code.unique()), "different values among the 16")


def check_formats(record: Record) -> None:
    """CaptureError unless NF4 errs less than FP4 here, as it does on weights like a bell."""
    nf4, fp4 = (float(record.values[f"error.mean.{kind}"].value) for kind in FORMATS)  # type: ignore[arg-type]
    if not nf4 < fp4:
        raise CaptureError(
            f"NF4 errs {nf4:.3g}, FP4 {fp4:.3g}: these weights are not like a bell; take a trained model"
        )


def matrix(record: Record, weight: torch.Tensor, settings: Any) -> None:
    """The whole matrix in every format: absmax, error of each block, histograms, and a sample of the values."""
    rows = _spread(len(weight), settings.rows)
    error_rows = _spread(len(weight), settings.block_rows)
    columns = min(settings.columns, weight.shape[1])
    edges = np.linspace(-1, 1, BINS + 1) * weight.abs().max().item()
    record.tensor("sample.rows", rows, "rows of the matrix kept in W and its dequantized forms")
    record.tensor("sample.block_rows", error_rows, "rows of the matrix kept in *.error_mean and *.error_max")
    record.tensor("W", weight[rows, :columns], "bf16 weights: sample.rows, first columns, whole blocks")
    record.tensor("histogram.edges", edges, "edges of the bins of histogram.*", "float64")
    record.tensor("histogram.bf16", _histogram(weight, edges), "weights per bin before quantization")
    record.value("weights.std", weight.float().std().item(), "standard deviation of the matrix")
    record.value("weights.largest", weight.abs().max().item(), "largest |weight| of the matrix")
    record.value("weights.distinct", len(weight.unique()), "different values among the bf16 weights")
    record.value("blocks.count", weight.numel() // BLOCK, "blocks of 64 weights in the matrix")

    def keep(kind: str, values: torch.Tensor, error: torch.Tensor) -> None:
        record.tensor(f"{kind}.W", values[rows, :columns], f"W after {kind} and back")
        record.tensor(f"histogram.{kind}", _histogram(values, edges), f"weights per bin after {kind} and back")
        per_block = error.view(len(weight), -1, BLOCK)
        what = f"|error| of each block of 64 (rows sample.block_rows), {kind}"
        record.tensor(f"{kind}.error_mean", per_block.mean(-1)[error_rows], f"mean {what}")
        record.tensor(f"{kind}.error_max", per_block.amax(-1)[error_rows], f"largest {what}")
        record.value(f"error.mean.{kind}", error.mean().item(), "mean |error| over the whole matrix")
        record.value(f"error.max.{kind}", error.max().item(), "largest |error| of the matrix")
        share = (error.double().square().sum() / weight.double().square().sum()).sqrt().item()
        record.value(f"error.relative.{kind}", share, "Frobenius norm of the error over that of the matrix")
        record.value(f"distinct.{kind}", len(values.unique()), "different values in the matrix after it")

    scaled = None
    for kind in FORMATS:
        got = Packed(weight, kind)
        if scaled is None:
            record.tensor("absmax", got.absmax.view(len(weight), -1), "largest |weight| of each block (rows, blocks)")
            scaled = weight.float().view(-1, BLOCK) / got.absmax[:, None]
            grid = np.linspace(-1, 1, BINS // 2 + 1)
            record.tensor("scaled.edges", grid, "edges of the bins of scaled.counts", "float64")
            record.tensor("scaled.counts", _histogram(scaled, grid), "weights / absmax of their block per bin")
        keep(kind, got.values, got.error)
        record.tensor(f"{kind}.index", got.index.view(weight.shape)[rows, :columns], f"code indices of W in {kind}")
        usage = torch.bincount(got.index.long(), minlength=16)
        record.tensor(f"{kind}.usage", usage, "how many weights of the matrix got each index")
        code = got.state.code
        distance = (scaled[..., None] - code).abs()
        chosen = distance.gather(-1, got.index.long().view(*scaled.shape, 1))[..., 0]
        worse = chosen > distance.amin(-1) + 1e-6
        record.value(f"{kind}.not_nearest", int(worse.sum()), "weights whose code is not the nearest of the 16")
    check_formats(record)
    codes, scales, _ = bnb.int8_vectorwise_quant(weight.half())  # float16, as Linear8bitLt does
    if codes.dtype != torch.int8:
        raise CaptureError(f"int8_vectorwise_quant returned {codes.dtype}")
    back = bnb.int8_vectorwise_dequant(codes, scales)
    if not torch.allclose(back, codes * (scales[:, None] / 127), rtol=1e-6, atol=0):
        raise CaptureError("int8: dequantized values are not code * absmax / 127")
    record.tensor("int8.scales", scales, "largest |weight| of each row: int8 has one scale to a row")
    record.tensor("int8.index", codes[rows, :columns], "int8 codes of W")
    keep("int8", back, (back - weight.float()).abs().flatten())


def one_block(record: Record, weight: torch.Tensor) -> torch.Tensor:
    """A block of the matrix, step by step: the one nearest to the median absmax that `tells`; for the made outlier."""
    absmax = weight.abs().float().view(-1, BLOCK).amax(1)
    order = absmax.argsort(stable=True).tolist()
    middle = len(order) // 2
    near = sorted(range(len(order)), key=lambda rank: abs(rank - middle))
    found = (order[rank] for rank in near if tells(weight.view(-1, BLOCK)[order[rank]].contiguous()))
    place = next(found, -1)
    if place < 0:
        raise CaptureError("no block of the recorded layer behaves like bell-shaped weights: is this a trained model?")
    block = weight.view(-1, BLOCK)[place]
    per_row = weight.shape[1] // BLOCK
    record.value("block.row", place // per_row, "row of the block in the matrix; its absmax is about the median of all")
    record.value("block.column", place % per_row * BLOCK, "column where the block starts")
    record.value("block.absmax", absmax[place].item(), "largest |weight| of the block")
    record.tensor("block.weights", block, "64 bf16 weights")
    record.tensor("block.scaled", block.float() / absmax[place], "weights / absmax")
    for kind in FORMATS:
        whole = Packed(weight, kind)
        got = Packed(block.contiguous(), kind)
        part = slice(place * BLOCK // 2, (place + 1) * BLOCK // 2)
        if not torch.equal(whole.packed.flatten()[part], got.packed.flatten()):
            raise CaptureError(f"{kind}: the block alone gives other bytes than inside its matrix")
        record.tensor(f"block.{kind}.index", got.index, f"index of each weight, {kind}")
        record.tensor(f"block.{kind}.packed", got.packed.flatten(), "32 bytes, the earlier weight in the high bits")
        record.tensor(f"block.{kind}.code", got.state.code[got.index.long()], "codebook[index]")
        record.tensor(f"block.{kind}.product", got.product, "codebook[index] * absmax in float32")
        record.tensor(f"block.{kind}.values", got.values.flatten(), "what dequantize_4bit returned: bf16")
        record.tensor(f"block.{kind}.error", got.values.flatten().float() - block.float(), "values - weights")
    return block.contiguous()


def tells(block: torch.Tensor) -> bool:
    """Whether a block shows what is told of it.

    Its largest weight is negative, NF4 errs most where the code book is widest, and with one weight made larger the
    others crowd on three codes, with about ten times the error.
    """
    got = Packed(block, "nf4")
    code, worst = got.state.code, int(got.error.argmax())
    gaps = code.diff()
    ends = {int(place) for place in gaps.topk(2).indices}
    inside = int((code[1:-1] <= block[worst].float() / got.absmax[0]).sum())
    changed = block.clone()
    changed[PLACE] = block.abs().max() * FACTORS[-1]
    made, others = Packed(changed, "nf4"), torch.arange(BLOCK) != PLACE
    growth = made.error[others].mean() / got.error[others].mean()
    codes = len(made.index[others].unique())
    return bool(block[block.abs().argmax()] < 0 and inside in ends and codes == 3 and 8 <= growth <= 13)


def double(record: Record, weight: torch.Tensor) -> None:
    """absmax in 8 bits: codes, offset, nested absmax, what it costs and what it saves."""
    plain, nested = Packed(weight, "nf4"), Packed(weight, "nf4", nested=True)
    state, inner = nested.state, nested.state.state2
    shape = (len(weight), -1)
    record.tensor("absmax.codes", state.absmax.view(shape), "8-bit code of each absmax - offset")
    record.tensor("absmax.restored", nested.absmax.view(shape), "absmax after 8 bits and back")
    record.tensor("absmax.nested", inner.absmax, "one scale for each 256 absmax")
    record.tensor("absmax.code_book", inner.code, "the 256 values of the dynamic 8-bit format")
    record.value("absmax.offset", state.offset.item(), "mean of all absmax, taken away before 8 bits")
    record.value("absmax.nested_block", inner.blocksize, "absmax to a nested block")
    gap = (nested.absmax - plain.absmax).abs()
    record.value("absmax.error_mean", gap.mean().item(), "mean |absmax restored - absmax|")
    record.value("absmax.error_max", gap.max().item(), "largest |absmax restored - absmax|")
    record.value("error.mean.nf4_double", nested.error.mean().item(), "mean |error| over the whole matrix")
    sizes = {
        "bf16": {"weights": weight},
        "nf4": {"packed": plain.packed, "absmax": plain.state.absmax},
        "nf4_double": {
            "packed": nested.packed,
            "absmax": state.absmax,
            "nested": inner.absmax,
            "offset": state.offset,
        },
    }
    codes, scales, _ = bnb.int8_vectorwise_quant(weight.half())
    sizes["int8"] = {"codes": codes, "scales": scales}
    for kind, parts in sizes.items():
        for part, tensor in parts.items():
            record.value(f"bytes.{kind}.{part}", tensor.nbytes, f"{part} of the recorded layer, {kind}", "B")
        total = sum(tensor.nbytes for tensor in parts.values())
        record.value(f"bytes_per_weight.{kind}", total / weight.numel(), "all of these over the weights", "B")
    tables = plain.state.code.nbytes, inner.code.nbytes
    record.value("bytes.code_books", list(tables), "code books of 4 and of 8 bits; not counted per weight", "B")


def sweep(record: Record, weight: torch.Tensor) -> None:
    """Error and size for every block size.

    As one long row: where the rows of a matrix are not whole blocks, bitsandbytes 0.50.2 on the CPU gives other values
    than codebook[index] * absmax (256 to 1024 on rows of 384: two to four times the error), and check_values refuses.
    """
    flat = weight.reshape(-1)
    sizes = [size for size in SIZES if flat.numel() % size == 0]
    record.tensor("sweep.sizes", np.array(sizes), "weights to a block", "int64")
    for kind in FORMATS:
        got = [Packed(flat, kind, size) for size in sizes]
        what = f"over the matrix for each block size, {kind}"
        record.tensor(f"sweep.{kind}.error_mean", [each.error.mean().item() for each in got], f"mean |error| {what}")
        record.tensor(f"sweep.{kind}.error_max", [each.error.max().item() for each in got], f"largest |error| {what}")
    total = [(each.packed.nbytes + each.state.absmax.nbytes) / flat.numel() for each in got]
    record.tensor("sweep.bytes_per_weight", total, "bytes per weight with float32 absmax, for each block size")


def made_outlier(record: Record, block: torch.Tensor) -> None:
    """The real block, and the same with one weight replaced by a multiple of its absmax: made, not found."""
    others = torch.arange(BLOCK) != PLACE
    absmax = block.abs().max()
    record.value("made.place", PLACE, "index in the block of the weight that is replaced")
    record.tensor("made.factors", np.array(FACTORS), "the replaced weight is this times absmax of the real block")
    for kind in FORMATS:
        errors, used = [], []
        for factor in FACTORS:
            changed = block.clone()
            changed[PLACE] = absmax * factor
            got = Packed(changed, kind)
            errors.append(got.error[others].mean().item())
            used.append(len(got.state.code[got.index[others].long()].unique()))
        record.tensor(f"made.{kind}.error_mean", errors, "mean |error| of the other 63 weights, for each factor")
        record.tensor(f"made.{kind}.codes_used", used, "different code values among the other 63", "int64")
        real = Packed(block, kind)
        record.value(f"made.{kind}.error_real", real.error[others].mean().item(), "the same 63 in the real block")
        if kind == "nf4":  # the last one in full
            record.tensor("made.weights", changed, "MADE: the real block with one weight replaced, largest factor")
            record.tensor("made.nf4.index", got.index, "index of each weight of made.weights")
            record.tensor("made.nf4.values", got.values.flatten(), "made.weights after nf4 and back")


def _histogram(values: torch.Tensor, edges: np.ndarray) -> np.ndarray:
    """Counts; what rounding puts beyond the last edge counts in the last bin."""
    flat = values.float().numpy().astype(np.float64).clip(edges[0], edges[-1])
    return np.histogram(flat, edges)[0].astype(np.int64)


def _spread(length: int, most: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
