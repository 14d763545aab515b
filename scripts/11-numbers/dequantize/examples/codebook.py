"""NF4 的十六个值从哪里来，FP4 又是什么。
Where the sixteen values of NF4 come from, and what FP4 is instead.

pip install torch transformers==5.23.0 bitsandbytes==0.50.2
"""

import torch
from bitsandbytes.functional import get_4bit_type

quantile = torch.special.ndtri  # inverse of the normal distribution's cumulative function

nf4 = get_4bit_type("nf4", device="cpu")
fp4 = get_4bit_type("fp4", device="cpu")
print("NF4:", " ".join(f"{value:.4f}" for value in nf4.tolist()))

# The library's definition: 8 quantiles above zero, 7 below, zero itself, divided by the largest.
offset = 0.9677083
positive = quantile(torch.linspace(offset, 0.5, 9, dtype=torch.float64)[:-1])
negative = -quantile(torch.linspace(offset, 0.5, 8, dtype=torch.float64)[:-1])
made = torch.cat([negative, torch.zeros(1), positive]).sort().values / positive.max()
print(f"quantiles give the same code book, up to {(made - nf4).abs().max():.0e}")
print(f"1 in the code book stands for {positive.max():.3f} standard deviations")

# The offset is the mean of 1 - 1/32 and 1 - 1/30: half a step from the end with 16 and with 15 values.
print(f"offset: {1 - (1 / 32 + 1 / 30) / 2:.7f}")

# Formula (4) of the QLoRA paper, taken literally with k = 4: the first quantile is minus infinity.
edges = quantile(torch.arange(1, 17, dtype=torch.float64) / 17)
literal = (edges[:-1] + edges[1:]) / 2
print(f"formula taken literally: {len(literal)} finite values, largest {literal.max():.3f} standard deviations")

# How a block of 64 normal numbers really uses the sixteen codes: not equally often.
torch.manual_seed(0)
blocks = torch.randn(20000, 64)
scaled = blocks / blocks.abs().amax(1, keepdim=True)
index = torch.bucketize(scaled, (nf4[1:] + nf4[:-1]) / 2)
share = torch.bincount(index.flatten(), minlength=16) / index.numel()
print("share of each code:", " ".join(f"{value:.1%}" for value in share.tolist()))

print("FP4:", " ".join(f"{value:.4f}" for value in fp4[:8].tolist()), "and the same with a minus sign")
for pattern in range(8):  # sign 0, two bits of exponent, one of mantissa
    exponent, mantissa = pattern >> 1, pattern & 1
    print(f"  0 {exponent:02b} {mantissa}  {fp4[pattern] * 12:7.4f} / 12")
print("different values: NF4", len(nf4.unique()), "FP4", len(fp4.unique()))
