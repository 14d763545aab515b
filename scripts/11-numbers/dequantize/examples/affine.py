"""均匀网格与码本：4 比特，每块 64 个，三种分布。
Uniform grids against code books: four bits, blocks of 64, three kinds of weights.

pip install torch transformers==5.23.0 bitsandbytes==0.50.2
"""

import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit

BITS = 4


def absmax(block):
    """Symmetric: codes -7 to 7, zero stays zero."""
    top = 2 ** (BITS - 1) - 1
    scale = block.abs().amax(1, keepdim=True) / top
    return (block / scale).round().clamp(-top, top) * scale


def affine(block):
    """Asymmetric: scale and zero point put all 16 codes between the smallest and the largest weight."""
    low, high = block.amin(1, keepdim=True), block.amax(1, keepdim=True)
    scale = (high - low) / (2**BITS - 1)
    zero_point = (-low / scale).round()
    code = ((block / scale).round() + zero_point).clamp(0, 2**BITS - 1)
    return (code - zero_point) * scale


def codebook(kind):
    return lambda block: dequantize_4bit(*quantize_4bit(block.flatten(), blocksize=64, quant_type=kind)).view_as(block)


methods = {"int4 absmax": absmax, "int4 affine": affine, "FP4": codebook("fp4"), "NF4": codebook("nf4")}
torch.manual_seed(0)
normal = torch.randn(4096, 64)
kinds = {"normal": normal, "uniform": torch.rand(4096, 64) * 2 - 1, "positive": normal.abs()}
print("mean |error| / mean |weight|, and in brackets the root of the mean squares")
print(" " * 12 + "".join(f"{name:>18}" for name in kinds))
for name, method in methods.items():
    row = ""
    for data in kinds.values():
        error = method(data) - data
        row += f"{error.abs().mean() / data.abs().mean():9.4f} ({error.norm() / data.norm():.4f})"
    print(f"{name:12}" + row)
