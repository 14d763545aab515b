"""双重量化：块的缩放系数改存 8 比特，每个权重到底占多少。
Double quantization: the scales of the blocks in eight bits, and what a weight costs.

pip install torch transformers==5.23.0 bitsandbytes==0.50.2
"""

import torch
from bitsandbytes.functional import dequantize_4bit, dequantize_blockwise, quantize_4bit

torch.manual_seed(0)
weight = (torch.randn(1024, 1024) * 0.05).to(torch.bfloat16)


def report(name, parts, values):
    total = sum(part.nbytes for part in parts)
    error = (values.float() - weight.float()).abs().mean()
    print(f"{name:8}{total:9,} bytes, {total * 8 / weight.numel():.4f} bits per weight, mean error {error:.6f}")


report("bf16", [weight], weight)
packed, plain = quantize_4bit(weight, quant_type="nf4")
report("NF4", [packed, plain.absmax], dequantize_4bit(packed, plain))
packed, state = quantize_4bit(weight, quant_type="nf4", compress_statistics=True)
inner = state.state2
report("double", [packed, state.absmax, inner.absmax, state.offset], dequantize_4bit(packed, state))
print(f"formula: NF4 {4 + 32 / 64:.4f} bits, double {4 + 8 / 64 + 32 / (64 * 256):.4f} bits, then the offset")

print("absmax:", plain.absmax.dtype, "->", state.absmax.dtype, tuple(state.absmax.shape))
print("one scale to", inner.blocksize, "of them:", tuple(inner.absmax.shape), inner.absmax.dtype)
print(f"offset, their mean: {state.offset:.4f} = {plain.absmax.mean():.4f}")
by_hand = inner.code[state.absmax.long()] * inner.absmax.repeat_interleave(inner.blocksize) + state.offset
restored = dequantize_blockwise(state.absmax, inner) + state.offset
print(f"restored by hand: off by {(by_hand - restored).abs().max():.0e}")
print(f"absmax off by {((restored - plain.absmax).abs() / plain.absmax).mean():.2%} on average")
