"""一个很大的输入列对 int8 的影响，以及 LLM.int8() 如何把它分开。
What one large input column does to int8, and how LLM.int8() sets it apart.

pip install torch transformers==5.23.0 bitsandbytes==0.50.2
"""

import logging

import bitsandbytes as bnb
import torch

logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # every call tells that it casts to float16
torch.manual_seed(0)
linear = torch.nn.Linear(256, 256, bias=False)
x = torch.randn(32, 256)
x[:, 7] *= 30  # made: one column of the input is thirty times larger


@torch.no_grad()
def relative_error(threshold, training):
    layer = bnb.nn.Linear8bitLt(256, 256, bias=False, has_fp16_weights=False, threshold=threshold)
    layer.load_state_dict(linear.state_dict())
    layer = layer.to("cpu").train(training)  # quantization happens in .to
    assert layer.weight.dtype == torch.int8
    error = layer(x).float() - linear(x)
    return (error.norm() / linear(x).norm()).item(), layer.state.idx


for threshold, training in ((0.0, False), (6.0, False), (6.0, True)):
    error, columns = relative_error(threshold, training)
    columns = "none" if columns is None else columns.tolist()
    mode = "train" if training else "eval"
    print(f"threshold {threshold}, {mode:5}: relative error {error:.4f}, columns apart: {columns}")

# The same by hand: rows of x and rows of W have one scale each; int32 sums; outliers in 16 bits.
codes, scales, columns = bnb.functional.int8_vectorwise_quant(x.half(), threshold=6.0)
weight, weight_scales, _ = bnb.functional.int8_vectorwise_quant(linear.weight.detach().half())
integers = codes.int() @ weight.int().T
rest = integers * (scales[:, None] * weight_scales) / 127**2
columns = columns.long()
apart = x[:, columns] @ (weight[:, columns] * weight_scales[:, None] / 127).T
print("codes of the outlier column are all zero:", not codes[:, columns].any())
error = (rest + apart - linear(x)).norm() / linear(x).norm()
print(f"int8 part plus outlier part: relative error {error.item():.4f}")
