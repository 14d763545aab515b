"""类型由谁决定，权重落在哪里 · Who decides the dtype, and where the weights come to lie.

环境 Environment: pip install torch transformers==5.23.0 safetensors
系统 System: Linux (/proc)
模型是随机初始化的小 Llama，无需下载 · The model is a small Llama with random weights: nothing is downloaded.
"""

import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
small = {"vocab_size": 512, "hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2}
model = LlamaForCausalLM(LlamaConfig(num_attention_heads=4, **small)).to(torch.bfloat16)
model.save_pretrained("tiny")


def mapped(model):
    """Bytes of the weights that lie in memory mapped from the checkpoint."""
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if "/tiny/" in line]
    spans = [[int(end, 16) for end in line[0].split("-")] for line in lines]
    inside = (w for w in model.parameters() if any(first <= w.data_ptr() < last for first, last in spans))
    return sum(weight.nbytes for weight in inside)


for asked in ({}, {"dtype": "auto"}, {"dtype": torch.float16}, {"dtype": "float32"}):
    loaded = AutoModelForCausalLM.from_pretrained("tiny", **asked)
    size = sum(weight.nbytes for weight in loaded.parameters())
    print(f"{asked!s:26} -> {loaded.dtype!s:14} {size:,} bytes, mapped: {mapped(loaded):,}")

told = json.loads(Path("tiny/config.json").read_text())
Path("tiny/config.json").write_text(json.dumps({key: value for key, value in told.items() if key != "dtype"}))
print("no dtype in config.json ->", AutoModelForCausalLM.from_pretrained("tiny").dtype)
print("the class by itself     ->", LlamaForCausalLM(model.config).dtype)
