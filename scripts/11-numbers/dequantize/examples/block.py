"""一个真实的块：手工与库各量化、反量化一次，得到的正是动画里的字节。
One block of real weights to four bits and back, by hand and by the library: the bytes of the animation.

pip install torch transformers==5.23.0 bitsandbytes==0.50.2
"""

import torch
from bitsandbytes.functional import dequantize_4bit, get_4bit_type, quantize_4bit
from transformers import AutoModel

model = AutoModel.from_pretrained("sentence-transformers/all-MiniLM-L6-v2", dtype=torch.bfloat16)
weight = model.encoder.layer[3].intermediate.dense.weight.detach()
block = weight[414, 128:192]
print("matrix", tuple(weight.shape), weight.dtype, "- one block of", block.numel())

# Quantize: scale, nearest code, pack.
code = get_4bit_type("nf4", device="cpu")
absmax = block.abs().max().float()
scaled = block.float() / absmax
index = (scaled[:, None] - code).abs().argmin(1)
packed = (index[0::2] << 4 | index[1::2]).to(torch.uint8)
print(f"absmax {absmax:.4f} at place {block.abs().argmax()}")
for place in (0, 1):
    print(f"weight {block[place]:8.4f}  scaled {scaled[place]:8.4f}  index {index[place]:2d} = {index[place]:04b}")
print(f"packed into one byte: {packed[0]} = {packed[0]:08b}")

# Dequantize: unpack, look up, multiply, round to the dtype of the weights.
back = torch.stack([packed >> 4, packed & 15], 1).flatten()
values = (code[back.long()] * absmax).to(torch.bfloat16)
print(f"back: {values[0]:.4f} {values[1]:.4f}")

theirs, state = quantize_4bit(block.contiguous(), blocksize=64, quant_type="nf4")
print("same bytes as quantize_4bit:", torch.equal(packed, theirs.flatten()))
print("same values as dequantize_4bit:", torch.equal(values, dequantize_4bit(theirs, state).flatten()))
error = (values - block).abs().float()
print(f"error: mean {error.mean():.4f}, largest {error.max():.4f} at scaled {scaled[error.argmax()]:.3f}")
